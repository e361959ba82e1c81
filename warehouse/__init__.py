"""The database and what goes in and out: store, schema, intake, publication, operations."""

"""The SQL that makes the database: migrations (tables and their history)."""

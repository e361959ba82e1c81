"""The database itself: embedded server, migrations, roles, loading, the ledger, and publication."""

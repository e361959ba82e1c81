"""SQL: a view of the department's database, whole or behind a cursor."""

"""PostgreSQL: the server, connections to it, the schema, and what is locked or decided in it."""

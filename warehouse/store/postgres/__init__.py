"""The embedded PostgreSQL, and how to reach a server of your own."""

"""SFTP: receives a file, and the flag and digest that vouch for it, from the department's folder."""

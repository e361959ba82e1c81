"""SFTP: a file and what vouches for it, laid into the department's folder."""

"""Writes decoded rows into their raw tables: digested, encoded for COPY, told apart from known ones."""

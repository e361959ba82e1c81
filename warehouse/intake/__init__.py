"""Takes one batch in: pulls, decodes, writes, compares and accounts for every row."""

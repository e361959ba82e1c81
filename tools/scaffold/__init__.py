"""Writes the files a new feed or a new rule needs, with what a person must still say marked in them."""

"""Delimited text: the header, the records, their fields."""

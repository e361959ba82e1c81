"""Getting back: publications read as of and rolled back to, the database saved and restored."""

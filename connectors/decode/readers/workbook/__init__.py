"""Workbooks (xlsx): cells as they are shown, merged cells, cells far away, cells in error."""

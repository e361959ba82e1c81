"""Turns the city's clean rows into the bytes a department would send, bad habits included.

``served``  which rows a department has at a date     ``habits``  how it spells dates and codes
``wording`` typed values -> its text                  ``damage``  what it does wrong to single rows
``sheet``   the table as sent, before it has a format ``files``   the format
"""

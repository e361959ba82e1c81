"""The SQL of a publication and of a rollback, derived from the contract. Set-based.

Statements that belong together are returned by name, in the order they run. A name says what the statement
makes or counts; ``marts.publications.counts`` has the counts under it. ``%(as_of)s``, ``%(publication)s`` and
``%(target)s`` are filled in when they run.
"""

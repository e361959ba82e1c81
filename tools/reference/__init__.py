"""The pages of ``docs/reference``, the glossary and the picture of the rooms, written from the code itself.

    python -m tools.reference

Each module knows one subject and returns its pages as text; ``pages`` puts them together. What the code says
(a setting, a comment in the database, a row of a seed) is written there and nowhere else, so a page cannot
contradict it. The pages are committed: people read them on the web, reviewers see in a change what it means
to others, and ``tests/docs`` compares them with what this package writes.
"""

"""What the statuses and severities of a warning mean, for SQL that Python writes.

The database says which statuses are open: ``ops.is_open(status)``.
"""

from __future__ import annotations

#: A person has closed it (办结、排除). ``withdrawn`` is neither: the hub ended it by itself (系统撤回).
CLOSED_STATUSES = ("resolved", "dismissed")
#: The hub opens and withdraws; every other status was set by a person and survives a rollback.
STATUSES_SET_BY_A_PERSON = ("acknowledged", "verifying", *CLOSED_STATUSES)

#: The gravest first.
SEVERITIES = ("red", "orange", "yellow")


def has_status(column: str, statuses: tuple[str, ...]) -> str:
    """Returns the SQL condition that ``column`` is one of ``statuses``.

    >>> has_status("w.status", CLOSED_STATUSES)
    "w.status in ('resolved', 'dismissed')"
    """
    listed = ", ".join(f"'{status}'" for status in statuses)
    return f"{column} in ({listed})"

"""What the statuses and severities of a warning mean, for SQL that Python writes."""

from __future__ import annotations

#: Somebody has to work on it (在办). The database says the same in ``marts.warnings``' check of ``status``.
OPEN_STATUSES = ("open", "acknowledged", "verifying")
#: A person has closed it (办结、排除). ``withdrawn`` is neither: the hub ended it by itself (系统撤回).
CLOSED_STATUSES = ("resolved", "dismissed")
#: The hub opens and withdraws; every other status was set by a person and survives a rollback.
STATUSES_SET_BY_A_PERSON = ("acknowledged", "verifying", *CLOSED_STATUSES)

#: The gravest first.
SEVERITIES = ("red", "orange", "yellow")


def has_status(statuses: tuple[str, ...], column: str = "status") -> str:
    """Returns the SQL condition that ``column`` is one of ``statuses``."""
    listed = ", ".join(f"'{status}'" for status in statuses)
    return f"{column} in ({listed})"


def is_open(column: str = "status") -> str:
    """Returns the SQL condition that a warning is open.

    >>> is_open("w.status")
    "w.status in ('open', 'acknowledged', 'verifying')"
    """
    return has_status(OPEN_STATUSES, column)

"""Lists of columns as SQL: the few words from which the statements are put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def of(alias: str, columns: Iterable[str]) -> str:
    """Returns the columns of one table: ``w.severity, w.full_name``."""
    return ", ".join(f"{alias}.{c}" for c in columns)


def same(left: str, right: str, columns: Sequence[str]) -> str:
    """Returns the condition that two rows have the same values; two that are null are the same."""
    return f"({of(left, columns)}) is not distinct from ({of(right, columns)})"


def other(left: str, right: str, columns: Sequence[str]) -> str:
    """Returns the condition that two rows differ in at least one value."""
    return f"({of(left, columns)}) is distinct from ({of(right, columns)})"


def equal(left: str, right: str, key: Iterable[str]) -> str:
    """Returns the condition that two rows have the same key: ``l.a = r.a and l.b = r.b``."""
    return " and ".join(f"{left}.{c} = {right}.{c}" for c in key)


def assign(columns: Iterable[str], source: str) -> str:
    """Returns what ``update ... set`` needs to take the columns of ``source``: ``a = s.a, b = s.b``."""
    return ", ".join(f"{c} = {source}.{c}" for c in columns)


def ordered(alias: str, key: Iterable[str]) -> str:
    """Returns an order that is the same in every database, whatever its collation."""
    return ", ".join(f'{alias}.{c} collate "C"' for c in key)

"""Estimates from a declaration how long a feed takes, so that the longest begin first.

Only the order matters: a feed that takes minutes and begins last holds up the whole day. The seconds are
those of one measured machine; another machine changes all of them alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

#: The feed that says who may be asked about: every query waits for it.
AUTHORISATION = "platform__authorisation"
#: Measured: a row through checks and index, a call to a department (SOAP, four at a time), a pull of no rows.
_ROW_SECONDS = 80e-6
_CALL_SECONDS = 0.015
_PULL_SECONDS = 0.3
#: Rows of one page, and people of one REST question.
_PAGE_ROWS = 500
#: More than any feed takes: the feed that all queries wait for goes before them.
_BEFORE_ALL = 100_000


def expected_rows(declaration: Mapping[str, Any]) -> int:
    """Returns the declared rows of all tables at the full city."""
    return sum(int(table["volume"]["expected"]) for table in declaration["tables"])


def expected_calls(declaration: Mapping[str, Any]) -> int:
    """Returns how many answers of a department a delivery of the full city takes."""
    rows = expected_rows(declaration)
    request = declaration.get("request") or {}
    if request.get("kind") == "soap":
        return rows  # one person a call
    if declaration["protocol"] in ("rest", "soap"):
        return max(1, ceil(rows / _PAGE_ROWS))
    return len(declaration["tables"])


def expected_seconds(declaration: Mapping[str, Any]) -> float:
    """Returns the seconds to pull and load a delivery of the full city."""
    calls = _CALL_SECONDS * expected_calls(declaration)
    return _PULL_SECONDS + calls + _ROW_SECONDS * expected_rows(declaration)


def priority(declaration: Mapping[str, Any]) -> int:
    """Returns the weight of a feed's task: the larger one begins first where several wait."""
    if declaration["feed_id"] == AUTHORISATION:
        return _BEFORE_ALL
    return max(1, round(10 * expected_seconds(declaration)))


def longest_first(feeds: Iterable[str], declarations: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Returns the feeds in the order in which they should begin; those of equal weight by name."""
    return sorted(feeds, key=lambda feed: (-priority(declarations[feed]), feed))

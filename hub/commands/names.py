"""Refuses names that nothing bears: a mistyped filter must not look like a hub where all is well."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from connectors.catalogue.load import declarations
from connectors.reasons import REASONS
from warehouse.errors import OperationRefused


def refuse_unknown(feed: str | None = None, reason: str | None = None) -> None:
    """Raises ``OperationRefused`` for a feed or a reason that is not declared, and names the nearest ones.

    Ask only after nothing was found: the ledger keeps feeds that are declared no more.
    """
    if feed is not None:
        _refuse("feed", feed, declarations(), "connectors/feeds/ holds them")
    if reason is not None:
        _refuse("reason", reason, REASONS, "docs/reference/reasons.md lists them")


def _refuse(kind: str, name: str, known: Iterable[str], where: str) -> None:
    names = list(known)
    if name not in names:
        near = " or ".join(get_close_matches(name, names, n=2))
        raise OperationRefused(f"no {kind} {name!r}: " + (f"is it {near}? " if near else "") + where)

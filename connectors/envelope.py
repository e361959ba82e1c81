"""What an answer of the exchange platform holds: ``{"code":"0000","data":{"total":..,"rows":[..]}}``."""

from __future__ import annotations

from typing import Any


def rows_in(data: Any) -> list[Any] | None:
    """The rows of ``data``; None where it has no list of them.

    Where the total is 0, no rows at all are as good as an empty list: serialisers leave an empty list out, or
    write null, "" or {} for it. Where the total is above 0 they are missing.
    """
    if not isinstance(data, dict):
        return None
    rows = data.get("rows")
    if isinstance(rows, list):
        return rows
    return [] if not rows and not isinstance(rows, bool) and _is_zero(data.get("total")) else None


def _is_zero(total: Any) -> bool:
    return str(total).strip() == "0"

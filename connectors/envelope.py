"""Opens an answer of the exchange platform: ``{"code":"0000","data":{"total":..,"rows":[..]}}``."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

#: A count as programs write one: 7, "07", 7.0, 1E3, "1,234".
_COUNT = re.compile(
    r"[+-]?(?:[0-9]{1,18}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.[0-9]{0,9})?(?:E\+?[0-9]{1,2})?", re.ASCII
)
#: Digits, comma, point and signs in full width.
_WIDE = {ord(char) + 0xFEE0: char for char in "0123456789,.+-"}


def rows_in(data: Any) -> list[Any] | None:
    """Returns the rows of ``data``; None if it has no list of them.

    With a total of 0 a missing list is as good as an empty one: serialisers leave an empty list out, or write
    null, "" or {} for it. With a total above 0 the rows are missing.
    """
    if not isinstance(data, dict):
        return None
    rows = data.get("rows")
    if isinstance(rows, list):
        return rows
    return (
        [] if not rows and not isinstance(rows, bool) and parse_whole_number(data.get("total")) == 0 else None
    )


def parse_whole_number(value: Any) -> int | None:
    """Parses a count in any form that programs write; None for anything else, so also for 7.5.

    >>> parse_whole_number("1,234"), parse_whole_number("07"), parse_whole_number(7.5)
    (1234, 7, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value).translate(_WIDE).strip().upper()
    if not _COUNT.fullmatch(text):
        return None
    number = Decimal(text.replace(",", ""))
    return int(number) if number == number.to_integral_value() else None

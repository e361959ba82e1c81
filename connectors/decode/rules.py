"""Holds row rules as data: which columns belong together, and what each reason expected."""

from __future__ import annotations

from connectors.catalogue.column import Column
from connectors.catalogue.model import Table

#: (start, end) columns of one period; a row with start > end is set aside.
PERIODS: tuple[tuple[str, str], ...] = (
    ("start_date", "stop_date"),
    ("sentence_start", "sentence_end"),
    ("custody_start", "custody_end"),
    ("checked_in_on", "checked_out_on"),
    ("authorised_from", "authorised_until"),
    ("established_on", "cancelled_on"),
    ("employed_on", "ended_on"),
)

#: Columns that say when something ends or ended: those of ``PERIODS``, and columns with similar names.
END_ENDINGS = (
    *("_until", "_end", "_end_month", "_due_on"),
    *("stop_date", "cancelled_on", "ended_on", "released_on", "checked_out_on", "finished_at"),
)
#: Start columns for ends outside ``PERIODS``: no row is set aside; the start only shows that an end is real.
_OTHER_STARTS = {"released_on": "custody_start", "benefit_end_month": "benefit_start_month"}

#: The row departments leave behind after testing an interface, and the prefix of names made up for it.
TEST_NUMBER = "210102190001010000"
TEST_NAME = "张三"
TEST_NAME_PREFIX = "测试"

#: Types whose invalid value sets the row aside even in an optional column; in other types it becomes null.
ALWAYS_DECIDING = frozenset({"id_number", "code"})

#: Text that names something: keys, and columns with such names. Indexes hold them, and no longer ones than
#: this many characters: a single such row would fail every build.
LONGEST_IDENTIFIER = 200
IDENTIFIER_ENDINGS = ("_id", "_no")

_EXPECTED = {
    "encoding_invalid": "bytes of the declared encoding",
    "control_character": "no control characters",
    "required_missing": "a value",
    "id_length": "17 digits and a check character (or the old 15 digits)",
    "id_digits_lost": "18 characters kept as text, not a number in scientific notation",
    "id_date": "a birth date on the calendar, from 1850 on, not after the day of the run",
    "id_check_digit": "a check character that agrees with the 17 digits",
    "id_placeholder": "a person's number, not one digit repeated",
    "identifier_too_long": "an identifier of at most 200 characters",
    "test_row": "no test rows in a production feed",
    "date_invalid": "a date like 20200512, 2020-05-12, 2020/5/12 or 2020年5月12日",
    "date_impossible": "a date not before the birth date in id_number",
    "month_invalid": "a month like 202005 or 2020-05",
    "timestamp_invalid": "a time like 2020-05-12 08:00:00",
    "number_invalid": "a number",
    "amount_negative": "an amount of zero or more",
    "amount_out_of_range": "at most 100000000000 yuan",
    "flag_invalid": "是 or 否 (or 1/0, Y/N, true/false)",
    "region_invalid": "6, 9 or 12 digits",
    "uscc_invalid": "18 symbols with a valid check symbol",
    "certificate_invalid": "a valid identity number, class 1-7, level 1-4 and perhaps a suffix like B1",
    "certificate_not_owner": "the identity number of the same row at the beginning",
    "name_invalid": "a person's name of at most 100 characters",
    "period_reversed": "an end not before the start",
    "digits_lost": "all digits, kept as text, not a number in scientific notation",
}


def is_end(column: Column) -> bool:
    """Tells whether a column of days says when something ends."""
    return column.type in ("date", "month", "timestamp") and column.name.endswith(END_ENDINGS)


def start_column_of(end: str) -> str | None:
    """Returns the column that says when the thing began whose end is in ``end``, or None."""
    return next((start for start, other in PERIODS if other == end), _OTHER_STARTS.get(end))


def is_identifier(column: Column) -> bool:
    """Tells whether a text column holds an identifier of its own (its name ends in ``_id`` or ``_no``)."""
    return column.type in ("text", "account") and column.name.endswith(IDENTIFIER_ENDINGS)


def is_key_or_identifier(column: Column, table: Table) -> bool:
    """Tells whether a column is part of the table's key, or has the name of an identifier."""
    return column.name in table.key or column.name.endswith(IDENTIFIER_ENDINGS)


def expectation_of(reason: str, column: Column | None) -> str:
    """Returns what the hub expected where it found ``reason``, for a message."""
    if reason == "code_unknown" and column and column.codes:
        return "one of " + ", ".join(column.codes)
    if reason == "number_invalid" and column and column.unit == "fen":
        return "a whole number of fen"
    return _EXPECTED[reason]

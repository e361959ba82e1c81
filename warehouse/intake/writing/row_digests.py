"""Works out the digests by which rows are told apart, before they reach the database.

A digest is the MD5 of the row as PostgreSQL writes it: ``md5(row(a, b, ...)::text)::uuid``. Rows that the
database digested itself compare equal. ``check_server`` asks a server whether it still writes rows so.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import polars as pl
from psycopg2.extensions import cursor as Cursor

from warehouse.errors import LoadFailed

#: One row of 16 bytes for each row.
Digests = npt.NDArray[np.uint8]

#: A value with one of these, or none at all, stands in quotes.
_QUOTED = r'[ \t\n\x0b\x0c\r"\\(),]'
_DAY_US = 86_400_000_000
_SECOND_US = 1_000_000
#: Days are written by a table of all days between the first and the last if that is not longer than this.
_MOST_DAYS = 200_000


def row_digests(rows: pl.DataFrame) -> Digests:
    """Returns the digests of rows over all their columns, in order."""
    written = _written_rows(rows)
    md5 = hashlib.md5
    found = b"".join([md5(text, usedforsecurity=False).digest() for text in written])
    return np.frombuffer(found, dtype=np.uint8).reshape(rows.height, 16)


def check_server(cursor: Cursor, feed_id: str) -> None:
    """Raises ``LoadFailed`` if the server writes rows in another way: every known row would be new."""
    probe = _probe()
    cursor.execute(
        "select md5(row(%s::text, %s::text, %s::text, %s::text, %s::boolean, %s::integer, "
        "%s::numeric(14, 2), %s::date, %s::timestamp)::text)",
        probe.row(0),
    )
    if cursor.fetchone() != (row_digests(probe).tobytes().hex(),):
        raise LoadFailed(
            feed_id,
            "the database writes rows as text in a way the hub does not know, so it cannot tell which rows "
            "are here already; report the server's version and LC_CTYPE",
        )


def _probe() -> pl.DataFrame:
    """Returns one value of each kind, and every character that is written in a way of its own.

    Made when it is asked for: on import it would start the threads of polars, and a process forked later
    waits for them without end.
    """
    return pl.DataFrame(
        {
            "plain": ["欧阳·明"],
            "empty": [""],
            "odd": ['a b"c\\d(e),f\n\t\x0b\x0c\r\u3000\xa0\x85'],
            "null": pl.Series([None], dtype=pl.String),
            "flag": [True],
            "whole": pl.Series([-7], dtype=pl.Int32),
            "amount": pl.Series(["-0.50"]).cast(pl.Decimal(14, 2)),
            "day": [date(987, 6, 5)],
            "moment": [datetime.fromisoformat("2020-05-01 08:00:00.12")],
        }
    )


def _written_rows(rows: pl.DataFrame) -> list[bytes]:
    columns = [_written(values).alias(str(number)) for number, values in enumerate(rows)]
    joined = pl.concat_str(pl.all().fill_null(""), separator=",")
    whole = pl.DataFrame(columns).select(pl.lit("(") + joined + pl.lit(")")).to_series()
    return whole.cast(pl.Binary).to_list()


def _written(values: pl.Series) -> pl.Series:
    """Returns a column as PostgreSQL writes it within a row."""
    kind = values.dtype
    if kind == pl.String:
        return _quoted(values)
    if kind == pl.Boolean:
        return values.replace_strict({True: "t", False: "f"}, return_dtype=pl.String)
    if kind == pl.Date:
        return _days(values.to_physical())
    if kind == pl.Datetime:
        return _moments(values.cast(pl.Datetime("us")).to_physical())
    return values.cast(pl.String)


def _quoted(texts: pl.Series) -> pl.Series:
    odd = texts.str.contains(_QUOTED) | (texts.str.len_bytes() == 0)
    if not odd.any():
        return texts
    doubled = pl.col("t").str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '""', literal=True)
    inside = pl.DataFrame({"t": texts.filter(odd)}).select(pl.lit('"') + doubled + pl.lit('"')).to_series()
    return texts.clone().scatter(odd.fill_null(False).arg_true(), inside)


def _days(days: pl.Series) -> pl.Series:
    """Writes days since 1970: each day once, however many rows name it."""
    first, last = days.min(), days.max()
    if not isinstance(first, int) or not isinstance(last, int):  # all null
        return days.cast(pl.String)
    if last - first > _MOST_DAYS:
        return days.cast(pl.Date).dt.to_string("%Y-%m-%d")
    all_days = pl.int_range(first, last + 1, dtype=pl.Int32, eager=True)
    return all_days.cast(pl.Date).dt.to_string("%Y-%m-%d").gather((days - first).cast(pl.UInt32))


def _moments(moments: pl.Series) -> pl.Series:
    """Writes microseconds since 1970. The blank between day and time puts every moment in quotes."""
    days = moments // _DAY_US
    of_day = moments - days * _DAY_US
    seconds = of_day // _SECOND_US
    parts = pl.DataFrame(
        {
            "day": _days(days.cast(pl.Int32)),
            "time": _times().gather(seconds.cast(pl.UInt32)),
            "rest": _fractions(of_day - seconds * _SECOND_US),
        }
    )
    return parts.select(pl.format('"{} {}{}"', "day", "time", "rest")).to_series()


def _times() -> pl.Series:
    """Returns every second of a day as text."""
    seconds = pl.int_range(0, 86_400, dtype=pl.Int64, eager=True) * 1_000_000_000
    return seconds.cast(pl.Time).dt.to_string("%H:%M:%S")


def _fractions(microseconds: pl.Series) -> pl.Series:
    """Writes a second's fraction without the zeros at its end; nothing for a whole second."""
    if not (microseconds != 0).any():
        return pl.Series(["", None], dtype=pl.String).gather(microseconds.is_null().cast(pl.UInt32))
    digits = "." + microseconds.cast(pl.String).str.zfill(6)
    return digits.str.strip_chars_end("0").str.strip_chars_end(".")

"""Computes the truth of the money: what each case, care home and funeral comes to on the served days.

It is computed from the rows of the departments as planted, by the city's rules (dossier 5), and written down
as stretches of days: a row that a registry changes on some day changes an amount from that day on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import polars as pl

from sandbox.calendar import DAYS_AFTER, DAYS_BEFORE
from sandbox.city.ground.book import Book
from sandbox.city.ground.clock import last_complete_month, last_day_of_month, month_before
from sandbox.city.ground.timeline import Timeline
from sandbox.city.ground.visible_rows import days_of_change, visible_rows
from sandbox.city.misfortunes.deaths import FUNERAL
from sandbox.city.money import beds
from sandbox.city.money.entitled import ENTITLEMENT_TABLES as REGISTRIES
from sandbox.city.money.entitled import entitled_cases
from sandbox.city.money.funerals import ceiling_of

#: kind: a benefit, a line or the claim of a care home, a funeral. subject: the case with its feed, the stay,
#: the home or the cremation. month: the first of it, or the day of a cremation. detail: why nothing is due,
#: or how many bed-months.
COLUMNS = ("kind", "subject", "month", "amount", "detail")
_Table = tuple[str, str]


def true_amounts(book: Book) -> pl.DataFrame:
    """Returns the columns of ``COLUMNS`` with expected_from and expected_until, for all served days."""
    parts = [
        _stretches(book, REGISTRIES, _entitlements),
        _stretches(book, beds.CLAIM_TABLES, _care_homes),
        _stretches(book, ((FUNERAL, "main"),), _funerals),
    ]
    # joins and groups come in any order: the same city must give the same file
    return pl.concat(parts).sort(*COLUMNS, "expected_from")


def _stretches(
    book: Book, read: tuple[_Table, ...], holding: Callable[[Book, date], pl.DataFrame]
) -> pl.DataFrame:
    """Asks ``holding`` on the days on which a table it reads or the months looked at, or over, are others."""
    first, last = book.day(-DAYS_BEFORE), book.day(DAYS_AFTER)
    changes = {day for table in read for day in days_of_change(book, *table)}
    timeline = Timeline()
    for day in _days(first, last):
        turns = last_complete_month(day) != last_complete_month(
            day - timedelta(days=1)
        ) or day == last_day_of_month(day)
        if day == first or day in changes or turns:
            timeline.on(day, holding(book, day).select(COLUMNS))
    return timeline.stretches(last)


def _days(first: date, last: date) -> Iterator[date]:
    for k in range((last - first).days + 1):
        yield first + timedelta(days=k)


def _months(day: date) -> tuple[date, date]:
    """Returns the two months whose amounts are worked out on a day."""
    newest = last_complete_month(day)
    return newest, month_before(newest, 1)


def _entitlements(book: Book, day: date) -> pl.DataFrame:
    return pl.concat(
        entitled_cases(book, month, day).select(
            pl.col("benefit").alias("kind"),
            pl.concat_str("feed_id", pl.lit(":"), "case_id").alias("subject"),
            pl.lit(month).alias("month"),
            pl.col("amount").cast(pl.Decimal(14, 2)),
            pl.col("reason").alias("detail"),
        )
        for month in _months(day)
    )


def _care_homes(book: Book, day: date) -> pl.DataFrame:
    """Returns the amount of each line of the claims, and of each claim, for the beds of a month."""
    lines = pl.concat(beds.claim_lines(book, month, day).with_columns(month=month) for month in _months(day))
    claims = lines.group_by("institution_id", "month").agg(
        pl.col("amount").sum(), pl.col("reason").is_null().sum().cast(pl.String).alias("detail")
    )
    return pl.concat(
        [
            lines.select(
                pl.lit("care_home_line").alias("kind"),
                pl.col("stay_id").alias("subject"),
                "month",
                pl.col("amount").cast(pl.Decimal(14, 2)),
                pl.col("reason").alias("detail"),
            ),
            claims.select(
                pl.lit("care_home_claim").alias("kind"),
                pl.col("institution_id").alias("subject"),
                "month",
                pl.col("amount").cast(pl.Decimal(14, 2)),
                "detail",
            ),
        ]
    )


def _funerals(book: Book, day: date) -> pl.DataFrame:
    """Returns the most each cremation with a grant may cost; null where there is no limit."""
    paid = visible_rows(book, FUNERAL, "main", day).filter(
        pl.col("subsidy_class") != "none", pl.col("subsidy_amount") > 0, pl.col("cremated_on").is_not_null()
    )
    limits = [
        ceiling_of(*row) for row in paid.select("subsidy_class", "funeral_home", "cremated_on").iter_rows()
    ]
    return paid.select(
        pl.lit("funeral_ceiling").alias("kind"),
        pl.col("cremation_no").alias("subject"),
        pl.col("cremated_on").alias("month"),
        pl.Series("amount", limits, dtype=pl.Int64).cast(pl.Decimal(14, 2)),
        pl.lit(None, dtype=pl.String).alias("detail"),
    )

"""Plants what arrives in a street from month to month: streets where it jumps, and streets where it nearly
does.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from sandbox.calendar import DAYS_AFTER, DAYS_BEFORE
from sandbox.city.ground.book import Book
from sandbox.city.ground.clock import last_complete_month, month_before
from sandbox.city.ground.divisions import zones
from sandbox.city.ground.fill import draw_times, number_codes
from sandbox.city.ground.standards import rates
from sandbox.city.ground.timeline import Timeline
from sandbox.city.ground.visible_rows import days_of_change, visible_rows
from sandbox.city.money.payouts import PAYMENT, is_monthly
from sandbox.city.registries.households import DIBAO
from sandbox.city.registries.registries import ELDER_CARE, OLD_AGE_TABLE, ORPHAN, TEKUN, number_and_name

_RULE, _SUB_TYPE = "payment_anomaly", "street_total"
#: More than so many per cent, where so many cases were paid the month before.
_PERCENT, _CASES = 20, 10
#: Cases of a zone paid before and in the newest month: a fifth exactly is in order, and so are nine of old.
_ZONES = ((10, 13), (10, 12), (10, 7), (10, 8), (9, 12))
_INCOME = 100
#: Where each benefit that is paid every month is entered.
_TABLES = {
    "dibao": (DIBAO, "main"),
    "tekun": (TEKUN, "main"),
    "orphan": (ORPHAN, "main"),
    "old_age": (ELDER_CARE, OLD_AGE_TABLE),
}


def fill_dibao(book: Book) -> None:
    """Adds zones in which nobody else receives anything.

    All people there are paid the same; some are new in the newest complete month, some no longer there.
    """
    people, rng = book.city.cohort("zone"), book.city.rng("zones")
    newest, parts = last_complete_month(book.epoch), []
    for zone, (before, now) in zip(zones(), _ZONES, strict=False):
        for n, start, stop in (
            (min(before, now), book.day(-400), None),
            (max(0, now - before), newest, None),
            (max(0, before - now), book.day(-400), newest),
        ):
            parts.append(_spell(n, zone, start, stop))
    spells = pl.concat(parts)
    n, rate = spells.height, rates(book.epoch).dibao[0]
    known = spells.select(pl.coalesce("stop_date", pl.col("start_date") - timedelta(days=5))).to_series()
    rows = pl.concat([number_and_name(people.head(n)), spells], how="horizontal").with_columns(
        number_codes("DBZ", n).alias("household_id"),
        number_codes("DBZR", n).alias("member_id"),
        pl.lit("本人").alias("relation_to_head"),
        pl.lit("urban").alias("standard_class"),
        pl.lit(_INCOME).alias("household_income"),
        pl.lit("household").alias("case_kind"),
        pl.lit(1).alias("family_size"),
        pl.lit("普通").alias("category"),
        pl.lit(0).alias("uplift_percent"),
        pl.lit(rate - _INCOME).alias("monthly_amount"),
        book.dates(rng, n, -150, -30).alias("last_review_on"),
        book.dates(rng, n, 90, 200).alias("review_due_on"),
        draw_times(rng, known).alias("updated_at"),
    )
    book.add(DIBAO, rows)
    book.enrol(rows.filter(pl.col("status") == "active"), "dibao", "member_id")


def _spell(n: int, zone: str, start: date, stop: date | None) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "region_code": pl.repeat(zone, n, eager=True),
            "status": pl.repeat("stopped" if stop else "active", n, eager=True),
            "start_date": pl.repeat(start, n, dtype=pl.Date, eager=True),
            "stop_date": pl.repeat(stop, n, dtype=pl.Date, eager=True),
        }
    )


def expect_jumps(book: Book) -> None:
    """Expects a warning wherever payments, planted or not, differ enough; counted street by street."""
    tables = [(PAYMENT, "main"), *_TABLES.values()]
    changes = {day for table in tables for day in days_of_change(book, *table)}
    first, last = book.day(-DAYS_BEFORE), book.day(DAYS_AFTER)
    timeline = Timeline()
    for day in (first + timedelta(days=k) for k in range((last - first).days + 1)):
        if (
            day == first
            or day in changes
            or last_complete_month(day) != last_complete_month(day - timedelta(days=1))
        ):
            timeline.on(day, _jumps(book, day))
    found = timeline.stretches(last)
    book.expect(
        _RULE,
        found["street"],
        found["event"],
        _SUB_TYPE,
        since=found["expected_from"],
        until=found["expected_until"],
    )


def _jumps(book: Book, day: date) -> pl.DataFrame:
    """Returns street, event: the streets that jumped, as it looks on ``day``."""
    newest = last_complete_month(day)
    months = (month_before(newest, 1), newest)
    paid = visible_rows(book, PAYMENT, "main", day).filter(
        pl.col("result") == "paid",
        pl.col("pay_month").is_in(months),
        is_monthly("benefit_type", months[0]),
    )
    paid = paid.select("benefit_type", "case_id", "pay_month", "amount").join(
        _streets(book, day), on=["benefit_type", "case_id"]
    )
    fen = (pl.col("amount") * 100).cast(pl.Int64)
    now = pl.col("pay_month") == newest
    streets = paid.group_by("street").agg(
        fen.filter(now).sum().alias("now"),
        fen.filter(~now).sum().alias("before"),
        pl.struct("benefit_type", "case_id").filter(~now).n_unique().alias("cases"),
    )
    jumped = (pl.col("now") - pl.col("before")).abs() * 100 > pl.col("before") * _PERCENT
    found = streets.filter(pl.col("cases") >= _CASES, jumped).sort("street")
    return found.select("street", pl.lit(f"street:{newest:%Y-%m}").alias("event"))


def _streets(book: Book, day: date) -> pl.DataFrame:
    """Returns benefit_type, case_id, street of every case."""
    parts = []
    for benefit, table in _TABLES.items():
        rows = visible_rows(book, *table, day)
        key = "member_id" if "member_id" in rows.columns else "case_id"
        street = pl.concat_str(pl.col("region_code").str.slice(0, 9), pl.lit("000")).alias("street")
        parts.append(rows.select(pl.lit(benefit).alias("benefit_type"), pl.col(key).alias("case_id"), street))
    return pl.concat(parts)

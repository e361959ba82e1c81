"""Computes the truth of the cross-checks, hit by hit: the kind, the days, and what was paid meanwhile.

What is undue and since when was written down at planting; what was paid is read from the rows the payment
platform shows on the day. No rule of the hub is used.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl

from sandbox.city.ground.book import FEEDS
from sandbox.city.ground.defects import HARMLESS
from sandbox.truth import expected

#: Rules whose warning cannot claim that no money was due: a person has to weigh the means first.
_NOT_SAID = ("business_owner", "insider_relative")
#: Kinds in order of gravity: of two on one case the first named counts.
_GRAVEST = ("not_filed", "not_visited", "own_approval", "kin", "prison", "custody")
_HIT = ["check_id", "id_number", "enrolment_id"]


def expected_hits(city_root: Path, as_of: date) -> pl.DataFrame:
    """Returns every hit that holds on ``as_of``.

    Columns check_id, id_number, enrolment_id, sub_type, overlap_from, overlap_until, overpaid_months,
    overpaid_amount (yuan, Decimal(14, 2)).
    """
    truth = expected(city_root, as_of).filter(pl.col("kind") == "check")
    gravity = pl.col("sub_type").replace_strict(
        {name: place for place, name in enumerate(_GRAVEST)}, default=0, return_dtype=pl.Int64
    )
    hits = (
        truth.rename({"rule_id": "check_id", "subject_key": "id_number"})
        .group_by(_HIT, maintain_order=True)
        .agg(
            pl.col("sub_type").sort_by(gravity).first(),
            pl.col("person").first(),
            pl.col("undue_from").min(),
            _last("undue_until"),
            pl.col("overlap_from").min(),
            _last("overlap_until"),
        )
    )
    paid = paid_months(city_root, as_of)
    duplicate = pl.col("check_id") == "duplicate"
    return pl.concat(
        [_ran_on(hits.filter(~duplicate), paid), _paid_twice(hits.filter(duplicate), paid)]
    ).select(*_HIT, "sub_type", "overlap_from", "overlap_until", "overpaid_months", "overpaid_amount")


def paid_months(city_root: Path, as_of: date) -> pl.DataFrame:
    """Returns what had reached each case by the end of ``as_of``. Columns enrolment_id, pay_month, amount."""
    rows = pl.read_parquet(city_root / "feeds" / "platform__payment_result" / "main.parquet")
    usable = pl.col("_defect").is_null() | pl.col("_defect").is_in(list(HARMLESS))
    told = pl.col("updated_at") < datetime.combine(as_of + timedelta(days=1), time())
    newest = rows.filter(usable, told).sort("updated_at", maintain_order=True)
    newest = newest.unique("payment_id", keep="last", maintain_order=True)
    arrived = newest.filter(pl.col("operation") != "delete", pl.col("result") == "paid", pl.col("amount") > 0)
    case = pl.concat_str(pl.col("benefit_type").replace_strict(FEEDS), pl.lit(":"), "case_id")
    return arrived.group_by(case.alias("enrolment_id"), "pay_month").agg(
        pl.col("amount").cast(pl.Decimal(14, 2)).sum()
    )


def _last(column: str) -> pl.Expr:
    """Returns the last day of terms that are one; null if one of them has none."""
    return pl.when(~pl.col(column).is_null().any()).then(pl.col(column).max()).alias(column)


def _ran_on(hits: pl.DataFrame, paid: pl.DataFrame) -> pl.DataFrame:
    """Counts months after the one in which the ground ceased, and before the one in which it returns."""
    undue = (pl.col("pay_month") > pl.col("undue_from").dt.month_start()) & (
        pl.col("undue_until").is_null() | (pl.col("pay_month") < pl.col("undue_until").dt.month_start())
    )
    months = hits.join(paid, on="enrolment_id").filter(undue)
    said = pl.col("undue_from").is_not_null() & ~pl.col("check_id").is_in(_NOT_SAID)
    return _counted(hits, months, said)


def _paid_twice(hits: pl.DataFrame, paid: pl.DataFrame) -> pl.DataFrame:
    """Counts months in which another case of the person was paid too."""
    cases = hits.join(paid, on="enrolment_id")
    others = cases.select("person", "pay_month", other="enrolment_id")
    both = cases.join(others, on=["person", "pay_month"]).filter(pl.col("enrolment_id") != pl.col("other"))
    return _counted(hits, both.unique(["enrolment_id", "pay_month"]), pl.lit(value=True))


def _counted(hits: pl.DataFrame, months: pl.DataFrame, said: pl.Expr) -> pl.DataFrame:
    sums = months.group_by(_HIT).agg(
        pl.len().cast(pl.Int64).alias("overpaid_months"), pl.col("amount").sum().alias("overpaid_amount")
    )
    return hits.join(sums, on=_HIT, how="left", maintain_order="left").with_columns(
        pl.when(said).then(pl.col("overpaid_months").fill_null(0)).alias("overpaid_months"),
        pl.when(said)
        .then(pl.col("overpaid_amount").fill_null(0))
        .cast(pl.Decimal(14, 2))
        .alias("overpaid_amount"),
    )

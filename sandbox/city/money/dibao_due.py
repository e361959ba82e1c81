"""Computes what members of dibao families, and people admitted alone, are due for a month (dossier 5.2).

Sums are in fen, and compared multiplied out: nothing is rounded before the end.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from sandbox.city.registries.households import UPLIFT, highest, rounding_rest

#: Multiples of the standard up to which a person of the category is admitted alone; from the second on, half.
_ALONE, _HALF_FROM = {"重残": 3, "重病": 5}, 2
#: Months after the review for which a family that has grown richer keeps its amount; with such a member.
_KEPT, _KEPT_SEVERE = 6, 12


def dibao_due(rows: pl.DataFrame, standard: tuple[int, int], month: date, day: date) -> pl.DataFrame:
    """Adds amount (yuan; null where no rule says) and reason (why it does not follow the formula).

    ``rows``: members of a month (case_id) as the registry shows them at the end of ``day``. ``standard``:
    urban, rural.
    """
    alone = pl.col("case_kind") == "single_person"
    heads = pl.when(alone).then("family_size").otherwise(pl.len().over("household_id"))
    rows = rows.with_columns(
        alone.alias("_alone"),
        heads.cast(pl.Int64).alias("_heads"),
        (pl.col("household_income") * 100).cast(pl.Int64).alias("_fen"),
        pl.when(pl.col("standard_class") == "urban")
        .then(standard[0])
        .otherwise(standard[1])
        .cast(pl.Int64)
        .alias("_rate"),
    ).with_columns((pl.col("_rate") * pl.col("_heads") * 100).alias("_standards"))
    rows = rows.with_columns(_reason(month, day).alias("reason"), _gap().alias("_gap"))
    return rows.with_columns(_amount().alias("amount")).with_columns(
        (pl.col("amount") + _left_over()).alias("amount")
    )


def _most() -> pl.Expr:
    return highest(_ALONE)


def _reason(month: date, day: date) -> pl.Expr:
    severe = highest(_ALONE).is_not_null().any().over("household_id")
    kept = pl.when(severe).then(_KEPT_SEVERE).otherwise(_KEPT)
    review = pl.col("last_review_on")
    since = (month.year - review.dt.year()) * 12 + month.month - review.dt.month()
    known = (review <= day) & (since <= kept)
    return (
        pl.when(pl.col("_alone") & (pl.col("_fen") > _most() * pl.col("_standards")))
        .then(pl.lit("above_multiple"))
        .when(pl.col("_alone") | (pl.col("_fen") < pl.col("_standards")))
        .then(pl.lit(None, dtype=pl.String))
        .when(known.fill_null(False))
        .then(pl.lit("phase_out"))
        .otherwise(pl.lit("income_above_standard"))
    )


def _gap() -> pl.Expr:
    """Returns the gap in hundredths of a member's share of a yuan."""
    return pl.col("_rate") * (100 + highest(UPLIFT)) * pl.col("_heads") - pl.col("_fen")


def _yuan(gap: pl.Expr) -> pl.Expr:
    """Rounds to whole yuan, half a yuan up."""
    unit = 100 * pl.col("_heads")
    return (2 * gap + unit) // (2 * unit)


def _amount() -> pl.Expr:
    share = pl.when(pl.col("_fen") < _HALF_FROM * pl.col("_standards")).then(pl.col("_rate"))
    half = (pl.col("_rate") + 1) // 2
    return (
        pl.when(pl.col("reason") == "phase_out")
        .then(pl.col("monthly_amount").cast(pl.Int64))
        .when(pl.col("reason").is_not_null())
        .then(0)
        .when(pl.col("_alone") & _most().is_null())
        .then(None)
        .when("_alone")
        .then(share.otherwise(half))
        .otherwise(_yuan(pl.col("_gap")))
    )


def _left_over() -> pl.Expr:
    """Returns the rest of rounding for families whose amount is by the formula; 0 for others."""
    family = ["household_id", "reason", "_alone"]
    whole = _yuan(pl.col("_gap").sum().over(family))
    by_formula = ~pl.col("_alone") & pl.col("reason").is_null()
    return pl.when(by_formula).then(rounding_rest(whole, pl.col("amount"), "case_id", family)).otherwise(0)

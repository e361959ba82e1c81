"""What every case is due for a month, by the city's formulas (dossier 5.1, 5.2, 5.4, 5.5, 5.6)."""

from __future__ import annotations

from datetime import date

import polars as pl

from connectors.sandbox.city.book import Book
from connectors.sandbox.city.households import DIBAO, UPLIFT
from connectors.sandbox.city.registries import ALLOWANCE, ELDER_CARE, OLD_AGE_TABLE, ORPHAN, TEKUN
from connectors.sandbox.city.shown import shown
from connectors.sandbox.city.standards import OLD_AGE, disability_allowances, rates, tekun_care

#: The registries all this hangs on.
READ = (
    (DIBAO, "main"),
    (TEKUN, "main"),
    (ORPHAN, "main"),
    (ALLOWANCE, "main"),
    (ELDER_CARE, OLD_AGE_TABLE),
)
_COLUMNS = ("feed_id", "benefit", "case_id", "id_number", "full_name", "amount")


def entitled(book: Book, month: date, seen_on: date) -> pl.DataFrame:
    """Cases due for ``month`` as the registries show them at the end of ``seen_on``.

    feed_id, benefit, case_id (on dibao the member's number), id_number, full_name, amount in whole yuan.
    """
    rate = rates(month)
    dibao = _due(book, DIBAO, "main", month, seen_on).rename({"member_id": "case_id"})
    tekun = _due(book, TEKUN, "main", month, seen_on)
    orphan = _due(book, ORPHAN, "main", month, seen_on)
    allowance = _due(book, ALLOWANCE, "main", month, seen_on)
    old_age = _due(book, ELDER_CARE, OLD_AGE_TABLE, month, seen_on)
    urban, central = pl.col("standard_class") == "urban", pl.col("support_form") == "central"
    for_life, for_care = disability_allowances(month)
    living = pl.col("allowance_type") == "living"
    care = pl.col("ability_tier").replace_strict(tekun_care(month), return_dtype=pl.Int32)
    parts = [
        _dibao_amount(dibao, rate.dibao).with_columns(benefit=pl.lit("dibao")),
        tekun.with_columns(
            (pl.when(urban).then(rate.tekun[0]).otherwise(rate.tekun[1]) + care).alias("amount"),
            benefit=pl.lit("tekun"),
        ),
        orphan.with_columns(
            pl.when(central).then(rate.orphan[0]).otherwise(rate.orphan[1]).alias("amount"),
            benefit=pl.lit("orphan"),
        ),
        allowance.with_columns(
            pl.when(living).then(for_life).otherwise(for_care).alias("amount"),
            benefit=pl.concat_str(pl.lit("disability_"), "allowance_type"),
        ),
        old_age.with_columns(
            pl.col("age_band").replace_strict(OLD_AGE, return_dtype=pl.Int32).alias("amount"),
            benefit=pl.lit("old_age"),
        ),
    ]
    return pl.concat([part.select(*_COLUMNS[:-1], pl.col("amount").cast(pl.Int64)) for part in parts])


def _due(book: Book, feed_id: str, table: str, month: date, seen_on: date) -> pl.DataFrame:
    rows = shown(book, feed_id, table, seen_on).with_columns(pl.lit(feed_id).alias("feed_id"))
    return rows.filter(
        pl.col("status").is_in(["active", "stopped"]),
        pl.col("start_date") <= month,
        pl.col("stop_date").is_null() | (pl.col("stop_date") > month),
    )


def _dibao_amount(rows: pl.DataFrame, standard: tuple[int, int]) -> pl.DataFrame:
    """Standard less income a head, raised by the member's category: whole yuan, half up, never below 0.

    In hundredths of a member's share of a yuan, so that nothing is rounded before the end.
    """
    rate = pl.when(pl.col("standard_class") == "urban").then(standard[0]).otherwise(standard[1])
    members = pl.len().over("household_id").cast(pl.Int64)
    income = pl.col("household_income").cast(pl.Int64)
    raised = 100 + pl.col("category").replace_strict(UPLIFT, return_dtype=pl.Int64)
    hundredths = rate.cast(pl.Int64) * raised * members - income * 100
    share = 100 * members
    amount = (2 * hundredths + share) // (2 * share)
    return rows.with_columns(pl.max_horizontal(amount, pl.lit(0, dtype=pl.Int64)).alias("amount"))

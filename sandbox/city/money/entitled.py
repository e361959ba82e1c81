"""Computes what every case is due for a month, by the city's formulas (dossier 5.1, 5.2, 5.4, 5.5, 5.6)."""

from __future__ import annotations

from datetime import date

import polars as pl

from sandbox.city.ground.book import Book
from sandbox.city.ground.standards import OLD_AGE, disability_allowances, rates, tekun_care
from sandbox.city.ground.visible_rows import visible_rows
from sandbox.city.misfortunes.injuries import INJURY_FEED as INJURY
from sandbox.city.money.dibao_due import dibao_due
from sandbox.city.registries.households import DIBAO
from sandbox.city.registries.registries import ALLOWANCE, ELDER_CARE, OLD_AGE_TABLE, ORPHAN, TEKUN

#: The registries all this hangs on.
ENTITLEMENT_TABLES = (
    (DIBAO, "main"),
    (TEKUN, "main"),
    (ORPHAN, "main"),
    (ALLOWANCE, "main"),
    (ELDER_CARE, OLD_AGE_TABLE),
    (INJURY, "main"),
)
_COLUMNS = ("feed_id", "benefit", "case_id", "id_number", "full_name", "amount", "reason")


def entitled_cases(book: Book, month: date, seen_on: date) -> pl.DataFrame:
    """Returns the cases due for ``month`` as the registries show them at the end of ``seen_on``.

    Columns feed_id, benefit, case_id (on dibao the member's number), id_number, full_name, amount in whole
    yuan (null where no rule says), reason (why it does not follow the rate).
    """
    rate = rates(month)
    dibao = _due(book, DIBAO, "main", month, seen_on).rename({"member_id": "case_id"})
    tekun = _due(book, TEKUN, "main", month, seen_on)
    orphan = _due(book, ORPHAN, "main", month, seen_on)
    allowance = _due(book, ALLOWANCE, "main", month, seen_on)
    old_age = _due(book, ELDER_CARE, OLD_AGE_TABLE, month, seen_on)
    urban, central = pl.col("standard_class") == "urban", pl.col("support_form") == "central"
    care = pl.col("ability_tier").replace_strict(tekun_care(month), return_dtype=pl.Int32)
    by_rate = pl.lit(None, dtype=pl.String).alias("reason")
    parts = [
        dibao_due(dibao, rate.dibao, month, seen_on).with_columns(benefit=pl.lit("dibao")),
        tekun.with_columns(
            (pl.when(urban).then(rate.tekun[0]).otherwise(rate.tekun[1]) + care).alias("amount"),
            by_rate,
            benefit=pl.lit("tekun"),
        ),
        orphan.with_columns(
            pl.when(central).then(rate.orphan[0]).otherwise(rate.orphan[1]).alias("amount"),
            by_rate,
            benefit=pl.lit("orphan"),
        ),
        _allowances(allowance, dibao["id_number"], _excluding(book, tekun, orphan, seen_on), month),
        old_age.with_columns(
            pl.col("age_band").replace_strict(OLD_AGE, return_dtype=pl.Int32).alias("amount"),
            by_rate,
            benefit=pl.lit("old_age"),
        ),
    ]
    return pl.concat([part.with_columns(pl.col("amount").cast(pl.Int64)).select(_COLUMNS) for part in parts])


def _excluding(book: Book, tekun: pl.DataFrame, orphan: pl.DataFrame, seen_on: date) -> dict[str, pl.Series]:
    """Returns people to whom no allowance, or (orphans) no living allowance, is due."""
    injured = visible_rows(book, INJURY, "main", seen_on).filter(pl.col("care_allowance") > 0)
    return {
        "tekun": tekun["id_number"],
        "orphan": orphan["id_number"],
        "work_injury_care": injured["id_number"],
    }


def _allowances(
    rows: pl.DataFrame, on_dibao: pl.Series, excluding: dict[str, pl.Series], month: date
) -> pl.DataFrame:
    for_life, for_care = disability_allowances(month)
    living = pl.col("allowance_type") == "living"
    reasons = []
    for reason, people in excluding.items():
        strikes = pl.col("id_number").is_in(people.implode()) & (living | pl.lit(reason != "orphan"))
        reasons.append(pl.when(strikes).then(pl.lit(reason)))
    alone = living & ~pl.col("id_number").is_in(on_dibao.implode())
    reasons.append(pl.when(alone).then(pl.lit("no_dibao")))
    return rows.with_columns(pl.coalesce(*reasons).alias("reason")).with_columns(
        pl.when(pl.col("reason").is_not_null())
        .then(0)
        .when(living)
        .then(for_life)
        .otherwise(for_care)
        .alias("amount"),
        benefit=pl.concat_str(pl.lit("disability_"), "allowance_type"),
    )


def _due(book: Book, feed_id: str, table: str, month: date, seen_on: date) -> pl.DataFrame:
    rows = visible_rows(book, feed_id, table, seen_on).with_columns(pl.lit(feed_id).alias("feed_id"))
    return rows.filter(
        pl.col("status").is_in(["active", "stopped"]),
        pl.col("start_date") <= month,
        pl.col("stop_date").is_null() | (pl.col("stop_date") > month),
    )

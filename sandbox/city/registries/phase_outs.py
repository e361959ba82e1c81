"""Plants families whose income reached the standard: they keep their amount for some months after the
review.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from sandbox.city.ground.book import Book
from sandbox.city.ground.clock import last_complete_month, month_before
from sandbox.city.ground.later_versions import change_rows
from sandbox.city.ground.standards import rates
from sandbox.city.registries.households import DIBAO
from sandbox.city.registries.reviews import homes_of, is_undisturbed

_SEVERE = ["重残", "重病"]
#: When the registry entered the income: before the first day it is asked.
_ENTERED = -28


def plant_cases(book: Book) -> None:
    """Plants about 110 families at the full city, on every side of the limits in time and money."""
    for full, severe, months, standards, fen in (
        (20, False, 2, 1.2, 0),
        (15, False, 6, 1.3, 0),
        (15, False, 7, 1.3, 0),
        (10, False, 8, 1, 0),
        (10, False, 3, 1, 0),
        (10, False, 3, 1, -1),
        (10, True, 12, 1.5, 0),
        (10, True, 13, 1.5, 0),
    ):
        _richer(book, full, severe, months, standards, fen)


def _richer(book: Book, full: int, severe: bool, months: int, standards: float, fen: int) -> None:
    """Families reviewed in the middle of the month ``months`` before the newest that is to be paid. Each
    member then has so many standards a month, the whole family a few fen more or less."""
    heads = book.take_people(
        "dibao_head", book.city.n(full), is_undisturbed(book) & _with_severe(book, severe)
    )
    urban, rural = rates(book.epoch).dibao
    rate = pl.when(pl.col("standard_class") == "urban").then(urban).otherwise(rural)
    income = (rate * pl.col("family_size") * round(standards * 10) * 10 + fen).cast(pl.Decimal(18, 2)) / 100
    # whoever has less than the standard is left with the uplift; the others keep what they were granted
    uplift = (rate * pl.col("uplift_percent").cast(pl.Int64) + 50) // 100
    granted = uplift.cast(pl.Decimal(14, 2)) if fen < 0 else pl.col("monthly_amount")
    change_rows(
        book,
        DIBAO,
        homes_of(book, heads),
        book.day(_ENTERED),
        household_income=income,
        monthly_amount=granted,
        last_review_on=month_before(last_complete_month(book.epoch), months) + timedelta(days=14),
    )


def _with_severe(book: Book, severe: bool) -> pl.Expr:
    """Takes people with, or without, somebody severely disabled or ill in the family."""
    rows = pl.concat(book.rows[(DIBAO, "main")])
    families = rows.filter(pl.col("category").str.contains_any(_SEVERE))["household_id"]
    there = rows["household_id"].is_in(families.implode())
    numbers = rows.filter(there)["id_number"]
    found = pl.col("id_number").is_in(numbers.implode())
    return found if severe else ~found

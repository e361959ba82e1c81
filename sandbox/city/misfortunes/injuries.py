"""Plants work-injury insurance: its care allowance excludes an allowance for disabled people."""

from __future__ import annotations

import polars as pl

from sandbox.city.ground.book import Book
from sandbox.city.ground.fill import draw_amounts
from sandbox.city.registries.registries import ALLOWANCE

INJURY_FEED = "social_security__work_injury_insurance"


def plant_cases(book: Book) -> None:
    """Plants about 60 recipients at the full city, as many insured without the care allowance, and others."""
    allowed = pl.concat(book.rows[(ALLOWANCE, "main")]).filter(pl.col("status") == "active")
    adult = pl.col("id_number").str.slice(6, 4).cast(pl.Int32) < book.epoch.year - 20
    once = allowed.filter(adult).unique("id_number", keep="first", maintain_order=True)
    for full, kind in ((40, "care"), (20, "living")):
        held = once.filter(pl.col("allowance_type") == kind).sort(_lot(), "id_number")
        people = book.people(held.head(2 * book.city.n(full))["id_number"])
        half = (people.height + 1) // 2
        _insured(book, people.head(half), 1)
        _insured(book, people.slice(half), None)
    _insured(book, book.city.cohort("husband").head(max(2, book.missing(INJURY_FEED))), 1)


def _lot() -> pl.Expr:
    """Returns an order independent of who was entered first."""
    return pl.col("id_number").str.slice(12)


def _insured(book: Book, people: pl.DataFrame, least: int | None) -> None:
    """Adds insured injuries.

    ``least``: the smallest care allowance (fen); None: no allowance on record, or 0.
    """
    n = people.height
    rng = book.city.rng(f"work injuries {book.height(INJURY_FEED)}")
    if least is None:
        care = pl.Series([None if i % 2 else 0 for i in range(n)], dtype=pl.Int64).cast(pl.Decimal(14, 2))
    else:
        care = draw_amounts(rng, n, least / 100, 3000)
    book.add(
        INJURY_FEED,
        people.select("id_number", "full_name").with_columns(
            pl.Series("injury_grade", rng.integers(1, 11, n)), care.alias("care_allowance")
        ),
    )

"""Invents facts about people on a benefit that no rule objects to: a car sold long ago, the family's own
flat.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from sandbox.city.ground.book import Book
from sandbox.city.ground.fill import draw_amounts, draw_dates
from sandbox.city.ground.standards import minimum_wage

#: Of what is on record at one bank: what lies in the account; the rest is invested.
_IN_ACCOUNT = 0.8


def harmless_columns(
    book: Book, rng: np.random.Generator, columns: set[str], rows: pl.DataFrame
) -> list[pl.Series]:
    """Returns the columns that rules look at, with harmless values.

    ``rows``: one per person, or two where ``_nth`` says so, with ``_first`` of the family and ``_means`` in
    yuan at this bank.
    """
    made = _money(rows)
    if "plate_type" in columns:
        made |= _vehicles(rng, rows.height)
    if "dwelling_use" in columns:
        made |= _titles(rng, rows)
    if "last_deposit_month" in columns:
        made |= _fund(book, rng, rows.height)
    return [series.alias(name) for name, series in made.items() if name in columns]


def _money(rows: pl.DataFrame) -> dict[str, pl.Series]:
    # two rows of a person share what the bank holds
    half = rows["_means"] / 2

    def cents(values: pl.Series) -> pl.Series:
        return (values * 100).floor().cast(pl.Int64).cast(pl.Decimal(18, 2)) / 100

    return {
        "balance": cents(half * _IN_ACCOUNT),
        "wealth_products": cents(half * (1 - _IN_ACCOUNT)),
        "market_value": cents(half),
        "cash_value": cents(half),
        "large_debits_half_year": cents(half),
    }


def _vehicles(rng: np.random.Generator, n: int) -> dict[str, pl.Series]:
    """Motorcycles and disabled people's scooters of any state; cars sold or scrapped or seized."""
    light = rng.random(n) < 0.5
    kind = np.where(
        light,
        rng.choice(["motorcycle", "disabled_scooter"], n),
        rng.choice(["small_car", "large_car", "new_energy_small"], n),
    )
    state = np.where(
        light,
        rng.choice(["normal", "deregistered"], n),
        rng.choice(["transferred_out", "deregistered", "seized"], n),
    )
    return {"plate_type": pl.Series(kind), "state": pl.Series(state)}


def _titles(rng: np.random.Generator, rows: pl.DataFrame) -> dict[str, pl.Series]:
    """Adds one flat that the family owns today, and property it no longer owns."""
    today = (rows["_first"] & (rows["_nth"] == 0)).to_numpy()
    uses = rng.choice(["dwelling", "dwelling", "shop", "garage", "other"], rows.height)
    return {
        "dwelling_use": pl.Series(np.where(today, "dwelling", uses)),
        "title_status": pl.Series(np.where(today, "current", "historical")),
    }


def _fund(book: Book, rng: np.random.Generator, n: int) -> dict[str, pl.Series]:
    """Adds deposits on low wages, and accounts at rest since better days."""
    running = pl.Series(rng.random(n) < 0.4)
    wage = minimum_wage(book.epoch)
    resting = pl.Series(rng.choice(["sealed", "closed"], n))
    last = draw_dates(rng, n, book.day(-900), book.day(-200)).dt.month_start()
    return {
        "contribution_base": draw_amounts(rng, n, 1200, wage).zip_with(
            running, draw_amounts(rng, n, 3200, 9000)
        ),
        "account_status": pl.select(pl.when(running).then(pl.lit("normal")).otherwise(resting)).to_series(),
        "last_deposit_month": last,
    }

"""Plants people admitted to dibao alone, as severely disabled or ill, whatever the rest of the family is."""

from __future__ import annotations

import numpy as np
import polars as pl

from sandbox.city.ground.book import Book
from sandbox.city.ground.divisions import some_communities
from sandbox.city.ground.fill import number_codes
from sandbox.city.ground.standards import rates
from sandbox.city.registries.households import DIBAO
from sandbox.city.registries.registries import class_of, draw_spells, number_and_name

#: Category of the person; income of the family a head, in standards; fen of the whole family more or less.
_KINDS = (
    ("重残", 1.3, 0),
    ("重病", 0.6, 0),
    ("重残", 2, -1),
    ("重病", 2, 0),
    ("重残", 2.4, 0),
    ("重残", 3, 0),
    ("重残", 3, 1),
    ("重病", 4.2, 0),
    ("重病", 5, 0),
    ("重病", 5, 1),
)


def fill_dibao(book: Book) -> None:
    """Adds about 600 people at the full city, in turn on every side of each limit of the city's first day."""
    people, rng = book.city.cohort("single_person"), book.city.rng("single persons")
    n = people.height
    kinds = [_KINDS[i % len(_KINDS)] for i in range(n)]
    region = some_communities(rng, n)
    urban, rural = rates(book.epoch).dibao
    rate = np.where((class_of(region) == "urban").to_numpy(), urban, rural)
    size = np.array([1 + (i // len(_KINDS)) % 4 for i in range(n)])
    heads = np.array([multiple for _, multiple, _ in kinds])
    fen = np.round(rate * size * heads * 100).astype(np.int64) + np.array([more for *_, more in kinds])
    # granted when the family had as much as today or less: nobody's amount here is above the standard
    granted = np.where(fen < 200 * rate * size, rate, (rate + 1) // 2)
    rows = pl.concat(
        [number_and_name(people), draw_spells(book, rng, n, closed=False, recent=True)], how="horizontal"
    )
    rows = rows.with_columns(
        number_codes("DBD", n).alias("household_id"),
        number_codes("DBDR", n).alias("member_id"),
        pl.lit("本人").alias("relation_to_head"),
        region.alias("region_code"),
        class_of(region).alias("standard_class"),
        pl.Series("household_income", fen).cast(pl.Decimal(18, 2)) / 100,
        pl.lit("single_person").alias("case_kind"),
        pl.Series("family_size", size),
        pl.Series("category", [category for category, *_ in kinds]),
        pl.lit(0).alias("uplift_percent"),
        pl.Series("monthly_amount", granted),
        book.dates(rng, n, -150, -30).alias("last_review_on"),
        book.dates(rng, n, 90, 200).alias("review_due_on"),
    )
    book.add(DIBAO, rows)
    book.enrol(rows, "dibao", "member_id")

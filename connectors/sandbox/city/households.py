"""The registries kept by household: dibao, and the low-income families at its edge."""

from __future__ import annotations

import numpy as np
import polars as pl

from connectors.sandbox.city.book import Book
from connectors.sandbox.city.divisions import some_communities
from connectors.sandbox.city.fill import amounts, numbered
from connectors.sandbox.city.people import City
from connectors.sandbox.city.registries import class_of, spell, who


def _household_rows(
    book: Book,
    rng: np.random.Generator,
    people: pl.DataFrame,
    household: np.ndarray,
    prefix: str,
    *,
    closed: bool,
) -> pl.DataFrame:
    """Member rows; people of one household share their region, spell and income."""
    n_households = int(household.max()) + 1 if len(household) else 0
    shared = pl.concat(
        [
            spell(book, rng, n_households, closed=closed, recent=True),
            pl.DataFrame(
                {
                    "household_id": numbered(prefix, n_households),
                    "region_code": some_communities(rng, n_households),
                    "household_income": amounts(rng, n_households, 0, 480),
                }
            ),
        ],
        how="horizontal",
    )[household]
    return pl.concat([who(people), shared], how="horizontal").with_columns(
        numbered(prefix + "R", people.height).alias("member_id"),
        class_of(shared["region_code"]).alias("standard_class"),
    )


def dibao(book: Book) -> None:
    """Households of heads, spouses, children and parents, then the closed cases."""
    city, rng = book.city, book.city.rng("dibao")
    heads = city.cohort("dibao_head")
    relatives = {
        "本人": heads,
        "配偶": city.cohort("dibao_spouse"),
        "子女": city.cohort("dibao_child"),
        "父母": city.cohort("dibao_parent"),
    }
    turning = city.cohort("turns_18", "turns_60").vstack(city.cohort("turns_80").slice(0, _half(city)))
    h = heads.height
    members, households, relation = [], [], []
    for name, people in relatives.items():
        members.append(people)
        own = np.arange(h) if name == "本人" else rng.permutation(max(h, people.height))[: people.height] % h
        households.append(own)
        relation += [name] * people.height
    members.append(turning)
    households.append(h + np.arange(turning.height))
    relation += ["本人"] * turning.height
    people = pl.concat(members)
    rows = _household_rows(book, rng, people, np.concatenate(households), "DB", closed=False).with_columns(
        pl.Series("relation_to_head", relation),
        amounts(rng, people.height, 120, 680).alias("monthly_amount"),
        pl.lit("insert").alias("operation"),
        book.dates(rng, people.height, -150, -30).alias("last_review_on"),
        book.dates(rng, people.height, 90, 200).alias("review_due_on"),
    )
    _earlier_versions(book, rows)
    book.add("civil_affairs__dibao", rows)
    book.enrol(people, "dibao")
    closed = city.cohort("dibao_closed")
    own = np.arange(closed.height) // 2
    gone = _household_rows(book, rng, closed, own, "DBX", closed=True).with_columns(
        pl.lit("本人").alias("relation_to_head")
    )
    book.add("civil_affairs__dibao", gone)


def _half(city: City) -> int:
    return (city.cohort("turns_80").height + 1) // 2


def _earlier_versions(book: Book, rows: pl.DataFrame) -> None:
    """One in two hundred members was entered with another amount and corrected a day later."""
    some = rows.gather_every(200)
    first = some.with_columns(
        (pl.col("updated_at") - pl.duration(days=1)).alias("updated_at"),
        pl.lit("suspended").alias("status"),
    )
    book.add("civil_affairs__dibao", first)


def low_income(book: Book) -> None:
    city, rng = book.city, book.city.rng("low income")
    people = city.cohort("low_income", "turns_90").vstack(city.cohort("turns_80").slice(_half(city)))
    rows = _household_rows(book, rng, people, np.arange(people.height) // 2, "DS", closed=False)
    book.add("civil_affairs__low_income", rows.with_columns(pl.lit("本人").alias("relation_to_head")))
    book.enrol(people, "low_income")
    closed = city.cohort("low_income_closed")
    rows = _household_rows(book, rng, closed, np.arange(closed.height) // 2, "DSX", closed=True)
    book.add("civil_affairs__low_income", rows.with_columns(pl.lit("本人").alias("relation_to_head")))

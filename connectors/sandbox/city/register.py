"""The household register's answers, moves in and out, and whom it has not answered about."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from connectors.sandbox.city.book import Book, split
from connectors.sandbox.city.deaths import take_mixed
from connectors.sandbox.city.divisions import OUTSIDE_DISTRICTS
from connectors.sandbox.city.fill import at_times

REGISTER, MIGRATION = "public_security__household_register", "public_security__migration"
_ASKED = (
    "dibao_head",
    "dibao_spouse",
    "dibao_child",
    "dibao_parent",
    "turns_18",
    "turns_60",
    "turns_80",
    "turns_90",
    "turns_100",
    "tekun",
    "tekun_minor",
    "tekun_over",
    "low_income",
    "old_age",
    "old_age_100",
)
_COHORTS = {"dibao_head": 0.7, "tekun": 0.08, "low_income": 0.12, "old_age": 0.1}


def outside(rng: np.random.Generator, n: int) -> pl.Series:
    return pl.Series([d + "000000" for d in OUTSIDE_DISTRICTS]).gather(
        rng.integers(0, len(OUTSIDE_DISTRICTS), n)
    )


def register_rows(book: Book, people: pl.DataFrame, status: str, district: pl.Series | None = None) -> None:
    rng = book.city.rng(f"register {book.height(REGISTER)}")
    days = book.dates(rng, people.height, -300, -2)
    sex = pl.select(pl.when(people["male"]).then(pl.lit("male")).otherwise(pl.lit("female"))).to_series()
    given = people.select("id_number", "full_name", "birth_date").with_columns(
        sex.alias("sex"),
        pl.lit(status).alias("register_status"),
        at_times(rng, days).alias("updated_at"),
    )
    if district is not None:
        given = given.with_columns(district.alias("register_district"))
    book.add(REGISTER, given)


def moves(book: Book, people: pl.DataFrame, direction: str, day: pl.Series, other: pl.Series) -> None:
    home = pl.repeat("210102000000", people.height, eager=True)
    out = direction == "out"
    book.add(
        MIGRATION,
        people.select("id_number", "full_name").with_columns(
            pl.lit(direction).alias("direction"),
            day.alias("moved_on"),
            (home if out else other).alias("from_district"),
            (other if out else home).alias("to_district"),
        ),
    )


def planted(book: Book) -> list[str]:
    """3,584 people without a local registration (full city). Returns the numbers with a row of their own."""
    rng = book.city.rng("hukou")
    n = book.city.n(3584, 5)
    people = take_mixed(book, n, _COHORTS)[rng.permutation(n)]
    kind = pl.Series(
        [
            k
            for k, m in split(
                n, {"register_non_local": 0.4, "not_found": 0.2, "moved_out": 0.25, "left": 0.15}
            ).items()
            for _ in range(m)
        ]
    )
    people = people.with_columns(kind.alias("kind"))
    by = {
        k: people.filter(pl.col("kind") == k)
        for k in ("register_non_local", "not_found", "moved_out", "left")
    }
    register_rows(book, by["register_non_local"], "normal", outside(rng, by["register_non_local"].height))
    register_rows(
        book,
        by["not_found"],
        "not_found",
        pl.repeat(None, by["not_found"].height, dtype=pl.String, eager=True),
    )
    register_rows(book, by["left"], "moved_out")
    moved = by["moved_out"]
    moves(book, moved, "out", book.dates(rng, moved.height, -200, -5), outside(rng, moved.height))
    sub_type = people["kind"].replace({"left": "moved_out"})
    book.expect("hukou", people["id_number"], "hukou", sub_type)
    book.expect_check("non_local_hukou", people["id_number"])
    return people.filter(pl.col("kind") != "moved_out")["id_number"].to_list()


def later(book: Book) -> None:
    """The register reports moves out of the city one to fifteen days after the epoch."""
    people = book.take("dibao_head", book.city.n(60, 3))
    known = pl.Series([book.day(1 + i % 15) for i in range(people.height)])
    rng = book.city.rng("later moves")
    book.add(
        REGISTER,
        people.select("id_number", "full_name", "birth_date").with_columns(
            pl.lit("moved_out").alias("register_status"),
            pl.lit("update").alias("operation"),
            at_times(rng, known).alias("updated_at"),
        ),
    )
    book.expect("hukou", people["id_number"], "hukou", "moved_out", since=known)
    book.expect_check("non_local_hukou", people["id_number"], since=known)


def unanswered(book: Book) -> list[str]:
    people = book.take("dibao_head", book.city.n(200, 4))
    book.expect("hukou", people["id_number"], "hukou", kind="unanswered")
    return people["id_number"].to_list()


def came_back(book: Book) -> None:
    people = book.take("dibao_head", book.city.n(300, 4))
    rng = book.city.rng("came back")
    left = book.dates(rng, people.height, -900, -300)
    moves(book, people, "out", left, outside(rng, people.height))
    moves(book, people, "in", pl.select(left + timedelta(days=200)).to_series(), outside(rng, people.height))


def background(book: Book, without_row: list[str]) -> None:
    """Everybody else on a benefit is normal and local; others fill the register and the moves."""
    asked = book.city.cohort(*_ASKED).filter(~pl.col("id_number").is_in(without_row))
    register_rows(book, asked, "normal")
    register_rows(book, book.city.cohort("care").head(book.missing(REGISTER)), "normal")
    people = book.city.cohort("other").head(book.missing(MIGRATION))
    rng = book.city.rng("background moves")
    half = people.height // 2
    for part, direction in ((people.head(half), "out"), (people.slice(half), "in")):
        moves(book, part, direction, book.dates(rng, part.height, -700, -3), outside(rng, part.height))

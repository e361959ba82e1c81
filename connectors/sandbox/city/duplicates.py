"""People who receive two benefits that exclude each other, and people on every side of an age limit."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from connectors.sandbox.city.book import Book
from connectors.sandbox.city.people import TURNING
from connectors.sandbox.city.registries import allowance_rows, old_age_rows, orphan_rows, tekun_rows

DIBAO = "civil_affairs__dibao"


def _warn(book: Book, people: pl.DataFrame, first: str, second: str) -> None:
    book.expect("duplicate_benefit", people["id_number"], f"{first}+{second}")
    book.expect_check("duplicate", people["id_number"], (first, second))


def duplicates(book: Book) -> None:
    """420 at the full city, over every exclusive pair and both kinds of double entry."""
    city, rng = book.city, book.city.rng("duplicates")

    def some(cohort: str, full: int) -> pl.DataFrame:
        return book.take(cohort, city.n(full))

    both = some("dibao_head", 120)
    tekun_rows(book, rng, both, "elderly", "TKD")
    book.enrol(both, "tekun")
    _warn(book, both, "dibao", "tekun")

    children = some("dibao_child", 40)
    orphan_rows(book, rng, children, "GED", until=book.day(4000))
    book.enrol(children, "orphan")
    _warn(book, children, "dibao", "orphan")

    minors = some("tekun_minor", 10)
    orphan_rows(book, rng, minors, "GEE", until=book.day(4000))
    book.enrol(minors, "orphan")
    _warn(book, minors, "tekun", "orphan")

    for kind, prefix in (("living", "CJD"), ("care", "CJE")):
        people = some("tekun", 50)
        allowance_rows(book, rng, people, kind, prefix)
        _warn(book, people, "tekun", "disability_" + kind)

    orphans = book.city.cohort("orphan").tail(city.n(30))
    allowance_rows(book, rng, orphans, "living", "CJF")
    _warn(book, orphans, "orphan", "disability_living")

    twice = some("dibao_head", 60)
    _second_household(book, twice)
    _warn(book, twice, "dibao", "dibao")

    for people, benefit in (
        (some("tekun", 20), "tekun"),
        (some("old_age", 20), "old_age"),
        (some("care", 20), "disability_care"),
    ):
        if benefit == "tekun":
            tekun_rows(book, rng, people, "elderly", "TKE")
        elif benefit == "old_age":
            old_age_rows(book, rng, people, "90-99", "GLD")
        else:
            allowance_rows(book, rng, people, "care", "CJG")
        book.enrol(people, benefit)
        _warn(book, people, benefit, benefit)


def _second_household(book: Book, people: pl.DataFrame) -> None:
    """The same person again as a member of another family, in another district."""
    own = book.rows[(DIBAO, "main")][1].join(people.select("id_number"), on="id_number")
    declared = [c for c in own.columns if not c.startswith("_")]
    again = own.select(declared).with_columns(
        pl.concat_str(pl.lit("2"), "member_id").alias("member_id"),
        pl.concat_str(pl.lit("2"), "household_id").alias("household_id"),
        pl.when(pl.col("region_code").str.starts_with("210102"))
        .then(pl.lit("210103001001"))
        .otherwise(pl.lit("210102002001"))
        .alias("region_code"),
    )
    book.add(DIBAO, again)


def age_bands(book: Book) -> None:
    """People over an age limit, and people whose birthday is near."""
    city = book.city
    for cohort, event, check_benefit in (
        ("orphan_over", "orphan_18", "orphan"),
        ("tekun_over", "tekun_16", "tekun"),
    ):
        ids = city.cohort(cohort)["id_number"]
        book.expect("age_band", ids, event, event)
        book.expect_check("over_age", ids, (check_benefit,))
    for cohort, age in TURNING.items():
        people = city.cohort(cohort)
        event = f"dibao_turns_{age}" if age in (18, 60) else f"turns_{age}"
        # nobody here is born on 29 February, so the birthday is the same day of another year
        birthday = pl.select(people["birth_date"].dt.offset_by(f"{age}y")).to_series()
        since = pl.select(birthday - timedelta(days=30)).to_series()
        book.expect("age_band", people["id_number"], event, event, since=since, until=birthday)

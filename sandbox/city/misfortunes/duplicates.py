"""Plants people who receive two benefits that exclude each other, and people on every side of an age
limit.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Unpack

import polars as pl

from sandbox.city.ground.book import Book, Span
from sandbox.city.ground.clock import last_complete_month, month_before
from sandbox.city.ground.divisions import a_community_of
from sandbox.city.ground.later_versions import stop_benefits
from sandbox.city.ground.people import TURNING
from sandbox.city.registries.registries import (
    TEKUN,
    add_allowances,
    add_old_age,
    add_orphans,
    add_tekun,
    school_ends,
)

DIBAO, LOW_INCOME = "civil_affairs__dibao", "civil_affairs__low_income"


#: People with a second case of one benefit, and which.
Twice = list[tuple[pl.DataFrame, str]]


def _warn(book: Book, people: pl.DataFrame, first: str, second: str, **when: Unpack[Span]) -> None:
    ids, kind = people["id_number"], "same_benefit" if first == second else "exclusive_pair"
    begun = book.enrolments(first, second).group_by("id_number").agg(pl.col("start_date").max())
    both_since = people.select("id_number").join(begun, on="id_number", how="left", maintain_order="left")
    book.expect("duplicate_benefit", ids, f"{first}+{second}", kind, **when)
    book.expect_check(
        "duplicate",
        ids,
        kind,
        (first, second),
        undue_from=both_since["start_date"],
        **when,
    )


def plant_duplicates(book: Book) -> Twice:
    """Plants 420 people at the full city, over every exclusive pair and every benefit twice.

    Returns who has one benefit twice: to be expected once all have their first.
    """
    city, rng = book.city, book.city.rng("duplicates")

    def some(cohort: str, full: int, least: int = 1) -> pl.DataFrame:
        return book.take_people(cohort, city.n(full, least))

    both = some("dibao_head", 90)
    add_tekun(book, rng, both, "elderly", "TKD")
    _warn(book, both, "dibao", "tekun")
    # the second began in the newest month that is paid, or in the one before: it was paid for none, or one
    lately = some("dibao_head", 10, 2)
    last = last_complete_month(book.epoch)
    began = [month_before(last, i % 2) + timedelta(days=2) for i in range(lately.height)]
    add_tekun(book, rng, lately, "elderly", "TKR", start=pl.Series(began))
    _warn(book, lately, "dibao", "tekun")
    # one side is stopped two days after the epoch, and the warning goes away by itself
    settled = some("dibao_head", 10)
    add_tekun(book, rng, settled, "elderly", "TKF")
    stop_benefits(book, TEKUN, settled["id_number"], book.day(2))
    _warn(book, settled, "dibao", "tekun", until=book.day(2))

    def orphan(cohort: str, full: int, prefix: str) -> pl.DataFrame:
        people = some(cohort, full)
        add_orphans(book, rng, people, prefix, until=book.day(4000))
        return people

    _warn(book, orphan("dibao_child", 40, "GED"), "dibao", "orphan")
    _warn(book, orphan("tekun_minor", 10, "GEE"), "tekun", "orphan")
    for kind, prefix in (("living", "CJD"), ("care", "CJE")):
        people = some("tekun", 50)
        add_allowances(book, rng, people, kind, prefix)
        _warn(book, people, "tekun", "disability_" + kind)
    orphans = book.take_people("orphan", city.n(30))
    add_allowances(book, rng, orphans, "living", "CJF")
    _warn(book, orphans, "orphan", "disability_living")
    return _twice(book)


def expect_twice(book: Book, twice: Twice) -> None:
    """Expects a warning and a hit for everybody with a second case of one benefit."""
    for people, benefit in twice:
        _warn(book, people, benefit, benefit)


def _twice(book: Book) -> Twice:
    """Plants the same benefit twice: in two districts, or as two cases in one registry."""
    city, rng, twice = book.city, book.city.rng("twice"), []
    for cohort, full, feed_id, benefit in (
        ("dibao_head", 40, DIBAO, "dibao"),
        ("low_income", 10, LOW_INCOME, "low_income"),
    ):
        people = book.take_people(cohort, city.n(full))
        _second_household(book, people, feed_id, benefit)
        twice.append((people, benefit))
    again: tuple[tuple[str, int, str, Callable[[pl.DataFrame], None]], ...] = (
        ("tekun", 20, "tekun", lambda p: add_tekun(book, rng, p, "elderly", "TKE")),
        ("orphan", 10, "orphan", lambda p: add_orphans(book, rng, p, "GEF", until=book.day(4000))),
        ("care", 20, "disability_care", lambda p: add_allowances(book, rng, p, "care", "CJG")),
        ("old_age", 20, "old_age", lambda p: add_old_age(book, rng, p, "90-99", "GLD")),
    )
    for cohort, full, benefit, enter in again:
        people = book.take_people(cohort, city.n(full))
        enter(people)
        twice.append((people, benefit))
    living = book.take_people("care", city.n(10, 1))
    for prefix in ("CJH", "CJI"):
        add_allowances(book, rng, living, "living", prefix)
    return [*twice, (living, "disability_living")]


def _second_household(book: Book, people: pl.DataFrame, feed_id: str, benefit: str) -> None:
    """Plants a person who is also a member of another family, in another district."""
    rows = pl.concat(book.rows[(feed_id, "main")]).join(
        people.select("id_number"), on="id_number", how="semi"
    )
    rows = rows.sort("updated_at", maintain_order=True).unique("member_id", keep="last", maintain_order=True)
    again = rows.select(c for c in rows.columns if not c.startswith("_")).with_columns(
        pl.concat_str(pl.lit("2"), "member_id").alias("member_id"),
        pl.concat_str(pl.lit("2"), "household_id").alias("household_id"),
        pl.when(pl.col("region_code").str.starts_with("210102"))
        .then(pl.lit(a_community_of("210103")))
        .otherwise(pl.lit(a_community_of("210102")))
        .alias("region_code"),
    )
    book.add(feed_id, again)
    book.enrol(again, benefit, "member_id")


def expect_age_bands(book: Book) -> None:
    """Expects warnings for people over an age limit, and for people whose birthday is near."""
    city = book.city
    for cohort, event, check_benefit in (
        ("orphan_over", "orphan_18", "orphan"),
        ("tekun_over", "tekun_16", "tekun"),
    ):
        people = city.cohort(cohort)
        ids, age = people["id_number"], 18 if event == "orphan_18" else 16
        grown = pl.select(people["birth_date"].dt.offset_by(f"{age}y")).to_series()
        if event == "orphan_18":
            left = school_ends(book, people.height) + timedelta(days=1)
            grown = pl.select(pl.max_horizontal(grown, left)).to_series()
        book.expect("age_band", ids, event, event)
        book.expect_check("over_age", ids, event, (check_benefit,), undue_from=grown)
    for cohort, age in TURNING.items():
        people = city.cohort(cohort)
        event = f"dibao_turns_{age}" if age in (18, 60) else f"turns_{age}"
        # who is born on 29 February turns that age on the 28th in a common year, as the rule counts
        birthday = pl.select(people["birth_date"].dt.offset_by(f"{age}y")).to_series()
        since = pl.select(birthday - timedelta(days=30)).to_series()
        book.expect("age_band", people["id_number"], event, event, since=since, until=birthday)

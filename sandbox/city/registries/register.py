"""Fills the household register's answers and the moves in and out, and plants people without an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Unpack

import numpy as np
import polars as pl

from sandbox.city.ground.book import Book, Span, split
from sandbox.city.ground.divisions import CITY, OUTSIDE_DISTRICTS, address, is_rural, some_communities
from sandbox.city.ground.fill import draw_times, number_codes
from sandbox.city.ground.later_versions import stop_benefits
from sandbox.city.misfortunes.deaths import take_mixed

REGISTER, MIGRATION = "public_security__household_register", "public_security__migration"
#: Benefits that are for people with a local registration: the police are asked about all who hold one.
_ASKED = ("dibao", "tekun", "low_income", "old_age")
_COHORTS = {
    "dibao_head": 0.5,
    "dibao_spouse": 0.08,
    "dibao_child": 0.12,
    "tekun": 0.08,
    "low_income": 0.12,
    "old_age": 0.1,
}


def outside_districts(rng: np.random.Generator, n: int) -> pl.Series:
    """Draws ``n`` districts outside the city."""
    return pl.Series([d + "000000" for d in OUTSIDE_DISTRICTS]).gather(
        rng.integers(0, len(OUTSIDE_DISTRICTS), n)
    )


def add_register_rows(
    book: Book,
    people: pl.DataFrame,
    status: str,
    district: pl.Series | None = None,
    days: pl.Series | None = None,
    operation: str = "insert",
) -> pl.Series:
    """Adds one row for each person; local unless ``district`` says otherwise.

    Returns the days of the answers.
    """
    n = people.height
    rng = book.city.rng(f"register {book.height(REGISTER)}")
    days = days if days is not None else book.dates(rng, n, -300, -4)
    home = some_communities(rng, n)
    sex = pl.select(pl.when(people["male"]).then(pl.lit("male")).otherwise(pl.lit("female"))).to_series()
    town = pl.select(pl.when(is_rural(home)).then(pl.lit("rural")).otherwise(pl.lit("urban"))).to_series()
    known = status != "not_found"
    given = people.select("id_number", "full_name", "birth_date").with_columns(
        sex.alias("sex"),
        pl.lit(status).alias("register_status"),
        town.alias("register_type"),
        (district if district is not None else home.str.slice(0, 6) + "000000").alias("register_district"),
        (address(home, rng) if known and district is None else pl.lit(None, dtype=pl.String)).alias(
            "register_address"
        ),
        draw_times(rng, days).alias("updated_at"),
        pl.lit(operation).alias("operation"),
    )
    book.add(REGISTER, given)
    return days


def add_moves(
    book: Book,
    people: pl.DataFrame,
    direction: str,
    day: pl.Series,
    other: pl.Series,
    known: pl.Series | None = None,
) -> pl.Series:
    """Adds moves between the city and ``other``, reported within the week.

    Returns the days of the reports.
    """
    rng = book.city.rng(f"moves {book.height(MIGRATION)}")
    n = people.height
    home = some_communities(rng, n).str.slice(0, 6) + "000000"
    if known is None:
        late = pl.Series(rng.integers(1, 8, n)).cast(pl.Int32)
        reported = (day.cast(pl.Int32) + late).cast(pl.Date)
        known = pl.select(pl.min_horizontal(reported, pl.lit(book.day(-4)))).to_series()
    out = direction == "out"
    book.add(
        MIGRATION,
        people.select("id_number", "full_name").with_columns(
            pl.lit(direction).alias("direction"),
            day.alias("moved_on"),
            (home if out else other).alias("from_district"),
            (other if out else home).alias("to_district"),
            pl.when(pl.lit(not out) & (pl.Series(rng.random(n)) < 0.3))
            .then(number_codes(f"{CITY}JZ", n, start=book.height(MIGRATION)))
            .alias("permit_no"),
            known.alias("_published_on"),
        ),
    )
    return known


def _nowhere(n: int) -> pl.Series:
    return pl.repeat(None, n, dtype=pl.String, eager=True)


def _without_some(places: pl.Series, every: int) -> pl.Series:
    """Returns the places with the first of each ``every`` null."""
    told = pl.Series(np.arange(len(places)) % every > 0)
    return pl.select(pl.when(told).then(places)).to_series()


def plant_positives(book: Book) -> list[str]:
    """Plants 3,584 warnings at the full city, with those of ``cancelled``: people without a local
    registration.

    Some left for an unnamed place. Returns the numbers with a row of their own.
    """
    rng = book.city.rng("hukou")
    n = max(book.city.n(3584) - book.warnings_planted("hukou"), 8)
    people = take_mixed(book, n, _COHORTS)[rng.permutation(n)]
    shares = split(n, {"register_non_local": 0.38, "not_found": 0.2, "moved_out": 0.26, "left": 0.16})
    first, ids = 0, []
    for kind, m in shares.items():
        some = people.slice(first, m)
        first += m
        if kind == "moved_out":
            away = book.dates(rng, m, -200, -5)
            known = add_moves(book, some, "out", away, _without_some(outside_districts(rng, m), 8))
            some = some.with_columns(away.alias("left"))
        else:
            status = {"register_non_local": "normal", "not_found": "not_found", "left": "moved_out"}[kind]
            district = outside_districts(rng, m) if kind == "register_non_local" else _nowhere(m)
            known = add_register_rows(book, some, status, district)
            ids += some["id_number"].to_list()
        _expect(
            book, some, "moved_out" if kind == "left" else kind, since=known, until=_until(book, some, kind)
        )
    return ids


def _until(book: Book, some: pl.DataFrame, kind: str) -> pl.Series:
    """Registers some six days after the epoch, and ends some benefits two days after it; returns the days."""
    settled = some.head(book.city.n(30)) if kind == "register_non_local" else some.clear()
    ended = some.filter(pl.col("cohort").cast(pl.String) == "low_income").head(book.city.n(20))
    ended = ended if kind == "not_found" else some.clear()
    if settled.height:
        day = pl.repeat(book.day(6), settled.height, eager=True)
        add_register_rows(book, settled, "normal", days=day, operation="update")
    if ended.height:
        stop_benefits(book, "civil_affairs__low_income", ended["id_number"], book.day(2))
    frame = some.select("id_number").with_columns(
        pl.when(pl.col("id_number").is_in(settled["id_number"].implode()))
        .then(pl.lit(book.day(6)))
        .when(pl.col("id_number").is_in(ended["id_number"].implode()))
        .then(pl.lit(book.day(2)))
        .alias("until")
    )
    return frame["until"]


def _expect(book: Book, people: pl.DataFrame, sub_type: str, **when: Unpack[Span]) -> None:
    book.expect("hukou", people["id_number"], "hukou", sub_type, **when)
    left = people["left"] if "left" in people.columns else None  # the register names no day
    ids = people["id_number"]
    book.expect_check("non_local_hukou", ids, sub_type, undue_from=left, **when)


def plant_after_epoch(book: Book) -> None:
    """Plants moves out of the city that the register, or the list of moves, reports after the epoch."""
    rng = book.city.rng("later moves")
    people = book.take_people("dibao_head", book.city.n(60, 4))
    known = pl.Series([book.day(1 + i % 15) for i in range(people.height)])
    by_register = people.height // 2
    some, day = people.head(by_register), known.head(by_register)
    add_register_rows(book, some, "moved_out", _nowhere(some.height), day, "update")
    _expect(book, some, "moved_out", since=day)
    some, day = people.slice(by_register), known.slice(by_register)
    away = pl.select(day - timedelta(days=1)).to_series()
    add_moves(book, some, "out", away, outside_districts(rng, some.height), day)
    _expect(book, some.with_columns(away.alias("left")), "moved_out", since=day)


def plant_unanswered(book: Book) -> list[str]:
    """Plants people the police have not answered about; about a few they answer four days after the epoch."""
    people = book.take_people("dibao_head", book.city.n(200, 4))
    answered = people.head(book.city.n(20))
    day = pl.repeat(book.day(4), answered.height, eager=True)
    add_register_rows(book, answered, "normal", days=day)
    silent = people.slice(answered.height)
    book.expect("hukou", answered["id_number"], "hukou", kind="unanswered", until=book.day(4))
    book.expect("hukou", silent["id_number"], "hukou", kind="unanswered")
    return people["id_number"].to_list()


def plant_near_misses(book: Book) -> None:
    """Plants people who left and returned, some on one day, or moved within the city."""
    people = book.take_people("dibao_head", book.city.n(300, 6))
    rng = book.city.rng("came back")
    left = book.dates(rng, people.height, -900, -300)
    same_day = pl.Series(np.arange(people.height) % 10 == 0)
    stay = pl.select(pl.when(same_day).then(0).otherwise(200).cast(pl.Int32)).to_series()
    add_moves(book, people, "out", left, _without_some(outside_districts(rng, people.height), 5))
    add_moves(
        book, people, "in", (left.cast(pl.Int32) + stay).cast(pl.Date), outside_districts(rng, people.height)
    )
    within = book.take_people("dibao_head", book.city.n(100, 2))
    near = some_communities(rng, within.height).str.slice(0, 6) + "000000"
    add_moves(book, within, "out", book.dates(rng, within.height, -500, -10), near)


def fill_up(book: Book, without_row: list[str]) -> pl.DataFrame:
    """Adds normal local entries for everybody else on a benefit, and fills the register and the moves.

    Returns those whose entry is cancelled beside a notice of their death.
    """
    asked = book.people(book.enrolments(*_ASKED)["id_number"])
    asked = asked.filter(~pl.col("id_number").is_in(without_row))
    dead = pl.concat(book.rows[("public_security__death_cancellation", "main")])
    dead = dead.filter(pl.col("_published_on") <= book.day(-4)).sort("updated_at", maintain_order=True)
    dead = dead.unique("id_number", keep="last", maintain_order=True).filter(pl.col("operation") != "delete")
    is_dead = pl.col("id_number").is_in(dead["id_number"].implode())
    add_register_rows(book, asked.filter(~is_dead), "normal")
    gone = asked.filter(is_dead)
    add_register_rows(book, gone, "cancelled_death")
    held = asked["id_number"].implode()
    care = book.city.cohort("care").filter(~pl.col("id_number").is_in(held))
    add_register_rows(book, care.head(book.missing(REGISTER)), "normal")
    people = book.city.cohort("other").head(book.missing(MIGRATION))
    rng = book.city.rng("background moves")
    half = people.height // 2
    for part, direction in ((people.head(half), "out"), (people.slice(half), "in")):
        add_moves(
            book, part, direction, book.dates(rng, part.height, -700, -5), outside_districts(rng, part.height)
        )
    return gone

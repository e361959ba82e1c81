"""Plants prison sentences and custody: serving, served, released early, too short, somebody else's."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Unpack

import numpy as np
import polars as pl

from sandbox.city.ground.book import Book, Span
from sandbox.city.ground.clock import last_complete_month, month_before
from sandbox.city.misfortunes.deaths import take_mixed

PRISON, DETENTION = "public_security__prison", "public_security__detention"


def add_sentences(
    book: Book,
    people: pl.DataFrame,
    start: pl.Series,
    end: pl.Series,
    released: pl.Series | None = None,
    withdrawn: date | None = None,
) -> pl.Series:
    """Adds sentences, reported some weeks after they began. Returns the days of the reports."""
    known = _reported(book, start)
    given = people.select("id_number", "full_name").with_columns(
        start.alias("sentence_start"),
        end.alias("sentence_end"),
        pl.select(start + timedelta(days=15)).to_series().alias("admitted_on"),
        (released if released is not None else pl.lit(None, dtype=pl.Date)).alias("released_on"),
        known.alias("_published_on"),
        pl.lit(withdrawn, dtype=pl.Date).alias("_withdrawn_on"),
    )
    book.add(PRISON, given)
    return known


def _reported(book: Book, start: pl.Series) -> pl.Series:
    late = pl.lit(book.day(-4))
    return pl.select(pl.min_horizontal(start + timedelta(days=20), late)).to_series()


def add_custody(book: Book, people: pl.DataFrame, start: pl.Series, end: pl.Series | None) -> None:
    """Adds stays in custody; ``end`` None means still held."""
    book.add(
        DETENTION,
        people.select("id_number", "full_name").with_columns(
            start.alias("custody_start"),
            (end if end is not None else pl.lit(None, dtype=pl.Date)).alias("custody_end"),
            pl.select(pl.min_horizontal(start + timedelta(days=5), pl.lit(book.day(-4))))
            .to_series()
            .alias("_published_on"),
        ),
    )


def _later(days: pl.Series, rng: np.random.Generator, low: int, high: int) -> pl.Series:
    plus = pl.Series(rng.integers(low, high, len(days))).cast(pl.Int32)
    return pl.select((days.cast(pl.Int32) + plus).cast(pl.Date)).to_series()


def plant_positives(book: Book) -> None:
    """Plants 60 people at the full city on the epoch: 40 sentences and 20 stays in custody."""
    city, rng = book.city, book.city.rng("custody")
    cohorts = {"dibao_head": 0.75, "tekun": 0.1, "care": 0.15}
    inside = take_mixed(book, city.n(25, 3), cohorts)
    start = book.dates(rng, inside.height, -280, -40)
    end = _later(start, rng, 400, 1500)
    known = add_sentences(book, inside, start, end)
    _expect(book, inside, "prison:", start, end, since=known)

    # paid on for no month yet, for one, for several
    lately = book.take_people("dibao_head", city.n(6, 3))
    last = last_complete_month(book.epoch)
    begun = [month_before(last, (0, 1, 3)[i % 3]) + timedelta(days=2) for i in range(lately.height)]
    start = pl.Series(begun)
    end = _later(start, rng, 400, 1500)
    known = add_sentences(book, lately, start, end)
    _expect(book, lately, "prison:", start, end, since=known)

    # in custody, then sentenced: two terms, one hit
    twice = book.take_people("dibao_head", city.n(3, 1))
    start, sentenced = book.dates(rng, twice.height, -150, -120), book.dates(rng, twice.height, -80, -50)
    add_custody(book, twice, start, None)
    _expect(book, twice, "custody:", start, since=pl.select(start + timedelta(days=31)).to_series())
    end = _later(sentenced, rng, 400, 900)
    known = add_sentences(book, twice, sentenced, end)
    _expect(book, twice, "prison:", sentenced, end, since=known)

    ending = book.take_people("dibao_head", city.n(4, 1))
    start = book.dates(rng, ending.height, -280, -200)
    end = pl.repeat(book.day(4), ending.height, eager=True)
    known = add_sentences(book, ending, start, end)
    _expect(book, ending, "prison:", start, end, since=known, until=book.day(5))

    mistaken = book.take_people("dibao_head", city.n(2, 1))
    start = book.dates(rng, mistaken.height, -280, -200)
    day = book.day(7)
    end = _later(start, rng, 900, 1500)
    known = add_sentences(book, mistaken, start, end, withdrawn=day)
    _expect(book, mistaken, "prison:", start, end, since=known, until=day)

    held = take_mixed(book, city.n(17, 1), {"dibao_head": 0.8, "low_income": 0.2})
    start = book.dates(rng, held.height, -200, -45)
    add_custody(book, held, start, None)
    _expect(book, held, "custody:", start, since=pl.select(start + timedelta(days=31)).to_series())

    leaving = book.take_people("dibao_head", city.n(3, 1))
    start = book.dates(rng, leaving.height, -120, -60)
    end = pl.repeat(book.day(5), leaving.height, eager=True)
    add_custody(book, leaving, start, end)
    since = pl.select(start + timedelta(days=31)).to_series()
    _expect(book, leaving, "custody:", start, end, since=since, until=book.day(6))

    recent = book.take_people("dibao_head", city.n(6, 1))
    start = book.dates(rng, recent.height, -20, -5)
    add_custody(book, recent, start, None)
    since = pl.select(start + timedelta(days=31)).to_series()
    _expect(book, recent, "custody:", start, since=since)


def _expect(
    book: Book,
    people: pl.DataFrame,
    prefix: str,
    start: pl.Series,
    end: pl.Series | None = None,
    **when: Unpack[Span],
) -> None:
    event = pl.select(pl.concat_str(pl.lit(prefix), start.dt.strftime("%Y-%m-%d"))).to_series()
    ids, kind = people["id_number"], prefix.removesuffix(":")
    book.expect("imprisoned", ids, event, kind, **when)
    book.expect_check("imprisoned", ids, kind, undue_from=start, undue_until=end, **when)


def plant_near_misses(book: Book) -> None:
    """Plants sentences served before the benefit began, early releases, namesakes, and custody of a week."""
    city, rng = book.city, book.city.rng("custody decoys")
    served = book.take_people("dibao_head", city.n(60, 3))
    start = book.dates(rng, served.height, -2600, -2000)
    add_sentences(book, served, start, _later(start, rng, 200, 900))
    early = book.take_people("dibao_head", city.n(30, 2))
    start = book.dates(rng, early.height, -1500, -1200)
    add_sentences(
        book, early, start, pl.repeat(book.day(700), early.height, eager=True), _later(start, rng, 200, 500)
    )
    namesakes = (
        book.city.cohort("other")
        .tail(city.n(60, 3))
        .with_columns(book.city.cohort("dibao_head").head(city.n(60, 3))["full_name"])
    )
    start = book.dates(rng, namesakes.height, -300, -30)
    add_sentences(book, namesakes, start, _later(start, rng, 500, 900))
    short = book.take_people("dibao_head", city.n(20, 2))
    start = book.dates(rng, short.height, -120, -50)
    add_custody(book, short, start, _later(start, rng, 3, 9))


def fill_up(book: Book) -> None:
    """Adds sentences and custody of people without a benefit, up to the declared size."""
    city, rng = book.city, book.city.rng("custody background")
    people = city.cohort("other").head(book.missing(PRISON))
    start = book.dates(rng, people.height, -2500, -100)
    add_sentences(book, people, start, _later(start, rng, 400, 2500))
    people = city.cohort("other").slice(people.height, book.missing(DETENTION))
    start = book.dates(rng, people.height, -300, -10)
    ended = people.height // 3
    add_custody(book, people.head(ended), start.head(ended), _later(start.head(ended), rng, 1, 10))
    add_custody(book, people.slice(ended), start.slice(ended), None)

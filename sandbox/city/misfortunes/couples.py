"""Plants marriages and divorces the benefit has not heard of, and couples with whom all is in order."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Unpack

import polars as pl

from sandbox.city.ground.book import ALWAYS, Book, Span
from sandbox.city.ground.later_versions import change_rows
from sandbox.city.ground.names import other_name
from sandbox.city.misfortunes.deaths import add_police_notices
from sandbox.city.registries.kinship import (
    DIBAO,
    LOW_INCOME,
    add_certificates,
    add_marriages,
    add_suspended_members,
    delete_certificates,
    take_outside_spouses,
    without_family,
)

RULE = "marriage_change"


def plant_cases(book: Book) -> None:
    """Plants about 150 people at the full city; families on dibao were last reviewed 30 to 150 days ago."""
    _weddings(book)
    _reviews(book)
    _partings(book)
    _absent(book)
    _low_income(book)
    _plant_near_misses(book)


def expect_marriage_change(
    book: Book, people: pl.DataFrame, event: str, on: pl.Series, sub_type: str, **when: Unpack[Span]
) -> None:
    """Expects a warning for each person; ``event`` and its day make the key of the warning."""
    key = pl.select(pl.concat_str(pl.lit(event + ":"), on.dt.strftime("%Y-%m-%d"))).to_series()
    book.expect(RULE, people["id_number"], key, sub_type, **when)


def _alone(book: Book, full: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    heads = book.take_people("dibao_head", book.city.n(full), without_family(book))
    return heads, take_outside_spouses(book, heads)


def _pairs(book: Book, full: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Heads and their spouses, side by side, both on dibao."""
    free = book.people_left("dibao_head")["house"].implode()
    spouses = book.take_people("dibao_spouse", book.city.n(full), pl.col("house").is_in(free))
    heads = book.take_people("dibao_head", spouses.height, pl.col("house").is_in(spouses["house"].implode()))
    return heads, spouses.sort("house")[heads["house"].rank("ordinal").cast(pl.Int64) - 1]


def _recent(book: Book, n: int, first: int = -25, last: int = -5) -> pl.Series:
    return book.dates(
        book.city.rng(f"recent couples {book.height('civil_affairs__marriage')}"), n, first, last
    )


def _same(day: date, n: int) -> pl.Series:
    return pl.repeat(day, n, dtype=pl.Date, eager=True)


def _weddings(book: Book) -> None:
    """Plants weddings since the review, after the epoch, entered late, withdrawn again, and under another
    name.
    """
    heads, spouses = _alone(book, 20)
    on = _recent(book, heads.height)
    add_marriages(book, heads, spouses, on)
    expect_marriage_change(book, heads, "marriage", on, "married")

    heads, spouses = _alone(book, 16)
    on = pl.Series([book.day(1 + i % 8) for i in range(heads.height)])
    add_marriages(book, heads, spouses, on)
    expect_marriage_change(book, heads, "marriage", on, "married", since=on)

    heads, spouses = _alone(book, 6)
    on, known = _recent(book, heads.height), book.day(2)
    add_marriages(book, heads, spouses, on, _same(known, heads.height))
    expect_marriage_change(book, heads, "marriage", on, "married", since=known)

    heads, spouses = _alone(book, 4)
    on, gone = _recent(book, heads.height), book.day(5)
    delete_certificates(book, add_marriages(book, heads, spouses, on), gone)
    expect_marriage_change(book, heads, "marriage", on, "married", until=gone)

    heads, spouses = _alone(book, 4)
    on = _recent(book, heads.height)
    add_marriages(book, heads.with_columns(other_name(heads["full_name"])), spouses, on)
    expect_marriage_change(book, heads, "marriage", on, "married", confidence="suspected")


def _reviews(book: Book) -> None:
    """Plants reviews after the epoch, in which the spouse is entered or is not."""
    for full, entered in ((8, True), (6, False)):
        heads, spouses = _alone(book, full)
        on, day = _recent(book, heads.height), book.day(4)
        add_marriages(book, heads, spouses, on)
        change_rows(book, DIBAO, heads["id_number"], day, last_review_on=day, review_due_on=book.day(200))
        expect_marriage_change(book, heads, "marriage", on, "married", until=day)
        if entered:
            add_suspended_members(book, heads, spouses, "spouse", since=day)
        else:
            expect_marriage_change(book, heads, "marriage", on, "spouse_missing", since=day)


def _partings(book: Book) -> None:
    """Plants couples with both sides on dibao: divorced, annulled, or one married to somebody else."""
    for event, full, later in (("divorce", 16, None), ("divorce", 6, 3), ("annulment", 4, None)):
        heads, spouses = _pairs(book, full)
        on = _same(book.day(later), heads.height) if later else _recent(book, heads.height)
        add_certificates(book, heads, spouses, event, on)
        sub_type = "divorced" if event == "divorce" else "annulled"
        for side in (heads, spouses):
            expect_marriage_change(
                book, side, event, on, sub_type, since=book.day(later) if later else ALWAYS
            )
    heads, spouses = _pairs(book, 5)
    on = _recent(book, heads.height)
    add_marriages(book, spouses, take_outside_spouses(book, spouses), on)
    expect_marriage_change(book, spouses, "marriage", on, "married")
    expect_marriage_change(book, heads, "spouse_marriage", on, "spouse_event")


def _absent(book: Book) -> None:
    """Plants marriages long before the benefit, to somebody the family does not name, entered six days after
    the epoch.

    Of some the register has only a certificate issued again.
    """
    for full, event, day in ((20, "marriage", None), (8, "marriage", book.day(6)), (8, "reissue", None)):
        heads, spouses = _alone(book, full)
        on = _recent(book, heads.height, -2000, -700)
        add_certificates(book, heads, spouses, event, on)
        if day:
            add_suspended_members(book, heads, spouses, "spouse", since=day)
        expect_marriage_change(book, heads, event, on, "spouse_missing", until=day)


def _low_income(book: Book) -> None:
    """Plants families without a review date of their own: the day the benefit began counts."""
    people = book.take_people("low_income", book.city.n(10), without_family(book, LOW_INCOME))
    on = _recent(book, people.height)
    add_marriages(book, people, take_outside_spouses(book, people), on)
    expect_marriage_change(book, people, "marriage", on, "married")


def _plant_near_misses(book: Book) -> None:
    """Plants a certificate issued again, a wedding on the day of the review, old divorces, widows."""
    heads, spouses = _pairs(book, 12)
    add_certificates(book, heads, spouses, "reissue", _recent(book, heads.height))

    heads, spouses = _alone(book, 10)
    rows = pl.concat(book.rows[(DIBAO, "main")]).unique("id_number", keep="last", maintain_order=True)
    reviewed = heads.select("id_number").join(rows, on="id_number", how="left", maintain_order="left")
    add_marriages(book, heads, spouses, reviewed["last_review_on"])
    add_suspended_members(book, heads, spouses, "spouse")

    heads, spouses = _alone(book, 12)
    add_marriages(book, heads, spouses, _recent(book, heads.height, -3000, -900))
    add_certificates(book, heads, spouses, "divorce", _same(book.day(-650), heads.height))

    heads, spouses = _alone(book, 12)
    add_marriages(book, heads, spouses, _recent(book, heads.height, -3000, -900))
    # their own benefit had ended by then
    died = _recent(book, heads.height, -35, -12)
    add_police_notices(book, spouses, died, died + timedelta(days=5))

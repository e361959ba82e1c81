"""Plants flats, shops and contracts of people on a benefit."""

from __future__ import annotations

import hashlib
from typing import Unpack

import polars as pl

from sandbox.city.answers.checked_families import add_answers, take_heads, take_pairs
from sandbox.city.ground.book import ALWAYS, Book, Span
from sandbox.city.ground.divisions import CITY
from sandbox.city.ground.fill import draw_times, number_codes
from sandbox.city.ground.names import other_name

TITLE, CONTRACT = "housing__real_estate_title", "housing__sale_contract"
_RULE = "real_estate"


def plant_cases(book: Book) -> None:
    """Plants about 200 families at the full city; a year has 365 days."""
    _dwellings(book)
    _shared(book)
    _commercial(book)
    _contracts(book)


def _title(
    book: Book,
    people: pl.DataFrame,
    use: str = "dwelling",
    share: float = 1.0,
    *,
    status: str = "current",
    on: int = -5,
    gone: int | None = None,
    units: pl.Series | None = None,
) -> pl.Series:
    """Adds one title each; returns their numbers.

    ``units``: the dwellings they are for; by default one of their own each.
    """
    first = sum(frame.height for frame in book.answers.get(TITLE, []))
    titles = number_codes("辽2019不动产权", people.height, start=first + 1)
    unit = units if units is not None else number_codes(f"{CITY}D", people.height, start=first + 1)
    add_answers(
        book,
        TITLE,
        people,
        titles.alias("title_no"),
        unit.alias("unit_no"),
        pl.lit(use).alias("dwelling_use"),
        pl.lit(share).alias("owner_share"),
        pl.lit(status).alias("title_status"),
        on=on,
        gone=gone,
    )
    return titles


def _expect(
    book: Book, people: pl.DataFrame, event: str | pl.Series, sub_type: str, **when: Unpack[Span]
) -> None:
    book.expect(_RULE, people["id_number"], event, sub_type, **when)


def _dwellings(book: Book) -> None:
    """Plants two dwellings, counting halves; smaller shares, historical titles and other uses do not
    count.
    """
    for full, cohort, share, on, gone in (
        (50, "dibao_head", 1.0, -5, None),
        (10, "dibao_head", 0.5, -5, None),
        (10, "low_income", 1.0, -5, None),
        (5, "tekun", 1.0, -5, None),
        (8, "dibao_head", 1.0, 4, None),
        (8, "dibao_head", 1.0, -5, 6),
    ):
        people = take_heads(book, full, cohort)
        _title(book, people)
        _title(book, people, share=share, on=on, gone=gone)
        since = book.day(on) if on > 0 else ALWAYS
        _expect(book, people, "dwellings", "second_dwelling", since=since,
                until=book.day(gone) if gone else None)  # fmt: skip
    people = take_heads(book, 4)
    _title(book, people)
    _title(book, people.with_columns(other_name(people["full_name"])))
    _expect(book, people, "dwellings", "second_dwelling", confidence="suspected")
    for full, share, status, use in (
        (10, 0.4999, "current", "dwelling"),
        (10, 1.0, "historical", "dwelling"),
        (5, 1.0, "current", "other"),
    ):
        people = take_heads(book, full)
        _title(book, people)
        _title(book, people, use, share, status=status)


def _shared(book: Book) -> None:
    """Plants families whose members' shares of one dwelling count together."""
    for full, of_child, found in ((5, 0.25, True), (5, 0.2, False)):
        people, children = take_pairs(book, full)
        _title(book, people)
        first = sum(frame.height for frame in book.answers[TITLE])
        units = number_codes(f"{CITY}E", people.height, start=first + 1)
        _title(book, people, share=0.25, units=units)
        _title(book, children, share=of_child, units=units)
        if found:
            _expect(book, people, "dwellings", "second_dwelling")


def _commercial(book: Book) -> None:
    for full, use, status, found in (
        (20, "shop", "current", True),
        (6, "office", "current", True),
        (10, "garage", "current", True),
        (8, "shop", "historical", False),
    ):
        people = take_heads(book, full)
        titles = _title(book, people, use, status=status)
        if found:
            events = [f"title:{_short(t)}" for t in titles]
            _expect(book, people, pl.Series(events), "commercial")


def _short(number: str) -> str:
    return hashlib.md5(number.encode(), usedforsecurity=False).hexdigest()[:12]


def _contracts(book: Book) -> None:
    """Plants contracts registered within a year, including its first day, and a day or more before it."""
    for full, registered, entered, since, until in (
        (20, -100, -99, ALWAYS, None),
        (6, 0, 0, book.day(0), None),
        (6, 3, 3, book.day(3), None),
        (6, -365, -361, ALWAYS, book.day(1)),
        (8, -366, -362, ALWAYS, book.day(0)),
        (8, -800, -790, None, None),
    ):
        people = take_heads(book, full)
        numbers = _contract(book, people, registered, entered)
        if since:
            events = pl.select(pl.concat_str(pl.lit("contract:"), numbers)).to_series()
            _expect(book, people, events, "new_contract", since=since, until=until)
    # registered, and struck out after five days
    people = take_heads(book, 5)
    numbers = _contract(book, people, -50, -49)
    _contract(book, people, -50, 5, numbers=numbers, operation="delete")
    events = pl.select(pl.concat_str(pl.lit("contract:"), numbers)).to_series()
    _expect(book, people, events, "new_contract", until=book.day(5))


def _contract(
    book: Book,
    people: pl.DataFrame,
    registered: int,
    entered: int,
    *,
    numbers: pl.Series | None = None,
    operation: str = "insert",
) -> pl.Series:
    n, first = people.height, book.height(CONTRACT)
    numbers = numbers if numbers is not None else number_codes("WQP", n, start=first + 1)
    moments = draw_times(
        book.city.rng(f"contract {first}"), pl.repeat(book.day(entered), n, dtype=pl.Date, eager=True)
    )
    book.add(
        CONTRACT,
        people.select("id_number", buyer_name="full_name").with_columns(
            numbers.alias("contract_no"),
            pl.lit(book.day(registered)).alias("registered_on"),
            pl.lit(operation).alias("operation"),
            moments.alias("updated_at"),
        ),
    )
    return numbers

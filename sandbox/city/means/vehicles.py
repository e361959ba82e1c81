"""Plants motor vehicles of people on a benefit."""

from __future__ import annotations

import hashlib
from typing import Unpack

import polars as pl

from sandbox.city.answers.checked_families import add_answers, take_heads
from sandbox.city.ground.book import ALWAYS, Book, Span
from sandbox.city.ground.fill import number_codes
from sandbox.city.ground.names import other_name

FEED = "public_security__vehicle"


def plant_cases(book: Book) -> None:
    """Plants about 150 owners at the full city: bought lately or long ago, sold again, under another name."""
    for full, kind, cohort, on, gone in (
        (50, "small_car", "dibao_head", -5, None),
        (10, "new_energy_small", "dibao_head", -5, None),
        (10, "large_car", "dibao_head", -5, None),
        (5, "new_energy_large", "dibao_head", -5, None),
        (12, "small_car", "low_income", -5, None),
        (6, "small_car", "tekun", -5, None),
        (8, "small_car", "dibao_head", 3, None),
        (8, "small_car", "dibao_head", 6, None),
        (8, "small_car", "dibao_head", -5, 5),
    ):
        people = take_heads(book, full, cohort)
        plates = _answer(book, people, kind, "normal", on=on, gone=gone)
        since = book.day(on) if on > 0 else ALWAYS
        until = book.day(gone) if gone else None
        _expect(book, people, plates, kind, since=since, until=until)
        if gone:
            _answer(book, people, kind, "transferred_out", on=gone, plates=plates)
    two = take_heads(book, 5)
    for _ in range(2):
        _expect(book, two, _answer(book, two, "small_car", "normal"), "small_car")
    renamed = take_heads(book, 4)
    told = renamed.with_columns(other_name(renamed["full_name"]))
    plates = _answer(book, told, "small_car", "normal")
    _expect(book, renamed, plates, "small_car", confidence="suspected")
    _plant_near_misses(book)


def _plant_near_misses(book: Book) -> None:
    """Plants vehicles that may be owned, and vehicles no longer owned."""
    for full, kind, state in (
        (15, "motorcycle", "normal"),
        (10, "disabled_scooter", "normal"),
        (8, "small_car", "transferred_out"),
        (8, "small_car", "deregistered"),
        (8, "new_energy_large", "seized"),
    ):
        _answer(book, take_heads(book, full), kind, state)


def _answer(
    book: Book,
    people: pl.DataFrame,
    kind: str,
    state: str,
    *,
    on: int = -5,
    gone: int | None = None,
    plates: pl.Series | None = None,
) -> pl.Series:
    if plates is None:
        first = sum(frame.height for frame in book.answers.get(FEED, []))
        plates = number_codes("辽A", people.height, start=first + 1, width=5)
    known = pl.lit(kind).alias("plate_type"), pl.lit(state).alias("state"), plates.alias("plate_no")
    add_answers(book, FEED, people, *known, on=on, gone=gone)
    return plates


def _expect(book: Book, people: pl.DataFrame, plates: pl.Series, kind: str, **when: Unpack[Span]) -> None:
    events = [f"vehicle:{hashlib.md5(p.encode(), usedforsecurity=False).hexdigest()[:12]}" for p in plates]
    sub_type = "large_vehicle" if kind in ("large_car", "new_energy_large") else "car"
    book.expect("vehicle", people["id_number"], pl.Series(events), sub_type, **when)

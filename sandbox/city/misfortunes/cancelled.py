"""Plants register entries cancelled for a death that nobody else reports, or whose notice is withdrawn."""

from __future__ import annotations

from typing import Unpack

import polars as pl

from sandbox.city.ground.book import Book, Span
from sandbox.city.ground.names import other_name
from sandbox.city.misfortunes.deaths import POLICE, add_police_notices, take_mixed
from sandbox.city.registries.register import add_register_rows

_COHORTS = {"dibao_head": 0.6, "tekun": 0.2, "low_income": 0.1, "old_age": 0.1}


def plant_positives(book: Book) -> list[str]:
    """Plants about fifty people at the full city.

    Returns their numbers: each has an answer of the register.
    """
    ids: list[str] = []
    for plant, full, least in _KINDS:
        people = take_mixed(book, book.city.n(full, least), _COHORTS)
        ids += people["id_number"].to_list()
        plant(book, people)
    return ids


def _at_once(book: Book, people: pl.DataFrame) -> None:
    add_register_rows(book, people, "cancelled_death")
    _expect(book, people)


def _another(book: Book, people: pl.DataFrame) -> None:
    """Plants entries under another name: suspected."""
    renamed = people.with_columns(other_name(people["full_name"]).alias("full_name"))
    add_register_rows(book, renamed, "cancelled_death")
    _expect(book, people, confidence="suspected")


def _later(book: Book, people: pl.DataFrame) -> None:
    add_register_rows(book, people, "normal")
    _updated(book, people, "cancelled_death", 4)
    _expect(book, people, since=book.day(4))


def _taken_back(book: Book, people: pl.DataFrame) -> None:
    add_register_rows(book, people, "cancelled_death")
    _updated(book, people, "normal", 5)
    _expect(book, people, until=book.day(5))


def _reported(book: Book, people: pl.DataFrame) -> None:
    """Plants deaths that the police report six days after the epoch; from then on another rule covers
    them.
    """
    add_register_rows(book, people, "cancelled_death")
    _expect(book, people, until=book.day(6))
    died, known = (pl.repeat(book.day(day), people.height, eager=True) for day in (-1, 6))
    add_police_notices(book, people, died, known)
    ids = people["id_number"]
    book.expect("death", ids, "death", "dead", since=book.day(6))
    book.expect_check("dead", ids, "dead", undue_from=died, since=book.day(6))


#: Who plants, people at the full city, at least.
_KINDS = ((_at_once, 20, 2), (_another, 6, 1), (_later, 10, 1), (_taken_back, 6, 1), (_reported, 8, 1))


def plant_withdrawn_notices(book: Book, entered: pl.DataFrame) -> None:
    """Decides what becomes of ``entered`` people, cancelled beside a notice that the police withdraw.

    Every other entry is corrected on that day; the others are left without a notice behind them.
    """
    notices = pl.concat(book.rows[(POLICE, "main")]).filter(
        (pl.col("operation") == "delete") & (pl.col("_published_on") > book.epoch)
    )
    back = entered.join(
        notices.select("id_number", pl.col("_published_on").alias("on")),
        on="id_number",
        how="inner",
        maintain_order="left",
    )
    righted, left = back.gather_every(2), back.gather_every(2, offset=1)
    add_register_rows(book, righted.drop("on"), "normal", days=righted["on"], operation="update")
    _expect(book, left, since=left["on"])


def _updated(book: Book, people: pl.DataFrame, status: str, day: int) -> None:
    days = pl.repeat(book.day(day), people.height, dtype=pl.Date, eager=True)
    add_register_rows(book, people, status, days=days, operation="update")


def _expect(book: Book, people: pl.DataFrame, **when: Unpack[Span]) -> None:
    book.expect("hukou", people["id_number"], "hukou", "cancelled_death", **when)

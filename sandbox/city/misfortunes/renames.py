"""Plants people whose name a registry changed, and people whom somebody writes in traditional characters.

A fact under the former name is certain once every benefit that runs bears the new one; until then one number
has two names, and it is not. A name that came with another number is another person's.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Unpack

import polars as pl

from connectors.catalogue import load_feed
from sandbox.city.answers.checked_families import families
from sandbox.city.ground.book import ALWAYS, Book, Span
from sandbox.city.ground.fill import draw_times, number_codes
from sandbox.city.ground.later_versions import change_rows
from sandbox.city.ground.names import has_traditional, other_name, traditional
from sandbox.city.registries.households import DIBAO
from sandbox.city.registries.registries import ALLOWANCE, add_allowances

PRISON, CONTRACT = "public_security__prison", "housing__sale_contract"
_RELEASED = 900
_LAST = pl.col("full_name").str.head(-1)
#: What ``other_name`` makes of a name, as the registry writes it.
_NEW_NAME = pl.concat_str(_LAST, pl.lit("辰"))


def plant_cases(book: Book) -> None:
    """Plants about 60 people at the full city."""
    _renamed(book)
    _renamed_in_one_registry(book)
    _reassigned(book)
    _traditional(book)


def _some(book: Book, full: int) -> pl.DataFrame:
    """Takes people on dibao alone, single in their family, whose names can be written in another way."""
    other = [b for b in book.enrolments()["benefit"].unique() if b != "dibao"]
    single = families(book, "dibao_head").filter(pl.col("members") == 1)["id_number"]
    fits = pl.col("id_number").is_in(single.implode()) & has_traditional(pl.col("full_name"))
    fits = fits & ~pl.col("id_number").is_in(book.enrolments(*other)["id_number"].implode())
    return book.take_people("dibao_head", book.city.n(full), where=fits)


def _under(people: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
    return people.with_columns(names.alias("full_name"))


def _sentenced(book: Book, people: pl.DataFrame) -> pl.Series:
    """Adds prison terms under the names given here; returns the events."""
    start = book.dates(book.city.rng(f"renames {book.height(PRISON)}"), people.height, -250, -60)
    book.add(
        PRISON,
        people.select("id_number", "full_name").with_columns(
            start.alias("sentence_start"),
            pl.select(start + timedelta(days=15)).to_series().alias("admitted_on"),
            pl.lit(book.day(_RELEASED)).alias("sentence_end"),
            pl.lit(None, dtype=pl.Date).alias("released_on"),
            pl.lit(book.day(-20)).alias("_published_on"),
        ),
    )
    return pl.select(pl.concat_str(pl.lit("prison:"), start.cast(pl.String))).to_series()


def _expect(book: Book, people: pl.DataFrame, events: pl.Series, **when: Unpack[Span]) -> None:
    book.expect("imprisoned", people["id_number"], events, "prison", **when)
    _expect_hits(book, people, events, ("dibao",), **when)


def _expect_hits(
    book: Book, people: pl.DataFrame, events: pl.Series, benefits: tuple[str, ...], **when: Unpack[Span]
) -> None:
    start = events.str.slice(len("prison:")).str.to_date()
    book.expect_check(
        "imprisoned",
        people["id_number"],
        "prison",
        benefits,
        undue_from=start,
        undue_until=book.day(_RELEASED),
        **when,
    )


def _contract(book: Book, people: pl.DataFrame) -> pl.Series:
    """Adds dwellings bought under the names given here; returns the events."""
    n = people.height
    numbers = number_codes("WQN", n, start=book.height(CONTRACT) + 1)
    entered = pl.repeat(book.day(-90), n, dtype=pl.Date, eager=True)
    book.add(
        CONTRACT,
        people.select("id_number", buyer_name="full_name").with_columns(
            numbers.alias("contract_no"),
            pl.lit(book.day(-91)).alias("registered_on"),
            draw_times(book.city.rng(f"renames {book.height(CONTRACT)}"), entered).alias("updated_at"),
        ),
    )
    return pl.select(pl.concat_str(pl.lit("contract:"), numbers)).to_series()


def _renamed(book: Book) -> None:
    """Plants people renamed long ago or after four days; the fact bears the former name, or already the new
    one.
    """
    for on, former in ((-30, True), (4, True), (4, False)):
        for fact in (_sentenced, _contract):
            people = _some(book, 8)
            new = other_name(people["full_name"])
            events = fact(book, people if former else _under(people, new))
            change_rows(book, DIBAO, people["id_number"], book.day(on), full_name=_NEW_NAME)
            # the present name agrees, before or after; the former is known from the day of the change on
            stretches: list[tuple[str, date, date | None]] = [("confirmed", ALWAYS, None)]
            if not former:
                stretches = [("suspected", ALWAYS, book.day(on)), ("confirmed", book.day(on), None)]
            for words, since, until in stretches:
                if fact is _sentenced:
                    _expect(book, people, events, confidence=words, since=since, until=until)
                    continue
                ids, sub_type = people["id_number"], "new_contract"
                book.expect("real_estate", ids, events, sub_type, confidence=words, since=since, until=until)


def _renamed_in_one_registry(book: Book) -> None:
    """Plants a name changed by dibao a month ago; the allowance follows five days after the epoch, or
    never.
    """
    for full, follows in ((6, 5), (6, None)):
        people = _some(book, full)
        ids, former = people["id_number"], people
        homes = book.enrolments("dibao").select("id_number", "region_code")
        allowed = people.join(homes, on="id_number", how="left", maintain_order="left")
        add_allowances(book, book.city.rng(f"renames {follows}"), allowed, "care", f"CJR{follows or 0}")
        change_rows(book, DIBAO, ids, book.day(-30), full_name=_NEW_NAME)
        if follows:
            change_rows(book, ALLOWANCE, ids, book.day(follows), full_name=_NEW_NAME)
        over = book.day(follows) if follows else None
        events = _sentenced(book, former)
        book.expect("imprisoned", ids, events, "prison")
        _expect_hits(book, people, events, ("disability_care",))
        _expect_hits(book, people, events, ("dibao",), confidence="suspected", until=over)
        if over:
            _expect_hits(book, people, events, ("dibao",), since=over)
        events = _contract(book, former)
        book.expect("real_estate", ids, events, "new_contract", confidence="suspected", until=over)
        if over:
            book.expect("real_estate", ids, events, "new_contract", since=over)


def _reassigned(book: Book) -> None:
    """Plants cases that belonged to another person before, with that person's number: the name is no former
    name.
    """
    people = _some(book, 6)
    before = book.city.cohort("other").head(people.height)
    columns = [c.name for c in load_feed(DIBAO).table("main").columns]
    rows = pl.concat(book.rows[(DIBAO, "main")]).select(columns)
    rows = people.select("id_number").join(rows, on="id_number", maintain_order="left")
    book.add(
        DIBAO,
        rows.with_columns(
            before["id_number"].alias("id_number"),
            other_name(rows["full_name"]).alias("full_name"),
            (pl.col("updated_at") - timedelta(days=1)).alias("updated_at"),
        ).select(columns),
    )
    told = _under(people, other_name(people["full_name"]))
    _expect(book, people, _sentenced(book, told), confidence="suspected")


def _traditional(book: Book) -> None:
    """Plants names in traditional characters: the same name, and somebody else's."""
    for fact in (_sentenced, _contract):
        people = _some(book, 8)
        events = fact(book, _under(people, traditional(people["full_name"])))
        if fact is _sentenced:
            _expect(book, people, events)
        else:
            book.expect("real_estate", people["id_number"], events, "new_contract")
    people = _some(book, 4)
    other = traditional(other_name(people["full_name"]))
    _expect(book, people, _sentenced(book, _under(people, other)), confidence="suspected")

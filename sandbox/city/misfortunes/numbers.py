"""Plants people whose number was changed, numbers that two people bear, and what resembles either.

A former number is valid and nobody else's. A case written anew under the present number, or a disability
certificate, says whose it was; each kind of fact occurs once under a former number. In the days before a
registry writes the present number, the case and its truth bear the former one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from connectors.catalogue import load_feed
from sandbox.city.ground.book import Book
from sandbox.city.ground.clock import avoid_watched_birthdays
from sandbox.city.ground.divisions import some_communities
from sandbox.city.ground.fill import certificates
from sandbox.city.ground.ids import id_numbers
from sandbox.city.ground.later_versions import change_rows
from sandbox.city.ground.names import other_name
from sandbox.city.misfortunes.custody import add_custody, add_sentences
from sandbox.city.misfortunes.deaths import add_cremations, add_police_notices
from sandbox.city.misfortunes.disability import CERTIFICATE
from sandbox.city.registries.register import add_register_rows
from sandbox.city.registries.registries import ALLOWANCE, TEKUN, add_allowances, add_tekun

_FEED = {"tekun": TEKUN, "care": ALLOWANCE}
_BENEFIT = {"tekun": "tekun", "care": "disability_care"}
#: Days from the epoch: registries wrote the present number; departments told what they know of a death.
_LONG_AGO, _TOLD = -40, -10
#: First and last day of what is known, from the epoch: deaths, prison, custody.
_DEAD, _PRISON, _CUSTODY = (_TOLD - 4, None), (-60, 900), (-70, None)


@dataclass
class _Plan:
    """Keeps the book and the numbers handed out so far."""

    book: Book
    given: pl.DataFrame = field(init=False)

    def __post_init__(self) -> None:
        self.given = self.book.city.people.select("county", "birth_date", "male")

    def spare(self, people: pl.DataFrame) -> pl.Series:
        """A number nobody has for each, every other one with the birth date a day off."""
        born = people["birth_date"]
        day_off = pl.Series([i % 2 == 1 for i in range(people.height)])
        born = avoid_watched_birthdays(
            pl.select(born - timedelta(days=1)).to_series(), self.book.epoch
        ).zip_with(day_off, born)
        asked = people.select("county", born.alias("birth_date"), "male")
        alike = self.given.join(asked, on=asked.columns, how="semi", maintain_order="left")
        self.given = pl.concat([self.given, asked])
        return id_numbers(pl.concat([alike, asked])).tail(people.height).alias("former")

    def renumbered(self, kind: str, full: int, *days: int) -> list[pl.DataFrame]:
        """People whose case got another number on each of ``days``: by number, the first one first."""
        people = self.book.take_people(kind, self.book.city.n(full))
        steps = [people.with_columns(self.spare(people).alias("id_number")) for _ in days] + [people]
        _write(self.book, _FEED[kind], people["id_number"], steps[0]["id_number"])
        for day, before, after in zip(days, steps, steps[1:], strict=False):
            _rewrite(self.book, kind, before["id_number"], after["id_number"], day)
        return steps


def plant_cases(book: Book) -> pl.DataFrame:
    """Plants about 150 people at the full city.

    Returns the owners of shops, by former number, with ``present``.
    """
    plan = _Plan(book)
    _long_ago(plan)
    _certified(plan)
    _while_served(plan)
    _slips(plan)
    _two_people(plan)
    former, people = plan.renumbered("tekun", 10, _LONG_AGO)
    return former.with_columns(people["id_number"].alias("present"))


def _long_ago(plan: _Plan) -> None:
    """Plants people renumbered before the epoch: suspected under the former number, confirmed under the
    present one.
    """
    book = plan.book
    former, people = plan.renumbered("tekun", 20, _LONG_AGO)
    _dead(book, former)
    _expect(book, "dead", people, "tekun", "suspected")
    former, people = plan.renumbered("tekun", 10, _LONG_AGO)
    _imprisoned(book, former)
    _expect(book, "prison", people, "tekun", "suspected")
    former, _, people = plan.renumbered("tekun", 6, _LONG_AGO - 20, _LONG_AGO)
    start = pl.repeat(book.day(_CUSTODY[0]), former.height, dtype=pl.Date, eager=True)
    add_custody(book, former, start, None)
    _expect(book, "custody", people, "tekun", "suspected")
    _, people = plan.renumbered("tekun", 10, _LONG_AGO)
    _dead(book, people)
    _expect(book, "dead", people, "tekun", "confirmed")
    plan.renumbered("tekun", 20, _LONG_AGO)  # about whom nothing else is on record
    _benefit_under_the_former_number(plan)


def _benefit_under_the_former_number(plan: _Plan) -> None:
    """Plants two benefits that exclude each other, one still under the former number: suspected of one
    person.
    """
    book = plan.book
    former, people = plan.renumbered("tekun", 10, _LONG_AGO)
    add_allowances(book, book.city.rng("former allowances"), former, "care", "CJP")
    _expect_twice(book, people, former)


def _certified(plan: _Plan) -> None:
    """Plants certificates under the former number, which nobody, or by a slip somebody else, is registered
    under.
    """
    book = plan.book
    for full, slip in ((10, False), (4, True)):
        people = book.take_people("tekun", book.city.n(full))
        former = people.with_columns(plan.spare(people).alias("id_number"))
        book.add(
            CERTIFICATE,
            people.select("id_number", "full_name").with_columns(
                pl.concat_str(former["id_number"], pl.lit("42")).alias("certificate_no"),
                disability_class=pl.lit("physical"),
                disability_level=pl.lit("level_2"),
                certificate_status=pl.lit("valid"),
                issued_on=pl.lit(book.day(-900)),
                valid_until=pl.lit(book.day(2000)),
            ),
        )
        _dead(book, former)
        if slip:
            _registered(book, _renamed(former))
        else:
            _expect(book, "dead", people, "tekun", "suspected")


def _while_served(plan: _Plan) -> None:
    """Plants people renumbered after the epoch: what was confirmed under the former number is suspected of
    the present.
    """
    book = plan.book
    for kind, day in (("dead", 3), ("prison", 4)):
        former, people = plan.renumbered("care", 8, day)
        if kind == "prison":
            _imprisoned(book, former)
        else:
            _cremated(book, former, "HHP")
        _expect(book, kind, people, "care", "confirmed", former, until=book.day(day))
        _expect(book, kind, people, "care", "suspected", since=book.day(day))
    first, second, third = plan.renumbered("care", 4, 2, 3)
    _cremated(book, first, "HHQ")
    _expect(book, "dead", third, "care", "confirmed", first, until=book.day(2))
    _expect(book, "dead", third, "care", "suspected", second, since=book.day(2), until=book.day(3))
    _expect(book, "dead", third, "care", "suspected", since=book.day(3))


def _slips(plan: _Plan) -> None:
    """Numbers that were never the person's, and facts about somebody else."""
    book = plan.book
    former, _ = plan.renumbered("tekun", 4, _LONG_AGO)  # registered to another: that one's death
    _registered(book, _renamed(former))
    _dead(book, _renamed(former))
    former, _ = plan.renumbered("tekun", 4, _LONG_AGO)  # the same, but entered under this person's name
    _registered(book, _renamed(former))
    _dead(book, former)
    former, _ = plan.renumbered("tekun", 4, _LONG_AGO)  # nobody's number, another name
    _dead(book, _renamed(former))
    # held by another until the registry puts it right
    former, people = plan.renumbered("care", 4, 3)
    _registered(book, _renamed(former))
    _dead(book, former)
    _expect(book, "dead", people, "care", "confirmed", former, until=book.day(3))
    _corrected_the_next_day(plan)


def _corrected_the_next_day(plan: _Plan) -> None:
    """Plants cases that bear a dead person's number for one day."""
    book = plan.book
    people = book.take_people("care", book.city.n(4))
    wrong = people.with_columns(plan.spare(people).alias("id_number"))
    _rewrite(book, "care", people["id_number"], wrong["id_number"], 2)
    _rewrite(book, "care", wrong["id_number"], people["id_number"], 3)
    _dead(book, _renamed(wrong))
    _expect(book, "dead", people, "care", "suspected", wrong, since=book.day(2), until=book.day(3))


def _two_people(plan: _Plan) -> None:
    """Plants two registries that hold one number under two names."""
    book, rng = plan.book, plan.book.city.rng("one number")
    people = book.take_people("tekun", book.city.n(4))
    add_allowances(book, rng, _renamed(people), "care", "CJQ")
    _expect_twice(book, people, people)
    # two benefits that may be had together, and the death of one of the two
    people = book.take_people("old_age", book.city.n(4))
    add_tekun(book, rng, _renamed(people), "elderly", "TKP")
    _dead(book, people)
    ids, died = people["id_number"], book.day(_DEAD[0])
    book.expect("death", ids, "death", "dead")
    book.expect_check("dead", ids, "dead", ("old_age",), undue_from=died)
    book.expect_check("dead", ids, "dead", ("tekun",), undue_from=died, confidence="suspected")


def _write(book: Book, feed_id: str, now: pl.Series, before: pl.Series) -> None:
    """Writes the registry's rows so far, as they were before the number was changed."""
    frames = book.rows[(feed_id, "main")]
    frames[:] = [f.with_columns(**_number(feed_id, now, before)) for f in frames]


def _rewrite(book: Book, kind: str, before: pl.Series, after: pl.Series, day: int) -> None:
    """Writes another number into the registry's cases."""
    feed_id = _FEED[kind]
    values: dict[str, Any] = {**_number(feed_id, before, after)}
    change_rows(book, feed_id, before.alias("id_number"), book.day(day), **values)


def _number(feed_id: str, old: pl.Series, new: pl.Series) -> dict[str, pl.Expr]:
    """Returns the number, and that of the certificate, which follows from it."""
    number = pl.col("id_number").replace(old, new)
    if any(c.name == "certificate_no" for c in load_feed(feed_id).table("main").columns):
        issued = pl.col("id_number").replace(old, certificates(new, severe=True)["certificate_no"])
        own = pl.when(pl.col("id_number").is_in(old.implode())).then(issued).otherwise("certificate_no")
        return {"id_number": number, "certificate_no": own}
    return {"id_number": number}


def _renamed(people: pl.DataFrame) -> pl.DataFrame:
    return people.with_columns(other_name(people["full_name"]).alias("full_name"))


def _registered(book: Book, people: pl.DataFrame) -> None:
    n = people.height
    home = some_communities(book.city.rng("registered numbers"), n).str.slice(0, 6) + "000000"
    days = pl.repeat(book.day(-400), n, dtype=pl.Date, eager=True)
    add_register_rows(book, people, "normal", home, days=days)


def _dead(book: Book, people: pl.DataFrame) -> None:
    n = people.height
    died, told = (pl.repeat(book.day(k), n, dtype=pl.Date, eager=True) for k in (_DEAD[0], _TOLD))
    add_police_notices(book, people, died, told)


def _cremated(book: Book, people: pl.DataFrame, prefix: str) -> None:
    n = people.height
    died, told = (pl.repeat(book.day(k), n, dtype=pl.Date, eager=True) for k in (_DEAD[0], _TOLD))
    add_cremations(book, people, died, told, prefix)


def _imprisoned(book: Book, people: pl.DataFrame) -> None:
    start, end = (pl.repeat(book.day(k), people.height, dtype=pl.Date, eager=True) for k in _PRISON)
    add_sentences(book, people, start, end)


def _expect(
    book: Book,
    kind: str,
    people: pl.DataFrame,
    cohort: str,
    confidence: str,
    named: pl.DataFrame | None = None,
    **when: date,
) -> None:
    """Expects the warning and the hit of the only benefit these people have, under the number valid at the
    time.
    """
    first, last = {"dead": _DEAD, "prison": _PRISON, "custody": _CUSTODY}[kind]
    rule, check = ("death", "dead") if kind == "dead" else ("imprisoned", "imprisoned")
    numbers = (people if named is None else named)["id_number"]
    event = "death" if kind == "dead" else f"{kind}:{book.day(first)}"
    given: dict[str, Any] = {"confidence": confidence, **when}
    book.expect(rule, numbers, event, kind, **given)
    book.expect_check(
        check,
        people["id_number"],
        kind,
        (_BENEFIT[cohort],),
        undue_from=book.day(first),
        undue_until=None if last is None else book.day(last),
        named=numbers,
        **given,
    )


def _expect_twice(book: Book, people: pl.DataFrame, allowed: pl.DataFrame) -> None:
    """Expects tekun and a care allowance, under the number or name of ``allowed``, to be suspected of one
    person.
    """
    begun = [
        side.select("id_number").join(
            book.enrolments(benefit).select("id_number", "start_date"),
            on="id_number", how="left", maintain_order="left",
        )["start_date"]
        for side, benefit in ((people, "tekun"), (allowed, "disability_care"))
    ]  # fmt: skip
    since = pl.select(pl.max_horizontal(*begun)).to_series()
    ids, kind = people["id_number"], "exclusive_pair"
    book.expect("duplicate_benefit", ids, "tekun+disability_care", kind, confidence="suspected")
    given: dict[str, Any] = {"undue_from": since, "persons": ids, "confidence": "suspected"}
    book.expect_check("duplicate", ids, kind, ("tekun",), **given)
    book.expect_check("duplicate", allowed["id_number"], kind, ("disability_care",), **given)

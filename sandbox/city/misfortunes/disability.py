"""Plants certificates that no longer carry an allowance, soon will not, or seem not to but do."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from connectors.catalogue import load_feed
from sandbox.city.ground.book import ALWAYS, Book
from sandbox.city.ground.fill import certificates, draw_times
from sandbox.city.ground.later_versions import change_rows, stop_benefits
from sandbox.city.ground.names import other_name
from sandbox.city.registries.registries import ALLOWANCE

CERTIFICATE = "disabled_federation__disability_certificate"
#: How long before its end a certificate is to be renewed (the sandbox's own statement).
_NOTICE = timedelta(days=90)
#: When the office wrote what is planted in allowances: after they began, before the first day it is asked.
_ENTERED = -28
#: Long after all days the city can be served.
_FAR = 2000


def plant_cases(book: Book) -> None:
    """Plants about 150 people at the full city whose certificate needs attention, and near misses."""
    _invalid(book)
    _ending(book)
    _changing(book)
    _levels(book)
    _strangers(book)
    _plant_near_misses(book)


def _invalid(book: Book) -> None:
    """Plants certificates cancelled, frozen or expired before the epoch, by their status or by the date
    alone.
    """
    for status, full in (("cancelled", 20), ("frozen", 15), ("expired", 15)):
        people = _some(book, "care", full)
        _expect(book, people, _rows(book, people, status), status)
    people = _some(book, "care", 10)
    ended = pl.Series([book.day(-1 - 8 * (i % 9)) for i in range(people.height)])
    issued = _rows(book, people, "valid", ended)
    _expect(book, people, issued, "expiring", since=ended - _NOTICE, until=ended + timedelta(days=1))
    _expect(book, people, issued, "expired", since=ended + timedelta(days=1))
    renamed = _some(book, "care", 4)
    told = renamed.with_columns(other_name(renamed["full_name"]))
    _expect(book, renamed, _rows(book, told, "cancelled"), "cancelled", confidence="suspected")
    people = _of_living(book, 15)
    _expect(book, people, _rows(book, people, "cancelled"), "cancelled")


def _ending(book: Book) -> None:
    """Plants ends on the epoch, within the notice period, or entering it one to nine days later."""
    for full, ends in (
        (8, (0,)),
        (30, (1, 3, 20, 45, 88, 89, 90)),
        (20, (91, 92, 93, 95, 98, 99)),
    ):
        people = _some(book, "care", full)
        until = pl.Series([book.day(ends[i % len(ends)]) for i in range(people.height)])
        issued = _rows(book, people, "valid", until)
        over = until + timedelta(days=1)
        _expect(book, people, issued, "expiring", since=until - _NOTICE, until=over)
        _expect(book, people, issued, "expired", since=over)


def _changing(book: Book) -> None:
    """Plants certificates renewed, cancelled or thawed after the epoch, and allowances stopped as they should
    be.
    """
    people, day = _some(book, "care", 8), book.day(3)
    issued = _rows(book, people, "valid", pl.repeat(book.day(40), people.height, eager=True))
    change_rows(book, CERTIFICATE, _numbers(people), day, issued_on=day, valid_until=book.day(_FAR))
    _expect(book, people, issued, "expiring", since=book.day(-50), until=day)

    people, day = _some(book, "care", 8), book.day(5)
    issued = _rows(book, people, "valid")
    change_rows(book, CERTIFICATE, _numbers(people), day, certificate_status="cancelled")
    _expect(book, people, issued, "cancelled", since=day)

    people, day = _some(book, "care", 6), book.day(4)
    issued = _rows(book, people, "frozen")
    change_rows(book, CERTIFICATE, _numbers(people), day, certificate_status="valid")
    _expect(book, people, issued, "frozen", until=day)

    people, day = _some(book, "care", 6), book.day(2)
    issued = _rows(book, people, "cancelled")
    stop_benefits(book, ALLOWANCE, people["id_number"], day)
    _expect(book, people, issued, "cancelled", until=day)


def _levels(book: Book) -> None:
    """Plants certificates assessed as less severe than the care allowance requires, before or after the
    epoch.
    """
    people = _some(book, "care", 10)
    _rows(book, people, "cancelled")
    day = pl.repeat(book.day(-20), people.height, dtype=pl.Date, eager=True)
    _expect(book, people, _rows(book, people, "valid", issued=day, level="3"), "level_changed")

    people, later = _some(book, "care", 8), book.day(6)
    _rows(book, people, "valid")
    change_rows(book, CERTIFICATE, _numbers(people), later, certificate_status="cancelled")
    day = pl.repeat(later, people.height, dtype=pl.Date, eager=True)
    issued = _rows(book, people, "valid", issued=day, level="4")
    _expect(book, people, issued, "level_changed", since=later)


def _strangers(book: Book) -> None:
    """Plants allowances that name somebody else's certificate until the office corrects it, or one the
    federation holds for a namesake.

    As decoys, the person's own certificate issued again.
    """
    for full, status, mended, kind in (
        (10, "cancelled", None, "confirmed"),
        (5, "valid", 3, "confirmed"),
        (4, "valid", None, "suspected"),
    ):
        people = _some(book, "care", full)
        _rows(book, people, "valid")
        others = book.take_people("allowance_closed", people.height)
        namesakes = others.with_columns(people["full_name"]) if kind == "suspected" else others
        _rows(book, namesakes, status)
        _draw_on(book, people, _numbers(others), _ENTERED)
        if mended:
            _draw_on(book, people, _numbers(people), mended)
        book.expect(
            "disability_cert",
            people["id_number"],
            "certificate:not_own",
            "not_own_certificate",
            confidence=kind,
            until=book.day(mended) if mended else None,
        )
    people = _some(book, "care", 10)
    _rows(book, people, "valid")
    _draw_on(book, people, _numbers(people) + "B1", _ENTERED)


def _draw_on(book: Book, people: pl.DataFrame, numbers: pl.Series, day: int) -> None:
    """Writes these numbers of certificates into the people's allowances."""
    drawn = pl.col("id_number").replace_strict(people["id_number"], numbers, return_dtype=pl.String)
    change_rows(book, ALLOWANCE, people["id_number"], book.day(day), certificate_no=drawn)


def _plant_near_misses(book: Book) -> None:
    # without an end; ended so far off that nobody is reminded yet
    people = _some(book, "care", 30)
    none = pl.repeat(None, people.height, dtype=pl.Date, eager=True)
    _rows(book, people, "valid", none)
    people = _some(book, "care", 30)
    _rows(book, people, "valid", pl.repeat(book.day(130), people.height, eager=True))
    # less severe, but the living allowance asks for no level
    people = _of_living(book, 15)
    _rows(book, people, "cancelled")
    day = pl.repeat(book.day(-20), people.height, dtype=pl.Date, eager=True)
    _rows(book, people, "valid", issued=day, level="3")
    # another class, as severe as before: the old certificate is cancelled, the new one counts
    people = _some(book, "care", 15)
    _rows(book, people, "cancelled")
    day = pl.repeat(book.day(-20), people.height, dtype=pl.Date, eager=True)
    _rows(book, people, "valid", issued=day, other=True)
    # nobody is paid by this certificate
    _rows(book, book.take_people("allowance_closed", book.city.n(20)), "frozen")


def _some(book: Book, cohort: str, full: int) -> pl.DataFrame:
    return book.take_people(cohort, book.city.n(full))


def _of_living(book: Book, full: int) -> pl.DataFrame:
    """Takes people on dibao with the living allowance and without the care allowance."""
    living = book.enrolments("disability_living")["id_number"].implode()
    care = book.enrolments("disability_care")["id_number"].implode()
    where = pl.col("id_number").is_in(living) & ~pl.col("id_number").is_in(care)
    return book.take_people("dibao_head", book.city.n(full), where)


def _numbers(people: pl.DataFrame) -> pl.Series:
    return certificates(people["id_number"], severe=True)["certificate_no"]


def _rows(
    book: Book,
    people: pl.DataFrame,
    status: str,
    until: pl.Series | None = None,
    *,
    issued: pl.Series | None = None,
    level: str | None = None,
    other: bool = False,
) -> pl.Series:
    """Adds a certificate for each person, of the class and level the allowance names unless ``level`` (1 to
    4) or ``other`` class is given.

    Returns the days of issue, which name the certificate.
    """
    n = people.height
    rng = book.city.rng(f"planted certificates {book.height(CERTIFICATE)}")
    made = certificates(people["id_number"], severe=True)
    kind = made["disability_class"]
    if other:
        kind = (kind.cast(pl.Int32) % 7 + 1).cast(pl.String)
    grade = made["disability_level"] if level is None else pl.repeat(level, n, eager=True)
    day = issued if issued is not None else book.dates(rng, n, -2500, -900)
    known = issued if issued is not None else book.dates(rng, n, -60, -10)
    codes = {c.name: c.codes or {} for c in load_feed(CERTIFICATE).table("main").columns}
    book.add(
        CERTIFICATE,
        people.select("id_number", "full_name").with_columns(
            (people["id_number"] + kind + grade).alias("certificate_no"),
            kind.replace_strict(codes["disability_class"]).alias("disability_class"),
            grade.replace_strict(codes["disability_level"]).alias("disability_level"),
            day.alias("issued_on"),
            (until if until is not None else pl.repeat(book.day(_FAR), n, dtype=pl.Date, eager=True)).alias(
                "valid_until"
            ),
            pl.lit(status).alias("certificate_status"),
            draw_times(rng, known).alias("updated_at"),
        ),
    )
    return day


def _expect(
    book: Book,
    people: pl.DataFrame,
    issued: pl.Series,
    sub_type: str,
    *,
    confidence: str = "confirmed",
    since: date | pl.Series = ALWAYS,
    until: date | pl.Series | None = None,
) -> None:
    event = pl.select(pl.concat_str(pl.lit("certificate:"), issued.dt.strftime("%Y-%m-%d"))).to_series()
    book.expect(
        "disability_cert",
        people["id_number"],
        event,
        sub_type,
        confidence=confidence,
        since=since,
        until=until,
    )

"""The benefit registries kept by person: who receives what, and who once did."""

from __future__ import annotations

import numpy as np
import polars as pl

from connectors.sandbox.city.book import Book
from connectors.sandbox.city.divisions import is_rural, some_communities
from connectors.sandbox.city.fill import at_times, certificates, numbered

_CLOSED_FIRST, _CLOSED_LAST = -2200, -420


def spell(
    book: Book, rng: np.random.Generator, n: int, *, closed: bool, recent: bool = False
) -> pl.DataFrame:
    """Columns status, start_date, stop_date, updated_at of ``n`` enrolments."""
    if closed:
        first, last = _CLOSED_FIRST, _CLOSED_LAST
    else:
        first, last = (-600 if recent else _CLOSED_FIRST), -300
    start = book.dates(rng, n, first, last)
    if closed:
        stop = book.dates(rng, n, -400, -45)
        return pl.DataFrame(
            {
                "status": pl.repeat("stopped", n, eager=True),
                "start_date": start,
                "stop_date": stop,
                "updated_at": at_times(rng, stop),
            }
        )
    return pl.DataFrame(
        {
            "status": pl.repeat("active", n, eager=True),
            "start_date": start,
            "stop_date": pl.repeat(None, n, dtype=pl.Date, eager=True),
            "updated_at": at_times(rng, start),
        }
    )


def who(people: pl.DataFrame) -> pl.DataFrame:
    return people.select("id_number", "full_name")


def class_of(region: pl.Series) -> pl.Series:
    return pl.select(pl.when(is_rural(region)).then(pl.lit("rural")).otherwise(pl.lit("urban"))).to_series()


def tekun(book: Book) -> None:
    city, rng = book.city, book.city.rng("tekun")
    for cohort, person_class in (
        ("tekun", "elderly"),
        ("turns_100", "elderly"),
        ("tekun_minor", "minor"),
        ("tekun_over", "minor"),
    ):
        people = city.cohort(cohort)
        tekun_rows(book, rng, people, person_class, f"TK{cohort[-3:].upper()}")
        book.enrol(people, "tekun")
    tekun_rows(book, rng, city.cohort("tekun_closed"), "elderly", "TKX", closed=True)


def tekun_rows(
    book: Book,
    rng: np.random.Generator,
    people: pl.DataFrame,
    person_class: str,
    prefix: str,
    *,
    closed: bool = False,
) -> None:
    region = some_communities(rng, people.height)
    rows = pl.concat(
        [who(people), spell(book, rng, people.height, closed=closed, recent=True)], how="horizontal"
    )
    book.add(
        "civil_affairs__tekun",
        rows.with_columns(
            numbered(prefix, people.height).alias("case_id"),
            region.alias("region_code"),
            class_of(region).alias("standard_class"),
            pl.lit(person_class).alias("person_class"),
        ),
    )


def orphans(book: Book) -> None:
    city, rng = book.city, book.city.rng("orphans")
    for cohort, until, closed in (
        ("orphan", None, False),
        ("orphan_over", None, False),
        ("orphan_student", book.day(120), False),
        ("orphan_closed", None, True),
    ):
        people = city.cohort(cohort)
        orphan_rows(book, rng, people, "GE" + cohort[-3:].upper(), until=until, closed=closed)
        if not closed:
            book.enrol(people, "orphan")


def orphan_rows(
    book: Book,
    rng: np.random.Generator,
    people: pl.DataFrame,
    prefix: str,
    *,
    until: object = None,
    closed: bool = False,
) -> None:
    rows = pl.concat(
        [who(people), spell(book, rng, people.height, closed=closed, recent=True)], how="horizontal"
    )
    book.add(
        "civil_affairs__orphan",
        rows.with_columns(
            numbered(prefix, people.height).alias("case_id"),
            pl.lit(until, dtype=pl.Date).alias("school_until"),
            pl.lit(None, dtype=pl.String).alias("guardian_id_number"),
        ),
    )


def allowance_rows(
    book: Book,
    rng: np.random.Generator,
    people: pl.DataFrame,
    kind: str,
    prefix: str,
    *,
    closed: bool = False,
) -> None:
    """Living or care allowance of disabled people; the certificate carries the holder's number."""
    rows = pl.concat(
        [who(people), spell(book, rng, people.height, closed=closed, recent=True)], how="horizontal"
    )
    book.add(
        "civil_affairs__disability_allowance",
        rows.with_columns(
            numbered(prefix, people.height).alias("case_id"),
            pl.lit(kind).alias("allowance_type"),
            certificates(rng, people["id_number"])["certificate_no"],
            pl.lit(100 if kind == "living" else 80).alias("monthly_amount"),
        ),
    )
    if not closed:
        book.enrol(people, "disability_" + kind)


def living_allowances(book: Book) -> None:
    """Called after everything is planted: people on dibao whom no misfortune has taken."""
    living = book.rest("dibao_head").head(book.city.n(25_900))
    allowance_rows(book, book.city.rng("living allowances"), living, "living", "CJL")


def allowances(book: Book) -> None:
    city, rng = book.city, book.city.rng("allowances")
    allowance_rows(book, rng, city.cohort("care"), "care", "CJC")
    allowance_rows(book, rng, city.cohort("orphan").head(city.n(60)), "care", "CJO")
    allowance_rows(book, rng, city.cohort("allowance_closed"), "care", "CJX", closed=True)


def old_age_rows(
    book: Book,
    rng: np.random.Generator,
    people: pl.DataFrame,
    band: str,
    prefix: str,
    *,
    closed: bool = False,
) -> None:
    rows = pl.concat(
        [who(people), spell(book, rng, people.height, closed=closed, recent=True)], how="horizontal"
    )
    amount = {"80-89_low_income": 100, "90-99": 200, "100+": 800}[band]
    book.add(
        "civil_affairs__elder_care",
        rows.with_columns(
            numbered(prefix, people.height).alias("case_id"),
            pl.lit(band).alias("age_band"),
            pl.lit(amount).alias("monthly_amount"),
        ),
        table="old_age_allowance",
    )
    if not closed:
        book.enrol(people, "old_age")


def elder_care(book: Book) -> None:
    city, rng = book.city, book.city.rng("elder care")
    old_age_rows(book, rng, city.cohort("old_age"), "90-99", "GLA")
    old_age_rows(book, rng, city.cohort("old_age_100"), "100+", "GLC")
    old_age_rows(book, rng, city.cohort("old_age_closed"), "90-99", "GLX", closed=True)
    homes = city.n(220, 4)
    names = [f"沈阳颐养院{i + 1}号" for i in range(homes)]
    institutions = pl.DataFrame(
        {
            "institution_id": numbered("YLJG", homes),
            "institution_name": names,
            "approved_beds": rng.integers(60, 900, homes),
        }
    )
    book.add("civil_affairs__elder_care", institutions, table="institution")
    people = city.cohort("care_home")
    stays = who(people).with_columns(
        numbered("RZ", people.height).alias("stay_id"),
        institutions["institution_id"].gather(rng.integers(0, homes, people.height)),
        book.dates(rng, people.height, -1500, -200).alias("checked_in_on"),
        pl.when(pl.Series(rng.random(people.height)) < 0.6)
        .then(book.dates(rng, people.height, -190, -20))
        .alias("checked_out_on"),
    )
    book.add("civil_affairs__elder_care", stays, table="stay")

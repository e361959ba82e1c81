"""Fills the benefit registries kept by person: who receives what, and who once did."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from sandbox.city.ground.book import Book
from sandbox.city.ground.clock import last_complete_month, month_before
from sandbox.city.ground.divisions import is_rural, some_communities
from sandbox.city.ground.fill import certificates, draw_times, number_codes
from sandbox.city.ground.standards import OLD_AGE, disability_allowances, rates, tekun_care

TEKUN, ORPHAN = "civil_affairs__tekun", "civil_affairs__orphan"
ALLOWANCE, ELDER_CARE = "civil_affairs__disability_allowance", "civil_affairs__elder_care"
OLD_AGE_TABLE = "old_age_allowance"
_CLOSED_FIRST, _CLOSED_LAST = -2200, -420
_TIERS = ("self_care", "partial_care", "full_care")


def draw_spells(
    book: Book, rng: np.random.Generator, n: int, *, closed: bool, recent: bool = False
) -> pl.DataFrame:
    """Draws ``n`` enrolments. Columns status, start_date, stop_date, updated_at."""
    first, last = (-600, -300) if recent and not closed else (_CLOSED_FIRST, _CLOSED_LAST)
    start = book.dates(rng, n, first, last)
    stop = book.dates(rng, n, -400, -80) if closed else pl.repeat(None, n, dtype=pl.Date, eager=True)
    return pl.DataFrame(
        {
            "status": pl.repeat("stopped" if closed else "active", n, eager=True),
            "start_date": start,
            "stop_date": stop,
            "updated_at": draw_times(rng, stop if closed else start),
        }
    )


def number_and_name(people: pl.DataFrame) -> pl.DataFrame:
    """Returns the columns id_number and full_name."""
    return people.select("id_number", "full_name")


def class_of(region: pl.Series) -> pl.Series:
    """Returns ``rural`` or ``urban`` for each community."""
    return pl.select(pl.when(is_rural(region)).then(pl.lit("rural")).otherwise(pl.lit("urban"))).to_series()


def _regions(rng: np.random.Generator, people: pl.DataFrame) -> pl.Series:
    """Returns where the case lies: with the person's other case if ``people`` says where that is."""
    if "region_code" in people.columns:
        return people["region_code"]
    return some_communities(rng, people.height)


def _case(
    book: Book, rng: np.random.Generator, people: pl.DataFrame, prefix: str, *, closed: bool
) -> pl.DataFrame:
    spells = draw_spells(book, rng, people.height, closed=closed, recent=True)
    return pl.concat([number_and_name(people), spells], how="horizontal").with_columns(
        number_codes(prefix, people.height).alias("case_id"),
        _regions(rng, people).alias("region_code"),
    )


def fill_tekun(book: Book) -> None:
    """Adds everybody on extreme-difficulty support (特困, tekun)."""
    city, rng = book.city, book.city.rng("tekun")
    for cohort, person_class in (
        ("tekun", "elderly"),
        ("turns_100", "elderly"),
        ("tekun_minor", "minor"),
        ("tekun_over", "minor"),
    ):
        add_tekun(book, rng, city.cohort(cohort), person_class, f"TK{cohort[-3:].upper()}")


def add_tekun(
    book: Book,
    rng: np.random.Generator,
    people: pl.DataFrame,
    person_class: str,
    prefix: str,
    *,
    closed: bool = False,
    start: pl.Series | None = None,
) -> None:
    """Adds cases of extreme-difficulty support, and enrols them unless ``closed``."""
    rows = _case(book, rng, people, prefix, closed=closed)
    if start is not None:
        rows = rows.with_columns(start.alias("start_date"), draw_times(rng, start).alias("updated_at"))
    adult = pl.lit(book.epoch).dt.year() - people["birth_date"].dt.year() < 60
    central = pl.Series(rng.random(people.height) < 0.3)
    rate, care = rates(book.epoch).tekun, tekun_care(book.epoch)
    rows = rows.with_columns(
        class_of(rows["region_code"]).alias("standard_class"),
        pl.when(adult & pl.lit(person_class == "elderly"))
        .then(pl.lit("disabled"))
        .otherwise(pl.lit(person_class))
        .alias("person_class"),
        pl.Series(rng.choice(_TIERS, people.height, p=(0.7, 0.18, 0.12))).alias("ability_tier"),
        pl.when(central).then(pl.lit("central")).otherwise(pl.lit("scattered")).alias("support_form"),
        pl.when(central)
        .then(
            pl.concat_str(pl.lit("沈阳市第"), pl.Series(rng.integers(1, 30, people.height)), pl.lit("敬老院"))
        )
        .alias("institution_name"),
    ).with_columns(
        pl.when(pl.col("standard_class") == "urban").then(rate[0]).otherwise(rate[1]).alias("basic_amount"),
        pl.col("ability_tier").replace_strict(care, return_dtype=pl.Int32).alias("care_amount"),
    )
    book.add(TEKUN, rows)
    if not closed:
        total = pl.col("basic_amount") + pl.col("care_amount")
        book.enrol(rows.with_columns(total.alias("monthly_amount")), "tekun")


def fill_orphans(book: Book) -> None:
    """Adds everybody on the orphans' allowance."""
    city, rng = book.city, book.city.rng("orphans")
    for cohort, until in (
        ("orphan", None),
        ("orphan_over", school_ends(book, city.cohort("orphan_over").height)),
        ("orphan_student", book.day(120)),
    ):
        add_orphans(book, rng, city.cohort(cohort), "GE" + cohort[-3:].upper(), until=until)


def school_ends(book: Book, n: int) -> pl.Series:
    """Returns when grown orphans left school: in the newest paid month, the month before, or never."""
    last = last_complete_month(book.epoch)
    days = (last + timedelta(days=2), month_before(last, 1) + timedelta(days=2), None)
    return pl.Series([days[i % 3] for i in range(n)], dtype=pl.Date)


def add_orphans(
    book: Book,
    rng: np.random.Generator,
    people: pl.DataFrame,
    prefix: str,
    *,
    until: date | pl.Series | None = None,
    closed: bool = False,
) -> None:
    """Adds cases of the orphans' allowance, and enrols them unless ``closed``; ``until``: end of school."""
    n = people.height
    rows = _case(book, rng, people, prefix, closed=closed)
    guardians = book.city.cohort("guardian")
    guardians = guardians[rng.integers(0, guardians.height, n)]
    central = pl.Series(rng.random(n) < 0.25)
    rate = rates(book.epoch).orphan
    rows = rows.with_columns(
        (until if isinstance(until, pl.Series) else pl.lit(until, dtype=pl.Date)).alias("school_until"),
        pl.when(pl.Series(rng.random(n) < 0.7))
        .then(pl.lit("orphan"))
        .otherwise(pl.lit("without_care"))
        .alias("orphan_class"),
        pl.when(central).then(pl.lit("central")).otherwise(pl.lit("scattered")).alias("support_form"),
        pl.when(~central).then(guardians["id_number"]).alias("guardian_id_number"),
        pl.when(~central).then(guardians["full_name"]).alias("guardian_name"),
        number_codes("FL" + prefix, n).alias("welfare_certificate_no"),
        pl.when(central).then(rate[0]).otherwise(rate[1]).alias("monthly_amount"),
    )
    book.add(ORPHAN, rows)
    if not closed:
        book.enrol(rows, "orphan")


def add_allowances(
    book: Book,
    rng: np.random.Generator,
    people: pl.DataFrame,
    kind: str,
    prefix: str,
    *,
    closed: bool = False,
) -> None:
    """Adds living or care allowances of disabled people; the certificate carries the holder's number."""
    rows = _case(book, rng, people, prefix, closed=closed).with_columns(
        pl.lit(kind).alias("allowance_type"),
        certificates(people["id_number"], severe=True)["certificate_no"],
        pl.lit(disability_allowances(book.epoch)[kind == "care"]).alias("monthly_amount"),
    )
    book.add(ALLOWANCE, rows)
    if not closed:
        book.enrol(rows, "disability_" + kind)


def _with_region(book: Book, people: pl.DataFrame, benefit: str) -> pl.DataFrame:
    held = (
        book.enrolments(benefit).select("id_number", "region_code").unique("id_number", maintain_order=True)
    )
    return people.join(held, on="id_number", how="left", maintain_order="left")


def fill_allowances(book: Book) -> None:
    """Adds care for the severely disabled; living for those of them, and others, who are on dibao.

    Call it once the people with two exclusive benefits are taken: the people left may hold several.
    """
    city, rng = book.city, book.city.rng("allowances")
    add_allowances(book, rng, city.cohort("care"), "care", "CJC")
    # an orphan may have care beside the orphans' allowance; only living excludes it
    add_allowances(book, rng, city.cohort("orphan").head(city.n(60, 3)), "care", "CJO")
    # nothing is due for life to a family that is not on dibao
    add_allowances(book, rng, book.take_people("care", city.n(60, 3)), "living", "CJN")
    poor = book.people_left("dibao_head")
    living = _with_region(book, poor[rng.permutation(poor.height)].head(city.n(26_000)), "dibao")
    add_allowances(book, rng, living, "living", "CJL")
    add_allowances(book, rng, living.head(city.n(5_000)), "care", "CJM")


def add_old_age(
    book: Book,
    rng: np.random.Generator,
    people: pl.DataFrame,
    band: str,
    prefix: str,
    *,
    closed: bool = False,
) -> None:
    """Adds cases of the old-age allowance, and enrols them unless ``closed``."""
    rows = _case(book, rng, people, prefix, closed=closed).with_columns(
        pl.lit(band).alias("age_band"), pl.lit(OLD_AGE[band]).alias("monthly_amount")
    )
    book.add(ELDER_CARE, rows, table=OLD_AGE_TABLE)
    if not closed:
        book.enrol(rows, "old_age")


def fill_old_age(book: Book) -> None:
    """Adds everybody from ninety on; from eighty on only people on dibao (after the duplicates are taken)."""
    city, rng = book.city, book.city.rng("old age")
    add_old_age(book, rng, city.cohort("old_age"), "90-99", "GLA")
    add_old_age(book, rng, city.cohort("old_age_100"), "100+", "GLC")
    poor = book.people_left("dibao_head")
    eighty = poor.filter(pl.lit(book.epoch).dt.year() - pl.col("birth_date").dt.year() > 80)
    eighty = _with_region(book, eighty.head(city.n(700)), "dibao")
    add_old_age(book, rng, eighty, "80-89_low_income", "GLB")


def fill_up_closed_cases(book: Book) -> None:
    """Adds benefits that ended; called last, to bring each registry to its declared size."""
    city, rng = book.city, book.city.rng("closed cases")

    def some(cohort: str, feed_id: str, table: str = "main") -> pl.DataFrame:
        return city.cohort(cohort).head(max(2, book.missing(feed_id, table)))

    add_tekun(book, rng, some("tekun_closed", TEKUN), "elderly", "TKX", closed=True)
    add_orphans(book, rng, some("orphan_closed", ORPHAN), "GEX", closed=True)
    closed = some("allowance_closed", ALLOWANCE)
    half = closed.height // 2
    add_allowances(book, rng, closed.head(half), "living", "CJX", closed=True)
    add_allowances(book, rng, closed.slice(half), "care", "CJY", closed=True)
    closed = some("old_age_closed", ELDER_CARE, OLD_AGE_TABLE)
    add_old_age(book, rng, closed, "90-99", "GLX", closed=True)

"""Plants funerals paid for twice, too early, too well or at the request of the dead, and correct ones."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Unpack

import polars as pl

from sandbox.city.ground.book import ALWAYS, Book, Span
from sandbox.city.ground.fill import draw_times, number_codes
from sandbox.city.ground.later_versions import change_rows
from sandbox.city.ground.names import other_name
from sandbox.city.misfortunes.deaths import FUNERAL, add_police_notices, sex_column

_RULE = "funeral_subsidy"
_CITY_HOME, _COUNTY_HOME = "第一殡仪馆", "第八殡仪馆"
_EXCLUSIVE = (
    ("full", "difference"),
    ("full", "full"),
    ("difference", "difference"),
    ("eco_burial", "sea_burial"),
    ("eco_burial", "eco_burial"),
    ("sea_burial", "sea_burial"),
)
#: The most each class pays: at a home of the city, at one of the counties. The sandbox's own statement.
_MOST = {
    "full": (2065, 1965),
    "difference": (1546, 1446),
    "eco_burial": (1000, 1000),
    "sea_burial": (1600, 1600),
}
#: From which day; the homes of the counties.
_SINCE = {"full": date(2015, 1, 1), "difference": date(2015, 1, 1)}
_MONEY_SINCE = date(2017, 1, 1)
_COUNTY_HOMES = ("第六殡仪馆", "第七殡仪馆", "第八殡仪馆", "第九殡仪馆")
_URNS = {"eco_burial": "tree_burial", "sea_burial": "sea_burial"}


def ceiling_of(subsidy_class: str, funeral_home: str | None, cremated_on: date) -> int | None:
    """Returns the most the class pays for a cremation, in yuan; None on days before there was such money."""
    if cremated_on < _SINCE.get(subsidy_class, _MONEY_SINCE):
        return None
    city, county = _MOST[subsidy_class]
    return county if funeral_home in _COUNTY_HOMES else city


def plant_cases(book: Book) -> None:
    """Plants about 100 dead at the full city; none of them, and no applicant, receives anything else."""
    _pairs(book)
    _dates(book)
    _applicants(book)
    _amounts(book)


def _some(book: Book, full: int) -> pl.DataFrame:
    return book.take_people("deceased", book.city.n(full))


def _same(day: date, n: int) -> pl.Series:
    return pl.repeat(day, n, dtype=pl.Date, eager=True)


def _past(book: Book, n: int) -> pl.Series:
    return book.dates(book.city.rng(f"subsidised {book.height(FUNERAL)}"), n, -200, -30)


def _coming(book: Book, n: int) -> pl.Series:
    """Returns the days after the epoch, one to eight, in turn."""
    return pl.Series([book.day(1 + i % 8) for i in range(n)])


def _expect(
    book: Book, people: pl.DataFrame, event: str | pl.Series, sub_type: str, **when: Unpack[Span]
) -> None:
    book.expect(_RULE, people["id_number"], event, sub_type, **when)


def _of(prefix: str, numbers: pl.Series) -> pl.Series:
    return pl.select(pl.concat_str(pl.lit(prefix), numbers)).to_series()


def _buried(
    book: Book,
    people: pl.DataFrame,
    subsidy_class: str,
    cremated: pl.Series,
    *,
    amount: int | Decimal | None = None,
    died: pl.Series | None = None,
    known: pl.Series | None = None,
    applicants: pl.DataFrame | None = None,
    home: str = _CITY_HOME,
) -> pl.Series:
    """Adds a cremation of each, entered three days after it unless given; returns the numbers of the
    records.
    """
    n, first = people.height, book.height(FUNERAL)
    rng = book.city.rng(f"buried {first}")
    if applicants is None:
        living = book.city.cohort("other")
        applicants = living[rng.integers(0, living.height, n)]
    if amount is None:
        amount = min(_MOST[subsidy_class]) if subsidy_class in _MOST else 0
    numbers = number_codes("HHS", n, start=first + 1).alias("cremation_no")
    book.add(
        FUNERAL,
        people.select("id_number", "full_name", "birth_date", sex_column()).with_columns(
            numbers,
            (cremated - timedelta(days=2) if died is None else died).alias("death_date"),
            cremated.alias("cremated_on"),
            draw_times(rng, cremated + timedelta(days=3) if known is None else known).alias("updated_at"),
            pl.lit(home).alias("funeral_home"),
            applicants["id_number"].alias("applicant_id_number"),
            applicants["full_name"].alias("applicant_name"),
            pl.lit(subsidy_class).alias("subsidy_class"),
            pl.lit(Decimal(amount)).cast(pl.Decimal(14, 2)).alias("subsidy_amount"),
            pl.lit(_URNS.get(subsidy_class, "cemetery")).alias("urn_disposition"),
        ),
    )
    return numbers


def _pairs(book: Book) -> None:
    """Plants the same dead under two numbers: from the start, later, corrected again, under another name."""
    for one, other in _EXCLUSIVE:
        people = _some(book, 4)
        on = _past(book, people.height)
        _buried(book, people, one, on)
        _buried(book, people, other, on)
        _expect(book, people, f"pair:{one}+{other}", "exclusive_pair")
    people = _some(book, 8)
    on, known = _past(book, people.height), _coming(book, people.height)
    _buried(book, people, "full", on)
    _buried(book, people, "difference", on, known=known)
    _expect(book, people, "pair:full+difference", "exclusive_pair", since=known)
    people, day = _some(book, 4), book.day(5)
    on = _past(book, people.height)
    _buried(book, people, "full", on)
    change_rows(book, FUNERAL, _buried(book, people, "full", on), day, subsidy_class="none", subsidy_amount=0)
    _expect(book, people, "pair:full+full", "exclusive_pair", until=day)
    people = _some(book, 3)
    on = _past(book, people.height)
    _buried(book, people, "eco_burial", on)
    _buried(book, people.with_columns(other_name(people["full_name"])), "sea_burial", on)
    _expect(book, people, "pair:eco_burial+sea_burial", "exclusive_pair", confidence="suspected")
    # decoys: both may be had; the second number carries no class; its money has not been granted
    for second, amount in (("eco_burial", None), ("none", None), ("full", 0)):
        people = _some(book, 10)
        on = _past(book, people.height)
        _buried(book, people, "full", on)
        _buried(book, people, second, on, amount=amount)


def _dates(book: Book) -> None:
    """Plants payment before the cremation, cremation before the death, and dates corrected or entered
    later.
    """
    people = _some(book, 10)
    n = people.height
    on = pl.Series([book.day(2 + i % 7) for i in range(n)])
    early = {"died": _same(book.day(-7), n), "known": _same(book.day(-5), n)}
    numbers = _buried(book, people, "full", on, **early)  # type: ignore[arg-type]
    _expect(book, people, _of("not_cremated:", numbers), "not_cremated", until=on)
    for full, late in ((8, False), (4, True)):
        people = _some(book, full)
        on = _past(book, people.height)
        known = _coming(book, people.height) if late else on + timedelta(days=3)
        numbers = _buried(book, people, "difference", on, died=on + timedelta(days=1), known=known)
        since = known if late else ALWAYS
        _expect(book, people, _of("not_cremated:", numbers), "not_cremated", since=since)
    people, day = _some(book, 4), book.day(4)
    on = _past(book, people.height)
    numbers = _buried(book, people, "full", on, died=on + timedelta(days=2))
    change_rows(book, FUNERAL, numbers, day, cremated_on=book.day(-20))
    _expect(book, people, _of("not_cremated:", numbers), "not_cremated", until=day)
    # decoys: cremated on the day of the death; on the very day the row was entered; not yet, and not paid
    people = _some(book, 10)
    on = _past(book, people.height)
    _buried(book, people, "full", on, died=on)
    people = _some(book, 8)
    on = _coming(book, people.height)
    _buried(book, people, "full", on, known=on)
    people = _some(book, 5)
    _buried(book, people, "full", _same(book.day(9), people.height), amount=0,
            known=_same(book.day(-5), people.height))  # fmt: skip


def _applied(
    book: Book, full: int, days: int, *, subsidy_class: str = "full", named: bool = True
) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series, pl.Series]:
    """Returns the dead, their applicants, the numbers, and the applicants' deaths ``days`` before the
    cremation.
    """
    people = _some(book, full)
    applicants = book.take_people("deceased", people.height)
    on = _past(book, people.height)
    told = applicants if named else applicants.with_columns(other_name(applicants["full_name"]))
    numbers = _buried(book, people, subsidy_class, on, applicants=told)
    return people, applicants, numbers, on - timedelta(days=days)


def _applicants(book: Book) -> None:
    """Plants applicants who died the day before, as the police or a funeral home know, and variants of it."""
    people, applicants, numbers, died = _applied(book, 8, 1)
    add_police_notices(book, applicants, died, died + timedelta(days=5))
    _expect(book, people, _of("applicant:", numbers), "applicant_dead")
    people, applicants, numbers, died = _applied(book, 6, 30)
    _buried(book, applicants, "none", died + timedelta(days=2), died=died)
    _expect(book, people, _of("applicant:", numbers), "applicant_dead")
    people, applicants, numbers, died = _applied(book, 8, 10)
    known = _coming(book, people.height)
    add_police_notices(book, applicants, died, known)
    _expect(book, people, _of("applicant:", numbers), "applicant_dead", since=known)
    people, applicants, numbers, died = _applied(book, 4, 20)
    add_police_notices(book, applicants, died, died + timedelta(days=5))
    add_police_notices(book, applicants, died, _same(book.day(5), people.height), "delete")
    _expect(book, people, _of("applicant:", numbers), "applicant_dead", until=book.day(5))
    people, applicants, numbers, died = _applied(book, 3, 3, named=False)
    add_police_notices(book, applicants, died, died + timedelta(days=5))
    _expect(book, people, _of("applicant:", numbers), "applicant_dead", confidence="suspected")
    # decoys: died on the day of the cremation, or after it; dead, but nothing was paid
    for days, subsidy_class in ((0, "full"), (-6, "difference"), (40, "none")):
        people, applicants, _, died = _applied(book, 10, days, subsidy_class=subsidy_class)
        add_police_notices(book, applicants, died, died + timedelta(days=5))


def _amounts(book: Book) -> None:
    """Plants amounts a fen above the ceiling, far above it, entered later or corrected, and exactly at it."""
    places = ((_CITY_HOME, 0), (_COUNTY_HOME, 1))
    for subsidy_class, most in _MOST.items():
        for home, place in places:
            people = _some(book, 2)
            on, above = _past(book, people.height), most[place] + Decimal("0.01")
            numbers = _buried(book, people, subsidy_class, on, amount=above, home=home)
            _expect(book, people, _of("ceiling:", numbers), "above_ceiling")
            people = _some(book, 2)
            _buried(book, people, subsidy_class, _past(book, people.height), amount=most[place], home=home)
    people = _some(book, 8)
    known = _coming(book, people.height)
    numbers = _buried(book, people, "full", _past(book, people.height), amount=2400, known=known)
    _expect(book, people, _of("ceiling:", numbers), "above_ceiling", since=known)
    people, day = _some(book, 4), book.day(3)
    numbers = _buried(book, people, "eco_burial", _past(book, people.height), amount=10_000)
    change_rows(book, FUNERAL, numbers, day, subsidy_amount=1000)
    _expect(book, people, _of("ceiling:", numbers), "above_ceiling", until=day)
    # decoys: at a home nobody has placed; before there was money of that class
    people = _some(book, 5)
    _buried(book, people, "full", _past(book, people.height), amount=2065, home="殡仪服务站")
    people = _some(book, 5)
    long_ago = _same(date(2016, 6, 1), people.height)
    _buried(book, people, "sea_burial", long_ago, amount=3000)

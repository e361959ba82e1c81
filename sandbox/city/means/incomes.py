"""Plants income the benefit has not heard of: new work, pensions, unemployment money, and pay by the
state.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Unpack

import polars as pl

from sandbox.city.ground.book import ALWAYS, Book, Span
from sandbox.city.ground.fill import draw_times, number_codes
from sandbox.city.ground.later_versions import change_rows
from sandbox.city.ground.names import other_name

EMPLOYMENT = "social_security__employment_register"
PENSION = "social_security__employee_pension"
UNEMPLOYMENT = "social_security__unemployment_insurance"
PAYROLL = "social_security__public_payroll"
#: Feeds whose rows about people on dibao or low income are all planted here.
PLANTED = (EMPLOYMENT, PENSION, UNEMPLOYMENT, PAYROLL)
_RULE, _DIBAO = "income_change", "civil_affairs__dibao"


def plant_cases(book: Book) -> None:
    """Plants about 200 people at the full city; families on dibao were last reviewed 30 to 150 days ago."""
    _work(book)
    _pensions(book)
    _unemployed(book)
    _state_paid(book)
    _gaps(book)


def _some(book: Book, full: int, cohort: str = "dibao_head") -> pl.DataFrame:
    return book.take_people(cohort, book.city.n(full))


def _same(day: date | None, n: int) -> pl.Series:
    return pl.repeat(day, n, dtype=pl.Date, eager=True)


def _month(day: date, back: int = 0) -> date:
    """Returns the first of the month of a day, or of one some months before."""
    first = day.replace(day=1)
    for _ in range(back):
        first = (first - timedelta(days=1)).replace(day=1)
    return first


def _begun(book: Book) -> date:
    """Returns the last month that had begun well before the epoch."""
    month = _month(book.epoch)
    return month if month < book.day(-5) else _month(book.epoch, 1)


def _expect(
    book: Book, people: pl.DataFrame, event: str | pl.Series, sub_type: str, **when: Unpack[Span]
) -> None:
    book.expect(_RULE, people["id_number"], event, sub_type, **when)


def _employed(
    book: Book,
    people: pl.DataFrame,
    on: pl.Series,
    *,
    ended: date | None = None,
    wage: int = 2100,
    known: date | None = None,
) -> pl.Series:
    """Returns the numbers of the records, as events of the rule want them."""
    n, first = people.height, book.height(EMPLOYMENT)
    rng = book.city.rng(f"employed {first}")
    records = number_codes("JYP", n, start=first + 1)
    book.add(
        EMPLOYMENT,
        people.select("id_number", "full_name").with_columns(
            records.alias("record_no"),
            on.alias("employed_on"),
            pl.lit(ended, dtype=pl.Date).alias("ended_on"),
            pl.lit(wage).alias("monthly_wage"),
            draw_times(rng, _same(known, n) if known else on).alias("updated_at"),
        ),
    )
    return records.alias("record_no")


def _of(records: pl.Series, prefix: str = "employment:") -> pl.Series:
    return pl.select(pl.concat_str(pl.lit(prefix), records)).to_series()


def _recent(book: Book, n: int) -> pl.Series:
    return book.dates(book.city.rng(f"new work {book.height(EMPLOYMENT)}"), n, -25, -5)


def _work(book: Book) -> None:
    """Plants work begun since the review or after the epoch; as decoys ended, known at the review, begun
    before it.
    """
    people = _some(book, 40)
    _expect(book, people, _of(_employed(book, people, _recent(book, people.height))), "employed")
    people = _some(book, 20)
    on = pl.Series([book.day(1 + i % 8) for i in range(people.height)])
    _expect(book, people, _of(_employed(book, people, on)), "employed", since=on)
    people, day = _some(book, 10), book.day(5)
    records = _employed(book, people, _recent(book, people.height))
    change_rows(book, EMPLOYMENT, records, day, ended_on=day)
    _expect(book, people, _of(records), "employed", until=day)
    people, day = _some(book, 8), book.day(4)
    records = _employed(book, people, _recent(book, people.height))
    change_rows(book, _DIBAO, people["id_number"], day, last_review_on=day, review_due_on=book.day(200))
    _expect(book, people, _of(records), "employed", until=day)
    people = _some(book, 5)
    told = people.with_columns(other_name(people["full_name"]))
    records = _employed(book, told, _recent(book, people.height))
    _expect(book, people, _of(records), "employed", confidence="suspected")
    # the benefit began 300 to 600 days ago and has no reviews of its own
    people = _some(book, 12, "low_income")
    _expect(book, people, _of(_employed(book, people, _recent(book, people.height))), "employed")
    # decoys: long before the review; over before the epoch; of somebody whose benefit has ended
    people = _some(book, 20)
    _employed(book, people, book.dates(book.city.rng("old work"), people.height, -900, -700))
    people = _some(book, 15)
    _employed(book, people, _same(book.day(-25), people.height), ended=book.day(-4))
    people = _some(book, 15, "dibao_closed")
    _employed(book, people, _recent(book, people.height))


def _pension_rows(
    book: Book,
    people: pl.DataFrame,
    status: str,
    since: date | None,
    *,
    base: int | None = None,
    on: int = -30,
) -> None:
    first = book.height(PENSION)
    book.add(
        PENSION,
        people.select("id_number", "full_name").with_columns(
            number_codes("2102", people.height, start=first + 1).alias("person_no"),
            pl.lit(status).alias("insurance_status"),
            pl.lit(base).alias("contribution_base"),
            pl.lit(2400 if since else None).alias("pension_amount"),
            pl.lit(since, dtype=pl.Date).alias("pension_start_month"),
            _same(book.day(on), people.height).alias("_published_on"),
        ),
    )


def _pensions(book: Book) -> None:
    """Plants pensions begun in a month after the review; as decoys old ones, and insurance without a
    pension.
    """
    people, month = _some(book, 25), _begun(book)
    _pension_rows(book, people, "retired", month)
    since = _after_review(book, people, month)
    _expect(book, since, f"pension:{month}", "pension_started")
    people = _some(book, 10)
    _pension_rows(book, people, "retired", month, on=3)
    since = _after_review(book, people, month)
    _expect(book, since, f"pension:{month}", "pension_started", since=book.day(3))
    for status, start in (("retired", _month(book.epoch, 30)), ("suspended", None), ("terminated", None)):
        _pension_rows(book, _some(book, 15), status, start)


def _after_review(book: Book, people: pl.DataFrame, day: date) -> pl.DataFrame:
    """Selects those of the people whose last review lies before a day."""
    rows = pl.concat(book.rows[(_DIBAO, "main")]).filter(pl.col("last_review_on") < day)
    return people.filter(pl.col("id_number").is_in(rows["id_number"].implode()))


def _unemployed(book: Book) -> None:
    over = _month(book.epoch, 2), _month(book.epoch, 1)
    for full, on, (month, ended) in (
        (15, -30, (_begun(book), None)),
        (8, 2, (_begun(book), None)),
        (12, -30, over),
    ):
        people = _some(book, full)
        book.add(
            UNEMPLOYMENT,
            people.select("id_number", "full_name").with_columns(
                pl.lit(1400).alias("benefit_amount"),
                pl.lit(month).alias("benefit_start_month"),
                pl.lit(ended, dtype=pl.Date).alias("benefit_end_month"),
                _same(book.day(on), people.height).alias("_published_on"),
            ),
        )
        if ended is None:
            since = book.day(on) if on > 0 else ALWAYS
            found = _after_review(book, people, month)
            _expect(book, found, f"unemployment:{month}", "unemployment_benefit", since=since)


def _state_paid(book: Book) -> None:
    """Plants people paid by the state: one row is enough, whenever it began; one is corrected six days after
    the epoch.
    """
    for full, on, gone, cohort in (
        (20, -30, None, "dibao_head"),
        (6, 4, None, "dibao_head"),
        (5, -30, 6, "dibao_head"),
        (5, -30, None, "low_income"),
    ):
        people = _some(book, full, cohort)
        book.add(
            PAYROLL,
            people.select("id_number", "full_name").with_columns(
                _same(book.day(on), people.height).alias("_published_on"),
                _same(book.day(gone) if gone else None, people.height).alias("_withdrawn_on"),
            ),
        )
        since = book.day(on) if on > 0 else ALWAYS
        until = book.day(gone) if gone else None
        _expect(book, people, "public_payroll", "state_paid", since=since, until=until)


def _gaps(book: Book) -> None:
    """Plants wages insured at 30 per cent more or less, which is in order, and a yuan further, which is a
    finding.
    """
    for full, base, found in ((8, 2731, True), (8, 1469, True), (10, 2730, False), (10, 1470, False)):
        people = _some(book, full)
        on = book.dates(book.city.rng(f"insured {base}"), people.height, -900, -700)
        records = _employed(book, people, on)
        _pension_rows(book, people, "paying", None, base=base)
        if found:
            _expect(book, people, _of(records, "wage_gap:"), "wage_gap")

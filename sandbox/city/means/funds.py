"""Plants provident fund accounts: deposits for people without declared work, and undeclared wages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Unpack

import polars as pl

from sandbox.city.answers.checked_families import add_answers, take_heads
from sandbox.city.ground.book import ALWAYS, Book, Span
from sandbox.city.ground.divisions import CITY
from sandbox.city.ground.fill import number_codes
from sandbox.city.ground.names import other_name
from sandbox.city.ground.standards import minimum_wage
from sandbox.city.means.incomes import UNEMPLOYMENT

CITY_CENTRE, PROVINCE = "provident_fund__city_centre", "provident_fund__provincial_branch"
_RULE = "provident_fund"


def plant_cases(book: Book) -> None:
    """Plants about 150 people at the full city."""
    _bases(book)
    _provincial(book)
    _deposits(book)


def _account(
    book: Book,
    people: pl.DataFrame,
    base: float,
    status: str = "normal",
    *,
    deposit: int = 300,
    last: date | None = None,
    on: int = -5,
    gone: int | None = None,
) -> None:
    first = sum(frame.height for frame in book.answers.get(CITY_CENTRE, []))
    add_answers(
        book,
        CITY_CENTRE,
        people,
        number_codes(f"{CITY}G", people.height, start=first + 1).alias("account_no"),
        pl.lit(base).alias("contribution_base"),
        pl.lit(deposit).alias("monthly_deposit"),
        pl.lit(status).alias("account_status"),
        pl.lit(last or _months_ago(book.epoch, 8)).alias("last_deposit_month"),
        on=on,
        gone=gone,
    )


def _months_ago(day: date, back: int) -> date:
    index = day.year * 12 + day.month - 1 - back
    return date(index // 12, index % 12 + 1, 1)


def _expect(book: Book, people: pl.DataFrame, event: str, sub_type: str, **when: Unpack[Span]) -> None:
    book.expect(_RULE, people["id_number"], event, sub_type, **when)


def _high(book: Book, people: pl.DataFrame, **when: Unpack[Span]) -> None:
    _expect(book, people, "fund_base", "base_above_minimum_wage", **when)


def _bases(book: Book) -> None:
    """Plants bases at the minimum wage, which is in order, and a fen above it; accounts at rest do not
    count.
    """
    wage = minimum_wage(book.epoch)
    for full, cohort, base, on, gone in (
        (40, "dibao_head", 4200.0, -5, None),
        (8, "low_income", 3900.0, -5, None),
        (8, "dibao_head", wage + 0.01, -5, None),
        (6, "dibao_head", 4000.0, 2, None),
        (6, "dibao_head", 4000.0, -5, 7),
    ):
        people = take_heads(book, full, cohort)
        _account(book, people, base, on=on, gone=gone)
        since = book.day(on) if on > 0 else ALWAYS
        _high(book, people, since=since, until=book.day(gone) if gone else None)
    people = take_heads(book, 4)
    _account(book, people.with_columns(other_name(people["full_name"])), 5000.0)
    _high(book, people, confidence="suspected")
    for base, status in ((float(wage), "normal"), (5000.0, "sealed"), (5000.0, "closed")):
        _account(book, take_heads(book, 8), base, status)


def _provincial(book: Book) -> None:
    """Fills the provincial branch's table: it sends its whole register each week, without being asked about
    people.
    """
    for full, base, status, on, found in (
        (15, 4600.0, "normal", -30, True),
        (5, 4600.0, "normal", 5, True),
        (8, 4600.0, "sealed", -30, False),
        (8, 1500.0, "normal", -30, False),
    ):
        people = book.take_people("dibao_head", book.city.n(full))
        first = book.height(PROVINCE)
        book.add(
            PROVINCE,
            people.select("id_number", "full_name").with_columns(
                number_codes("SZ", people.height, start=first + 1).alias("account_no"),
                pl.lit(base).alias("contribution_base"),
                pl.lit(status).alias("account_status"),
                pl.lit(book.day(on)).alias("_published_on"),
            ),
        )
        if found:
            _high(book, people, since=book.day(on) if on > 0 else ALWAYS)


def _deposits(book: Book) -> None:
    """Deposits in one of the last three months, of people who draw unemployment money."""
    epoch = book.epoch
    for full, back, deposit, unemployed, found in (
        (12, 1, 300, True, True),
        (6, 2, 300, True, True),
        (8, 3, 300, True, False),
        (6, 1, 0, True, False),
        (10, 1, 300, False, False),
    ):
        people = take_heads(book, full)
        _account(book, people, 1500.0, deposit=deposit, last=_months_ago(epoch, back))
        if unemployed:
            _unemployed(book, people)
        if found:
            over = _months_ago(epoch, back - 3)
            _expect(book, people, "fund_deposit", "deposit_while_unemployed", until=over)


def _unemployed(book: Book, people: pl.DataFrame) -> None:
    """Adds unemployment benefits that began so long ago that every review has known of them."""
    month = _months_ago(book.epoch, 30)
    book.add(
        UNEMPLOYMENT,
        people.select("id_number", "full_name").with_columns(
            pl.lit(1400).alias("benefit_amount"),
            pl.lit(month).alias("benefit_start_month"),
            pl.lit(None, dtype=pl.Date).alias("benefit_end_month"),
            pl.lit(book.epoch - timedelta(days=30)).alias("_published_on"),
        ),
    )

"""Plants savings, shares, policies and large payments of families on a benefit."""

from __future__ import annotations

from typing import Unpack

import polars as pl

from sandbox.city.answers.checked_families import (
    add_answers,
    add_silence,
    finance_feeds,
    raised_on,
    take_heads,
    take_pairs,
)
from sandbox.city.ground.book import ALWAYS, Book, Span
from sandbox.city.ground.fill import number_codes
from sandbox.city.ground.names import other_name

ICBC, SHENGJING, SHARES, POLICIES = (
    "finance__icbc",
    "finance__shengjing",
    "finance__chinaclear",
    "finance__china_life",
)
_RULE = "financial_asset"
#: Months of the standard a head may hold, and may pay out in half a year.
_DIBAO, _LOW_INCOME, _DEBITS = 6, 24, 12


def plant_cases(book: Book) -> None:
    """Plants about 200 families at the full city; limits are the standard of the family's own area."""
    _far_above(book)
    _at_the_limit(book)
    _together(book)
    _not_counted(book)
    _debits(book)


def _bank(
    book: Book,
    people: pl.DataFrame,
    *,
    balance: pl.Expr | float = 0,
    wealth: pl.Expr | float = 0,
    debits: pl.Expr | float = 0,
    feed: str = ICBC,
    kind: str = "current",
    asked_on: int = -5,
    on: int = -5,
    gone: int | None = None,
) -> None:
    """Adds one account each. No bank has anything else on record of these people."""

    def money(value: pl.Expr | float, name: str) -> pl.Expr:
        given = value if isinstance(value, pl.Expr) else pl.lit(value)
        return given.cast(pl.Decimal(14, 2)).alias(name)

    add_silence(book, people, *finance_feeds())
    first = sum(frame.height for frame in book.answers.get(feed, []))
    add_answers(
        book,
        feed,
        people,
        pl.concat_str(pl.lit("*" * 12), number_codes("", people.height, first + 1, 4)).alias("account_no"),
        pl.lit(kind).alias("account_type"),
        money(balance, "balance"),
        money(wealth, "wealth_products"),
        money(debits, "large_debits_half_year"),
        pl.lit(book.day(asked_on)).alias("queried_on"),
        on=on,
        gone=gone,
    )


def _months(n: int, more: str = "0") -> pl.Expr:
    """Returns ``n`` months of the family's standard for each member, plus ``more`` yuan."""
    return pl.col("rate").cast(pl.Decimal(14, 2)) * n * pl.col("members") + pl.lit(more).cast(
        pl.Decimal(14, 2)
    )


def _expect(book: Book, people: pl.DataFrame, sub_type: str = "assets", **when: Unpack[Span]) -> None:
    book.expect(_RULE, people["id_number"], sub_type, sub_type, **when)


def _far_above(book: Book) -> None:
    for full, cohort, on, gone in (
        (50, "dibao_head", -5, None),
        (8, "dibao_head", 4, None),
        (8, "dibao_head", -5, 6),
    ):
        people = take_heads(book, full, cohort)
        _bank(book, people, balance=40_000, on=on, gone=gone)
        since = book.day(on) if on > 0 else ALWAYS
        _expect(book, people, since=since, until=book.day(gone) if gone else None)
    people = take_heads(book, 10, "low_income")
    _bank(book, people, balance=60_000)
    _expect(book, people)
    people = take_heads(book, 4)
    _bank(book, people.with_columns(other_name(people["full_name"])), balance=30_000)
    _expect(book, people, confidence="suspected")


def _at_the_limit(book: Book) -> None:
    """Plants families exactly at the limit, which is in order, and a fen above it: a finding until the
    standard rises.
    """
    raised = raised_on(book)
    for cohort, months in (("dibao_head", _DIBAO), ("low_income", _LOW_INCOME)):
        _bank(book, take_heads(book, 8, cohort), balance=_months(months))
        people = take_heads(book, 8, cohort)
        _bank(book, people, balance=_months(months, "0.01"))
        _expect(book, people, until=raised)


def _together(book: Book) -> None:
    """Deposits, wealth products, shares and policies, at several banks, of several members."""
    people = take_heads(book, 8)
    _bank(book, people, balance=_months(2), wealth=_months(2))
    _bank(book, people, balance=_months(1), feed=SHENGJING)
    first = sum(frame.height for frame in book.answers.get(SHARES, []))
    half = (_months(1) / 2).cast(pl.Decimal(14, 2))
    account = pl.concat_str(pl.lit("*" * 12), number_codes("", people.height, first + 1, 4))
    valued = pl.lit(book.day(-5)).alias("valued_on")
    add_answers(book, SHARES, people, account.alias("account_no"), half.alias("market_value"), valued)
    _policy(book, people, _months(1) - half + pl.lit("0.01").cast(pl.Decimal(14, 2)), "active")
    _expect(book, people, until=raised_on(book))
    people, children = take_pairs(book, 6)
    _bank(book, people, balance=_months(4))
    _bank(book, children, balance=_months(2, "0.01"))
    _expect(book, people, until=raised_on(book))


def _policy(book: Book, people: pl.DataFrame, value: pl.Expr, status: str) -> None:
    first = sum(frame.height for frame in book.answers.get(POLICIES, []))
    add_answers(
        book,
        POLICIES,
        people,
        number_codes("RSBD", people.height, start=first + 1).alias("policy_no"),
        value.cast(pl.Decimal(14, 2)).alias("cash_value"),
        pl.lit(status).alias("policy_status"),
    )


def _not_counted(book: Book) -> None:
    """Debts, policies that ended, and answers too old to be believed."""
    _bank(book, take_heads(book, 8), balance=90_000, kind="loan")
    people = take_heads(book, 8)
    add_silence(book, people, *finance_feeds())
    _policy(book, people, pl.lit(50_000), "terminated")
    for asked_on in (-91, -90):
        people = take_heads(book, 8)
        _bank(book, people, balance=40_000, asked_on=asked_on)
        _expect(book, people, until=book.day(91 + asked_on))


def _debits(book: Book) -> None:
    people = take_heads(book, 15)
    _bank(book, people, debits=30_000)
    _expect(book, people, "large_debits")
    _bank(book, take_heads(book, 8), debits=_months(_DEBITS))
    people = take_heads(book, 8)
    _bank(book, people, debits=_months(_DEBITS - 5))
    _bank(book, people, debits=_months(5, "0.01"), feed=SHENGJING)
    _expect(book, people, "large_debits", until=raised_on(book))

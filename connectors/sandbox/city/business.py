"""Who owns a business, whose business is closed, and who only works in one."""

from __future__ import annotations

import polars as pl

from connectors.sandbox.city.book import Book
from connectors.sandbox.city.ids import credit_codes

ENTERPRISE = "market_regulation__enterprise"
INDIVIDUAL = "market_regulation__individual_business"
COOPERATIVE = "market_regulation__farmer_cooperative"
_CLASS = {ENTERPRISE: "91", INDIVIDUAL: "92", COOPERATIVE: "93"}


class Codes:
    """Hands out credit codes so that no two organisations share one."""

    def __init__(self, book: Book) -> None:
        self._pool = {
            feed: credit_codes(book.city.rng("codes " + feed), book.city.n(90_000, 400), prefix)
            for feed, prefix in _CLASS.items()
        }
        self._next = dict.fromkeys(_CLASS, 0)

    def some(self, feed: str, n: int) -> pl.Series:
        first = self._next[feed]
        self._next[feed] += n
        return self._pool[feed].slice(first, n)


def _rows(
    book: Book, codes: Codes, feed: str, people: pl.DataFrame, status: str, **given: object
) -> pl.Series:
    rng = book.city.rng(f"business {feed} {book.height(feed)}")
    uscc = codes.some(feed, people.height)
    closed = book.dates(rng, people.height, -500, -40)
    frame = people.select("id_number", "full_name").with_columns(
        uscc.alias("uscc"),
        pl.lit(status).alias("registration_status"),
        book.dates(rng, people.height, -2800, -520).alias("established_on"),
        *(pl.lit(v).alias(k) for k, v in given.items()),
    )
    if feed != COOPERATIVE:
        frame = frame.with_columns(
            closed.alias("cancelled_on")
            if status in ("cancelled", "revoked")
            else pl.lit(None, dtype=pl.Date).alias("cancelled_on")
        )
    book.add(feed, frame)
    return uscc


def planted(book: Book, codes: Codes) -> None:
    """900 owners at the full city."""
    n = book.city.n
    for cohort, feed, full, sub_type, given in (
        ("dibao_head", ENTERPRISE, 200, "enterprise", {"role": "legal_representative"}),
        ("dibao_head", ENTERPRISE, 140, "enterprise", {"role": "shareholder"}),
        ("dibao_head", INDIVIDUAL, 260, "individual_business", {"employee_count": 3}),
        ("low_income", INDIVIDUAL, 120, "small_family_shop", {"employee_count": 0}),
        ("tekun", INDIVIDUAL, 60, "small_family_shop", {"employee_count": 0}),
        ("dibao_head", COOPERATIVE, 120, "cooperative", {}),
    ):
        people = book.take(cohort, n(full))
        status = "active" if full % 40 else "operating"
        uscc = _rows(book, codes, feed, people, status, **given)
        book.expect("business_owner", people["id_number"], uscc, sub_type)
        book.expect_check("business_owner", people["id_number"])


def decoys(book: Book, codes: Codes) -> None:
    n = book.city.n
    _rows(
        book, codes, ENTERPRISE, book.take("dibao_head", n(200, 3)), "cancelled", role="legal_representative"
    )
    _rows(book, codes, ENTERPRISE, book.take("dibao_head", n(100, 2)), "revoked", role="shareholder")
    _rows(book, codes, ENTERPRISE, book.take("dibao_head", n(100, 3)), "active", role="officer")
    _rows(book, codes, INDIVIDUAL, book.take("low_income", n(150, 2)), "cancelled", employee_count=1)
    _rows(book, codes, COOPERATIVE, book.take("dibao_head", n(40, 2)), "cancelled")
    _rows(book, codes, INDIVIDUAL, book.take("dibao_closed", n(300, 3)), "active", employee_count=2)


def background(book: Book, codes: Codes) -> None:
    others = book.city.cohort("other")
    for feed, given in (
        (ENTERPRISE, {"role": "shareholder"}),
        (INDIVIDUAL, {"employee_count": 2}),
        (COOPERATIVE, {}),
    ):
        people = others.head(book.missing(feed))
        _rows(book, codes, feed, people, "active", **given)

"""Social organisations and their annual reports."""

from __future__ import annotations

from datetime import date

import polars as pl

from connectors.sandbox.city.book import Book
from connectors.sandbox.city.ids import credit_codes

FEED = "civil_affairs__social_organisation"
_CLASSES = {"association": "51", "private_non_enterprise": "52", "foundation": "53"}


def organisations(book: Book) -> None:
    """Overdue foundations, reminded associations, and those in order, young or dissolved."""
    city = book.city
    report_year = book.epoch.year - 1
    pools = {
        name: credit_codes(city.rng("organisations " + name), city.n(6000, 200), p)
        for name, p in _CLASSES.items()
    }
    used = dict.fromkeys(pools, 0)

    def some(kind: str, n: int) -> pl.Series:
        first = used[kind]
        used[kind] += n
        return pools[kind].slice(first, n)

    late = some("foundation", city.n(60, 2))
    _rows(book, late, "foundation", report=report_year - 1)
    _warn(book, late, date(book.epoch.year, 3, 31))
    for kind, full in (("association", 180), ("private_non_enterprise", 120)):
        reminded = some(kind, city.n(full, 2))
        _rows(book, reminded, kind, report=report_year - 1)
        _warn(book, reminded, date(book.epoch.year, 5, 31))
    _rows(book, some("association", city.n(100, 2)), "association", report=None, registered=book.day(-30))
    _rows(
        book, some("association", city.n(100, 2)), "association", report=report_year - 2, state="deregistered"
    )
    _rows(book, some("foundation", city.n(60, 2)), "foundation", report=report_year)
    left = book.missing(FEED)
    _rows(book, some("private_non_enterprise", left // 2), "private_non_enterprise", report=report_year)
    _rows(book, some("association", left - left // 2), "association", report=report_year)


def _warn(book: Book, codes: pl.Series, deadline: date) -> None:
    year = str(book.epoch.year - 1)
    book.expect("soc_org_annual", codes, year, "reminder", since=date(book.epoch.year, 3, 1), until=deadline)
    book.expect(
        "soc_org_annual", codes, year, "overdue", since=deadline, until=date(book.epoch.year + 1, 1, 1)
    )


def _rows(
    book: Book,
    codes: pl.Series,
    kind: str,
    *,
    report: int | None,
    state: str = "active",
    registered: date | None = None,
) -> None:
    n = len(codes)
    rng = book.city.rng(f"organisation {kind} {report} {state} {book.height(FEED)}")
    year = book.epoch.year
    last = date(year - 1, 6, 1).toordinal() - book.epoch.toordinal()
    people = book.city.cohort("other").sample(n, seed=book.city.seed, with_replacement=True)
    accepted = (
        book.dates(rng, n, -60, -10) if report == year - 1 else pl.repeat(None, n, dtype=pl.Date, eager=True)
    )
    if report is not None and report < year - 1:
        accepted = pl.repeat(date(report + 1, 4, 20), n, eager=True)
    start = pl.repeat(registered, n, eager=True) if registered else book.dates(rng, n, last - 2500, last)
    words = ["爱心", "和平", "阳光", "盛京", "康乐", "同行"]
    book.add(
        FEED,
        pl.DataFrame({"uscc": codes}).with_columns(
            pl.Series([f"沈阳市{words[i % 6]}服务中心{i}" for i in range(n)]).alias("organisation_name"),
            pl.lit(kind).alias("organisation_class"),
            people["full_name"].alias("legal_representative_name"),
            people["id_number"].alias("legal_representative_id_number"),
            pl.lit(state).alias("state"),
            pl.lit(report, dtype=pl.Int32).alias("last_report_year"),
            accepted.alias("last_report_accepted_on"),
            start.alias("registered_on"),
        ),
    )

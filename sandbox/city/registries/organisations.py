"""Plants social organisations and their annual reports."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from sandbox.city.ground.book import Book
from sandbox.city.ground.divisions import LOCAL_ISSUERS
from sandbox.city.ground.ids import credit_codes
from sandbox.city.ground.later_versions import change_rows

FEED = "civil_affairs__social_organisation"
_CLASSES = {"association": "51", "private_non_enterprise": "52", "foundation": "53"}
_DEADLINES = {"association": (5, 31), "private_non_enterprise": (5, 31), "foundation": (3, 31)}
_WORDS = ("爱心", "和平", "阳光", "盛京", "康乐", "同行", "曙光", "浑河")
_KINDS = {"association": "志愿者协会", "private_non_enterprise": "社会服务中心", "foundation": "公益基金会"}


class _Codes:
    """Hands out credit codes by class of organisation, each once."""

    def __init__(self, book: Book) -> None:
        self._left = {
            kind: credit_codes(book.city.rng("organisations " + kind), book.city.n(6000, 200), prefix)
            for kind, prefix in _CLASSES.items()
        }

    def some(self, kind: str, n: int) -> pl.Series:
        taken, self._left[kind] = self._left[kind].head(n), self._left[kind].slice(n)
        return taken.alias("uscc")


def report_due(epoch: date) -> int:
    """Returns the year of the report that is checked around the epoch.

    In the first weeks of a year nobody has reported on the year before, and nobody is reminded yet.
    """
    return epoch.year - (2 if (epoch.month, epoch.day) <= (1, 25) else 1)


def plant_organisations(book: Book) -> None:
    """Plants overdue foundations, reminded associations, and organisations in order, young or dissolved."""
    city, codes, due = book.city, _Codes(book), report_due(book.epoch)
    late = codes.some("foundation", city.n(60, 2))
    _rows(book, late, "foundation", report=due - 1)
    _warn(book, late, "foundation")
    for kind, full in (("association", 170), ("private_non_enterprise", 110)):
        reminded = codes.some(kind, city.n(full, 2))
        _rows(book, reminded, kind, report=due - 1)
        _warn(book, reminded, kind)
    # sent in, but not accepted; and accepted six days after the epoch
    sent = codes.some("association", city.n(10))
    _rows(book, sent, "association", report=due, accepted=False)
    _warn(book, sent, "association")
    settled = codes.some("private_non_enterprise", city.n(10))
    _rows(book, settled, "private_non_enterprise", report=due - 1)
    day = book.day(6)
    change_rows(book, FEED, settled, day, last_report_year=due, last_report_accepted_on=day)
    _warn(book, settled, "private_non_enterprise", settled_on=day)
    _rows(book, codes.some("association", city.n(100, 2)), "association", report=None, young=True)
    for state in ("deregistered", "revoked"):
        _rows(book, codes.some("association", city.n(50)), "association", report=due - 2, state=state)
    _rows(book, codes.some("foundation", city.n(60, 2)), "foundation", report=due)
    left = book.missing(FEED)
    _rows(book, codes.some("private_non_enterprise", left // 2), "private_non_enterprise", report=due)
    _rows(book, codes.some("association", left - left // 2), "association", report=due)


def _warn(book: Book, codes: pl.Series, kind: str, settled_on: date | None = None) -> None:
    """Expects, for each year the served days touch, a reminder from 1 March and overdue from the deadline to
    New Year.
    """
    for year in sorted({book.day(-3).year, book.day(31).year}):
        if year - 1 < report_due(book.epoch):
            continue  # the report about that year was accepted
        event, deadline, end = str(year - 1), date(year, *_DEADLINES[kind]), date(year + 1, 1, 1)
        until = min(end, settled_on) if settled_on else end
        begin = date(year, 3, 1)
        book.expect("soc_org_annual", codes, event, "reminder", since=begin, until=min(until, deadline))
        book.expect("soc_org_annual", codes, event, "overdue", since=deadline, until=until)


def _rows(
    book: Book,
    codes: pl.Series,
    kind: str,
    *,
    report: int | None,
    state: str = "active",
    accepted: bool = True,
    young: bool = False,
) -> None:
    n = len(codes)
    rng = book.city.rng(f"organisation {kind} {report} {state} {book.height(FEED)}")
    others = book.city.cohort("other")
    people = others[rng.integers(0, others.height, n)]
    last = (date(report_due(book.epoch) - 1, 6, 1) - book.epoch).days
    start = book.dates(rng, n, *((-40, -8) if young else (last - 2500, last)))
    if young:  # registered in the year of the epoch, where that year is old enough
        first = date(book.epoch.year, 1, 1)
        start = pl.select(pl.max_horizontal(start, pl.lit(min(first, book.day(-8))))).to_series()
    places = pl.Series([f"{c}000000" for c in LOCAL_ISSUERS] + ["210100000000"] * 4)
    book.add(
        FEED,
        pl.DataFrame({"uscc": codes}).with_columns(
            pl.Series(
                [f"沈阳市{_WORDS[i % len(_WORDS)]}{i + 1}号{_KINDS[kind]}" for i in range(n)], dtype=pl.String
            ).alias("organisation_name"),
            pl.lit(kind).alias("organisation_class"),
            places.gather(rng.integers(0, len(places), n)).alias("region_code"),
            people["full_name"].alias("legal_representative_name"),
            people["id_number"].alias("legal_representative_id_number"),
            pl.lit(state).alias("state"),
            pl.lit(report, dtype=pl.Int32).alias("last_report_year"),
            _accepted(book, rng, n, report if accepted else None).alias("last_report_accepted_on"),
            start.alias("registered_on"),
        ),
    )


def _accepted(book: Book, rng: np.random.Generator, n: int, report: int | None) -> pl.Series:
    """Draws days in the first months of the year after the one reported on, before the served days."""
    if report is None:
        return pl.repeat(None, n, dtype=pl.Date, eager=True)
    first = (date(report + 1, 1, 4) - book.epoch).days
    last = min((date(report + 1, 5, 25) - book.epoch).days, -5)
    return book.dates(rng, n, min(first, last), last)

"""Plants applications and the steps of their approval, at every distance from their limit."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from sandbox.city.ground import workdays
from sandbox.city.ground.book import Book
from sandbox.city.ground.divisions import some_communities
from sandbox.city.ground.fill import draw_times, number_codes
from sandbox.city.ground.later_versions import change_rows

APPLICATION, STEP = "platform__application", "platform__approval_step"
#: Working-day limits of the three matters, as the city announced them.
LIMITS = {"dibao": 25, "disability_allowance": 3, "child_welfare_certificate": 10}
_REMIND_BEFORE = 3
_LEVELS = ("community", "street", "district", "city")
#: matter, working days gone by at the epoch, cases at the full city, day of the decision from the epoch.
_OVERDUE = (
    ("dibao", 26, 20, None),
    ("dibao", 31, 14, None),
    ("dibao", 31, 6, 3),
    ("dibao", 40, 20, None),
    ("disability_allowance", 4, 15, None),
    ("disability_allowance", 9, 15, None),
    ("child_welfare_certificate", 11, 15, None),
    ("child_welfare_certificate", 15, 15, 8),
)
_REMIND = (
    ("dibao", 22, 25, None),
    ("dibao", 23, 25, 2),
    ("dibao", 24, 25, None),
    ("dibao", 25, 25, None),
    ("disability_allowance", 0, 20, 1),
    ("disability_allowance", 1, 20, None),
    ("disability_allowance", 3, 20, None),
    ("child_welfare_certificate", 7, 20, None),
    ("child_welfare_certificate", 10, 20, 6),
)
#: Not yet to be reminded of at the epoch; some are decided before they ever are.
_WAITING = (
    ("dibao", 0, 60, None),
    ("dibao", 5, 60, 4),
    ("dibao", 12, 60, 3),
    ("dibao", 18, 40, None),
    ("dibao", 20, 30, 1),
    ("child_welfare_certificate", 2, 20, None),
    ("child_welfare_certificate", 4, 20, 1),
)


def staff_ids(book: Book) -> pl.Series:
    """Returns the ids of all members of staff."""
    return number_codes("JB", book.city.cohort("staff").height)


def fill_applications(book: Book) -> None:
    """Adds open cases by the day they were accepted, and decided ones up to the declared size."""
    city = book.city
    people = city.cohort("other")
    first = 0
    for matter, elapsed, full, decided in (*_OVERDUE, *_REMIND, *_WAITING):
        n = city.n(full)
        accepted = workdays.back(book.epoch, elapsed)
        add_open_cases(book, people.slice(first, n), first + 1, matter, accepted, decided)
        first += n
    for ahead in (2, 5, 9):  # accepted after the epoch
        n = city.n(20)
        add_open_cases(book, people.slice(first, n), first + 1, "dibao", book.day(ahead), None)
        first += n
    _of_households(book)
    _others(book, people.slice(first))


def add_open_cases(
    book: Book, people: pl.DataFrame, first: int, matter: str, accepted: date, decided: int | None
) -> pl.Series:
    """Adds cases numbered from ``first``, accepted on a day and decided ``decided`` days from the epoch, if
    at all.

    What they mean to ``overdue_task`` is planted with them. Returns their numbers.
    """
    n = people.height
    rng = book.city.rng(f"open {matter} {accepted} {first}")
    ids = number_codes("YW", n, start=first).alias("application_id")
    day = pl.repeat(accepted, n, dtype=pl.Date, eager=True)
    book.add(
        APPLICATION,
        people.select("id_number", "full_name").with_columns(
            ids,
            pl.lit(matter).alias("matter"),
            number_codes("JT", n, start=first).alias("household_id"),
            some_communities(rng, n).alias("region_code"),
            day.alias("accepted_on"),
            pl.lit(None, dtype=pl.Date).alias("decided_on"),
            pl.lit("open").alias("status"),
            pl.lit("入户调查").alias("current_step"),
            pl.Series(rng.choice(_LEVELS, n, p=(0.25, 0.5, 0.2, 0.05))).alias("current_level"),
            draw_times(rng, day).alias("updated_at"),
        ),
    )
    over = book.day(decided) if decided is not None else None
    if over is not None:
        change_rows(book, APPLICATION, ids, over, status="approved", decided_on=over, current_step="办结")
    limit = LIMITS[matter]
    remind = workdays.nth(accepted, max(limit - _REMIND_BEFORE, 0))
    overdue = workdays.nth(accepted, limit + 1)
    until = min(overdue, over) if over else overdue
    book.expect("overdue_task", ids, "task", "remind", since=remind, until=until)
    book.expect("overdue_task", ids, "task", "overdue", since=overdue, until=over)
    return ids


def _of_households(book: Book) -> None:
    """Adds the applications of families on dibao, decided by staff without a relative among them."""
    n = book.city.n(9_000)
    heads = pl.concat(book.rows[("civil_affairs__dibao", "main")])
    heads = heads.filter((pl.col("status") == "active") & (pl.col("relation_to_head") == "本人"))
    heads = heads.unique("household_id", keep="first", maintain_order=True).head(n)
    ids = number_codes("YWA", heads.height).alias("application_id")
    began = heads["start_date"]
    _decided(
        book,
        heads.select("id_number", "full_name", "household_id", "region_code").with_columns(
            ids,
            pl.lit("dibao").alias("matter"),
            pl.select(began - timedelta(days=35)).to_series().alias("accepted_on"),
            pl.select(began - timedelta(days=5)).to_series().alias("decided_on"),
            pl.lit("approved").alias("status"),
        ),
    )


def _others(book: Book, people: pl.DataFrame) -> None:
    rng = book.city.rng("decided")
    people = people.head(book.missing(APPLICATION))
    n = people.height
    accepted = book.dates(rng, n, -200, -45)
    matters = pl.Series(rng.choice(list(LIMITS), n, p=(0.6, 0.35, 0.05)))
    days = {"dibao": 30, "disability_allowance": 4, "child_welfare_certificate": 12}
    took = matters.replace_strict(days, return_dtype=pl.Int32)
    result = rng.choice(("approved", "refused", "withdrawn"), n, p=(0.86, 0.11, 0.03))
    _decided(
        book,
        people.select("id_number", "full_name").with_columns(
            number_codes("YWB", n).alias("application_id"),
            number_codes("JTB", n).alias("household_id"),
            some_communities(rng, n).alias("region_code"),
            matters.alias("matter"),
            accepted.alias("accepted_on"),
            (accepted.cast(pl.Int32) + took).cast(pl.Date).alias("decided_on"),
            pl.Series(result).alias("status"),
        ),
    )


def _decided(book: Book, cases: pl.DataFrame) -> None:
    """Adds decided cases with two steps each, up to the size of the table of steps."""
    rng = book.city.rng(f"steps {book.height(APPLICATION)}")
    book.add(
        APPLICATION,
        cases.with_columns(
            draw_times(rng, cases["decided_on"]).alias("updated_at"),
            pl.lit("办结").alias("current_step"),
            pl.lit("district").alias("current_level"),
        ),
    )
    room = min(cases.height, book.missing(STEP) // 2)
    some = cases.head(room)
    agreed = pl.when(some["status"] == "approved").then(pl.lit("agreed")).otherwise(pl.lit("refused"))
    results = some.select(agreed.alias("r"))["r"]
    half = book.city.cohort("staff").height // 2
    for number, name, level, back in ((1, "街道审核", "street", 3), (2, "区级审批", "district", 0)):
        index = pl.Series(half + (np.arange(room) + number) % half)
        day = pl.select(some["decided_on"] - timedelta(days=back)).to_series()
        add_steps(book, some["application_id"], number, name, level, index, day, results)


def add_steps(
    book: Book,
    ids: pl.Series,
    number: int,
    name: str,
    level: str,
    staff: pl.Series,
    day: pl.Series,
    results: pl.Series,
) -> None:
    """Adds one step of each application, by the members of staff in these rows of their cohort."""
    rng = book.city.rng(f"step {number} {book.height(STEP)}")
    finished = draw_times(rng, day)
    members = book.city.cohort("staff")
    book.add(
        STEP,
        pl.DataFrame({"application_id": ids}).with_columns(
            pl.lit(number).alias("step_no"),
            pl.lit(name).alias("step_name"),
            pl.lit(level).alias("level"),
            staff_ids(book).gather(staff).alias("staff_id"),
            members["full_name"].gather(staff).alias("staff_name"),
            results.alias("result"),
            finished.alias("finished_at"),
            finished.alias("updated_at"),
        ),
    )

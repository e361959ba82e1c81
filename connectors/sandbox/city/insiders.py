"""Relatives of staff on dibao: unfiled, unvisited, approved by their own relative, or all in order."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from connectors.sandbox.city.applications import APPLICATION, staff_ids, steps
from connectors.sandbox.city.book import Book
from connectors.sandbox.city.endings import changed
from connectors.sandbox.city.fill import at_times, numbered

DIBAO, RELATIVES = "civil_affairs__dibao", "staff_relative"


def insiders(book: Book) -> None:
    """50 at the full city; half of the staff declare relatives, the other half decide on cases."""
    city = book.city
    half = city.cohort("staff").height // 2
    first = 0
    for kind, full, least in (
        ("unfiled", 14, 1),
        ("filed later", 6, 1),
        ("unvisited", 15, 1),
        ("approved", 15, 1),
        ("in order", 60, 3),
        ("no rights", 20, 2),
    ):
        people = book.take("dibao_head", city.n(full, least))
        staff = pl.Series((first + np.arange(people.height)) % half)
        records = _declare(book, people, staff, kind, f"BA{first:05d}")
        if kind == "approved":
            _approved_by(book, people, staff)
        if kind == "filed later":
            day = book.day(5)
            changed(book, DIBAO, records, day, RELATIVES, filed_on=day, home_visit_on=day)
            book.expect_check("insider_relative", people["id_number"], until=day)
        elif kind in ("unfiled", "unvisited", "approved"):
            book.expect_check("insider_relative", people["id_number"])
        first += people.height
    others = city.cohort("other").tail(book.missing(DIBAO, RELATIVES))
    staff = pl.Series(np.arange(others.height) % half)
    # relatives who receive nothing need no record
    _declare(book, others.head(others.height // 5), staff.head(others.height // 5), "unfiled", "BAY")
    _declare(book, others.slice(others.height // 5), staff.slice(others.height // 5), "in order", "BAZ")


def _declare(book: Book, people: pl.DataFrame, staff: pl.Series, kind: str, prefix: str) -> pl.Series:
    n = people.height
    rng = book.city.rng("relatives " + prefix)
    day = book.dates(rng, n, -280, -100)
    none = pl.lit(None, dtype=pl.Date)
    members = book.city.cohort("staff")
    records = numbered(prefix, n).alias("record_no")
    book.add(
        DIBAO,
        pl.DataFrame({"record_no": records}).with_columns(
            staff_ids(book).gather(staff).alias("staff_id"),
            members["full_name"].gather(staff).alias("staff_name"),
            pl.lit(kind != "no rights").alias("has_approval_rights"),
            people["id_number"].alias("relative_id_number"),
            people["full_name"].alias("relative_name"),
            (none if kind in ("unfiled", "filed later", "no rights") else day).alias("filed_on"),
            (day if kind in ("in order", "approved") else none).alias("home_visit_on"),
            at_times(rng, day).alias("updated_at"),
        ),
        table=RELATIVES,
    )
    return records


def _approved_by(book: Book, people: pl.DataFrame, staff: pl.Series) -> None:
    rows = pl.concat(book.rows[(DIBAO, "main")]).select(
        "id_number", "household_id", "region_code", "start_date"
    )
    rows = rows.unique("id_number", keep="first", maintain_order=True)
    cases = people.select("id_number", "full_name").join(
        rows, on="id_number", how="left", maintain_order="left"
    )
    decided = cases["start_date"] - timedelta(days=5)
    ids = numbered("YWJ", cases.height).alias("application_id")
    rng = book.city.rng("own relative")
    book.add(
        APPLICATION,
        cases.drop("start_date").with_columns(
            ids,
            pl.lit("dibao").alias("matter"),
            (decided - timedelta(days=25)).alias("accepted_on"),
            decided.alias("decided_on"),
            pl.lit("approved").alias("status"),
            pl.lit("district").alias("current_level"),
            at_times(rng, decided).alias("updated_at"),
        ),
    )
    agreed = pl.repeat("agreed", cases.height, eager=True)
    steps(book, ids, 1, "街道审核", "street", staff, decided, agreed)

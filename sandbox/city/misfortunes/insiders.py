"""Plants relatives of staff on dibao: unfiled, unvisited, approved by their own relative, or in order."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Unpack

import numpy as np
import polars as pl

from sandbox.city.ground import workdays
from sandbox.city.ground.book import ALWAYS, Book, Span
from sandbox.city.ground.fill import draw_times, number_codes
from sandbox.city.ground.later_versions import change_rows, stop_benefits
from sandbox.city.misfortunes import couples
from sandbox.city.registries import kinship, register
from sandbox.city.registries.applications import APPLICATION, add_open_cases, add_steps, staff_ids

DIBAO, RELATIVES = "civil_affairs__dibao", "staff_relative"
RULE = "insider_relative"
#: kind, people at the full city, at least. Of the first eight each is found.
_ON_DIBAO = (
    ("unfiled", 14, 1),
    ("filed later", 6, 1),
    ("unvisited", 15, 1),
    ("cadre", 10, 1),
    ("approved", 15, 1),
    ("declared later", 6, 1),
    ("ending", 4, 1),
    ("in order", 60, 3),
    ("no rights", 20, 2),
)
#: What a record of each kind lacks; "approved" and "in order" lack nothing.
_NO_DATES = ("unfiled", "filed later", "cadre", "declared later", "ending", "no rights")
_COMPLETE = ("in order", "approved")


class Declarations:
    """Hands out staff and numbers of records. Half of the staff declare relatives, the others decide."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.half = book.city.cohort("staff").height // 2
        self.used = 0

    def declare(self, people: pl.DataFrame, kind: str, since: date | None = None) -> pl.DataFrame:
        """Adds a record for each person, entered on ``since`` or long ago; returns them with record_no,
        staff_id, staff.
        """
        n, first = people.height, self.used
        self.used += n
        staff = pl.Series("staff", (first + np.arange(n)) % self.half)
        records = _record_rows(self.book, people, staff, kind, number_codes(f"BA{first:05d}", n), since)
        return people.with_columns(
            records.alias("record_no"), staff_ids(self.book).gather(staff).alias("staff_id"), staff
        )


def plant_cases(book: Book) -> None:
    """Plants 76 people who are found at the full city, and families and applicants of relatives beside
    them.
    """
    told = Declarations(book)
    for kind, full, least in _ON_DIBAO:
        # whose benefit ends leaves a family that would then be the relative's kin
        alone = kinship.without_family(book) if kind == "ending" else None
        people = book.take_people("dibao_head", book.city.n(full, least), alone)
        _on_dibao(book, told, people, kind)
    _families(book, told)
    _in_books(book, told)
    _applicants(book, told)
    others = book.city.cohort("other").tail(book.missing(DIBAO, RELATIVES))
    staff = pl.Series(np.arange(others.height) % told.half)
    # relatives who receive nothing need no record
    some = others.height // 5
    for part, kind, prefix in (
        (others.head(some), "unfiled", "BAY"),
        (others.slice(some), "in order", "BAZ"),
    ):
        _record_rows(book, part, staff.head(part.height), kind, number_codes(prefix, part.height))


def _on_dibao(book: Book, told: Declarations, people: pl.DataFrame, kind: str) -> None:
    since = book.day(3) if kind == "declared later" else None
    cases = told.declare(people, kind, since)
    if kind == "approved":
        _expect(book, cases, "own_approval", event="approval:", undue_from=_approved_by(book, cases))
    elif kind == "filed later":
        filed, visited = book.day(2), book.day(6)
        change_rows(book, DIBAO, cases["record_no"], filed, RELATIVES, filed_on=filed)
        change_rows(book, DIBAO, cases["record_no"], visited, RELATIVES, home_visit_on=visited)
        _expect(book, cases, "not_filed", until=filed)
        _expect(book, cases, "not_visited", since=filed, until=visited)
    elif kind == "ending":
        stop_benefits(book, DIBAO, cases["id_number"], book.day(4))
        _expect(book, cases, "not_filed", until=book.day(4))
    elif kind not in ("in order", "no rights"):
        _expect(book, cases, "not_visited" if kind == "unvisited" else "not_filed", since=since or ALWAYS)


def _families(book: Book, told: Declarations) -> None:
    """Plants families in which not the relative but a parent's child or a spouse draws the benefit; and
    decoys.
    """
    n = book.city.n
    for full, relation, kind, found in (
        (12, "parent", "unfiled", True),
        (10, "parent", "in order", False),
        (10, "sibling", "unfiled", False),
    ):
        heads = book.take_people("dibao_head", n(full))
        relatives = book.take_people("dibao_closed", heads.height)
        kinship.add_suspended_members(book, heads, relatives, relation)
        cases = told.declare(relatives, kind)
        if found:
            _expect(book, cases.with_columns(heads["id_number"]), "kin")
    for full, event, divorced in ((12, "marriage", False), (10, "marriage", True), (5, "reissue", False)):
        heads = book.take_people("dibao_head", n(full), kinship.without_family(book))
        spouses = kinship.take_outside_spouses(book, heads)
        on = book.dates(book.city.rng("insider couples"), heads.height, -1500, -700)
        kinship.add_certificates(book, heads, spouses, event, on)
        if divorced:
            ended = pl.repeat(book.day(-650), heads.height, dtype=pl.Date, eager=True)
            kinship.add_certificates(book, heads, spouses, "divorce", ended)
        else:
            couples.expect_marriage_change(book, heads, event, on, "spouse_missing")
        cases = told.declare(spouses, "unfiled")
        if not divorced:
            _expect(book, cases.with_columns(heads["id_number"]), "kin")


def _in_books(book: Book, told: Declarations) -> None:
    """Plants relatives in the household book of somebody on the benefit: as parent, as another, or no
    longer.
    """
    for full, relation, status, found in (
        (10, "子", "normal", True),
        (5, "其他", "normal", False),
        (5, "子", "moved_out", False),
    ):
        heads = book.take_people("dibao_head", book.city.n(full))
        relatives = book.take_people("dibao_closed", heads.height)
        books = number_codes("HB", heads.height, start=book.height(register.REGISTER) + 1)
        register.add_register_rows(book, relatives, status)
        for people, word in ((relatives, "户主"), (heads, relation)):
            of_book = pl.col("id_number").replace_strict(people["id_number"], books, return_dtype=pl.String)
            change_rows(
                book,
                register.REGISTER,
                people["id_number"],
                book.day(-3),
                household_no=of_book,
                relation_to_head=word,
                register_district="210102000000",
            )
        cases = told.declare(relatives, "unfiled")
        if found:
            _expect(book, cases.with_columns(heads["id_number"]), "kin")


def _applicants(book: Book, told: Declarations) -> None:
    """Relatives, and their husbands and wives, who apply anew: one application is decided six days on; one is
    of a relative on record, and another of those was agreed to by the relative."""
    n, first, accepted = book.city.n, 9_000_000, workdays.back(book.epoch, 5)
    for full, kind, decided, sub_type in (
        (8, "unfiled", None, "applicant"),
        (6, "unvisited", 6, "applicant"),
        (10, "in order", None, None),
        (6, "in order", 6, "own_approval"),
        (8, "unfiled", None, "applicant_kin"),
    ):
        people = book.take_people("dibao_closed", n(full))
        ids = add_open_cases(book, people, first, "dibao", accepted, decided)
        first += people.height
        relatives = people
        if sub_type == "applicant_kin":
            relatives = kinship.take_outside_spouses(book, people)
            wed = book.dates(book.city.rng("applicants' weddings"), people.height, -900, -700)
            kinship.add_marriages(book, people, relatives, wed)
        cases = told.declare(relatives, kind).with_columns(people["id_number"])
        if sub_type == "own_approval":
            day = pl.repeat(accepted, people.height, dtype=pl.Date, eager=True)
            agreed = pl.repeat("agreed", people.height, eager=True)
            add_steps(book, ids, 1, "街道审核", "street", cases["staff"], day, agreed)
        if sub_type:
            until = book.day(decided) if decided is not None else None
            event = "approval:" if sub_type == "own_approval" else "record:"
            _warn(book, cases, sub_type, event, since=accepted, until=until)


def _warn(
    book: Book, cases: pl.DataFrame, sub_type: str, event: str = "record:", **when: Unpack[Span]
) -> None:
    events = pl.select(pl.concat_str(pl.lit(event), cases["staff_id"])).to_series()
    book.expect(RULE, cases["id_number"], events, sub_type, **when)


def _expect(
    book: Book,
    cases: pl.DataFrame,
    sub_type: str,
    event: str = "record:",
    undue_from: pl.Series | None = None,
    **when: Unpack[Span],
) -> None:
    """Expects checks.

    ``undue_from``: when the relative agreed; null where no record says since when they decide.
    """
    book.expect_check(RULE, cases["id_number"], sub_type, undue_from=undue_from, **when)
    _warn(book, cases, sub_type, event, **when)


def _record_rows(
    book: Book,
    people: pl.DataFrame,
    staff: pl.Series,
    kind: str,
    records: pl.Series,
    since: date | None = None,
) -> pl.Series:
    n = people.height
    rng = book.city.rng(f"relatives {records[0] if n else kind}")
    day = book.dates(rng, n, -280, -100)
    none = pl.lit(None, dtype=pl.Date)
    members = book.city.cohort("staff")
    positions = ("社区主任", "社区副主任") if kind == "cadre" else ("街道民政助理", "区民政局科员")
    entered = pl.repeat(since, n, dtype=pl.Date, eager=True) if since else day
    book.add(
        DIBAO,
        pl.DataFrame({"record_no": records}).with_columns(
            staff_ids(book).gather(staff).alias("staff_id"),
            members["full_name"].gather(staff).alias("staff_name"),
            pl.Series(rng.choice(positions, n)).cast(pl.String).alias("staff_position"),
            pl.lit(kind not in ("no rights", "cadre")).alias("has_approval_rights"),
            people["id_number"].alias("relative_id_number"),
            people["full_name"].alias("relative_name"),
            (none if kind in _NO_DATES else day).alias("filed_on"),
            (day if kind in _COMPLETE else none).alias("home_visit_on"),
            draw_times(rng, entered).alias("updated_at"),
        ),
        table=RELATIVES,
    )
    return records


def _approved_by(book: Book, people: pl.DataFrame) -> pl.Series:
    """Adds applications, every third without a household. Returns the days on which the relative agreed."""
    rows = pl.concat(book.rows[(DIBAO, "main")]).select(
        "id_number", "household_id", "region_code", "start_date"
    )
    rows = rows.unique("id_number", keep="first", maintain_order=True)
    cases = people.select("id_number", "full_name").join(
        rows, on="id_number", how="left", maintain_order="left"
    )
    decided = cases["start_date"] - timedelta(days=5)
    ids = number_codes("YWJ", cases.height).alias("application_id")
    rng = book.city.rng("own relative")
    book.add(
        APPLICATION,
        cases.drop("start_date").with_columns(
            pl.when(pl.int_range(pl.len()) % 3 != 0).then("household_id").alias("household_id"),
            ids,
            pl.lit("dibao").alias("matter"),
            (decided - timedelta(days=25)).alias("accepted_on"),
            decided.alias("decided_on"),
            pl.lit("approved").alias("status"),
            pl.lit("district").alias("current_level"),
            draw_times(rng, decided).alias("updated_at"),
        ),
    )
    agreed = pl.repeat("agreed", cases.height, eager=True)
    add_steps(book, ids, 1, "街道审核", "street", people["staff"], decided, agreed)
    return decided

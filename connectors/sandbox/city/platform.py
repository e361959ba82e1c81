"""The sub-platforms' own records: applications and steps, authorisations, payments, liveness."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from connectors.sandbox.city import workdays
from connectors.sandbox.city.book import Book
from connectors.sandbox.city.fill import amounts, at_times, numbered

APPLICATION, STEP = "platform__application", "platform__approval_step"
PAYMENT, AUTHORISATION = "platform__payment_result", "platform__authorisation"
#: Working-day limits of the three matters, as the city announced them.
LIMITS = {"dibao": 25, "disability_allowance": 3, "child_welfare_certificate": 10}
_REMIND_BEFORE = 3


def applications(book: Book) -> None:
    """Open cases at every distance from their limit; the truth follows from the day they were accepted."""
    city = book.city
    plan = [("dibao", e, city.n(40)) for e in (26, 31, 40)]
    plan += [("dibao", e, city.n(30)) for e in (22, 23, 24, 25)]
    plan += [("dibao", e, city.n(60)) for e in (0, 5, 12)]
    plan += [("disability_allowance", e, city.n(20)) for e in (0, 1, 3, 4, 9)]
    plan += [("child_welfare_certificate", e, city.n(20)) for e in (2, 6, 7, 10, 11, 15)]
    people = book.city.cohort("other")
    first = 0
    for matter, elapsed, n in plan:
        some = people.slice(first, n)
        accepted = workdays.back(book.epoch, elapsed)
        ids = numbered("YW", n, start=first + 1)
        _open_cases(book, some, ids, matter, accepted)
        first += n
    _decided(book, people.slice(first))


def _open_cases(book: Book, people: pl.DataFrame, ids: pl.Series, matter: str, accepted: date) -> None:
    rng = book.city.rng(f"open {matter} {accepted}")
    day = pl.repeat(accepted, people.height, eager=True)
    book.add(
        APPLICATION,
        people.select("id_number", "full_name").with_columns(
            ids.alias("application_id"),
            pl.lit(matter).alias("matter"),
            day.alias("accepted_on"),
            pl.lit("open").alias("status"),
            pl.lit(None, dtype=pl.Date).alias("decided_on"),
            at_times(rng, day).alias("updated_at"),
            pl.lit("street").alias("current_level"),
        ),
    )
    limit = LIMITS[matter]
    remind = workdays.nth(accepted, max(limit - _REMIND_BEFORE, 0))
    overdue = workdays.nth(accepted, limit + 1)
    book.expect("overdue_task", ids, "task", "remind", since=remind, until=overdue)
    book.expect("overdue_task", ids, "task", "overdue", since=overdue)


def _decided(book: Book, people: pl.DataFrame) -> None:
    rng = book.city.rng("decided")
    people = people.head(book.missing(APPLICATION))
    n = people.height
    ids = numbered("YWB", n)
    accepted = book.dates(rng, n, -200, -40)
    decided = pl.select(accepted + timedelta(days=20)).to_series()
    book.add(
        APPLICATION,
        people.select("id_number", "full_name").with_columns(
            ids.alias("application_id"),
            accepted.alias("accepted_on"),
            decided.alias("decided_on"),
            pl.lit("approved").alias("status"),
            at_times(rng, decided).alias("updated_at"),
        ),
    )
    staff = book.city.cohort("staff")
    steps = max(0, book.missing(STEP))
    case = pl.Series(range(steps)) // 2
    book.add(
        STEP,
        pl.DataFrame(
            {
                "application_id": ids.gather(case % max(n, 1)),
                "step_no": pl.Series(range(steps)) % 2 + 1,
                "staff_id": numbered("JB", staff.height).gather(case % staff.height),
                "staff_name": staff["full_name"].gather(case % staff.height),
                "step_name": pl.repeat("街道审核", steps, eager=True),
                "result": pl.repeat("agreed", steps, eager=True),
            }
        ),
    )


def insiders(book: Book) -> None:
    """Relatives of staff on dibao: unfiled, unvisited, approved by their own relative, or all in order."""
    city, rng = book.city, book.city.rng("insiders")
    staff = city.cohort("staff")
    n_unfiled, n_unvisited, n_self = city.n(20, 1), city.n(15, 1), city.n(15, 1)
    groups = {
        "unfiled": book.take("dibao_head", n_unfiled),
        "unvisited": book.take("dibao_head", n_unvisited),
        "approved": book.take("dibao_head", n_self),
        "in_order": book.take("dibao_head", city.n(60, 3)),
        "no_rights": book.take("dibao_head", city.n(20, 2)),
    }
    first = 0
    for kind, people in groups.items():
        n = people.height
        day = book.dates(rng, n, -280, -100)
        index = [(first + i) % staff.height for i in range(n)]
        none = pl.lit(None, dtype=pl.Date)
        book.add(
            "civil_affairs__dibao",
            pl.DataFrame(
                {
                    "record_no": numbered(f"BA{first:05d}", n),
                    "staff_id": numbered("JB", staff.height).gather(index),
                    "staff_name": staff["full_name"].gather(index),
                    "has_approval_rights": pl.repeat(kind != "no_rights", n, eager=True),
                    "relative_id_number": people["id_number"],
                    "relative_name": people["full_name"],
                    "relation": pl.repeat("兄弟姐妹", n, eager=True),
                }
            ).with_columns(
                (none if kind in ("unfiled", "no_rights") else day).alias("filed_on"),
                (none if kind in ("unfiled", "unvisited", "no_rights") else day).alias("home_visit_on"),
            ),
            table="staff_relative",
        )
        if kind in ("unfiled", "unvisited", "approved"):
            book.expect_check("insider_relative", people["id_number"])
        if kind == "approved":
            _approved_by(
                book, people, numbered("JB", staff.height).gather(index), staff["full_name"].gather(index)
            )
        first += n
    n = book.missing("civil_affairs__dibao", "staff_relative")
    others = city.cohort("other").tail(n)
    index = [i % staff.height for i in range(n)]
    day = book.dates(rng, n, -280, -100)
    book.add(
        "civil_affairs__dibao",
        pl.DataFrame(
            {
                "record_no": numbered("BAZ", n),
                "staff_id": numbered("JB", staff.height).gather(index),
                "staff_name": staff["full_name"].gather(index),
                "relative_id_number": others["id_number"],
                "relative_name": others["full_name"],
                "relation": pl.repeat("父母", n, eager=True),
            }
        ).with_columns(day.alias("filed_on"), day.alias("home_visit_on")),
        table="staff_relative",
    )


def _approved_by(book: Book, people: pl.DataFrame, staff_id: pl.Series, staff_name: pl.Series) -> None:
    members = pl.concat(book.rows[("civil_affairs__dibao", "main")]).select("id_number", "household_id")
    rows = people.join(
        members.unique(subset="id_number", maintain_order=True),
        on="id_number",
        how="left",
        maintain_order="left",
    )
    n = people.height
    ids = numbered("YWJ", n)
    accepted = book.dates(book.city.rng("own relative"), n, -290, -285)
    decided = pl.select(accepted + timedelta(days=20)).to_series()
    book.add(
        APPLICATION,
        rows.select("id_number", "full_name", "household_id").with_columns(
            ids.alias("application_id"),
            pl.lit("dibao").alias("matter"),
            accepted.alias("accepted_on"),
            decided.alias("decided_on"),
            pl.lit("approved").alias("status"),
        ),
    )
    book.add(
        STEP,
        pl.DataFrame(
            {
                "application_id": ids,
                "step_no": pl.repeat(1, n, eager=True),
                "staff_id": staff_id,
                "staff_name": staff_name,
                "step_name": pl.repeat("街道审核", n, eager=True),
                "result": pl.repeat("agreed", n, eager=True),
            }
        ),
    )


def payments(book: Book, dead: pl.DataFrame) -> None:
    """The last two pay months of people on dibao, and every month since death for those paid after it."""
    rng = book.city.rng("payments")
    months = [book.epoch.replace(day=1), (book.epoch.replace(day=1) - timedelta(days=1)).replace(day=1)]
    paid = pl.concat(
        [
            dead.select(
                "id_number",
                "full_name",
                pl.col("died").dt.month_start().dt.offset_by(f"{k}mo").alias("pay_month"),
            )
            for k in range(1, 8)
        ]
    ).filter(pl.col("pay_month") <= months[0])
    people = book.city.cohort(
        "dibao_head", "dibao_spouse", "dibao_parent", "care", "old_age", "tekun", "low_income"
    )
    people = people.filter(~pl.col("id_number").is_in(dead["id_number"].to_list()))
    room = max(0, book.city.n(300_000) - paid.height)
    normal = pl.concat(
        [people.select("id_number", "full_name", pl.lit(m).alias("pay_month")) for m in months]
    ).head(room)
    rows = pl.concat([paid, normal])
    n = rows.height
    on = pl.select(rows["pay_month"] + timedelta(days=8)).to_series()
    on = pl.select(pl.min_horizontal(on, pl.lit(book.epoch))).to_series()
    book.add(
        PAYMENT,
        rows.rename({"full_name": "payee_name"}).with_columns(
            numbered("FF", n).alias("payment_id"),
            amounts(rng, n, 100, 700).alias("amount"),
            on.alias("paid_on"),
            at_times(rng, on).alias("updated_at"),
            pl.lit("paid").alias("result"),
        ),
    )


def asked(book: Book) -> pl.DataFrame:
    """The 13,000 people (full city) whose economic situation is due to be checked, as authorised."""
    return book.city.cohort("dibao_head").head(book.city.n(13_000, 8))


def authorisations(book: Book) -> None:
    city, rng = book.city, book.city.rng("authorisations")
    due = asked(book)
    heads = city.cohort("dibao_head").slice(due.height).head(city.n(70_000))
    gone = city.cohort("dibao_closed").head(city.n(15_000))
    for people, prefix, scope, until, check in (
        (due, "SQA", "all", None, (-20, 0)),
        (heads, "SQB", "all", None, (40, 300)),
        (gone, "SQC", "government_only", book.day(-35), (-60, -36)),
    ):
        start = book.dates(rng, people.height, -280, -120)
        book.add(
            AUTHORISATION,
            people.select("id_number", "full_name").with_columns(
                numbered(prefix, people.height).alias("authorisation_id"),
                pl.lit(scope).alias("scope"),
                start.alias("authorised_from"),
                pl.lit(until, dtype=pl.Date).alias("authorised_until"),
                book.dates(rng, people.height, *check).alias("check_due_on"),
                at_times(rng, start).alias("updated_at"),
            ),
        )

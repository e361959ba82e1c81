"""The platform's own records about people: authorisations, payments, liveness."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from connectors.sandbox.city.book import Book
from connectors.sandbox.city.fill import at_times, numbered

PAYMENT, AUTHORISATION = "platform__payment_result", "platform__authorisation"
LIVENESS = "platform__liveness_confirmation"
#: Benefits whose recipients must show at times that they are alive.
PROVING = ("tekun", "old_age")
_PAY_DAY = 9
#: Paid every month to everybody; the others are still paid by some counties' own systems.
_MONTHLY = ("dibao", "tekun", "orphan")
_OTHER = ("disability_living", "disability_care", "old_age")


def _pay_months(epoch: date) -> tuple[date, date]:
    """The last two months whose pay-day lies behind the epoch, the later one first."""
    last = epoch.replace(day=1)
    if epoch.day < _PAY_DAY + 4:
        last = (last - timedelta(days=1)).replace(day=1)
    return last, (last - timedelta(days=1)).replace(day=1)


def payments(book: Book, dead: pl.DataFrame) -> None:
    """The last two pay months of every case, and every month since the death of those paid after it."""
    rng = book.city.rng("payments")
    last, before = _pay_months(book.epoch)
    held = book.enrolments().filter(pl.col("benefit") != "low_income")
    died = held.join(dead.select("id_number", "died"), on="id_number", how="inner", maintain_order="left")
    months = pl.DataFrame({"pay_month": [_earlier(last, k) for k in range(8)]})
    since_death = (
        died.join(months, how="cross", maintain_order="left")
        .filter(pl.col("pay_month") > pl.col("died").dt.month_start())
        .drop("died")
    )
    alive = held.join(dead.select("id_number"), on="id_number", how="anti", maintain_order="left")
    monthly = alive.filter(pl.col("benefit").is_in(_MONTHLY))
    recent = pl.concat(
        [monthly.with_columns(pl.lit(m, dtype=pl.Date).alias("pay_month")) for m in (last, before)]
    )
    others = alive.filter(pl.col("benefit").is_in(_OTHER)).with_columns(
        pl.lit(before, dtype=pl.Date).alias("pay_month")
    )
    room = book.missing(PAYMENT) - since_death.height - recent.height
    rows = pl.concat([since_death, recent, others.head(max(10, room))])
    n = rows.height
    fate = pl.Series(rng.random(n))
    settled = pl.Series(np.arange(n) < since_death.height)
    on = pl.select(rows["pay_month"] + pl.duration(days=_PAY_DAY - 1)).to_series().cast(pl.Date)
    tail = (rows["id_number"].str.slice(8, 9).cast(pl.Int64) % 10_000).cast(pl.String).str.zfill(4)
    book.add(
        PAYMENT,
        rows.select(
            "id_number",
            "case_id",
            "amount",
            "pay_month",
            pl.col("full_name").alias("payee_name"),
            pl.col("benefit").alias("benefit_type"),
        ).with_columns(
            numbered("FF", n).alias("payment_id"),
            pl.concat_str(pl.lit("*" * 12), tail).alias("account_no"),
            on.alias("paid_on"),
            at_times(rng, on).alias("updated_at"),
            pl.when(settled | (fate > 0.015))
            .then(pl.lit("paid"))
            .when(fate > 0.005)
            .then(pl.lit("returned"))
            .otherwise(pl.lit("pending"))
            .alias("result"),
        ),
    )


def _earlier(month: date, k: int) -> date:
    """``k`` months before ``month``."""
    index = month.year * 12 + month.month - 1 - k
    return date(index // 12, index % 12 + 1, 1)


def liveness(book: Book, settled: pl.Series) -> None:
    """Whoever has to has shown to be alive, lately enough for all days the city is asked; others at any
    time. Of the ``settled`` nothing is said here."""
    rng = book.city.rng("liveness")
    people = book.people(book.enrolments()["id_number"])
    people = people.filter(~pl.col("id_number").is_in(settled.implode()))
    proving = pl.col("id_number").is_in(book.enrolments(*PROVING)["id_number"].implode())
    own, others = people.filter(proving), people.filter(~proving)
    room = max(0, book.missing(LIVENESS) - own.height)
    others = others[rng.permutation(others.height)].head(room)
    days = [book.dates(rng, own.height, -140, -5), book.dates(rng, others.height, -170, -5)]
    people, when = pl.concat([own, others]), at_times(rng, pl.concat(days))
    book.add(
        LIVENESS,
        people.select("id_number", "full_name").with_columns(
            numbered("RD", people.height).alias("confirmation_id"),
            when.alias("confirmed_at"),
            when.alias("updated_at"),
        ),
    )


def _signed_for(book: Book) -> pl.DataFrame:
    """People on dibao or low income, whole households together, then people on tekun; once each."""
    parts = []
    for feed_id in ("civil_affairs__dibao", "civil_affairs__low_income"):
        rows = pl.concat(book.rows[(feed_id, "main")]).filter(pl.col("status") == "active")
        parts.append(rows.select("id_number", "full_name", "household_id", pl.lit(feed_id).alias("feed")))
    alone = book.enrolments("tekun").select(
        "id_number", "full_name", pl.col("case_id").alias("household_id"), pl.lit("tekun").alias("feed")
    )
    everybody = pl.concat([*parts, alone]).unique("id_number", keep="first", maintain_order=True)
    return everybody.sort("household_id", maintain_order=True)


def asked(book: Book) -> pl.DataFrame:
    """The 13,000 people (full city) whose economic situation is due to be checked, as authorised."""
    everybody = _signed_for(book)
    total = book.city.n(13_000, 20)
    low, alone = total // 9, total // 26
    counts = {
        "civil_affairs__dibao": total - low - alone,
        "civil_affairs__low_income": low,
        "tekun": alone,
    }
    return pl.concat([everybody.filter(pl.col("feed") == feed).head(n) for feed, n in counts.items()])


def authorisations(book: Book) -> None:
    """Due ones, later ones, some for government sources only, and some that have ended."""
    city, rng = book.city, book.city.rng("authorisations")
    due = asked(book)
    others = _signed_for(book).join(
        due.select("id_number"), on="id_number", how="anti", maintain_order="left"
    )
    gone = city.cohort("dibao_closed").head(city.n(15_000))
    gone = gone.with_columns(numbered("DBX", gone.height).alias("household_id"))
    later = others.head(max(10, book.missing(AUTHORISATION) - due.height - gone.height))
    some = later.height // 12
    for people, prefix, scope, until, check in (
        (due, "SQA", "all", None, (-20, -5)),
        (later.slice(some), "SQB", "all", None, (40, 300)),
        (later.head(some), "SQC", "government_only", None, (40, 300)),
        (gone, "SQD", "all", book.day(-36), (-60, -38)),
    ):
        start = book.dates(rng, people.height, -280, -120)
        book.add(
            AUTHORISATION,
            people.select("id_number", "full_name", "household_id").with_columns(
                numbered(prefix, people.height).alias("authorisation_id"),
                pl.lit(scope).alias("scope"),
                start.alias("authorised_from"),
                pl.lit(until, dtype=pl.Date).alias("authorised_until"),
                book.dates(rng, people.height, *check).alias("check_due_on"),
                at_times(rng, start).alias("updated_at"),
            ),
        )

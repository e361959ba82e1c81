"""Fills the platform's own records about people: authorisations, payments, liveness."""

from __future__ import annotations

import polars as pl

from sandbox.city.ground.book import Book
from sandbox.city.ground.fill import draw_times, number_codes

AUTHORISATION, LIVENESS = "platform__authorisation", "platform__liveness_confirmation"
#: Benefits whose recipients must show at times that they are alive; on dibao one of each family must.
PROVING = ("tekun", "old_age")
DIBAO = "civil_affairs__dibao"


def fill_liveness(book: Book, settled: pl.Series) -> None:
    """Adds proofs of life, recent enough for all served days, for everybody who must give one.

    Others, not on dibao, have one at any time. Nothing is added about the ``settled``.
    """
    rng = book.city.rng("liveness")
    people = book.people(book.enrolments()["id_number"])
    people = people.filter(~pl.col("id_number").is_in(settled.implode()))
    proving = pl.concat([book.enrolments(*PROVING)["id_number"], _for_families(book, settled)]).implode()
    own, others = people.filter(pl.col("id_number").is_in(proving)), people
    asked = book.enrolments("dibao", *PROVING)["id_number"].implode()
    others = others.filter(~pl.col("id_number").is_in(asked))
    room = max(0, book.missing(LIVENESS) - own.height)
    others = others[rng.permutation(others.height)].head(room)
    days = [book.dates(rng, own.height, -140, -5), book.dates(rng, others.height, -170, -5)]
    people, when = pl.concat([own, others]), draw_times(rng, pl.concat(days))
    book.add(
        LIVENESS,
        people.select("id_number", "full_name").with_columns(
            number_codes("RD", people.height).alias("confirmation_id"),
            when.alias("confirmed_at"),
            when.alias("updated_at"),
        ),
    )


def _for_families(book: Book, settled: pl.Series) -> pl.Series:
    """Returns one of each family on dibao who can be seen: the first entered, or in every other family the
    last.
    """
    rows = pl.concat(book.rows[(DIBAO, "main")]).filter(pl.col("_published_on") <= book.epoch)
    rows = rows.sort("updated_at", maintain_order=True).unique("member_id", keep="last", maintain_order=True)
    rows = rows.sort("member_id").filter(
        ~pl.col("id_number").is_in(settled.implode()) & (pl.col("status") == "active")
    )
    odd = pl.col("household_id").str.slice(-1).is_in(["1", "3", "5", "7", "9"])
    parts = [rows.filter(~odd).unique("household_id", keep="first", maintain_order=True)]
    parts.append(rows.filter(odd).unique("household_id", keep="last", maintain_order=True))
    return pl.concat(parts)["id_number"]


def _signed_for(book: Book) -> pl.DataFrame:
    """Returns people on dibao or low income, whole households together, then people on tekun; each once."""
    parts = []
    for feed_id in ("civil_affairs__dibao", "civil_affairs__low_income"):
        rows = pl.concat(book.rows[(feed_id, "main")]).filter(pl.col("status") == "active")
        parts.append(rows.select("id_number", "full_name", "household_id", pl.lit(feed_id).alias("feed")))
    alone = book.enrolments("tekun").select(
        "id_number", "full_name", pl.col("case_id").alias("household_id"), pl.lit("tekun").alias("feed")
    )
    everybody = pl.concat([*parts, alone]).unique("id_number", keep="first", maintain_order=True)
    return everybody.sort("household_id", maintain_order=True)


def people_asked(book: Book) -> pl.DataFrame:
    """Returns the 13,000 people (full city) whose economic situation is due to be checked, as authorised.

    Families with something planted come first: in a very small city they are all there are.
    """
    everybody = _signed_for(book)
    planted = everybody.filter(pl.col("household_id").is_in(book.checked_households))
    others = everybody.filter(~pl.col("household_id").is_in(book.checked_households))
    total = book.city.n(13_000, 20)
    low, alone = total // 9, total // 26
    counts = {
        "civil_affairs__dibao": total - low - alone,
        "civil_affairs__low_income": low,
        "tekun": alone,
    }
    parts = [planted]
    for feed, n in counts.items():
        there = planted.filter(pl.col("feed") == feed).height
        parts.append(others.filter(pl.col("feed") == feed).head(max(0, n - there)))
    return pl.concat(parts)


def fill_authorisations(book: Book) -> None:
    """Adds authorisations: due ones, later ones, some for government sources only, and some that have
    ended.
    """
    city, rng = book.city, book.city.rng("authorisations")
    due = people_asked(book)
    others = _signed_for(book).join(
        due.select("id_number"), on="id_number", how="anti", maintain_order="left"
    )
    gone = city.cohort("dibao_closed").head(city.n(15_000))
    gone = gone.with_columns(number_codes("DBX", gone.height).alias("household_id"))
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
                number_codes(prefix, people.height).alias("authorisation_id"),
                pl.lit(scope).alias("scope"),
                start.alias("authorised_from"),
                pl.lit(until, dtype=pl.Date).alias("authorised_until"),
                book.dates(rng, people.height, *check).alias("check_due_on"),
                draw_times(rng, start).alias("updated_at"),
            ),
        )

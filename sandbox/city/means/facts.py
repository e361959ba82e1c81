"""Fills the feeds that no rule reads to their declared size, for people of every kind."""

from __future__ import annotations

import numpy as np
import polars as pl

from connectors.catalogue import Table, load_catalogue
from sandbox.city.ground.book import Book
from sandbox.city.ground.fill import certificates, draw_amounts, number_codes
from sandbox.city.ground.words import prefix_of
from sandbox.city.means import funds, homes, incomes
from sandbox.city.misfortunes.disability import CERTIFICATE
from sandbox.city.registries.registries import ALLOWANCE

#: Feeds whose rows about people on dibao, low income or tekun are all planted.
_PLANTED = (*incomes.PLANTED, homes.CONTRACT, funds.PROVINCE)
SERVICE = "disabled_federation__employment_rehabilitation"
_POOL = ("dibao_head", "dibao_spouse", "care", "other", "tekun", "low_income", "husband")
#: Yuan a month (or a year, for what is paid once) where the usual 50 to 5,000 would look odd.
_AMOUNTS = {
    "basic_pension": (110, 140),
    "pension_amount": (1500, 3800),
    "contribution_base": (3200, 9000),
    "monthly_wage": (1810, 6500),
    "monthly_salary": (3000, 9500),
    "benefit_amount": (1300, 1500),
    "price": (180_000, 1_900_000),
    "subscribed_capital": (30_000, 2_000_000),
}


def fill_up_certificates(book: Book) -> None:
    """Adds certificates of all with an allowance who have none yet, then of others; services for some
    holders.
    """
    city, rng = book.city, book.city.rng("certificates")
    allowed = pl.concat(book.rows[(ALLOWANCE, "main")]).select("id_number", "full_name", "status")
    has_one = pl.concat(book.rows[(CERTIFICATE, "main")])["id_number"]
    allowed = allowed.filter(~pl.col("id_number").is_in(has_one.implode()))
    allowed = allowed.sort("status", maintain_order=True).unique(
        "id_number", keep="first", maintain_order=True
    )
    wanted = book.missing(CERTIFICATE)
    active = allowed.filter(pl.col("status") == "active")
    ended = allowed.filter(pl.col("status") != "active").head(max(0, wanted - active.height))
    others = city.cohort("other").head(max(0, wanted - active.height - ended.height))
    _certificate_rows(book, active, "valid", severe=True)
    # whose allowance has ended has often lost the certificate: no benefit depends on it any more
    half = ended.height // 2
    for part, status in ((ended.head(half), "cancelled"), (ended.slice(half), "expired")):
        _certificate_rows(book, part, status, severe=True)
    _certificate_rows(book, others, "valid", severe=False)
    served = active[rng.permutation(active.height)].head(book.missing(SERVICE))
    number = certificates(served["id_number"], severe=True)["certificate_no"]
    book.add(SERVICE, served.select("full_name").with_columns(number))


def _certificate_rows(book: Book, people: pl.DataFrame, status: str, *, severe: bool) -> None:
    rng = book.city.rng(f"certificates {book.height(CERTIFICATE)}")
    made = certificates(people["id_number"], severe=severe)
    columns = {c.name: c for c in load_catalogue()[CERTIFICATE].table("main").columns}
    issued = book.dates(rng, people.height, -3000, -650)
    years = 365 * 10 if status == "valid" else 365
    until = pl.select((issued.cast(pl.Int32) + years).cast(pl.Date)).to_series()
    book.add(
        CERTIFICATE,
        people.select("id_number", "full_name").with_columns(
            made["certificate_no"],
            *(
                made[name].replace_strict(columns[name].codes or {}).alias(name)
                for name in ("disability_class", "disability_level")
            ),
            pl.lit(status).alias("certificate_status"),
            issued.alias("issued_on"),
            until.alias("valid_until"),
        ),
    )


def fill_up_facts(book: Book) -> None:
    """Adds rows to every table that has none yet, up to its declared size."""
    adult = pl.col("birth_date") < pl.lit(book.epoch) - pl.duration(days=22 * 365)
    pools = book.city.cohort(*_POOL).filter(adult)
    watched = book.enrolments("dibao", "low_income", "tekun")["id_number"].implode()
    unwatched = pools.filter(~pl.col("id_number").is_in(watched))
    for feed_id, feed in load_catalogue().items():
        for table in feed.tables:
            if (feed_id, table.name) in book.rows and feed_id not in _PLANTED:
                continue
            n = max(book.missing(feed_id, table.name), 4)
            rng = book.city.rng("facts " + feed_id)
            some = unwatched if feed_id in _PLANTED else pools
            people = some[rng.permutation(some.height)[np.arange(n) % some.height]]
            book.add(feed_id, _person_columns(table, people, rng), table=table.name)


def _person_columns(table: Table, people: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    n = people.height
    columns: list[pl.Series] = []
    for column in table.columns:
        name = column.name
        if column.type == "name":
            columns.append(people["full_name"].alias(name))
        elif column.type == "id_number":
            columns.append(people["id_number"].alias(name))
        elif column.type == "certificate_no":
            columns.append(certificates(people["id_number"], severe=False)["certificate_no"].alias(name))
        elif name in table.key and column.type == "text":
            columns.append(number_codes(prefix_of(name), n).alias(name))
        elif name in _AMOUNTS:
            columns.append(draw_amounts(rng, n, *_AMOUNTS[name]).alias(name))
        elif name == "benefit_end_month" or name.endswith(("_until", "ended_on")):
            columns.append(pl.repeat(None, n, dtype=pl.Date, eager=True).alias(name))
        elif name == "injury_grade":
            columns.append(pl.Series(name, rng.integers(1, 11, n)))
    return pl.DataFrame(columns)

"""What departments and banks answer about the people civil affairs asks about."""

from __future__ import annotations

import numpy as np
import polars as pl

from connectors.catalogue import Table, load_catalogue
from connectors.sandbox.city.book import Book
from connectors.sandbox.city.fill import certificates, numbered
from connectors.sandbox.city.platform import asked

#: Of everybody asked: no answer at all, answered a day late, nothing on record.
_MISSING, _LATE, _NONE = 0.01, 0.03, 0.45
#: Columns that say who was asked; all others are empty when nothing is on record.
_WHO = {
    "id_number",
    "full_name",
    "owner_name",
    "answer",
    "request_id",
    "sequence_no",
    "id_type",
    "queried_on",
}


def replies(book: Book) -> None:
    people = asked(book)
    for feed_id, feed in load_catalogue().items():
        if feed.mode != "query_reply":
            continue
        rng = book.city.rng("reply " + feed_id)
        fate = pl.Series(rng.random(people.height))
        answered = people.with_columns(fate.alias("fate")).filter(pl.col("fate") >= _MISSING)
        name = "owner_name" if feed.tables[0].columns[1].name == "owner_name" else "full_name"
        given = answered.select(
            "id_number",
            pl.col("full_name").alias(name),
            pl.when(pl.col("fate") < _MISSING + _LATE)
            .then(pl.lit(book.day(1)))
            .otherwise(pl.lit(book.day(-5)))
            .alias("_published_on"),
            pl.when(pl.Series(rng.random(answered.height)) < _NONE)
            .then(pl.lit("none"))
            .otherwise(pl.lit("found"))
            .alias("answer"),
        )
        table = feed.tables[0]
        keys = [c for c in table.key if c not in _WHO and table.column(c).type == "text"]
        given = given.with_columns(
            numbered(feed.department_code[:6].upper().replace("_", ""), given.height).alias(k) for k in keys
        )
        for column in ("queried_on", "valued_on"):
            if column in [c.name for c in table.columns]:
                given = given.with_columns(pl.lit(book.day(-1)).alias(column))
        book.add(feed_id, given)
        frames = book.rows[(feed_id, "main")]
        frames[-1] = _emptied(frames[-1])


def _emptied(frame: pl.DataFrame) -> pl.DataFrame:
    facts = [c for c in frame.columns if c not in _WHO and not c.startswith("_")]
    return frame.with_columns(
        pl.when(pl.col("answer") == "none").then(None).otherwise(pl.col(c)).alias(c) for c in facts
    )


def facts_of(book: Book) -> None:
    """Feeds that no rule built so far reads: filled to their declared size for people of every kind."""
    pools = book.city.cohort("dibao_head", "dibao_spouse", "care", "other", "tekun", "low_income")
    for feed_id, feed in load_catalogue().items():
        for table in feed.tables:
            if (feed_id, table.name) in book.rows:
                continue
            n = max(book.missing(feed_id, table.name), 4)
            rng = book.city.rng("facts " + feed_id)
            people = pools[rng.permutation(pools.height)[np.arange(n) % pools.height]]
            book.add(feed_id, _person_columns(feed_id, table, people, rng), table=table.name)


def _person_columns(
    feed_id: str, table: Table, people: pl.DataFrame, rng: np.random.Generator
) -> pl.DataFrame:
    frame = pl.DataFrame({"n": range(people.height)})
    for column in table.columns:
        if column.type == "name":
            frame = frame.with_columns(people["full_name"].alias(column.name))
        elif column.type == "id_number":
            frame = frame.with_columns(people["id_number"].alias(column.name))
        elif column.type == "certificate_no":
            made = certificates(rng, people["id_number"])
            frame = frame.with_columns(made["certificate_no"].alias(column.name))
            names = {c.name: c for c in table.columns}
            for digit, target in (("c", "disability_class"), ("l", "disability_level")):
                codes = names[target].codes if target in names else None
                if codes:
                    frame = frame.with_columns(made[digit].replace_strict(codes).alias(target))
        elif column.name in table.key and column.type == "text":
            prefix = "".join(part[0] for part in feed_id.split("_") if part).upper()
            frame = frame.with_columns(numbered(prefix, people.height).alias(column.name))
        elif column.name.endswith(("_until", "ended_on", "benefit_end_month")):
            frame = frame.with_columns(pl.lit(None, dtype=pl.Date).alias(column.name))
    return frame.drop("n")


def marriages(book: Book) -> None:
    """Couples, then divorces and re-issues among them, up to the declared size."""
    feed = "civil_affairs__marriage"
    people = book.city.cohort("couple")
    men, women = people.filter("male"), people.filter(~pl.col("male"))
    pairs = min(men.height, women.height)
    n = book.city.n(1_600_000, 8)
    rng = book.city.rng("marriages")
    index = np.concatenate([np.arange(pairs), rng.integers(0, pairs, max(0, n - pairs))])[:n]
    later = np.arange(n) >= pairs
    kind = np.where(later, np.where(rng.random(n) < 0.7, "reissue", "divorce"), "marriage")
    book.add(
        feed,
        pl.DataFrame(
            {
                "certificate_no": numbered("HY", n),
                "event_type": kind,
                "registered_on": book.dates(rng, n, -2900, -4),
                "husband_id_number": men["id_number"].gather(index),
                "husband_name": men["full_name"].gather(index),
                "wife_id_number": women["id_number"].gather(index),
                "wife_name": women["full_name"].gather(index),
            }
        ),
    )

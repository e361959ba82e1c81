"""Invents what departments and banks answer about the people civil affairs asks about."""

from __future__ import annotations

import numpy as np
import polars as pl

from connectors.catalogue import Feed, Table, load_catalogue
from sandbox.city.answers.checked_families import finance_feeds
from sandbox.city.ground.book import Book
from sandbox.city.ground.divisions import CITY
from sandbox.city.ground.fill import draw_times, number_codes
from sandbox.city.misfortunes.harmless import harmless_columns
from sandbox.city.registries.platform import people_asked

#: Of everybody asked: no answer at all, answered a day late.
_MISSING, _LATE = 0.01, 0.03
#: Share of the people asked of whom something is on record; banks not named: a sixth.
_FOUND = {
    "finance__icbc": 0.5,
    "finance__ccb": 0.45,
    "finance__abc": 0.45,
    "finance__psbc": 0.4,
    "finance__shengjing": 0.5,
    "finance__shenyang_rural_commercial": 0.35,
    "housing__real_estate_title": 0.5,
    "provident_fund__city_centre": 0.2,
    "public_security__exit_entry": 0.1,
    "public_security__vehicle": 0.15,
}
_FOUND_ELSEWHERE = 1 / 6
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
#: What a poor family has in all banks, funds and policies together, in yuan a head: no limit is near.
_MEANS = 2400


def fill_replies(book: Book) -> None:
    """Adds the answers of all query-reply feeds: what is planted, and harmless facts about everybody else."""
    people = people_asked(book).with_columns(pl.col("household_id").is_first_distinct().alias("_first"))
    banks = finance_feeds()
    rng = book.city.rng("means")
    shares = rng.gamma(0.4, size=(people.height, len(banks))) + 1e-9
    shares = shares / shares.sum(axis=1, keepdims=True)
    for feed_id, feed in load_catalogue().items():
        if feed.mode == "query_reply":
            means = shares[:, banks.index(feed_id)] * _MEANS if feed_id in banks else np.zeros(people.height)
            _reply(book, feed_id, feed, people.with_columns(pl.Series("_means", means)))
            for planted in book.answers.get(feed_id, []):
                book.add(feed_id, planted, purpose="planted")


def _reply(book: Book, feed_id: str, feed: Feed, people: pl.DataFrame) -> None:
    """Returns one row for each person with nothing on record, one or more for the others, none for the
    missing.
    """
    rng = book.city.rng("reply " + feed_id)
    quiet = pl.col("id_number").is_in(list(book.silent_people.get(feed_id, ())))
    told = {i for frame in book.answers.get(feed_id, []) for i in frame["id_number"]}
    nothing = people.filter(quiet & ~pl.col("id_number").is_in(list(told)))
    rows = pl.concat([_answered(rng, feed_id, people.filter(~quiet)), _nothing(nothing)])
    rows = rows.sort("id_number", maintain_order=True)
    table = feed.tables[0]
    name = "owner_name" if "owner_name" in {c.name for c in table.columns} else "full_name"
    given = rows.select(
        "id_number",
        pl.col("full_name").alias(name),
        (pl.lit(book.epoch).cast(pl.Int32) + pl.col("_offset")).cast(pl.Date).alias("_published_on"),
        pl.when("_found").then(pl.lit("found")).otherwise(pl.lit("none")).alias("answer"),
    ).with_columns(_details(book, rng, table, rows))
    book.add(feed_id, given)
    frames = book.rows[(feed_id, "main")]
    frames[-1] = _emptied(frames[-1])


def _answered(rng: np.random.Generator, feed_id: str, people: pl.DataFrame) -> pl.DataFrame:
    """Returns who is answered with what, in time or a day late; some are answered a second time
    (``_nth``).
    """
    n = people.height
    order = rng.permutation(n)
    late, missing = max(1, round(n * _LATE)), max(1, round(n * _MISSING))
    published = np.full(n, -5)
    published[order[:late]] = 1
    frame = people.with_columns(
        pl.Series(published).cast(pl.Int32).alias("_offset"),
        pl.Series(rng.random(n) < _FOUND.get(feed_id, _FOUND_ELSEWHERE)).alias("_found"),
    )
    answered = frame[np.sort(order[: n - missing])]
    known = answered.filter("_found")
    second = known[np.sort(rng.permutation(known.height)[: max(0, n - answered.height)])]
    rows = pl.concat([answered, second]).sort("id_number", maintain_order=True)
    return rows.with_columns(pl.int_range(pl.len()).over("id_number").cast(pl.Int64).alias("_nth"))


def _nothing(people: pl.DataFrame) -> pl.DataFrame:
    return people.with_columns(
        pl.lit(-5, dtype=pl.Int32).alias("_offset"),
        pl.lit(False).alias("_found"),
        pl.lit(0, dtype=pl.Int64).alias("_nth"),
    )


def _details(book: Book, rng: np.random.Generator, table: Table, rows: pl.DataFrame) -> list[pl.Series]:
    n = rows.height
    columns = harmless_columns(book, rng, {c.name for c in table.columns}, rows)
    for column in table.columns:
        if column.name in ("queried_on", "valued_on"):
            columns.append(pl.repeat(book.day(-5), n, dtype=pl.Date, eager=True).alias(column.name))
        elif column.type == "account":
            # the second account of a person never ends like the first
            tail = (pl.Series(rng.integers(0, 10_000, n)) // 10 * 10 + rows["_nth"]) % 10_000
            text = pl.concat_str(pl.lit("*" * 12), tail.cast(pl.String).str.zfill(4))
            columns.append(pl.select(text.alias(column.name)).to_series())
        elif column.name == "owner_share":
            share = pl.Series(rng.choice([1.0, 1.0, 0.5, 0.25], n)).cast(pl.Decimal(12, 4))
            columns.append(share.alias(column.name))
    return columns


def _emptied(frame: pl.DataFrame) -> pl.DataFrame:
    facts = [c for c in frame.columns if c not in _WHO and not c.startswith("_")]
    return frame.with_columns(
        pl.when(pl.col("answer") == "none").then(None).otherwise(pl.col(c)).alias(c) for c in facts
    )


def fill_marriages(book: Book) -> None:
    """Adds couples, then divorces and re-issues among them, up to the declared size; families on dibao
    too.
    """
    feed = "civil_affairs__marriage"
    city, rng = book.city, book.city.rng("marriages")
    men, women = city.cohort("husband"), city.cohort("wife")
    heads, spouses = city.cohort("dibao_head"), city.cohort("dibao_spouse")
    of_spouse = heads[spouses["house"].to_numpy()]
    he_heads = of_spouse["male"]
    columns = ["id_number", "full_name", "birth_date"]
    own_men = pl.concat([of_spouse.filter(he_heads), spouses.filter(~he_heads)]).select(columns)
    own_women = pl.concat([spouses.filter(he_heads), of_spouse.filter(~he_heads)]).select(columns)
    men = own_men.vstack(men.select(columns))
    women = own_women.vstack(women.select(columns))
    n = book.missing(feed)
    pairs = min(men.height, women.height, n)
    index = np.concatenate([np.arange(pairs), rng.integers(own_men.height, pairs, max(0, n - pairs))])[:n]
    again = np.arange(n) >= pairs
    draw = rng.random(n)
    kind = np.where(
        ~again, "marriage", np.where(draw < 0.55, "divorce", np.where(draw < 0.998, "reissue", "annulment"))
    )
    younger = pl.select(
        pl.max_horizontal(men["birth_date"].gather(index), women["birth_date"].gather(index))
    ).to_series()
    age = rng.integers(7350, 11_000, n)
    later = np.where(again, rng.integers(400, 5000, n), 0)
    day = younger.cast(pl.Int32) + pl.Series(age + later).cast(pl.Int32)
    day = pl.select(pl.min_horizontal(day.cast(pl.Date), pl.lit(book.day(-4)))).to_series()
    # couples on dibao married before the benefit began: nothing that happened since is without a plan
    on_dibao = pl.Series(index < own_men.height)
    day = pl.select(
        pl.when(on_dibao).then(pl.min_horizontal(day, pl.lit(book.day(-640)))).otherwise(day)
    ).to_series()
    entered = pl.select(pl.max_horizontal(day, pl.lit(book.day(-1500)))).to_series()
    book.add(
        feed,
        pl.DataFrame(
            {
                "certificate_no": number_codes(f"J{CITY}00-", n),
                "event_type": kind,
                "registered_on": day,
                "husband_id_number": men["id_number"].gather(index),
                "husband_name": men["full_name"].gather(index),
                "wife_id_number": women["id_number"].gather(index),
                "wife_name": women["full_name"].gather(index),
                "updated_at": draw_times(rng, entered),
            }
        ),
    )

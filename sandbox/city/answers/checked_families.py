"""Plants families whose means are checked: all of them are asked about, and what is planted is answered."""

from __future__ import annotations

from datetime import date

import polars as pl

from connectors.catalogue import load_catalogue, load_feed
from sandbox.city.ground.book import Book
from sandbox.city.ground.standards import rates

_REGISTRY = {
    "dibao_head": "civil_affairs__dibao",
    "dibao_child": "civil_affairs__dibao",
    "low_income": "civil_affairs__low_income",
}


def take_heads(book: Book, full: int, cohort: str = "dibao_head") -> pl.DataFrame:
    """Takes people who are the only member of their family, with the columns of ``families``."""
    single = families(book, cohort).filter(pl.col("members") == 1)
    people = book.take_people(cohort, book.city.n(full), where=_is_in(single["id_number"]))
    return _asked(book, people.join(single, on="id_number", how="left", maintain_order="left"))


def take_pairs(book: Book, full: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Takes families of a head and one child; returns the heads and, in their order, the children.

    Both have the columns of ``families``.
    """
    two = families(book, "dibao_head").filter(pl.col("members") == 2)
    head_of = book.city.cohort("dibao_head").with_row_index("row").select("row", head="id_number")
    free = book.people_left("dibao_head").filter(_is_in(two["id_number"]))["id_number"]
    fitting = book.people_left("dibao_child").join(
        head_of.with_columns(pl.col("row").cast(pl.Int64)), left_on="house", right_on="row", how="inner"
    )
    fitting = fitting.filter(pl.col("head").is_in(free.implode()))
    children = book.take_people("dibao_child", book.city.n(full), where=_is_in(fitting["id_number"]))
    names = children.select("id_number").join(fitting, on="id_number", maintain_order="left")["head"]
    taken = book.take_people("dibao_head", children.height, where=_is_in(names))
    order = pl.DataFrame({"id_number": names})
    people = order.join(taken, on="id_number", how="left", maintain_order="left")
    children = children.join(two, on="id_number", how="left", maintain_order="left")
    return _asked(book, people.join(two, on="id_number", how="left", maintain_order="left")), children


def families(book: Book, cohort: str) -> pl.DataFrame:
    """Returns one row per member: id_number, household_id, members of the household, rate (its standard, yuan
    a month).

    Rows of every version count, so that a family of one is one on all days. People on tekun live alone.
    """
    if cohort == "tekun":
        rows = pl.concat(book.rows[("civil_affairs__tekun", "main")])
        return rows.select("id_number", household_id="case_id", members=pl.lit(1, dtype=pl.UInt32), rate=0)
    rows = pl.concat(book.rows[(_REGISTRY[cohort], "main")]).filter(pl.col("status") == "active")
    rows = rows.unique("member_id", keep="first", maintain_order=True)
    urban, rural = rates(book.epoch).dibao
    return rows.select(
        "id_number",
        "household_id",
        pl.len().over("household_id").alias("members"),
        pl.when(pl.col("standard_class") == "urban").then(urban).otherwise(rural).alias("rate"),
    ).unique("id_number", keep="first", maintain_order=True)


def _is_in(ids: pl.Series) -> pl.Expr:
    return pl.col("id_number").is_in(ids.implode())


def _asked(book: Book, people: pl.DataFrame) -> pl.DataFrame:
    book.checked_households.extend(people["household_id"])
    return people


def add_answers(
    book: Book,
    feed_id: str,
    people: pl.DataFrame,
    *columns: pl.Expr | pl.Series,
    on: int = -5,
    gone: int | None = None,
) -> None:
    """Adds what a department or bank answers about these people from day ``on`` until day ``gone``.

    Nothing else is on record about them there. ``columns`` may use the columns of ``people``.
    """
    declared = {c.name for c in load_feed(feed_id).table("main").columns}
    frame = people.with_columns(*columns).with_columns(
        pl.lit("found").alias("answer"),
        pl.lit(book.day(on)).alias("_published_on"),
        pl.lit(book.day(gone) if gone is not None else None, dtype=pl.Date).alias("_withdrawn_on"),
    )
    if "owner_name" in declared:
        frame = frame.rename({"full_name": "owner_name"})
    told = declared | {"_published_on", "_withdrawn_on"}
    book.answers.setdefault(feed_id, []).append(frame.select(c for c in frame.columns if c in told))
    add_silence(book, people, feed_id)


def add_silence(book: Book, people: pl.DataFrame, *feeds: str) -> None:
    """Notes that these feeds have nothing on record about these people except what is planted."""
    for feed_id in feeds:
        book.silent_people.setdefault(feed_id, set()).update(people["id_number"])


def finance_feeds() -> list[str]:
    """Returns the ids of the feeds of banks, insurers and brokers."""
    return [name for name in load_catalogue() if name.startswith("finance__")]


def raised_on(book: Book) -> date:
    """Returns the day after the epoch on which the standards next change."""
    return next(d for d in (book.day(k) for k in range(1, 800)) if rates(d) != rates(book.epoch))

"""Families beyond what the registries were first filled with: outside spouses, members off the benefit."""

from __future__ import annotations

from datetime import date

import polars as pl

from connectors.sandbox.city.book import Book
from connectors.sandbox.city.fill import at_times, numbered

DIBAO, MARRIAGE = "civil_affairs__dibao", "civil_affairs__marriage"
_WORDS = {"parent": ("父", "母"), "sibling": ("兄弟", "姐妹"), "spouse": ("配偶", "配偶")}


def suspended_member(book: Book, heads: pl.DataFrame, people: pl.DataFrame, relation: str) -> None:
    """Each person joins the household of the head beside him in the table, but receives nothing."""
    rows = pl.concat(book.rows[(DIBAO, "main")]).unique("id_number", keep="last", maintain_order=True)
    rows = heads.select("id_number").join(rows, on="id_number", how="left", maintain_order="left")
    he, she = _WORDS[relation]
    declared = rows.select(c for c in rows.columns if not c.startswith("_"))
    book.add(
        DIBAO,
        declared.with_columns(
            people["id_number"],
            people["full_name"],
            pl.select(pl.when(people["male"]).then(pl.lit(he)).otherwise(pl.lit(she)))
            .to_series()
            .alias("relation_to_head"),
            pl.concat_str(pl.lit("3"), "member_id").alias("member_id"),
            pl.lit("suspended").alias("status"),
            pl.lit(0).alias("monthly_amount"),
        ),
    )


def without_family(book: Book) -> pl.Expr:
    """Heads on dibao whose household is only themselves."""
    rows = pl.concat(book.rows[(DIBAO, "main")]).unique("member_id", maintain_order=True)
    alone = rows.filter(pl.len().over("household_id") == 1)["id_number"]
    return pl.col("id_number").is_in(alone.implode())


def outsiders(book: Book, people: pl.DataFrame) -> pl.DataFrame:
    """Somebody of the other sex for each person, who once received dibao and no longer does."""
    men = int(people["male"].sum())
    her, him = ~pl.col("male"), pl.col("male")
    women = book.take("dibao_closed", men, her)
    others = book.take("dibao_closed", people.height - men, him)
    index = pl.select(
        pl.when(people["male"])
        .then(people["male"].cum_sum() - 1)
        .otherwise(men + (~people["male"]).cum_sum() - 1)
    ).to_series()
    return pl.concat([women, others])[index]


def married(
    book: Book, people: pl.DataFrame, spouses: pl.DataFrame, on: pl.Series, known: pl.Series | None = None
) -> None:
    """Marriages of the people of two tables, row by row, entered when they took place or on ``known``."""
    _certificates(book, people, spouses, "marriage", on, known)


def divorced(book: Book, people: pl.DataFrame, spouses: pl.DataFrame, on: date) -> None:
    day = pl.repeat(on, people.height, dtype=pl.Date, eager=True)
    _certificates(book, people, spouses, "divorce", day, None)


def _certificates(
    book: Book,
    people: pl.DataFrame,
    spouses: pl.DataFrame,
    event: str,
    on: pl.Series,
    known: pl.Series | None,
) -> None:
    first = book.height(MARRIAGE)
    rng = book.city.rng(f"certificates of marriage {first}")
    he = people["male"]

    def of(male: bool, column: str) -> pl.Series:
        own = he if male else ~he
        return people[column].zip_with(own, spouses[column])

    book.add(
        MARRIAGE,
        pl.DataFrame(
            {
                "certificate_no": numbered("J210101-", people.height, start=first + 1),
                "event_type": pl.repeat(event, people.height, eager=True),
                "registered_on": on,
                "husband_id_number": of(True, "id_number"),
                "husband_name": of(True, "full_name"),
                "wife_id_number": of(False, "id_number"),
                "wife_name": of(False, "full_name"),
                "updated_at": at_times(rng, known if known is not None else on),
            }
        ),
    )

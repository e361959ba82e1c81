"""Extends families beyond the first filling of the registries: outside spouses, members off the benefit."""

from __future__ import annotations

from datetime import date

import polars as pl

from sandbox.city.ground.book import Book
from sandbox.city.ground.fill import draw_times, number_codes

DIBAO, LOW_INCOME = "civil_affairs__dibao", "civil_affairs__low_income"
MARRIAGE = "civil_affairs__marriage"
_WORDS = {"parent": ("父", "母"), "sibling": ("兄弟", "姐妹"), "spouse": ("配偶", "配偶")}


def add_suspended_members(
    book: Book, heads: pl.DataFrame, people: pl.DataFrame, relation: str, since: date | None = None
) -> None:
    """Adds each person to the household of the head in the same row; they receive nothing."""
    rows = pl.concat(book.rows[(DIBAO, "main")]).unique("id_number", keep="last", maintain_order=True)
    rows = heads.select("id_number").join(rows, on="id_number", how="left", maintain_order="left")
    he, she = _WORDS[relation]
    declared = rows.select(c for c in rows.columns if not c.startswith("_"))
    n = declared.height
    day = pl.repeat(since, n, dtype=pl.Date, eager=True)
    rng = book.city.rng(f"suspended members {book.height(DIBAO)}")
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
            (draw_times(rng, day) if since else declared["updated_at"]).alias("updated_at"),
        ),
    )


def without_family(book: Book, feed_id: str = DIBAO) -> pl.Expr:
    """Returns the condition for people on the benefit who are alone in their household."""
    rows = pl.concat(book.rows[(feed_id, "main")]).unique("member_id", maintain_order=True)
    alone = rows.filter(pl.len().over("household_id") == 1)["id_number"]
    return pl.col("id_number").is_in(alone.implode())


def take_outside_spouses(book: Book, people: pl.DataFrame) -> pl.DataFrame:
    """Takes somebody of the other sex for each person, who once received dibao and no longer does."""
    men = int(people["male"].sum())
    women = book.take_people("dibao_closed", men, ~pl.col("male"))
    others = book.take_people("dibao_closed", people.height - men, pl.col("male"))
    index = pl.select(
        pl.when(people["male"])
        .then(people["male"].cast(pl.Int64).cum_sum() - 1)
        .otherwise(men + (~people["male"]).cast(pl.Int64).cum_sum() - 1)
    ).to_series()
    return pl.concat([women, others])[index]


def add_marriages(
    book: Book, people: pl.DataFrame, spouses: pl.DataFrame, on: pl.Series, known: pl.Series | None = None
) -> pl.Series:
    """Adds marriages of the people of two tables, row by row: see ``add_certificates``."""
    return add_certificates(book, people, spouses, "marriage", on, known)


def delete_certificates(book: Book, certificates: pl.Series, day: date) -> None:
    """Deletes these certificates from the register."""
    rows = pl.concat(book.rows[(MARRIAGE, "main")])
    rows = rows.filter(pl.col("certificate_no").is_in(certificates.implode()))
    declared = rows.select(c for c in rows.columns if not c.startswith("_"))
    rng = book.city.rng(f"withdrawn certificates {book.height(MARRIAGE)}")
    book.add(
        MARRIAGE,
        declared.with_columns(
            pl.lit("delete").alias("operation"),
            draw_times(rng, pl.repeat(day, rows.height, dtype=pl.Date, eager=True)).alias("updated_at"),
        ),
    )


def add_certificates(
    book: Book,
    people: pl.DataFrame,
    spouses: pl.DataFrame,
    event: str,
    on: pl.Series,
    known: pl.Series | None = None,
) -> pl.Series:
    """Adds what the register enters about the people of two tables, row by row, on the day or on ``known``.

    Returns the numbers of the certificates.
    """
    first = book.height(MARRIAGE)
    rng = book.city.rng(f"certificates of marriage {first}")
    numbers = number_codes("J210101-", people.height, start=first + 1)

    def of(column: str) -> tuple[pl.Series, pl.Series]:
        own, other = people[column], spouses[column]
        return own.zip_with(people["male"], other), other.zip_with(people["male"], own)

    (husband, wife), (his_name, her_name) = of("id_number"), of("full_name")
    book.add(
        MARRIAGE,
        pl.DataFrame(
            {
                "certificate_no": numbers,
                "event_type": pl.repeat(event, people.height, eager=True),
                "registered_on": on,
                "husband_id_number": husband,
                "husband_name": his_name,
                "wife_id_number": wife,
                "wife_name": her_name,
                "updated_at": draw_times(rng, known if known is not None else on),
            }
        ),
    )
    return numbers.alias("certificate_no")

"""Fills the registries kept by household: dibao, and the low-income families at its edge."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from sandbox.city.ground.book import Book
from sandbox.city.ground.divisions import some_communities
from sandbox.city.ground.fill import number_codes
from sandbox.city.ground.standards import rates
from sandbox.city.registries.registries import class_of, draw_spells, number_and_name

Ints = npt.NDArray[np.int64]
DIBAO, LOW_INCOME = "civil_affairs__dibao", "civil_affairs__low_income"
#: Classes of people whose share is raised, and by how much (dossier 5.2, proposed).
UPLIFT = {"普通": 0, "重残": 20, "重病": 20, "七十岁以上老人": 15, "未成年人": 10, "在校生": 10}
#: Between the categories of somebody who has several: the highest counts.
AND = "、"


def _relation(kin: str, male: pl.Series) -> pl.Series:
    words = {
        "本人": ("本人", "本人"),
        "spouse": ("配偶", "配偶"),
        "child": ("子", "女"),
        "parent": ("父", "母"),
    }[kin]
    return pl.select(pl.when(male).then(pl.lit(words[0])).otherwise(pl.lit(words[1]))).to_series()


def _members(book: Book, head: str, kin: dict[str, str]) -> tuple[pl.DataFrame, Ints]:
    """Returns all members of the families of a cohort of heads, with their relation and their household."""
    parts = [book.city.cohort(head).with_columns(pl.lit("本人").alias("relation_to_head"))]
    for cohort, relation in kin.items():
        people = book.city.cohort(cohort)
        parts.append(people.with_columns(_relation(relation, people["male"]).alias("relation_to_head")))
    people = pl.concat(parts)
    return people, people["house"].to_numpy().astype(np.int64)


def _household_rows(
    book: Book,
    rng: np.random.Generator,
    people: pl.DataFrame,
    household: Ints,
    prefix: str,
    *,
    closed: bool,
    income_share: tuple[float, float],
) -> pl.DataFrame:
    """Returns member rows.

    The members of a household share region, spell and income; the share of the standard that each has to live
    on lies within ``income_share``.
    """
    n = int(household.max()) + 1
    region = some_communities(rng, n)
    standard = rates(book.epoch).dibao
    rate = np.where((class_of(region) == "urban").to_numpy(), standard[0], standard[1])
    per_head = np.floor(rate * rng.uniform(*income_share, n))
    size = np.bincount(household, minlength=n)
    shared = pl.concat(
        [
            draw_spells(book, rng, n, closed=closed, recent=True),
            pl.DataFrame(
                {
                    "household_id": number_codes(prefix, n),
                    "region_code": region,
                    "household_income": (per_head * size).astype(np.int64),
                    "case_kind": pl.repeat("household", n, eager=True),
                    "family_size": size,
                    "_rate": rate,
                    "_per_head": per_head.astype(np.int64),
                }
            ),
        ],
        how="horizontal",
    )[household]
    return pl.concat(
        [number_and_name(people), people.select("relation_to_head"), shared], how="horizontal"
    ).with_columns(
        number_codes(prefix + "R", people.height).alias("member_id"),
        class_of(shared["region_code"]).alias("standard_class"),
        (pl.lit(book.epoch).dt.year() - people["birth_date"].dt.year()).alias("_age"),
    )


def highest(by_category: dict[str, int]) -> pl.Expr:
    """Returns the largest value among a person's categories; null if none has one."""
    of_each = pl.element().replace_strict(by_category, default=None, return_dtype=pl.Int64)
    return pl.col("category").str.split(AND).list.eval(of_each).list.max()


def rounding_rest(whole: pl.Expr, share: pl.Expr, number: str, family: list[str]) -> pl.Expr:
    """Returns the rest of rounding for the first member: a family is rounded once, its members' shares
    differ.
    """
    first = pl.col(number) == pl.col(number).min().over(family)
    return pl.when(first).then(whole - share.sum().over(family)).otherwise(0)


def _paid(rng: np.random.Generator, rows: pl.DataFrame) -> pl.DataFrame:
    """Returns category, uplift and monthly amount: the standard less the income per head, raised for some."""
    draw = pl.Series("d", rng.random(rows.height))
    category = (
        pl.when((pl.col("_age") < 18) & (pl.col("d") < 0.05))
        .then(pl.lit(f"未成年人{AND}重残"))
        .when(pl.col("_age") < 18)
        .then(pl.lit("未成年人"))
        .when((pl.col("_age") >= 70) & (pl.col("d") < 0.1))
        .then(pl.lit(f"重病{AND}七十岁以上老人"))
        .when(pl.col("_age") >= 70)
        .then(pl.lit("七十岁以上老人"))
        .when((pl.col("_age") < 25) & (pl.col("d") < 0.7))
        .then(pl.lit("在校生"))
        .when(pl.col("d") < 0.25)
        .then(pl.lit("重残"))
        .when(pl.col("d") < 0.4)
        .then(pl.lit("重病"))
        .otherwise(pl.lit("普通"))
    )
    rows = rows.with_columns(draw).with_columns(category.alias("category"))
    rows = rows.with_columns(highest(UPLIFT).alias("uplift_percent"))
    # half a yuan goes up, once for a family
    raised = pl.col("_rate") * pl.col("uplift_percent")
    own, family = (raised + 50) // 100, (raised.sum().over("household_id") + 50) // 100
    over = rounding_rest(family, own, "member_id", ["household_id"])
    amount = pl.col("_rate") - pl.col("_per_head") + own + over
    return rows.with_columns(amount.cast(pl.Int64).alias("monthly_amount")).drop("d")


def _declared(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(c for c in rows.columns if not c.startswith("_"))


def fill_dibao(book: Book) -> None:
    """Adds households of heads, spouses, children and parents, then the closed cases."""
    city, rng = book.city, book.city.rng("dibao")
    kin = {
        "dibao_spouse": "spouse",
        "dibao_child": "child",
        "dibao_student": "child",
        "dibao_parent": "parent",
    }
    people, household = _members(book, "dibao_head", kin)
    alone = city.cohort("turns_60").vstack(city.cohort("turns_80").slice(0, _half(book)))
    nearly = city.cohort("turns_18")
    heads = city.cohort("dibao_head")
    age = book.epoch.year - heads["birth_date"].dt.year().to_numpy()
    parents = np.resize(rng.permutation(np.flatnonzero((age > 40) & (age < 57))), nearly.height)
    people = pl.concat(
        [
            people,
            alone.with_columns(pl.lit("本人").alias("relation_to_head")),
            nearly.with_columns(_relation("child", nearly["male"]).alias("relation_to_head")),
        ]
    )
    household = np.concatenate([household, heads.height + np.arange(alone.height), parents])
    rows = _household_rows(book, rng, people, household, "DB", closed=False, income_share=(0.05, 0.85))
    families = int(household.max()) + 1
    rows = _declared(_paid(rng, rows)).with_columns(
        pl.lit("insert").alias("operation"),
        book.dates(rng, families, -150, -30).gather(household).alias("last_review_on"),
        book.dates(rng, families, 90, 200).gather(household).alias("review_due_on"),
    )
    _earlier_versions(book, rows)
    book.add(DIBAO, rows)
    book.enrol(rows, "dibao", "member_id")


def _half(book: Book) -> int:
    return (book.city.cohort("turns_80").height + 1) // 2


def _earlier_versions(book: Book, rows: pl.DataFrame) -> None:
    """Returns rows for one in two hundred members, entered as suspended and corrected a day later."""
    some = rows.gather_every(200)
    first = some.with_columns(
        (pl.col("updated_at") - pl.duration(days=1)).alias("updated_at"),
        pl.lit("suspended").alias("status"),
    )
    book.add(DIBAO, first)


def fill_low_income(book: Book) -> None:
    """Adds families whose income per head lies between the standard and 1.2 times the standard."""
    city, rng = book.city, book.city.rng("low income")
    kin = {"low_income_spouse": "spouse", "low_income_child": "child"}
    people, household = _members(book, "low_income", kin)
    turning = city.cohort("turns_90").vstack(city.cohort("turns_80").slice(_half(book)))
    own = city.cohort("low_income").height + np.arange(turning.height)
    people = people.vstack(turning.with_columns(pl.lit("本人").alias("relation_to_head")))
    rows = _household_rows(
        book, rng, people, np.concatenate([household, own]), "DS", closed=False, income_share=(1.01, 1.19)
    )
    rows = _declared(rows)
    book.add(LOW_INCOME, rows)
    book.enrol(rows, "low_income", "member_id")


def fill_up_closed_cases(book: Book) -> None:
    """Adds couples whose benefit ended; called last, to bring both registries to their declared size."""
    rng = book.city.rng("closed households")
    people, household = _members(book, "dibao_closed", {"dibao_closed_spouse": "spouse"})
    rows = _household_rows(book, rng, people, household, "DBX", closed=True, income_share=(0.3, 0.95))
    none = pl.lit(None, dtype=pl.Date)
    gone = _declared(_paid(rng, rows)).with_columns(
        none.alias("last_review_on"), none.alias("review_due_on"), pl.lit("update").alias("operation")
    )
    book.add(DIBAO, gone.head(max(20, book.missing(DIBAO))))
    people, household = _members(book, "low_income_closed", {"low_income_closed_spouse": "spouse"})
    rows = _household_rows(book, rng, people, household, "DSX", closed=True, income_share=(1.1, 1.6))
    book.add(LOW_INCOME, _declared(rows).head(max(10, book.missing(LOW_INCOME))))

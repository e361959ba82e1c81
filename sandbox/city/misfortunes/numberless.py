"""Plants the dead whose number the funeral home does not know: recipients, and strangers who resemble one.

Who they are is written apart (``linkage.parquet``): a probabilistic link is measured, not exact.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from sandbox.city.ground.book import Book, split
from sandbox.city.ground.divisions import some_communities
from sandbox.city.ground.fill import draw_times, number_codes
from sandbox.city.misfortunes.deaths import FUNERAL, sex_column, take_mixed

_COHORTS = {"dibao_head": 0.55, "tekun": 0.2, "care": 0.25}
#: What is wrong in the record of a recipient, and how often. Invented: no office publishes such figures.
DAMAGE = {
    "exact": 0.34,
    "name_damaged": 0.14,
    "name_typo": 0.06,
    "day_off": 0.1,
    "swapped": 0.06,
    "year_only": 0.1,
    "no_region": 0.1,
    "near_by": 0.05,
    "two_flaws": 0.05,
}
_SEX_UNKNOWN = 0.05
#: Characters a clerk takes for another one.
_MISTAKEN = "明丽华平生辉萍英林方"


def plant_cases(book: Book) -> None:
    """Plants about 0.3 % of the cremations: 900 recipients and 1,500 strangers at the full city."""
    plant_recipients(book)
    plant_namesakes(book)
    plant_strangers(book)


def plant_recipients(book: Book) -> None:
    """Plants recipients whose record has the flaws of ``DAMAGE``."""
    n = book.city.n(900, 12)
    rng = book.city.rng("numberless recipients")
    people = _with_homes(book, take_mixed(book, n, _COHORTS)[rng.permutation(n)])
    kinds = pl.Series([kind for kind, k in split(n, DAMAGE).items() for _ in range(k)])
    _write(book, damage_records(people, kinds, rng), "HHW", kinds, people["id_number"])


def plant_namesakes(book: Book) -> None:
    """Plants dead strangers with the name of a living recipient, and at times with the birth date too."""
    rng = book.city.rng("numberless namesakes")
    n = book.city.n(300, 4)
    living = _with_homes(book, book.city.cohort("dibao_head").tail(2 * n))
    births = _births(book, rng, n)
    other_birth = living.head(n).with_columns(births, some_communities(rng, n).alias("region_code"))
    _write(book, other_birth, "HHX", pl.repeat("name_only", n, eager=True))
    elsewhere = living.tail(n)
    away = _elsewhere(elsewhere["region_code"], rng)
    _write(book, elsewhere.with_columns(away), "HHY", pl.repeat("other_district", n, eager=True))
    common = book.city.people["full_name"].value_counts(sort=True)["full_name"].head(12)
    same_name = pl.DataFrame(
        {
            "full_name": common.gather(rng.integers(0, len(common), n)),
            "birth_date": _births(book, rng, n),
            "male": rng.random(n) < 0.5,
            "region_code": some_communities(rng, n),
        }
    )
    _write(book, same_name, "HHV", pl.repeat("common_name", n, eager=True))


def plant_strangers(book: Book) -> None:
    """Plants dead whom civil affairs has never known."""
    people = book.take_people("deceased", book.city.n(600, 6))
    rng = book.city.rng("numberless strangers")
    people = people.with_columns(some_communities(rng, people.height).alias("region_code"))
    _write(book, people, "HHU", pl.repeat("stranger", people.height, eager=True))


def damage_records(people: pl.DataFrame, kinds: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """Returns full_name, birth_date, male and region_code as the funeral home wrote them, by kind of
    damage.
    """
    rows = [
        _flawed(row, kind, rng)
        for row, kind in zip(
            people.select("full_name", "birth_date", "male", "region_code").to_dicts(), kinds, strict=True
        )
    ]
    return pl.DataFrame(
        rows,
        schema={
            "full_name": pl.String,
            "birth_date": pl.Date,
            "male": pl.Boolean,
            "region_code": pl.String,
        },
    )


def _flawed(row: dict[str, object], kind: str, rng: np.random.Generator) -> dict[str, object]:
    name, born, home = str(row["full_name"]), row["birth_date"], str(row["region_code"])
    assert isinstance(born, date)  # noqa: S101
    at = int(rng.integers(1, len(name)))
    if kind in ("name_damaged", "two_flaws"):
        row["full_name"] = name[:at] + "?" + name[at + 1 :]
    elif kind == "name_typo":
        other = _MISTAKEN[int(rng.integers(len(_MISTAKEN)))]
        row["full_name"] = name[:at] + other + name[at + 1 :]
    if kind == "day_off":
        row["birth_date"] = born + timedelta(days=1 if rng.random() < 0.5 else -1)
    elif kind in ("swapped", "two_flaws"):
        row["birth_date"] = _swapped(born)
    elif kind == "year_only":
        row["birth_date"] = date(born.year, 1, 1)
    elif kind == "no_region":
        row["region_code"] = None
    elif kind == "near_by":
        row["region_code"] = home[:9] + "000"
    return row


def _swapped(born: date) -> date:
    """Swaps day and month; where that gives no date or the same one, moves it a day later."""
    if born.day <= 12 and born.day != born.month:
        return date(born.year, born.day, born.month)
    return born + timedelta(days=1)


def _with_homes(book: Book, people: pl.DataFrame) -> pl.DataFrame:
    homes = book.enrolments().unique(subset="id_number", keep="first", maintain_order=True)
    return people.join(
        homes.select("id_number", "region_code"), on="id_number", how="left", maintain_order="left"
    )


def _elsewhere(homes: pl.Series, rng: np.random.Generator) -> pl.Series:
    """Returns a community of another district for each."""
    others = [some_communities(rng, len(homes)) for _ in range(4)]
    place = pl.DataFrame({"home": homes, "a": others[0], "b": others[1], "c": others[2], "d": others[3]})
    far = [
        pl.when(pl.col(c).str.head(6) != pl.col("home").str.head(6)).then(pl.col(c))
        for c in ("a", "b", "c", "d")
    ]
    return place.select(pl.coalesce(*far).alias("region_code")).to_series()


def _births(book: Book, rng: np.random.Generator, n: int) -> pl.Series:
    return book.dates(rng, n, -90 * 365, -60 * 365).alias("birth_date")


def _write(
    book: Book, people: pl.DataFrame, prefix: str, kinds: pl.Series, who: pl.Series | None = None
) -> None:
    """Cremations without a number or money; two thirds known at the epoch, the rest in the 20 days after."""
    n = people.height
    rng = book.city.rng("numberless " + prefix)
    died = book.dates(rng, n, -120, -12)
    later = [book.day(1 + i % 20) if i % 3 == 2 else None for i in range(n)]
    known = pl.select(
        pl.coalesce(pl.Series(later, dtype=pl.Date), died + timedelta(days=4)).alias("known")
    ).to_series()
    unknown_sex = pl.Series(rng.random(n) < _SEX_UNKNOWN)
    numbers = number_codes(prefix, n).alias("cremation_no")
    book.add(
        FUNERAL,
        people.select("full_name", "birth_date", sex_column(), "region_code").with_columns(
            pl.when(unknown_sex).then(pl.lit("unknown")).otherwise("sex").alias("sex"),
            numbers,
            pl.lit(None, dtype=pl.String).alias("id_number"),
            died.alias("death_date"),
            (died + timedelta(days=2)).alias("cremated_on"),
            draw_times(rng, known).alias("updated_at"),
            pl.lit(None, dtype=pl.String).alias("applicant_id_number"),
            pl.lit(None, dtype=pl.String).alias("applicant_name"),
            pl.lit("none").alias("subsidy_class"),
            pl.lit(0).alias("subsidy_amount"),
        ),
    )
    book.numberless.append(
        pl.DataFrame(
            {
                "cremation_no": numbers,
                "id_number": pl.repeat(None, n, dtype=pl.String, eager=True) if who is None else who,
                "kind": kinds,
                "known_from": known,
            }
        )
    )

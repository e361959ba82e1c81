"""Number-less dead and people on record, from cities of the sandbox."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from hub.linkage.model import FIELDS
from sandbox.city import build_city
from sandbox.city.ground.book import split
from sandbox.city.misfortunes.numberless import DAMAGE, damage_records

EPOCH = date(2020, 5, 12)
_REGISTRIES = ("dibao", "tekun", "orphan", "low_income", "disability_allowance")


@dataclass(frozen=True)
class World:
    """``deaths`` and ``persons`` have the fields of the model; ``truth``: the person of each death."""

    deaths: pd.DataFrame
    persons: pd.DataFrame
    truth: dict[str, str]


def planted(seed: int, scale: float) -> World:
    """Everything a city plants without a number, whenever it becomes known."""
    with tempfile.TemporaryDirectory() as home:
        city = build_city(Path(home), seed, scale, EPOCH)
        rows = pl.read_parquet(city.table("civil_affairs__cremation"))
        truth = pl.read_parquet(city.linkage)
        persons = _persons(city.root)
    # unusable copies have a number of somebody else, or none and another key
    rows = rows.join(truth.select("cremation_no"), on="cremation_no").unique(
        subset="cremation_no", keep="first"
    )
    deaths = rows.select(
        pl.col("cremation_no").alias("unique_id"),
        "full_name",
        pl.col("birth_date").cast(pl.String),
        pl.when(pl.col("sex").is_in(["male", "female"])).then("sex").alias("sex"),
        "region_code",
    )
    known = truth.drop_nulls("id_number").select("cremation_no", "id_number").iter_rows()
    return World(_sorted(deaths), _sorted(persons), dict(known))


def for_training(seed: int, scale: float, n: int) -> World:
    """``n`` people on record as dead without a number, damaged as the city does, and as many strangers."""
    with tempfile.TemporaryDirectory() as home:
        city = build_city(Path(home), seed, scale, EPOCH)
        persons = _persons(city.root)
        strangers = _numbered(
            pl.read_parquet(city.table("civil_affairs__cremation"))
            .filter(pl.col("id_number").str.len_chars() == 18)
            .select("id_number", "full_name", "region_code")
            .unique(subset="id_number", keep="first", maintain_order=True)
        )
    rng = np.random.default_rng(seed)
    known = persons[rng.choice(persons.height, n, replace=False)]
    kinds = pl.Series([kind for kind, k in split(n, DAMAGE).items() for _ in range(k)])
    flawed = damage_records(
        known.with_columns(pl.col("birth_date").str.to_date(), (pl.col("sex") == "male").alias("male")),
        kinds,
        rng,
    )
    dead = flawed.select(
        pl.Series("unique_id", [f"D{i}" for i in range(n)]),
        "full_name",
        pl.col("birth_date").cast(pl.String),
        pl.when("male").then(pl.lit("male")).otherwise(pl.lit("female")).alias("sex"),
        "region_code",
    )
    others = strangers.head(n).with_columns(("S" + pl.col("unique_id")).alias("unique_id"))
    return World(_sorted(pl.concat([dead, others])), _sorted(persons), {})


def _persons(root: Path) -> pl.DataFrame:
    """Everybody any registry names, once; birth date and sex are those of the number."""
    folder = root / "feeds"
    files = [folder / f"civil_affairs__{name}" / "main.parquet" for name in _REGISTRIES]
    files.append(folder / "civil_affairs__elder_care" / "old_age_allowance.parquet")
    named = pl.concat(
        [pl.read_parquet(f).select("id_number", "full_name", "region_code", "_defect") for f in files]
    )
    usable = named.filter(pl.col("id_number").str.len_chars() == 18, pl.col("_defect").is_null())
    return _numbered(usable.drop("_defect").unique(subset="id_number", keep="first", maintain_order=True))


def _numbered(people: pl.DataFrame) -> pl.DataFrame:
    number = pl.col("id_number")
    born = pl.concat_str(
        number.str.slice(6, 4), pl.lit("-"), number.str.slice(10, 2), pl.lit("-"), number.str.slice(12, 2)
    )
    odd = number.str.slice(16, 1).cast(pl.Int32) % 2 == 1
    return people.select(
        number.alias("unique_id"),
        "full_name",
        born.alias("birth_date"),
        pl.when(odd).then(pl.lit("male")).otherwise(pl.lit("female")).alias("sex"),
        "region_code",
    )


def _sorted(frame: pl.DataFrame) -> pd.DataFrame:
    return frame.select(FIELDS).sort("unique_id").to_pandas()

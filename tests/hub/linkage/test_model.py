"""The seed and the model fit, and Splink learns from records nobody has matched."""

from __future__ import annotations

import io
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from hub.linkage.model import FIELDS, LEVELS, Weight, read_weights
from hub.linkage.train import LEAST_M, LEAST_U, fit, scores, write


def test_every_level_has_a_weight() -> None:
    wanted = {(name, level) for name, (_, levels) in LEVELS.items() for level in [*levels, "else"]}
    weights = read_weights()
    assert {(w.comparison, w.level) for w in weights} == wanted
    assert len(weights) == len(wanted)
    assert all(w.m >= LEAST_M and w.u >= LEAST_U for w in weights)


def test_weights_are_written_as_the_seed_has_them() -> None:
    text = io.StringIO()
    write([Weight("sex", "else", 0.005, 0.5), Weight("full_name", "exact", 0.8, 0.0001)], text, "a source")
    assert text.getvalue().splitlines() == [
        "comparison,level,m,u,weight,from_date,until_date,status,source",
        "full_name,exact,0.800000,0.00010000,12.9658,2000-01-01,,proposed,a source",
        "sex,else,0.005000,0.50000000,-6.6439,2000-01-01,,proposed,a source",
    ]


def _people(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    family, given = list("王李张刘陈杨赵黄周吴"), list("伟强磊军勇涛明超刚平芳娜敏静丽艳秀娟英霞")
    rows = [
        (
            f"p{i:04d}",
            str(rng.choice(family)) + str(rng.choice(given)) + str(rng.choice(given)),
            (date(1930, 1, 1) + timedelta(days=int(rng.integers(0, 15_000)))).isoformat(),
            str(rng.choice(["male", "female"])),
            f"2101{rng.integers(10, 14)}{rng.integers(1, 9):03d}{rng.integers(1, 9):03d}",
        )
        for i in range(n)
    ]
    return pd.DataFrame(rows, columns=FIELDS)


@pytest.mark.slow
def test_training_learns_what_speaks_for_the_same_person() -> None:
    persons = _people(1500)
    deaths = persons.head(400).assign(unique_id=[f"d{i}" for i in range(400)])
    deaths.loc[:39, "full_name"] = [name[:2] + "?" for name in deaths.loc[:39, "full_name"]]
    deaths.loc[40:59, "sex"] = ["male" if sex == "female" else "female" for sex in deaths.loc[40:59, "sex"]]
    deaths.loc[60:99, "region_code"] = "210199001001"
    deaths.loc[100:119, "birth_date"] = [f"{born[:4]}-01-01" for born in deaths.loc[100:119, "birth_date"]]
    learned = {(w.comparison, w.level): w for w in fit(deaths, persons, max_pairs=5e5)}
    assert learned["birth_date", "exact"].m > 0.8 > 0.001 > learned["birth_date", "exact"].u
    assert 0.05 < learned["full_name", "damaged"].m < 0.2
    assert learned["full_name", "exact"].m > 0.7
    found = scores(deaths, persons, learned.values())
    best = found.sort_values("match_weight").groupby("death").tail(1)
    assert (best["death"].str[1:].astype(int) == best["person"].str[1:].astype(int)).mean() > 0.99

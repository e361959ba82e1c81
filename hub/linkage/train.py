"""Trains the weights: u from random pairs, m by expectation maximisation. No known matches are needed.

    python -m hub.linkage.train       from the hub's own records, as rows for the seed

A person reviews the output and adds it to ``dbt_project/seeds/linkage_weights.csv`` with the day from which
it holds; nothing changes by itself.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Iterable
from typing import IO, Any

from hub.linkage.model import BLOCKING, FIELDS, LEVELS, Weight, database, settings

#: Probabilities of levels that training never met: no level is impossible among matches or among others.
LEAST_M, LEAST_U = 0.005, 1e-6
_COLUMNS = ("comparison", "level", "m", "u", "weight", "from_date", "until_date", "status", "source")


def make_linker(deaths: Any, persons: Any, given: Any) -> Any:
    """Returns a Splink linker over two pandas frames with the columns of the model. It logs nothing."""
    from splink import Linker

    api = database()
    frames = [
        api.register(deaths, dataset_display_name="deaths"),
        api.register(persons, dataset_display_name="persons"),
    ]
    return Linker(frames, given, log_level=None)


def fit(deaths: Any, persons: Any, *, max_pairs: float = 1e7, seed: int = 1) -> list[Weight]:
    """Trains and returns the weights of every level, smoothed so that none is 0."""
    trained = make_linker(deaths, persons, settings())
    trained.training.estimate_u_using_random_sampling(
        max_pairs=max_pairs, seed=seed, min_count_per_level=None
    )
    for rule in BLOCKING.values():
        trained.training.estimate_parameters_using_expectation_maximisation(rule)
    saved_model = trained.misc.save_model_to_json(out_path=None)
    return [
        Weight(
            comparison["output_column_name"],
            level["label_for_charts"],
            round(max(level.get("m_probability") or 0, LEAST_M), 6),
            round(max(level.get("u_probability") or 0, LEAST_U), 8),
        )
        for comparison in saved_model["comparisons"]
        for level in comparison["comparison_levels"]
        if not level.get("is_null_level")
    ]


def scores(deaths: Any, persons: Any, weights: Iterable[Weight]) -> Any:
    """Scores every pair of a block. Columns: death, person, one per comparison, match_weight (log2)."""
    predictions = make_linker(deaths, persons, settings(weights)).inference.predict(warning_mode="never")
    pairs = predictions.as_pandas_dataframe()
    death_first = pairs["source_dataset_l"] == "deaths"
    one, other = pairs["unique_id_l"], pairs["unique_id_r"]
    pairs["death"], pairs["person"] = one.where(death_first, other), other.where(death_first, one)
    for name, (_, conditions) in LEVELS.items():
        labels = dict(enumerate(reversed([*conditions, "else"])))
        pairs[name] = (
            pairs[f"gamma_{name}"].map(labels).astype(object).where(pairs[f"gamma_{name}"] >= 0, None)
        )
    return pairs[["death", "person", *LEVELS, "match_weight"]]


def write(weights: Iterable[Weight], to: IO[str], source: str, *, from_date: str = "2000-01-01") -> None:
    """Writes the weights as rows of the seed; the weight is log2(m / u)."""
    rows = csv.writer(to, lineterminator="\n")
    rows.writerow(_COLUMNS)
    order = [(c, level) for c, (_, levels) in LEVELS.items() for level in [*levels, "else"]]
    for w in sorted(weights, key=lambda w: order.index((w.comparison, w.level))):
        weight = f"{math.log2(w.m / w.u):.4f}"
        rows.writerow(
            [w.comparison, w.level, f"{w.m:.6f}", f"{w.u:.8f}", weight, from_date, "", "proposed", source]
        )


def main(arguments: list[str] | None = None) -> None:
    """Reads the hub's records and prints the weights they give. Exit code 1 if there is nothing to read."""
    import pandas as pd

    from hub import city_process
    from hub.settings import HubSettings
    from warehouse.store.connect import rows
    from warehouse.store.postgres import server

    argparse.ArgumentParser(
        prog="python -m hub.linkage.train",
        description="Trains the weights of the linkage on the hub's own records, and prints them as the seed "
        "linkage_weights.csv has them. Changes nothing.",
    ).parse_args(arguments)
    hub = city_process.with_own_home(HubSettings.from_env())
    fields = "full_name, birth_date::text, sex, region_code"
    with server.running(hub):
        [(built,)] = rows(hub, "select to_regclass('core.int_numberless_death') is not null", ())
        if not built:
            sys.exit(f"nothing was built in {hub.hub_home} yet: 'make run' first")
        deaths, persons = (
            pd.DataFrame(
                rows(hub, f"select {key}, {fields} from core.{table} order by 1", ()), columns=FIELDS
            )
            for key, table in (("cremation_no", "int_numberless_death"), ("person_id", "dim_person"))
        )
    if deaths.empty or persons.empty:
        sys.exit(f"{len(deaths)} deaths without a number, {len(persons)} persons: too few to train on")
    write(fit(deaths, persons), sys.stdout, "trained by Splink on the hub's own records")


if __name__ == "__main__":
    main()

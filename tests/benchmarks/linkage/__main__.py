"""``python -m tests.benchmarks.linkage``: precision and recall of our linkage beside plain Splink's.

bench [--seed 21 22 23] [--scale 0.1]    the table
train [--seed 7001] [--scale 0.05]       the rows of dbt_project/seeds/linkage_weights.csv
"""

from __future__ import annotations

import argparse
import csv
import logging
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from hub.linkage import model, train
from tests.benchmarks.linkage import febrl, sandbox
from tests.benchmarks.linkage.scores import Pair, Score, above, clear_best, score

_PARAMETERS = Path(model.SEED).with_name("linkage_parameters.csv")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.linkage", description=__doc__)
    parser.add_argument("what", choices=("bench", "train"), nargs="?", default="bench")
    parser.add_argument("--seed", type=int, nargs="*", default=[])
    parser.add_argument("--scale", type=float)
    parser.add_argument("--people", type=int, default=4000, help="to train with")
    chosen = parser.parse_args()
    if chosen.what == "train":
        seed, scale = (chosen.seed or [7001])[0], chosen.scale or 0.05
        world = sandbox.for_training(seed, scale, chosen.people)
        source = f"sandbox: seed {seed} scale {scale:g} with {chosen.people} recipients and as many strangers"
        train.write(train.fit(world.deaths, world.persons), sys.stdout, f"trained by Splink on the {source}")
        return 0
    logging.getLogger("splink").setLevel(logging.ERROR)  # a level that does not occur is no news here
    _say("data", "method", "links", "right", "true", "precision", "recall", "F1")
    for seed in chosen.seed or (21, 22, 23):
        _on_sandbox(seed, chosen.scale or 0.1)
    with febrl.with_files() as folder:
        files = febrl.fetch(Path(folder))
        _on_febrl(files, "febrl4", ["dataset4a", "dataset4b"])
        for number in (1, 2, 3):
            _on_febrl(files, f"febrl{number}", [f"dataset{number}"])
    return 0


def _parameters() -> dict[str, float]:
    with _PARAMETERS.open(encoding="utf-8", newline="") as file:
        return {r["parameter"]: float(r["value"]) for r in csv.DictReader(file) if not r["until_date"]}


def _on_sandbox(seed: int, scale: float) -> None:
    """Our seed's weights, trained on another city; plain Splink trains on the very records it links."""
    world, limits = sandbox.planted(seed, scale), _parameters()
    name, truth = f"sandbox seed {seed}, scale {scale:g}", set(world.truth.items())
    pairs = train.scores(world.deaths, world.persons, model.read_weights())
    ours = _sides(pairs["death"], pairs["person"], pairs["match_weight"])
    _row(name, "ours", score(clear_best(ours, limits["link_weight"], limits["margin"]), truth))
    import splink.comparison_library as cl

    ready_made = [
        cl.NameComparison("full_name"),
        cl.DateOfBirthComparison("birth_date", input_is_string=True),
        cl.ExactMatch("sex"),
        cl.ExactMatch("region_code"),
    ]
    rules = list(model.BLOCKING.values())
    exact = ["l.full_name = r.full_name and l.birth_date = r.birth_date"]
    plain = _splink([world.deaths, world.persons], ready_made, rules, exact)
    deaths = set(world.deaths["unique_id"])
    _compared(name, _left_first(plain, deaths), truth, limits)


def _on_febrl(files: Path, name: str, sets: list[str]) -> None:
    frames = [febrl.load(files, each) for each in sets]
    truth = _true_pairs(frames)
    exact = ["l.given_name = r.given_name and l.surname = r.surname and l.date_of_birth = r.date_of_birth"]
    for method, comparisons in (("our recipe", febrl.ours()), ("Splink, ready-made", febrl.ready_made())):
        told = _splink(frames, comparisons, list(febrl.BLOCKING), exact)
        pairs = _left_first(told, set(frames[0]["unique_id"]))
        # of one person several records may be in a set: every pair counts, not the best alone
        linked = above(pairs, 0) if len(sets) == 1 else clear_best(pairs, 0, 0)
        linked = {(min(pair), max(pair)) for pair in linked}
        _row(name, f"{method}, P > 0.5", score(linked, truth))


def _splink(
    frames: list[pd.DataFrame], comparisons: list[Any], rules: list[str], exact: list[Any]
) -> pd.DataFrame:
    """Splink trained as its manual says, all else at its default. Columns one, other, match_weight."""
    from splink import Linker, SettingsCreator

    api = model.database()
    tables = [api.register(frame, dataset_display_name=f"set_{n}") for n, frame in enumerate(frames)]
    settings = SettingsCreator(
        link_type="link_only" if len(frames) > 1 else "dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[{"blocking_rule": rule} for rule in rules],
    )
    linker = Linker(tables, settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(exact, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in rules:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    predicted: Any = linker.inference.predict(warning_mode="never")
    found: pd.DataFrame = predicted.as_pandas_dataframe()
    found = found.rename(columns={"unique_id_l": "one", "unique_id_r": "other"})
    return found[["one", "other", "match_weight"]]


def _compared(name: str, plain: pd.DataFrame, truth: set[Pair], limits: dict[str, float]) -> None:
    _row(name, "Splink, P > 0.5", score(above(plain, 0), truth))
    _row(name, "Splink, P > 0.99", score(above(plain, limits["link_weight"]), truth))
    best = clear_best(plain, limits["link_weight"], limits["margin"])
    _row(name, "Splink, P > 0.99, clear best", score(best, truth))


def _sides(left: Any, right: Any, weight: Any) -> pd.DataFrame:
    return pd.DataFrame({"left": left, "right": right, "match_weight": weight})


def _left_first(pairs: pd.DataFrame, left: set[str]) -> pd.DataFrame:
    """Which side is whose: Splink orders the two by itself."""
    first = pairs["one"].isin(left)
    one, other = pairs["one"].where(first, pairs["other"]), pairs["other"].where(first, pairs["one"])
    return _sides(one, other, pairs["match_weight"])


def _true_pairs(frames: list[pd.DataFrame]) -> set[Pair]:
    """Pairs of records of one person: across two sets, or within one."""
    records = [[(febrl.person_of(r), r) for r in frame["unique_id"]] for frame in frames]
    if len(records) == 2:
        other = dict(records[1])
        return {(min(r, other[p]), max(r, other[p])) for p, r in records[0] if p in other}
    by_person: dict[str, list[str]] = {}
    for person, record in records[0]:
        by_person.setdefault(person, []).append(record)
    return {(a, b) for group in by_person.values() for a in group for b in group if a < b}


def _row(data: str, method: str, found: Score) -> None:
    _say(data, method, found.linked, found.right, found.true,
         f"{found.precision:.3f}", f"{found.recall:.3f}", f"{found.f1:.3f}")  # fmt: skip


def _say(*cells: object) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())

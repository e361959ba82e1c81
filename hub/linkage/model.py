"""Words the linkage model as Splink settings: comparisons, their levels, blocking rules.

Every level says in SQL what ``dbt_project/macros/rules/linkage.sql`` says; a test compares the two, pair by
pair. Records have the columns unique_id, full_name, birth_date (ISO text), sex (male, female or null) and
region_code (12 digits; zeros where only the street or the district is known; or null).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEED = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "linkage_weights.csv"
FIELDS = ["unique_id", "full_name", "birth_date", "sex", "region_code"]
#: The number of first characters of a name that are compared one by one; the rest must be equal.
LONGEST_NAME = 24
DAMAGED = (
    "[?*#@_\u00a4\u00bf\u00d7\u22a0\u2573\u2580-\u25ff\u2610-\u2612\u2715-\u2718\u2b1a-\u2b1c\u3013\u303f\ufffc\ufffd"
    "\ue000-\uf8ff\U000f0000-\U0010fffd]"
)


@dataclass(frozen=True)
class Weight:
    """One level of a comparison: its probability among matches (m) and among other pairs (u)."""

    comparison: str
    level: str
    m: float
    u: float


def _differing() -> str:
    return " + ".join(
        f"(case when substr(full_name_l, {i}, 1) = substr(full_name_r, {i}, 1) then 0 else 1 end)"
        for i in range(1, LONGEST_NAME + 1)
    )


def _intact_differing() -> str:
    """Returns SQL for the number of positions that differ and are damaged in neither name."""
    return " + ".join(
        f"(case when substr(full_name_l, {i}, 1) = substr(full_name_r, {i}, 1) "
        f"or regexp_matches(concat(substr(full_name_l, {i}, 1), substr(full_name_r, {i}, 1)), '{DAMAGED}') "
        "then 0 else 1 end)"
        for i in range(1, LONGEST_NAME + 1)
    )


def _birth_differing() -> str:
    return " + ".join(
        f"(case when substr(birth_date_l, {i}, 1) = substr(birth_date_r, {i}, 1) then 0 else 1 end)"
        for i in range(1, 11)
    )


_SAME_LENGTH = (
    f"length(full_name_l) = length(full_name_r) and "
    f"substr(full_name_l, {LONGEST_NAME + 1}) = substr(full_name_r, {LONGEST_NAME + 1})"
)
_SWAPPED = (
    "substr(birth_date_l, 1, 4) = substr(birth_date_r, 1, 4) "
    "and substr(birth_date_l, 6, 2) = substr(birth_date_r, 9, 2) "
    "and substr(birth_date_l, 9, 2) = substr(birth_date_r, 6, 2)"
)
_ONE_DAY = "abs(date_diff('day', cast(birth_date_l as date), cast(birth_date_r as date))) = 1"
_STREET = "substr(region_code_l, 1, 9) = substr(region_code_r, 1, 9) and substr(region_code_l, 7, 3) <> '000'"
_COMMUNITY = f"{_STREET} and region_code_l = region_code_r and substr(region_code_l, 10) <> '000'"

#: By comparison: whether it can be made, then its levels from best to worst, without ``else``.
LEVELS: dict[str, tuple[str, dict[str, str]]] = {
    "full_name": (
        "full_name_l is null or full_name_r is null",
        {
            "exact": "full_name_l = full_name_r",
            "damaged": f"{_SAME_LENGTH} and {_intact_differing()} = 0",
            "one_character": f"{_SAME_LENGTH} and length(full_name_l) >= 3 and {_differing()} = 1",
        },
    ),
    "birth_date": (
        "birth_date_l is null or birth_date_r is null",
        {
            "exact": "birth_date_l = birth_date_r",
            "slip": f"{_birth_differing()} = 1 or ({_SWAPPED}) or {_ONE_DAY}",
            "year": "substr(birth_date_l, 1, 4) = substr(birth_date_r, 1, 4)",
        },
    ),
    "sex": ("sex_l is null or sex_r is null", {"exact": "sex_l = sex_r"}),
    "region_code": (
        "region_code_l is null or region_code_r is null",
        {
            "community": _COMMUNITY,
            "street": _STREET,
            "district": "substr(region_code_l, 1, 6) = substr(region_code_r, 1, 6)",
        },
    ),
}
#: Blocking rules: only pairs that agree in one of these are compared.
BLOCKING = {
    "birth_date": "l.birth_date = r.birth_date",
    "full_name": "l.full_name = r.full_name",
    "year_and_street": (
        "substr(l.birth_date, 1, 4) = substr(r.birth_date, 1, 4) "
        "and substr(l.region_code, 1, 9) = substr(r.region_code, 1, 9) "
        "and substr(l.region_code, 7, 3) <> '000'"
    ),
}
TWO_RANDOM_RECORDS = 1e-6


def settings(weights: Iterable[Weight] = (), prior: float = TWO_RANDOM_RECORDS) -> Any:
    """Returns Splink's settings: without weights for training, with the seed's weights for scoring."""
    from splink import SettingsCreator

    by_level = {(w.comparison, w.level): w for w in weights}
    comparisons: list[Any] = []
    for name, (unsaid, conditions) in LEVELS.items():
        levels: list[dict[str, Any]] = [
            {"sql_condition": unsaid, "label_for_charts": "unsaid", "is_null_level": True}
        ]
        for level, condition in [*conditions.items(), ("else", "ELSE")]:
            entry: dict[str, Any] = {"sql_condition": condition, "label_for_charts": level}
            if (name, level) in by_level:
                weight = by_level[name, level]
                entry |= {"m_probability": weight.m, "u_probability": weight.u}
            levels.append(entry)
        comparisons.append({"output_column_name": name, "comparison_levels": levels})
    return SettingsCreator(
        link_type="link_only",
        probability_two_random_records_match=prior,
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[{"blocking_rule": rule} for rule in BLOCKING.values()],
        retain_intermediate_calculation_columns=True,
    )


def database() -> Any:
    """Returns DuckDB in memory: bounded, without extensions, without access to files."""
    import duckdb
    from splink import DuckDBAPI

    bounds: dict[str, Any] = {
        "memory_limit": "2GB",
        "threads": 2,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
    }
    return DuckDBAPI(connection=duckdb.connect(":memory:", config=bounds))


def read_weights(path: Path = SEED) -> list[Weight]:
    """Reads the weights that hold today from the seed."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Weight(r["comparison"], r["level"], float(r["m"]), float(r["u"])) for r in rows if not r["until_date"]
    ]

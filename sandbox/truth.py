"""Reads the truth of a city: what must be found on a day, written down when it was planted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl


def expected(city_root: Path, as_of: date) -> pl.DataFrame:
    """Returns what must be found on ``as_of``.

    Columns kind, rule_id, subject_key, event_key, sub_type, confidence.

    ``kind`` is ``warning`` (event_key is the warning's), ``check`` (event_key is the benefit) or
    ``unanswered``. Subjects are id numbers, application ids or credit codes.
    """
    return _holding(city_root / "truth.parquet", as_of)


def expected_amounts(city_root: Path, as_of: date) -> pl.DataFrame:
    """Returns the money as it stands on ``as_of``. Columns kind, subject, month, amount (yuan), detail.

    ``kind`` is a benefit (subject: the case with its feed), ``care_home_line`` (the stay; detail: why nothing
    is due), ``care_home_claim`` (the home; detail: bed-months) or ``funeral_ceiling`` (the cremation; month:
    its day). An amount that no rule determines is null.
    """
    return _holding(city_root / "amounts.parquet", as_of)


def _holding(path: Path, as_of: date) -> pl.DataFrame:
    truth = pl.read_parquet(path)
    holds = (pl.col("expected_from") <= as_of) & (
        pl.col("expected_until").is_null() | (pl.col("expected_until") > as_of)
    )
    return truth.filter(holds).drop("expected_from", "expected_until")


def numberless(city_root: Path, as_of: date) -> pl.DataFrame:
    """Returns the dead without a number who are known on ``as_of``. Columns cremation_no, id_number, kind.

    ``id_number`` is that of the recipient who died, null for strangers. Kept apart from what must be found: a
    probabilistic link says who they are, and that is measured, not exact.
    """
    truth = pl.read_parquet(city_root / "linkage.parquet")
    return truth.filter(pl.col("known_from") <= as_of).drop("known_from")

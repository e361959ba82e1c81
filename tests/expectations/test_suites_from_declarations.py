"""Checks derive from the declarations alone; bounds shrink with the city; words say the bound."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.catalogue import load_catalogue
from connectors.errors import DeclarationError
from expectations.checks import Check, CheckFailure, CheckResult, GateResult
from expectations.defaults import PATH, load_defaults
from expectations.feed_checks import Extent, batch_checks, daily_checks

DEFAULTS = load_defaults()
CATALOGUE = load_catalogue()
LARGE = Extent(
    10_000, dict.fromkeys(("main", "institution", "stay", "old_age_allowance", "staff_relative"), 10_000)
)
RESULT = CheckResult("feeds", "finance__icbc", "b1", "volume_min", None, "error", False, "1", "at least 5")


@pytest.mark.parametrize("feed_id", CATALOGUE)
def test_every_feed_has_its_checks(feed_id: str) -> None:
    feed = CATALOGUE[feed_id]
    checks = batch_checks(feed, 1, DEFAULTS.feeds, LARGE)
    names = [(check.table, check.name) for check in checks]
    assert len(set(names)) == len(names)
    for table in feed.tables:
        name = None if table.name == "main" else table.name
        bounds = {check.name: check for check in checks if check.table == name}
        assert bounds["volume_min"].minimum == table.volume.min
        assert bounds["volume_max"].maximum == table.volume.max
        assert (bounds["volume_min"].severity, bounds["volume_max"].severity) == ("error", "warning")
        assert ("key_unique" in bounds) == (feed.mode in ("snapshot", "query_reply"))
        assert ("fill_rate" in bounds) == bool(table.fill_rate)
        assert "required_filled" in bounds
        optional = any(not column.required for column in table.columns)
        assert ("unread_share" in bounds) == ("unread_share_max" in bounds) == optional
    fresh = {check.name: (check.maximum, check.severity) for check in daily_checks(feed)}
    assert fresh["recent"] == (feed.freshness.warn_days, "warning")
    assert fresh["fresh"] == (feed.freshness.error_days, "error")
    assert all(check.zh and check.en for check in checks)


def test_bounds_shrink_with_the_city_but_not_to_nothing() -> None:
    feed = CATALOGUE["civil_affairs__elder_care"]
    small = {(c.table, c.name): c for c in batch_checks(feed, 0.0001, DEFAULTS.feeds, Extent(1, {}))}
    assert small["institution", "volume_min"].minimum == 1
    assert small["stay", "volume_min"].minimum == 4
    # too few rows to stop the publication for a share
    assert (None, "quarantine_share_max") not in small


@pytest.mark.parametrize(
    ("minimum", "maximum", "words"), [(1, None, "at least 1"), (None, 0.02, "at most 0.02"), (0, 3, "0 to 3")]
)
def test_the_bound_in_words(minimum: float | None, maximum: float | None, words: str) -> None:
    assert Check("c", "f", "error", "", "", minimum, maximum).expected == words


def test_only_errors_fail_the_gate() -> None:
    warning = CheckFailure.of(replace(RESULT, severity="warning", check="volume_max"))
    passed = GateResult.of([warning], 1, Path("page"))
    assert passed.ok
    passed.raise_if_failed()
    failed = GateResult.of([warning, CheckFailure.of(RESULT)], 1, Path("page"))
    assert not failed.ok
    assert [f.check for f in failed.errors] == ["volume_min"]
    assert str(failed.errors[0]) == (
        "finance__icbc: check volume_min failed (batch b1): found 1, expected at least 5"
    )


def test_a_number_in_a_message_is_masked() -> None:
    failure = CheckFailure.of(replace(RESULT, observed="210102196001011233"))
    assert "210102196001011233" not in failure.message


def test_wrong_defaults_name_the_file_and_field(tmp_path: Path) -> None:
    path = tmp_path / "defaults.yml"
    path.write_text(PATH.read_text(encoding="utf-8").replace("keep: 40", "keep: 0"), encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"defaults\.yml.*(\n.*)*data_docs\.keep"):
        load_defaults(path)


def test_past_columns_exist() -> None:
    declared = {c.name for f in CATALOGUE.values() for t in f.tables for c in t.columns}
    assert DEFAULTS.feeds.dates.past_columns - declared == set()

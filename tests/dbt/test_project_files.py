"""The dbt project fits the catalogue, and its tables of rules are complete."""

from __future__ import annotations

import csv
import itertools
import math
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.catalogue import dbt_sources, load_catalogue

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
CJK = re.compile(r"[\u4e00-\u9fff]")


def seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def declared_models() -> dict[str, dict[str, Any]]:
    models: dict[str, dict[str, Any]] = {}
    for path in (PROJECT / "models").rglob("_*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            models[model["name"]] = model
    return models


def test_sources_and_staging_follow_the_declarations() -> None:
    assert list(dbt_sources.differences()) == []


def test_a_new_feed_gets_its_files(tmp_path: Path) -> None:
    assert dbt_sources.main(["--check"]) == 0
    dbt_sources.write(tmp_path)
    assert list(dbt_sources.differences(tmp_path)) == []
    model = tmp_path / "public_security" / "stg_public_security__prison.sql"
    written = model.read_text(encoding="utf-8")
    assert "do not edit" in written.splitlines()[0]
    model.write_text("-- edited by hand\n", encoding="utf-8")
    assert [line.split(":")[0] for line in dbt_sources.differences(tmp_path)] == [
        "differs from the declarations"
    ]
    dbt_sources.write(tmp_path)
    assert model.read_text(encoding="utf-8") == written
    (tmp_path / "public_security" / "stg_left_over.sql").write_text("select 1\n", encoding="utf-8")
    model.unlink()
    found = list(dbt_sources.differences(tmp_path))
    assert len(found) == 2
    assert any("missing" in line for line in found)
    assert any("belongs to no declared feed" in line for line in found)


def test_every_raw_table_has_a_staging_model() -> None:
    names = {p.stem for p in (PROJECT / "models" / "staging").rglob("stg_*.sql")}
    expected = {f"stg_{f.raw_table(t)}" for f in load_catalogue().values() for t in f.tables}
    assert names == expected | {"stg_current_batches"}


def test_every_model_is_described_in_both_languages() -> None:
    models = declared_models()
    for path in (PROJECT / "models").rglob("*.sql"):
        description = models[path.stem]["description"]
        assert CJK.search(description), path.stem
        assert re.search(r"[a-z]{3}", description), path.stem


def test_what_others_read_has_a_contract_and_described_columns() -> None:
    models = declared_models()
    public = [name for name, model in models.items() if model.get("config", {}).get("access") == "public"]
    assert {"dim_person", "fct_enrolment", "fct_household_report", "warnings"} <= set(public)
    for name in public:
        model = models[name]
        assert model["config"]["contract"]["enforced"] is True
        for column in model["columns"]:
            assert CJK.search(column["description"]), (name, column["name"])
            assert column["data_type"]


def test_the_report_has_a_line_for_every_source_of_facts_about_people() -> None:
    listed = seed("report_sources")
    feeds = load_catalogue()
    asked = {f for f, feed in feeds.items() if feed.kind in ("department", "registry")}
    assert {row["feed_id"] for row in listed} == asked
    for row in listed:
        feed = feeds[row["feed_id"]]
        assert row["source_zh"] == feed.name.zh
        assert (row["absence"] == "asked") == (feed.mode == "query_reply"), row["feed_id"]


def test_at_least_the_twenty_warnings_are_listed_and_the_built_ones_exist() -> None:
    rules = seed("rules")
    assert [int(r["number"]) for r in rules] == list(range(1, max(20, len(rules)) + 1))
    built = {r["rule_id"] for r in rules if r["is_built"] == "true"}
    # a rule is a folder, and may say two things: wrn_<rule> and wrn_<rule>_<what else>
    models = {p.stem: p.parent.name for p in (PROJECT / "models" / "rules").glob("*/wrn_*.sql")}
    assert (
        built
        == set(models.values())
        == {p.name for p in (PROJECT / "models" / "rules").iterdir() if p.is_dir()}
    )
    assert built <= {name.removeprefix("wrn_") for name in models}
    assert all(name.removeprefix("wrn_").startswith(rule) for name, rule in models.items())
    checks = {r["check_id"] for r in seed("checks")}
    found = (PROJECT / "models" / "rules").glob("*/chk_*.sql")
    assert checks == {p.stem.removeprefix("chk_") for p in found}


def test_every_rule_and_check_that_is_built_is_in_the_list() -> None:
    listed = (PROJECT / "macros" / "rules" / "built.sql").read_text(encoding="utf-8")
    # what is overdue among the others is added to them afterwards
    expected = {"wrn_": ("built_rules", {"overdue_task_warnings"}), "chk_": ("built_checks", set())}
    for prefix, (macro, afterwards) in expected.items():
        (block,) = re.findall(macro + r"\(\) -%}\n{{ return\(\[(.*?)\]\) }}", listed, re.S)
        models = {p.stem.removeprefix(prefix) for p in (PROJECT / "models").rglob(f"{prefix}*.sql")}
        assert set(re.findall(r"'(\w+)'", block)) == models - afterwards


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("rule_parameters", ("rule_id", "parameter")),
        ("service_limits", ("matter",)),
        ("exclusive_benefits", ("pair",)),
        ("exclusive_funeral_subsidies", ("class_a", "class_b")),
        ("funeral_items", ("item", "area")),
        ("funeral_ceilings", ("subsidy_class", "area")),
        ("liveness_intervals", ("benefit_type",)),
        ("linkage_parameters", ("parameter",)),
        ("linkage_weights", ("comparison", "level")),
    ],
)
def test_dated_tables_have_one_value_on_any_day(name: str, key: tuple[str, ...]) -> None:
    periods: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for row in seed(name):
        until = row["until_date"] or "9999-12-31"
        assert row["from_date"] < until
        periods.setdefault(tuple(row[k] for k in key), []).append((row["from_date"], until))
    for found in periods.values():
        ordered = sorted(found)
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(ordered))


@pytest.mark.parametrize("day", ["2015-01-01", "2022-02-28", "2022-03-01"])
def test_a_free_funeral_costs_what_its_parts_cost(day: str) -> None:
    def in_force(row: dict[str, str]) -> bool:
        return row["from_date"] <= day < (row["until_date"] or "9999-12-31")

    parameters = [r for r in seed("rule_parameters") if r["parameter"] == "resident_pension_grant"]
    (grant,) = (Decimal(r["value"]) for r in parameters if in_force(r))
    for area, full, difference in (("city", 2065, 1546), ("county", 1965, 1446)):
        parts = [Decimal(r["amount"]) for r in seed("funeral_items") if r["area"] == area and in_force(r)]
        assert (len(parts), sum(parts), sum(parts) - grant) == (6, Decimal(full), Decimal(difference))


def test_the_weights_of_the_linkage_follow_from_their_probabilities() -> None:
    for row in seed("linkage_weights"):
        assert float(row["weight"]) == pytest.approx(math.log2(float(row["m"]) / float(row["u"])), abs=6e-5)


def test_the_calendar_has_every_day_and_the_long_spring_festival_of_2020() -> None:
    days = {date.fromisoformat(r["day"]): r for r in seed("working_days")}
    assert len(days) == (max(days) - min(days)).days + 1
    assert days[date(2020, 1, 31)]["is_workday"] == "false"
    assert days[date(2020, 5, 9)]["is_workday"] == "true"
    unknown = {d: r for d, r in days.items() if d.year > 2026}
    assert {r["source"] for r in unknown.values()} == {"weekday", "statute"}
    fixed = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
    for day, row in unknown.items():
        free = (day.month, day.day) in fixed
        assert (row["source"] == "statute") == free, day
        assert (row["is_workday"] == "true") == (day.weekday() < 5 and not free), day


def test_from_2025_every_benefit_reminds_of_the_eightieth_birthday() -> None:
    bands = [r for r in seed("age_bands") if r["sub_type"] == "turns_80"]
    assert {r["until_date"] for r in bands} == {""}
    first = {r["benefit_type"]: r["from_date"] for r in bands}
    assert set(first) == {r["benefit_type"] for r in seed("benefits")}
    means_tested = {b for b, day in first.items() if day < "2025-01-01"}
    assert means_tested == {"dibao", "low_income"}
    assert {first[b] for b in set(first) - means_tested} == {"2025-01-01"}


def test_divisions_are_the_edition_of_the_time() -> None:
    divisions = seed("divisions")
    levels = [d["level"] for d in divisions]
    assert (levels.count("district"), levels.count("street"), levels.count("community")) == (13, 225, 2528)


def test_engine_differences_live_in_one_folder() -> None:
    """Words only one engine knows appear in macros/engine and nowhere else."""
    only_postgres = re.compile(
        r"jsonb_|string_agg|make_interval|generate_series|::|\bfilter \(|distinct on", re.I
    )
    for path in [*(PROJECT / "models").rglob("*.sql"), *(PROJECT / "macros").rglob("*.sql")]:
        if path.parent.name != "engine":
            assert not only_postgres.search(path.read_text(encoding="utf-8")), path


def test_the_clock_is_an_input() -> None:
    """No model, macro or check asks the machine what day it is: the day is ``AS_OF``."""
    clock = re.compile(
        r"current_(date|time(stamp)?)\b|local_?time(stamp)?\b|\b(now|getdate|sysdate|clock_timestamp|timeofday|"
        r"statement_timestamp|transaction_timestamp|age)\s*\(|run_started_at|modules\.(datetime|pytz)|'now'|'today'",
        re.I,
    )
    assert clock.search("select current_date"), "the pattern must be able to find something"
    for folder in ("models", "macros", "tests", "snapshots", "analyses"):
        for path in (PROJECT / folder).rglob("*.sql"):
            said = re.sub(r"\{#.*?#\}|--[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.S)
            assert not clock.search(said), f"{path}: {clock.search(said)}"

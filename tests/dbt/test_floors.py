"""The floors of dbt: who reads from whom, what is private, and what a public table owes its readers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.dbt import MODELS, PROJECT, parse

CJK = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[a-z]{3}")
#: A folder with more is a hall: find the ideas in it.
MOST_MODELS = 20
#: A rule that reads a part of another rule, and why it must.
ACROSS_RULES = {
    # an entry that the register cancelled for a death is no news where somebody reported the death
    ("int_cancelled_entry_hit", "int_dead_hit"),
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return parse(tmp_path_factory.mktemp("parsed"))


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By unique id."""
    return {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}


def floors() -> list[str]:
    """From the lowest to the highest, as ``dbt_project.yml`` lists them."""
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    return [name for name in project["models"]["civil_affairs_hub"] if not name.startswith("+")]


def floor_of(model: dict[str, Any]) -> str:
    return str(Path(model["original_file_path"]).parts[1])


def rule_of(model: dict[str, Any]) -> str:
    """The folder of a rule, or of what all rules share."""
    return str(Path(*Path(model["original_file_path"]).parts[2:-1]))


def edges(models: dict[str, dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each model with each model it reads."""
    for model in models.values():
        yield from ((model, models[key]) for key in model["depends_on"]["nodes"] if key in models)


def public(models: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [model for model in models.values() if model["access"] == "public"]


def test_the_floors_are_those_the_house_names() -> None:
    assert floors() == ["staging", "identity", "benefits", "linkage", "facts", "core", "rules", "marts"]
    assert {path.name for path in MODELS.iterdir() if path.is_dir()} == set(floors())


def test_no_model_reads_from_a_floor_above_it(models: dict[str, dict[str, Any]]) -> None:
    order = floors()
    upwards = [
        f"{model['name']} ({floor_of(model)}) reads {read['name']} ({floor_of(read)})"
        for model, read in edges(models)
        if order.index(floor_of(read)) > order.index(floor_of(model))
    ]
    assert upwards == []


def test_the_longest_chain_never_goes_back_to_a_floor_it_has_left(models: dict[str, dict[str, Any]]) -> None:
    @cache
    def chain(key: str) -> tuple[str, ...]:
        below = [chain(read) for read in models[key]["depends_on"]["nodes"] if read in models]
        return (*max(below, key=len, default=()), key)

    longest = max(map(chain, models), key=len)
    assert len(longest) > 10
    passed = [floor_of(models[key]) for key in longest]
    changes = [name for name, before in zip(passed, [None, *passed], strict=False) if name != before]
    assert len(changes) == len(set(changes)), changes


def test_a_rule_is_one_folder(models: dict[str, dict[str, Any]]) -> None:
    """Its parts are read by itself alone; others read what it says (``wrn_``, ``chk_``) or what all share."""
    across = {
        (model["name"], read["name"])
        for model, read in edges(models)
        if floor_of(model) == floor_of(read) == "rules"
        and rule_of(read) != "."
        and rule_of(model) not in (".", rule_of(read))
    }
    assert across == ACROSS_RULES
    outside = {
        read["name"] for model, read in edges(models) if floor_of(read) == "rules" and rule_of(model) == "."
    }
    # all warnings of the rules together, and people the police have not answered about, who are no warning
    assert {n for n in outside if n[:4] not in ("wrn_", "chk_")} == {"int_found_warning", "int_hukou_state"}


def test_every_rule_has_its_text_and_its_owner(models: dict[str, dict[str, Any]]) -> None:
    faces = [m for m in models.values() if m["name"].startswith("wrn_")]
    assert len(faces) >= 20
    for model in faces:
        assert rule_of(model) != ".", model["name"]
        assert (PROJECT / model["original_file_path"]).parent.joinpath(f"_{rule_of(model)}.yml").exists()
        assert model["config"]["meta"]["owner"], model["name"]
        assert CJK.search(model["description"]), model["name"]


def test_private_tables_stand_where_nobody_reads(models: dict[str, dict[str, Any]]) -> None:
    for model in models.values():
        if model["access"] == "public":
            continue
        name = model["name"]
        assert model["access"] == "private", name
        assert model["group"] == "civil_affairs_data", name
        assert not model["config"]["grants"], name
        if model["config"]["materialized"] == "ephemeral":
            continue
        assert model["schema"] == ("staging" if floor_of(model) == "staging" else "work"), name
        if model["config"]["materialized"] == "table" and model["schema"] == "work":
            assert model["config"]["unlogged"] is True, name


def test_a_public_table_has_all_it_owes_its_readers(
    manifest: dict[str, Any], models: dict[str, dict[str, Any]]
) -> None:
    exposed = {key for e in manifest["exposures"].values() for key in e["depends_on"]["nodes"]}
    assert len(public(models)) == 21
    for model in public(models):
        name = model["name"]
        assert model["schema"] in ("core", "candidate"), name
        assert model["alias"] == name, "a version that is the latest bears the plain name"
        assert model["version"] == model["latest_version"] == 1, name
        assert model["config"]["contract"]["enforced"] is True, name
        assert model["config"].get("unlogged") is not True, name
        assert model["config"]["meta"]["owner"], name
        assert model["unique_id"] in exposed, f"{name}: nobody is named who reads it"
        for told in (model, *model["columns"].values()):
            assert CJK.search(told["description"]), (name, told["name"])
            assert LATIN.search(told["description"]), (name, told["name"])
        assert all(column["data_type"] for column in model["columns"].values()), name


def test_exposures_name_what_is_public_and_who_answers(
    manifest: dict[str, Any], models: dict[str, dict[str, Any]]
) -> None:
    for exposure in manifest["exposures"].values():
        assert exposure["owner"]["name"], exposure["name"]
        assert CJK.search(exposure["description"]), exposure["name"]
        assert LATIN.search(exposure["description"]), exposure["name"]
        read = [models[key] for key in exposure["depends_on"]["nodes"]]
        assert {model["access"] for model in read} == {"public"}, exposure["name"]


def test_names_say_what_a_model_is(models: dict[str, dict[str, Any]]) -> None:
    """``__`` stands between feed and table and nowhere else."""
    prefixes = defaultdict(set)
    for model in models.values():
        prefixes[model["access"]].add(model["name"].split("_")[0])
        assert ("__" in model["name"]) <= (floor_of(model) == "staging"), model["name"]
    assert prefixes["private"] == {"stg", "int", "wrn", "chk"}
    assert prefixes["public"] == {"dim", "fct", "warnings", "cross", "unanswered"}


def test_no_folder_is_a_hall() -> None:
    counted = Counter(path.parent for path in MODELS.rglob("*.sql"))
    assert {str(folder): n for folder, n in counted.items() if n > MOST_MODELS} == {}

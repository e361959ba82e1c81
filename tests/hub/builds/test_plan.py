"""What is stale: worked out from a manifest, without a database."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hub.build import built, nodes, plan
from hub.build.nodes import Node
from tests.support.dbt import parse, run_dbt
from warehouse.settings import Settings

DAY, NEXT = date(2020, 5, 12), date(2020, 5, 13)


def model(name: str, *parents: str, dated: bool = False, ephemeral: bool = False) -> Node:
    return Node(
        name, "model", relation=None if ephemeral else f"core.{name}", parents=parents, is_dated=dated
    )


NODES = {
    node.node_id: node
    for node in (
        Node("raw_a", "source", relation="raw.a", feed_id="a"),
        Node("raw_b", "source", relation="raw.b", feed_id="b"),
        Node("seed", "seed", relation="seeds.seed", content="rows"),
        model("stg_a", "raw_a"),
        model("stg_b", "raw_b"),
        model("written_in", "stg_a", ephemeral=True),
        model("of_both", "stg_b", "written_in"),
        model("of_seed", "seed"),
        model("of_day", "stg_b", dated=True),
        Node("test_of_both", "test", parents=("of_both",)),
    )
}
SOURCES = {"a": "1", "b": "1"}


def made_of(day: date = DAY, definition: str = "text", **changed: Any) -> dict[str, str]:
    found = {**NODES, **{name: node for name, node in changed.items() if isinstance(node, Node)}}
    sources = {**SOURCES, **{name: state for name, state in changed.items() if isinstance(state, str)}}
    return plan.fingerprints(found, sources, definition, day)


def stale(wanted: dict[str, str], without: tuple[str, ...] = ()) -> set[str]:
    recorded = {name: value for name, value in made_of().items() if NODES[name].kind != "source"}
    recorded = {name: value for name, value in recorded.items() if name not in (*without, "written_in")}
    return set(plan.stale(NODES, wanted, recorded))


def test_nothing_is_stale_when_nothing_changed() -> None:
    assert stale(made_of()) == set()


def test_a_batch_makes_its_feed_and_what_reads_it_stale() -> None:
    assert stale(made_of(a="2")) == {"stg_a", "written_in", "of_both", "test_of_both"}


def test_a_new_day_makes_stale_what_asks_for_the_day() -> None:
    assert stale(made_of(NEXT)) == {"of_day"}


def test_a_row_of_a_seed_makes_it_and_its_readers_stale() -> None:
    changed = Node("seed", "seed", relation="seeds.seed", content="other rows")
    assert stale(made_of(seed=changed)) == {"seed", "of_seed"}


def test_another_text_makes_all_stale() -> None:
    assert stale(made_of(definition="other")) == {name for name, n in NODES.items() if n.kind != "source"}


def test_what_was_replaced_is_built_again_with_its_readers() -> None:
    assert stale(made_of(), without=("stg_b",)) == {"stg_b", "of_both", "of_day", "test_of_both"}


def test_a_test_that_did_not_pass_runs_again_alone() -> None:
    assert stale(made_of(), without=("test_of_both",)) == {"test_of_both"}


def test_a_feed_without_a_batch_has_a_state() -> None:
    assert "raw_a" in plan.fingerprints(NODES, {}, "text", DAY)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return parse(tmp_path_factory.mktemp("parsed"))


@pytest.fixture(scope="module")
def project(manifest: dict[str, Any]) -> dict[str, Node]:
    seeds = {n["name"]: "rows" for n in manifest["nodes"].values() if n["resource_type"] == "seed"}
    return nodes.read(manifest, seeds)


@pytest.mark.slow
def test_every_node_stands_after_what_it_reads(project: dict[str, Node]) -> None:
    assert len([n for n in project.values() if n.kind == "model"]) > 150
    seen: set[str] = set()
    for name, node in project.items():
        assert seen.issuperset(node.parents), name
        seen.add(name)


@pytest.mark.slow
def test_every_source_has_a_state(project: dict[str, Node]) -> None:
    others = {n.relation for n in project.values() if n.kind == "source" and not n.feed_id}
    assert others == set(built.READ_WHOLE)


@pytest.mark.slow
def test_a_batch_of_a_feed_leaves_the_other_staging_tables_alone(project: dict[str, Node]) -> None:
    sources = dict.fromkeys([*(n.feed_id for n in project.values() if n.feed_id), *built.READ_WHOLE], "1")
    before = plan.fingerprints(project, sources, "text", DAY)
    after = plan.fingerprints(project, {**sources, "housing__public_rental": "2"}, "text", NEXT)
    changed = {name.split(".")[2] for name in before if before[name] != after[name] and ".stg_" in name}
    tables = {name for name in changed if not name.startswith(("unique_", "not_null_"))}
    assert {"stg_housing__public_rental", "stg_current_batches"} <= tables
    assert not {"stg_civil_affairs__dibao", "stg_public_security__death_cancellation"} & tables
    assert not [n for n in project if n.startswith("seed.") and before[n] != after[n]]


@pytest.mark.slow
def test_a_node_whose_text_differs_by_the_day_is_known_to(
    hub_db: Settings, tmp_path: Path, project: dict[str, Node]
) -> None:
    first, second = (compiled(hub_db, tmp_path / f"{day}", day) for day in (DAY, NEXT))
    assert first.keys() == second.keys()
    differing = {name for name, text in first.items() if second[name] != text}
    assert len(differing) > 20
    known = {selector(node) for node in project.values() if node.is_dated or holds_another(node, project)}
    assert differing <= known


def compiled(settings: Settings, target: Path, day: date) -> dict[str, str]:
    """The SQL of each model and test for a day, by the name of its file."""
    run_dbt(settings, target, "compile", "--vars", f"{{as_of: '{day}'}}")
    return {path.stem: path.read_text(encoding="utf-8") for path in (target / "compiled").rglob("*.sql")}


def selector(node: Node) -> str:
    return node.selector.split(".")[-1] if node.kind == "test" else node.node_id.split(".")[2]


def holds_another(node: Node, project: dict[str, Node]) -> bool:
    """Whether the text of an ephemeral model is written into it: that one is known to differ."""
    return any(project[p].kind == "model" and project[p].relation is None for p in node.parents)

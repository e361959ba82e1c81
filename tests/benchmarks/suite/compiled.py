"""The SQL that dbt compiles, by model and test, in the order in which one needs another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.dbt import run_dbt
from warehouse.settings import Settings

_WORKED = ("model", "test")


@dataclass(frozen=True)
class Node:
    """One model or test. ``needs``: the models it reads, those that are written into others left out."""

    unique_id: str
    kind: str
    schema: str
    name: str
    folder: str
    select: str
    materialized: str
    unlogged: bool
    indexes: tuple[dict[str, Any], ...]
    needs: frozenset[str]
    reads: frozenset[str]

    @property
    def table(self) -> str:
        """Returns the name with its schema."""
        return f"{self.schema}.{self.name}"


def compile_all(built: Settings, target: Path) -> Path:
    """Compiles the whole project against a built database and returns the manifest."""
    target.mkdir(parents=True, exist_ok=True)
    run_dbt(built, target, "compile", "--full-refresh", "--no-use-colors")
    return target / "manifest.json"


def read(manifest: Path) -> list[Node]:
    """Returns the nodes; a node comes after those it needs."""
    known = json.loads(manifest.read_text(encoding="utf-8"))
    nodes = known["nodes"]
    names = {key: f"{n['schema']}.{n['alias']}" for key, n in nodes.items()}
    names |= {key: f"{n['schema']}.{n['identifier']}" for key, n in known["sources"].items()}
    found = {
        key: _node(key, node, nodes, names)
        for key, node in nodes.items()
        if node["resource_type"] in _WORKED
        and node["config"]["enabled"]
        and node["config"].get("materialized") != "ephemeral"
        and node.get("compiled_code")
    }
    return list(_in_order(found))


def _node(key: str, node: dict[str, Any], nodes: dict[str, Any], names: dict[str, str]) -> Node:
    config = node["config"]
    parents = frozenset(_parents(node, nodes))
    return Node(
        key,
        node["resource_type"],
        node["schema"],
        node["alias"],
        node["path"].split("/")[0],
        without_database(node["compiled_code"], node["database"]),
        config.get("materialized") or "",
        bool(config.get("unlogged")),
        tuple(config.get("indexes") or ()),
        frozenset(p for p in parents if p.startswith("model.")),
        frozenset(names[p] for p in parents if p in names),
    )


def _parents(node: dict[str, Any], nodes: dict[str, Any]) -> Iterable[str]:
    """Yields the nodes it reads, through those that are written into it."""
    for parent in node["depends_on"].get("nodes", ()):
        of = nodes.get(parent)
        if of is not None and of["config"].get("materialized") == "ephemeral":
            yield from _parents(of, nodes)
        else:
            yield parent


def without_database(sql: str, database: str) -> str:
    """Takes the database out of the names: the same SQL runs in another one."""
    return re.sub(rf'"{re.escape(database)}"\.', "", sql)


def _in_order(nodes: dict[str, Node]) -> Iterable[Node]:
    done: set[str] = set()
    waiting = dict(sorted(nodes.items()))
    while waiting:
        ready = [key for key, node in waiting.items() if node.needs & nodes.keys() <= done]
        if not ready:
            raise ValueError(f"the models need each other in a circle: {', '.join(sorted(waiting))[:200]}")
        for key in ready:
            yield waiting.pop(key)
        done |= set(ready)


def statements(node: Node) -> list[str]:
    """Returns the SQL that makes a table as dbt would, without hooks, or that counts a test's failures."""
    if node.kind == "test":
        return [f"select count(*) from (\n{node.select}\n) as failures"]
    if node.materialized == "view":
        return [f"drop view if exists {node.table} cascade", f"create view {node.table} as\n{node.select}"]
    kind = "unlogged table" if node.unlogged else "table"
    made = [f"drop table if exists {node.table} cascade", f"create {kind} {node.table} as\n{node.select}"]
    for index in node.indexes:
        unique = "unique " if index.get("unique") else ""
        method = f"using {index['type']} " if index.get("type") else ""
        made.append(f"create {unique}index on {node.table} {method}({', '.join(index['columns'])})")
    return [*made, f"analyze {node.table}"]

"""What dbt says of the models and seeds: its manifest, made without any database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.errors import HubError
from warehouse.settings import PROJECT_ROOT

PROJECT = PROJECT_ROOT / "dbt_project"
#: dbt's own documentation as one page, beside the manifest.
STATIC_PAGE = "static_index.html"


class ManifestError(HubError):
    """dbt could not read its project."""

    exit_code = 2


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    description: str


@dataclass(frozen=True)
class Node:
    """A model, a seed or a source. ``path``: its file in the repository; ``parents``: unique ids."""

    unique_id: str
    kind: str
    schema: str
    name: str
    description: str
    path: str
    is_public: bool
    columns: tuple[Column, ...]
    parents: tuple[str, ...]

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"


class Manifest:
    """The nodes of the dbt project by unique id."""

    def __init__(self, content: dict[str, Any]) -> None:
        found = {**content["nodes"], **content["sources"]}
        self.nodes = {
            unique_id: _node(unique_id, node)
            for unique_id, node in sorted(found.items())
            if node["resource_type"] in ("model", "seed", "source")
        }

    def of_kind(self, kind: str) -> list[Node]:
        """Returns the models, seeds or sources in the order of their names."""
        return sorted((n for n in self.nodes.values() if n.kind == kind), key=lambda n: (n.schema, n.name))

    def model(self, name: str) -> Node | None:
        """Returns the model of that name, if there is one."""
        return next((node for node in self.of_kind("model") if node.name == name), None)

    def reads(self, start: Node) -> list[Node]:
        """Returns what a model rests on: the nearest public models, staging models and seeds below it.

        Private models are looked through, for their names say nothing to whoever only reads the results.
        """
        seen: set[str] = set()
        found: list[Node] = []
        for node in self._below(start, seen):
            if node.kind == "seed" or node.is_public or node.schema == "staging":
                found.append(node)
        return sorted(found, key=lambda node: (node.kind, node.schema, node.name))

    def _below(self, node: Node, seen: set[str]) -> Iterator[Node]:
        for parent_id in node.parents:
            parent = self.nodes.get(parent_id)
            if parent is None or parent_id in seen:
                continue
            seen.add(parent_id)
            yield parent
            if parent.kind == "model" and not parent.is_public and parent.schema != "staging":
                yield from self._below(parent, seen)


def _node(unique_id: str, node: dict[str, Any]) -> Node:
    columns = node.get("columns", {})
    types = node.get("config", {}).get("column_types") or {}
    names = list(columns) + [name for name in types if name not in columns]
    name = node.get("alias") or node["name"]
    return Node(
        unique_id,
        node["resource_type"],
        node["schema"],
        name,
        node.get("description", ""),
        f"dbt_project/{node['original_file_path']}",
        node["resource_type"] == "model" and _is_public(node),
        tuple(
            Column(
                column,
                columns.get(column, {}).get("data_type") or types.get(column, ""),
                columns.get(column, {}).get("description", ""),
            )
            for column in names
        ),
        tuple(node.get("depends_on", {}).get("nodes", ())),
    )


def _is_public(node: dict[str, Any]) -> bool:
    """What others may read is held by an enforced contract, and nothing else is."""
    return bool(node["config"]["contract"]["enforced"])


def write(folder: Path) -> None:
    """Lets dbt write its manifest and its own documentation into ``folder``. Raises ``ManifestError``.

    No database is asked: the columns are those that the models declare.
    """
    _dbt(folder, "parse")
    _dbt(folder, "docs", "generate", "--static", "--empty-catalog", "--no-compile")


def _dbt(folder: Path, *command: str) -> None:
    whole = [
        sys.executable, "-m", "hub.dbt", "--no-use-colors", *command,
        "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT),
        "--target-path", str(folder), "--log-path", str(folder / "logs"),
    ]  # fmt: skip
    env = {**os.environ, "DO_NOT_TRACK": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    done = subprocess.run(  # noqa: S603 -- our own command
        whole, env=env, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ManifestError(
            f"dbt cannot read {PROJECT}; what it says:\n{done.stdout[-4000:]}{done.stderr[-2000:]}"
        )


def load(folder: Path) -> Manifest:
    """Returns the manifest that ``write`` left in ``folder``."""
    return Manifest(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))

"""Reads what became of each node of the last ``dbt build``: models, seeds, tests.

The build is one task, because dbt orders its nodes itself and a task costs more than most of them. So that
nobody has to look for the log of dbt, the task says a line for each node, and each group is an asset.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

#: The groups by which a build shows: the schemas that it fills, and the tests.
GROUPS = ("seeds", "staging", "work", "core", "candidate", "tests")
_DONE = ("success", "pass")
_SHOWN_KINDS = ("model", "seed", "snapshot", "test")


@dataclass(frozen=True)
class NodeResult:
    """One node of a build. ``group`` is one of ``GROUPS``; ``status`` is dbt's word for it."""

    group: str
    kind: str
    name: str
    status: str
    seconds: float

    @property
    def is_done(self) -> bool:
        """Tells whether the model was built, or the test holds."""
        return self.status in _DONE

    def __str__(self) -> str:
        return f"{self.status:<8}{self.seconds:7.1f} s  {self.group:<10}{self.kind} {self.name}"


def results_file(home: Path) -> Path:
    """Returns the file in which dbt says what became of the nodes of its last run."""
    return home / "dbt" / "target" / "run_results.json"


def read(path: Path, since: float = 0.0) -> list[NodeResult]:
    """Returns the nodes of a build by group, then in the order in which they ended; empty if ``path`` is
    missing, or older than ``since`` (seconds of the clock of files): a build that ended before its first node
    writes none.
    """
    if not path.exists() or path.stat().st_mtime < since:
        return []
    found = [_node(result) for result in json.loads(path.read_text(encoding="utf-8"))["results"]]
    return sorted((node for node in found if node), key=lambda node: GROUPS.index(node.group))


def _node(result: dict[str, object]) -> NodeResult | None:
    kind, _, name = str(result["unique_id"]).split(".", 2)
    if kind not in _SHOWN_KINDS:
        return None
    relation = str(result.get("relation_name") or "")
    schema = relation.split(".")[1].strip('"') if relation.count(".") == 2 else ""
    group = "tests" if kind == "test" else schema
    return NodeResult(
        group if group in GROUPS else "work",
        kind,
        name,
        str(result["status"]),
        float(str(result["execution_time"])),
    )


def summaries(nodes: Iterable[NodeResult]) -> dict[str, dict[str, object]]:
    """Returns for each group with nodes how many there are, their seconds, and those that are not done."""
    by_group: dict[str, list[NodeResult]] = {}
    for node in nodes:
        by_group.setdefault(node.group, []).append(node)
    return {
        group: {
            "nodes": len(found),
            "seconds": round(sum(node.seconds for node in found), 1),
            "not_done": [node.name for node in found if not node.is_done],
        }
        for group, found in by_group.items()
    }

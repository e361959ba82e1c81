"""What dbt's manifest says of the project, as far as a build has to know it: who reads what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: The macro that names the business day. A node that uses it is another one every day.
_DAY = "as_of"
#: The view of all batches that count.
_BATCHES = "stg_current_batches"
_BUILT = ("model", "seed", "test")


@dataclass(frozen=True)
class Node:
    """A source, seed, model or test.

    ``relation`` is its table or view as PostgreSQL names it, or None. ``parents`` are what it reads.
    ``content`` is the digest of a seed's file. ``feed_id``: the feed of a raw table.
    """

    node_id: str
    kind: str
    selector: str = ""
    relation: str | None = None
    parents: tuple[str, ...] = ()
    is_dated: bool = False
    content: str = ""
    feed_id: str | None = None


def read(manifest: Mapping[str, Any], seeds: Mapping[str, str]) -> dict[str, Node]:
    """Returns sources, seeds, models and tests by their ids, each after all that it reads.

    ``seeds``: the digests of their files, by name. The manifest's own are as old as the manifest.
    """
    dated = _dated_macros(manifest["macros"])
    batches = {name for name, node in manifest["nodes"].items() if node["name"] == _BATCHES}
    found = {
        node_id: Node(
            node_id, "source", relation=_name(source), feed_id=source["config"]["meta"].get("feed_id")
        )
        for node_id, source in manifest["sources"].items()
    }
    for node_id in _in_order(manifest["nodes"]):
        node = manifest["nodes"][node_id]
        reads = node["depends_on"]
        parents = set(reads.get("nodes", ()))
        if node["resource_type"] == "model" and node["schema"] == "staging":
            # of all batches that count it reads those of its feed, which are the state of its raw table
            parents -= batches
        found[node_id] = Node(
            node_id,
            node["resource_type"],
            selector=".".join(node["fqn"]),
            relation=_name(node) if node["resource_type"] != "test" else None,
            parents=tuple(sorted(parents)),
            is_dated=not dated.isdisjoint(reads["macros"]),
            content=seeds[node["name"]] if node["resource_type"] == "seed" else "",
        )
    return found


def _name(node: Mapping[str, Any]) -> str | None:
    if node.get("config", {}).get("materialized") == "ephemeral":
        return None
    return f"{node['schema']}.{node.get('alias') or node['identifier']}"


def _dated_macros(macros: Mapping[str, Any]) -> set[str]:
    """Returns the macros that name the day, and those that call one of them."""
    found = {name for name in macros if name.endswith(f".{_DAY}")}
    while more := {
        name
        for name, macro in macros.items()
        if name not in found and found & {*macro["depends_on"]["macros"]}
    }:
        found |= more
    return found


def _in_order(nodes: Mapping[str, Any]) -> Iterator[str]:
    done: set[str] = set()
    left = [name for name, node in nodes.items() if node["resource_type"] in _BUILT]
    while left:
        ready = [
            name
            for name in left
            if all(p in done or p not in nodes for p in nodes[name]["depends_on"].get("nodes", ()))
        ]
        if not ready:
            raise ValueError(f"models read each other in a circle: {sorted(left)}")
        yield from ready
        done.update(ready)
        left = [name for name in left if name not in done]

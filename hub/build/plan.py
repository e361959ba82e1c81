"""Says what a build has to do: a node is built when something that it is made of has changed.

The fingerprint of a node is the digest of all that its content depends on: the text of the project, the day
if the node asks for it, the file of a seed, the batches that count for the feed of a raw table, and the
fingerprints of what it reads. So an equal fingerprint means equal content, as long as nobody wrote to the
table by other ways (``hub.build.built`` sees to that).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date

from hub.build.nodes import Node


def fingerprints(
    nodes: Mapping[str, Node], sources: Mapping[str, str], definition: str, as_of: date
) -> dict[str, str]:
    """Returns the fingerprint of every node for a day.

    ``sources``: the state of each source, as ``hub.build.built`` reads it. ``definition``: the digest of
    project, schema and programs. ``nodes`` stand in the order in which they read each other, as
    ``hub.build.nodes`` gives them.
    """
    found: dict[str, str] = {}
    for name, node in nodes.items():
        if node.kind == "source":
            found[name] = sources.get(node.feed_id, "") if node.feed_id else sources[str(node.relation)]
            continue
        found[name] = _digest(
            definition,
            as_of.isoformat() if node.is_dated else "",
            node.content,
            *(f"{parent} {found[parent]}" for parent in node.parents),
        )
    return found


def stale(nodes: Mapping[str, Node], wanted: Mapping[str, str], built: Mapping[str, str]) -> list[str]:
    """Returns the ids of the nodes to build, in order: those not built like that, and all that read them.

    A model that is built anew is built with its readers also where they would come out the same: dbt replaces
    a table by another one, and its views go with the former.
    """
    found: dict[str, None] = {}
    for name, node in nodes.items():
        if node.kind == "source":
            continue
        is_kept = node.kind == "model" and node.relation is None  # written into its readers
        if any(parent in found for parent in node.parents) or not (
            is_kept or built.get(name) == wanted[name]
        ):
            found[name] = None
    return list(found)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()

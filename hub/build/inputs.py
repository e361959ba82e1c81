"""What a build is made of: the day, the project, the seeds, and the state of all that models read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from psycopg2.extensions import connection as Connection

from hub.build import built, plan, project
from hub.build.nodes import Node


@dataclass(frozen=True)
class Inputs:
    """What a build is made of, as it was before the build began.

    What arrives meanwhile may be in the build. It is not in the fingerprints, so it is built again.
    """

    as_of: date
    definition: str
    seeds: Mapping[str, str]
    sources: Mapping[str, str]

    @classmethod
    def read(cls, connection: Connection, as_of: date, folder: Path = project.PROJECT) -> Inputs:
        """Reads them from the project in ``folder`` and the database."""
        with connection, connection.cursor() as cursor:
            definition = f"{project.digest(folder)} {built.schema(cursor)}"
            return cls(as_of, definition, project.seeds_digest(folder), built.sources(cursor, as_of))

    def stale(self, connection: Connection, found: Mapping[str, Node]) -> list[Node]:
        """Returns the nodes to build, in order."""
        with connection, connection.cursor() as cursor:
            made_of = built.fingerprints(cursor)
        return [found[name] for name in plan.stale(found, self._fingerprints(found), made_of)]

    def record(self, connection: Connection, found: Mapping[str, Node], done: Iterable[str]) -> None:
        """Records that nodes were built from these inputs; ids that are no nodes are passed over."""
        with connection, connection.cursor() as cursor:
            built.record(cursor, [found[name] for name in done if name in found], self._fingerprints(found))

    def _fingerprints(self, found: Mapping[str, Node]) -> dict[str, str]:
        return plan.fingerprints(found, self.sources, self.definition, self.as_of)

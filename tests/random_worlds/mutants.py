"""Does the comparison over random worlds see a broken rule? ``make mutants``: too long for ``make test``.

Every mutation is applied to a copy of the dbt project and built over the days of ``make test``; what SQL
says must then differ from the second reading. Mutations that reach no rule in common are built together: what
a rule says differently is then due to the one that reaches it. Only mutated models and what hangs on them are
built again.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.second_reading import read
from tests.random_worlds.comparison import Said, mishandled_by_sql, replace_world, said_by_sql
from tests.random_worlds.mutations import MUTATIONS, Mutation, texts
from tests.random_worlds.shown import ShownByWorld
from tests.random_worlds.worlds import EXAMPLES, SMALL_WORLDS, draw
from tests.support.dbt import PROJECT, run_dbt
from tests.support.hand_made_world import World
from warehouse.settings import Settings

#: What is compared; everything else that hangs on a model is left as it was.
_RESULTS = ("warnings", "cross_check_hits", "unanswered")
_BY_CHECK = {
    row["check_id"]: row["rule_id"]
    for row in csv.DictReader((PROJECT / "seeds" / "checks.csv").open(encoding="utf-8"))
}


class Copy:
    """A copy of the dbt project that can be broken and mended."""

    def __init__(self, root: Path, hub: Settings) -> None:
        self.path, self.target, self.hub = root / "project", root / "target", hub
        shutil.copytree(PROJECT, self.path, ignore=shutil.ignore_patterns("target", "logs"))
        self.files = texts(self.path)
        self.whole = {name: path.read_text(encoding="utf-8") for name, path in self.files.items()}
        self.broken: list[Mutation] = []
        self.dbt("seed")

    def dbt(self, *arguments: str) -> None:
        run_dbt(self.hub, self.target, *arguments, project=self.path)

    def mend(self) -> None:
        for m in self.broken:
            self.files[m.stands_in].write_text(self.whole[m.stands_in], encoding="utf-8")
        self.broken = []

    def build_with(self, mutations: list[Mutation], day: Any) -> None:
        """Mends what was broken before, breaks this, and builds both again."""
        changed = {m.model for m in [*self.broken, *mutations]}
        self.mend()
        for m in mutations:
            text = self.files[m.stands_in].read_text(encoding="utf-8")
            self.files[m.stands_in].write_text(text.replace(m.old, m.new), encoding="utf-8")
        self.broken = mutations
        chosen = [f"{name}+,+{result}" for name in sorted(changed) for result in _RESULTS]
        self.dbt("run", "--vars", f"{{as_of: '{day}'}}", "--select", *chosen)

    def rules_reached(self) -> dict[str, frozenset[str]]:
        """By model the rules whose findings hang on it."""
        manifest = json.loads((self.target / "manifest.json").read_text(encoding="utf-8"))
        children: dict[str, list[str]] = manifest["child_map"]

        def below(node: str) -> set[str]:
            found, todo = {node}, [node]
            while todo:
                new = set(children.get(todo.pop(), ())) - found
                found, todo = found | new, [*todo, *new]
            return found

        return {
            name: frozenset(filter(None, map(self._rule_of, below(f"model.civil_affairs_hub.{name}"))))
            for name in {m.model for m in MUTATIONS}
        }

    def _rule_of(self, node: str) -> str | None:
        """The rule or check whose findings a node of the manifest is."""
        kind, _, name, *_ = node.split(".")
        if kind != "model" or name == "wrn_overdue_task_warnings":
            return None  # a warning that is late is one of a former run, and there is none here
        if name == "unanswered":
            return "hukou"
        if name.startswith("chk_"):
            return _BY_CHECK[name.removeprefix("chk_")]
        return self.files[name].parent.name if name.startswith("wrn_") else None


def rounds(mutations: list[Mutation], reached: dict[str, frozenset[str]]) -> list[list[Mutation]]:
    """Mutations that may be built together: no two of them reach one rule."""
    found: list[list[Mutation]] = []
    for m in mutations:
        fits = (r for r in found if not any(reached[m.model] & reached[other.model] for other in r))
        together = next(fits, None)
        if together is None:
            found.append(together := [])
        together.append(m)
    return found


def _differences(hub: Settings, shown: ShownByWorld, by_reading: set[Said]) -> dict[str, list[Any]]:
    """By rule what only one of the two says; if they say the same, what is handled differently."""
    found: dict[str, list[Any]] = defaultdict(list)
    for said in said_by_sql(hub) ^ by_reading:
        found[_BY_CHECK[str(said[1])] if said[0] == "check" else str(said[1])].append(said)
    if not found:
        for wrong in mishandled_by_sql(hub, shown):
            found[wrong[0]].append(wrong)
    return found


@pytest.mark.slow
def test_every_mutation_is_seen(hub_db: Settings, tmp_path: Path) -> None:
    copy = Copy(tmp_path, hub_db)
    chosen = os.environ.get("HUB_MUTANTS_OF", "").split(",")
    left = [m for m in MUTATIONS if any(name in m.model for name in chosen)]
    stale = [m for m in left if copy.whole.get(m.stands_in, "").count(m.old) != 1]
    assert stale == [], "the text is not in the model once: bring mutations.py up to date"
    seen: dict[Mutation, tuple[Any, int]] = {}
    for day, first_seed in EXAMPLES:
        world = World()
        for seed in range(first_seed, first_seed + SMALL_WORLDS):
            draw(world, day, seed)
        replace_world(hub_db, world)
        copy.mend()
        copy.dbt("run", "--full-refresh", "--vars", f"{{as_of: '{day}'}}", "--select",
                 *(f"+{result}" for result in _RESULTS))  # fmt: skip
        shown = ShownByWorld(world, day)
        by_reading = set[Said](read(shown))
        assert _differences(hub_db, shown, by_reading) == {}, "they differ before anything is broken"
        reached = copy.rules_reached()
        for together in rounds([m for m in left if m not in seen], reached):
            copy.build_with(together, day)
            found = _differences(hub_db, shown, by_reading)
            for m in together:
                if number := sum(len(found[rule]) for rule in reached[m.model] if rule in found):
                    seen[m] = (day, number)
                sys.stdout.write(_line(m, seen.get(m)) + "\n")
                sys.stdout.flush()
    survivors = [m for m in left if m not in seen]
    sys.stdout.write(f"{len(seen)} of {len(left)} seen\n")
    assert survivors == []


def _line(m: Mutation, seen: tuple[Any, int] | None) -> str:
    said = f"{seen[0]} {seen[1]:4} differ" if seen else "not yet seen   "
    return f"{said}  {m.model}: {' '.join(m.old.split())[:60]} -> {' '.join(m.new.split())[:60]}"

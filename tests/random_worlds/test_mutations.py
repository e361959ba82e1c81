"""A mutation whose text is no longer in its model breaks nothing. Needs no build."""

from __future__ import annotations

from tests.dbt.test_rules_on_hand_made_world import PROJECT
from tests.random_worlds.mutations import MUTATIONS


def test_every_mutation_stands_once_in_its_model() -> None:
    models = {path.stem: path.read_text(encoding="utf-8") for path in (PROJECT / "models").rglob("*.sql")}
    stale = [m for m in MUTATIONS if models.get(m.model, "").count(m.old) != 1]
    assert stale == [], "bring mutations.py up to date"
    assert [m for m in MUTATIONS if m.old == m.new] == []

"""A mutation whose text is no longer in its model breaks nothing. Needs no build."""

from __future__ import annotations

from tests.random_worlds.mutations import MUTATIONS, texts
from tests.support.dbt import PROJECT


def test_every_mutation_stands_once_in_its_model() -> None:
    files = {name: path.read_text(encoding="utf-8") for name, path in texts(PROJECT).items()}
    stale = [m for m in MUTATIONS if files.get(m.stands_in, "").count(m.old) != 1]
    assert stale == [], "bring mutations.py up to date"
    assert [m for m in MUTATIONS if m.old == m.new] == []

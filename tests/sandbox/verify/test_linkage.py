"""How links are counted."""

from __future__ import annotations

from sandbox.verify.linkage import quality

PLANTED = [("H1", "a"), ("H2", "b"), ("H3", "c")]


def test_the_right_person_for_the_right_dead_counts() -> None:
    found = quality(PLANTED, [("H1", "a"), ("H2", "c")])
    assert (found.planted, found.linked, found.right) == (3, 2, 1)
    assert (found.precision, round(found.recall, 3)) == (0.5, 0.333)
    assert "precision 0.500, recall 0.333" in str(found)


def test_nothing_linked_is_not_wrong_but_finds_nothing() -> None:
    found = quality(PLANTED, [])
    assert (found.precision, found.recall) == (1.0, 0.0)

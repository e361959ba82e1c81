"""How published and planted are compared."""

from __future__ import annotations

from warehouse.stack.verify import compare, table

DEATH = ("death", "210101199001011234", "death", "confirmed")


def test_equal_sides_are_exact() -> None:
    (only,) = compare("warning", [DEATH], [DEATH])
    assert only.exact
    assert (only.expected, only.found) == (1, 1)


def test_missed_wrong_and_a_wrong_confidence_are_not() -> None:
    suspected = (*DEATH[:3], "suspected")
    missed, invented = compare("warning", [DEATH], [suspected, ("hukou", "x", "hukou", "confirmed")])
    assert missed.missed == {DEATH}
    assert missed.wrong == {suspected}
    assert (invented.expected, len(invented.wrong)) == (0, 1)


def test_the_table_names_every_rule() -> None:
    lines = table(compare("check", [DEATH], [])).splitlines()
    assert lines[0].split() == ["rule", "expected", "found", "missed", "wrong"]
    assert lines[1].split() == ["check", "death", "1", "0", "1", "0"]


def test_a_warning_published_twice_is_wrong_and_a_hit_of_two_sub_types_is_not() -> None:
    fact = ("death", "210102196001011233", "dead", "confirmed")
    (warning,) = compare("warning", [fact], [fact, fact])
    (hit,) = compare("check", [fact], [fact, fact])
    assert (warning.exact, warning.wrong, hit.exact) == (False, frozenset([fact]), True)

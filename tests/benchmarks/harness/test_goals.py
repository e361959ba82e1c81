"""A goal, its verdict, the table and the picture."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tests.benchmarks.suite import plot, table
from tests.benchmarks.suite.goals import Goal, Line, Result, load_goals
from tests.benchmarks.suite.lines import apps
from tests.benchmarks.suite.registry import GROUPS

FASTER = Goal("fast", "loading", "× COPY", "two writes", "one write", at_least=0.9)
SMALLER = Goal("small", "a day", "of a build", "all is built", "build less", at_most=0.05, percent=True)


@pytest.mark.parametrize(
    ("goal", "value", "verdict"),
    [
        (FASTER, 0.9, "met"),
        (FASTER, 0.89, "not met"),
        (SMALLER, 0.05, "met"),
        (SMALLER, 0.051, "not met"),
        (SMALLER, None, "not measured"),
    ],
)
def test_a_value_is_held_against_its_goal(goal: Goal, value: float | None, verdict: str) -> None:
    assert Line(goal, Result(value)).verdict == verdict


def test_a_goal_has_one_bound() -> None:
    with pytest.raises(ValueError, match="both"):
        Goal("x", "", "", "", "", at_least=1, at_most=2)
    with pytest.raises(ValueError, match="x"):
        Goal("x", "", "", "", "")


def test_pairs_give_their_median() -> None:
    result = Result.of_pairs([3.0, 1.0, 2.0], "note")
    assert (result.value, result.pairs) == (2.0, 3)


def test_every_goal_is_measured_once_and_says_why_and_what_next() -> None:
    goals = load_goals()
    measured = [line for group in GROUPS for line in group.lines]
    assert sorted(measured) == sorted(goals)
    assert len(goals) > 15
    assert all(goal.reason and goal.idea for goal in goals.values())


def results() -> dict[str, object]:
    machine = {
        "at": "2026-11-29T10:00:00+00:00", "commit": "abc1234", "processors": 2, "processor": "x",
        "memory_gib": 24, "file_system": "ext4", "system": "Linux", "python": "3.11",
        "postgres": {"server_version": "17"}, "niceness": 0,
    }  # fmt: skip
    row = {
        "wall": 1.25, "client_cpu": 1.0, "server_cpu": 0.5, "client_written": 0, "server_written": 2_000_000,
        "wal": 1_000_000, "peaks": {"hub.dbt": 170.4, "postgres backend (private)": 30.2},
    }  # fmt: skip
    return {
        "scale": 0.1, "seed": 1, "rows": 1000, "command": "make bench SCALE=0.1", "machine": machine,
        "load_before": [0.5, 0.4, 0.3], "load_after": [9.0, 4.0, 1.0],
        "stages": {"load": row, "pull": {"error": "no city"}},
    }  # fmt: skip


def test_the_page_tells_the_machine_the_stages_and_the_verdicts() -> None:
    lines = [
        Line(FASTER, Result(0.4, "a|b", 3)),
        Line(SMALLER, Result(0.012)),
        Line(SMALLER, Result.missing("no index")),
    ]
    page = table.page(results(), lines)
    assert "Load average 0.5 before, 9.0 after: a busy machine" in page
    assert "| load | 1.2 | 1.0 | 0.5 | 170 | 30 | 0.0 | 2.0 | 1.0 |" in page
    assert "| pull | not measured: no city |" in page
    assert "| 0.4 × COPY | ≥ 0.9 | not met | 3 | a\\|b. Why: two writes. Next: one write |" in page
    assert "| 1.2 % of a build | ≤ 5.0 % | met | 1 |  |" in page
    assert "| not measured | ≤ 5.0 % | not measured | – | no index |" in page


def test_the_picture_has_a_bar_for_each_measured_line() -> None:
    lines = [Line(FASTER, Result(0.45)), Line(SMALLER, Result(0.01)), Line(SMALLER, Result.missing("<no>"))]
    tree = ElementTree.fromstring(plot.svg(lines, "Goals & more"))
    colours = [e.get("fill") for e in tree.iter() if e.tag.endswith("rect")]
    assert colours == ["#ffffff", "#c62828", "#2e7d32"]


@pytest.mark.parametrize(("headroom", "steps"), [(1, 0), (2, 1), (0.5, -1), (1e9, 5), (0, -5)])
def test_a_step_of_the_picture_is_a_factor_of_two(headroom: float, steps: float) -> None:
    assert plot.offset(headroom) == steps


def test_the_worst_query_is_taken_from_the_tables_of_the_reading_benchmark() -> None:
    text = (
        "1,000 warnings, p50 / p95 in ms\n"
        "| query | owner | one | ratio | many | published | p95 to that without |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
        "| a page | 0.10 / 0.4 | 0.2 / 1.0 | 2.0 | 2.00 / 8.0 | 4.00 / 40.0 | 5.0 |\n"
        "10,000 warnings, p50 / p95 in ms\n"
        "| a page | 0.10 / 0.4 | 0.2 / 1.0 | 2.0 | 2.00 / 8.0 | 4.00 / 12.0 | 1.5 |\n"
        "| a person | 0.10 / 0.4 | 0.2 / 1.0 | 2.0 | 2.00 / 8.0 | 4.00 / 20.0 | 2.5 |\n"
        "| query | p50, 1 client | p95, 1 client | p95, many clients |\n"
        "| --- | --- | --- | --- |\n"
        "| a page | 1.0 | 1.1 | 1.2 |\n"
    )
    found = apps.worst_queries(text)
    assert found["reading-publication"] == [("a person", 2.5), ("a page", 1.5)]
    assert found["reading-growth"] == [("a page", 1.2)]

"""What is measured is what was asked for."""

from __future__ import annotations

import pytest

from tests.benchmarks.suite.options import STAGES, Options, parse

LINES = ("load-copy", "make-run")


def options(*given: str, **env: str) -> Options:
    return parse(given, LINES, env)


def test_all_is_measured_that_the_scale_takes() -> None:
    found = options(SCALE="0.1")
    assert found.stages == STAGES
    assert [found.wants("load-copy"), found.wants("make-run", 1)] == [True, False]
    assert options(SCALE="1").wants("make-run", 1)


def test_a_named_line_is_measured_at_any_scale_and_nothing_else() -> None:
    found = options(LINES="make-run", SCALE="0.1")
    assert (found.stages, found.wants("make-run", 1), found.wants("load-copy")) == ((), True, False)


def test_named_stages_come_without_lines() -> None:
    found = options(STAGES="load, core")
    assert (found.stages, found.wants("load-copy")) == (("load", "core"), False)


def test_both_can_be_named_and_none_of_one() -> None:
    found = options("--stages", "load", "--lines", "load-copy")
    assert (found.stages, found.wants("load-copy"), found.wants("make-run")) == (("load",), True, False)
    assert options(STAGES="none").stages == ()


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options(LINES="lod-copy")
    assert "no line 'lod-copy'" in capsys.readouterr().err

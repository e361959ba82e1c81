"""How published and planted are compared."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from hub.__main__ import main
from sandbox.verify.amounts import compare_amounts
from sandbox.verify.checks import hit_text
from sandbox.verify.verify import compare, table

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


def test_hits_are_compared_to_the_day_and_the_fen() -> None:
    """A month less, a fen less, another day or kind, and a case nobody named are each seen."""
    case = ("dead", "210102196001011233", "civil_affairs__dibao:1")
    hit = ("dead", date(2020, 3, 2), None, 2, Decimal("600.00"))
    others = [
        ("linked", *hit[1:]),
        (*hit[:1], date(2020, 3, 3), *hit[2:]),
        (*hit[:2], date(2020, 5, 31), *hit[3:]),
        (*hit[:3], 1, hit[4]),
        (*hit[:4], Decimal("599.99")),
        (*hit[:3], None, None),
    ]
    (same,) = compare("overpaid", [hit_text(*case, *hit)], [hit_text(*case, *hit)])
    assert (same.rule, same.exact) == ("overpaid dead", True)
    for other in others:
        (differs,) = compare("overpaid", [hit_text(*case, *hit)], [hit_text(*case, *other)])
        assert (len(differs.missed), len(differs.wrong)) == (1, 1), other
    (elsewhere,) = compare(
        "overpaid", [hit_text(*case, *hit)], [hit_text(*case[:2], "civil_affairs__tekun:1", *hit)]
    )
    assert not elsewhere.exact


def money(*amounts: tuple[str, str, str, str | None, str | None]) -> pl.DataFrame:
    columns = ("kind", "subject", "month", "amount", "detail")
    return pl.DataFrame(amounts, schema=dict.fromkeys(columns, pl.String), orient="row")


def test_amounts_are_compared_to_the_fen_and_with_their_reason() -> None:
    due = ("dibao", "f:1", "2020-05-01", "535.00", None)
    unknown = ("tekun", "f:2", "2020-05-01", None, None)
    line = ("care_home_line", "RZ1", "2020-05-01", "0.00", "under_age")
    exact = compare_amounts(money(due, unknown, line), money(line, unknown, due))
    assert [(c.rule, c.expected, c.found, c.exact) for c in exact] == [
        ("amount care_home_line", 1, 1, True),
        ("amount dibao", 1, 1, True),
        ("amount tekun", 1, 1, True),
    ]
    a_fen_less, other_reason = (*due[:3], "534.99", None), (*line[:4], "non_local")
    lines, dibao, tekun = compare_amounts(money(due, unknown, line), money(a_fen_less, other_reason))
    assert lines.wrong == {("care_home_line", "RZ1", "2020-05-01", "0.00 non_local")}
    assert dibao.missed == {("dibao", "f:1", "2020-05-01", "535.00")}
    assert (tekun.found, len(tekun.missed), len(tekun.wrong)) == (0, 1, 0)


def test_an_amount_found_twice_is_wrong() -> None:
    due = ("dibao", "f:1", "2020-05-01", "535.00", None)
    (dibao,) = compare_amounts(money(due), money(due, due))
    assert (dibao.found, dibao.exact) == (2, False)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ``HUB_HOME`` in which nothing ever ran."""
    for name in ("DATABASE_URL", "SEED", "SCALE", "CITY_FROM", "SANDBOX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    return tmp_path


def test_where_nothing_ran_one_line_says_what_to_do(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify"]) == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"error: there is no stand-in city in {home}")
    assert "'make run' first" in line
    assert not (home / "postgres").exists()


@pytest.mark.slow
def test_a_run_that_ended_before_the_schema_was_made_is_told_the_same(
    home: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "sandbox").mkdir()
    (home / "sandbox" / "server.json").write_text('{"city": "city"}', encoding="utf-8")
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert main(["verify"]) == 2
    assert capsys.readouterr().out == "error: nothing has been published yet: 'make run' first\n"

"""The commands as a person types them: what they print, and the code they end with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.__main__ import main
from tests.support.fakes import DAY, rows_of
from tests.warehouse.operations.test_replay import DELTA, GOOD, WRONG_ID, load
from warehouse.intake import holds
from warehouse.settings import Settings

pytestmark = pytest.mark.slow
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(fresh_hub: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    for name, value in {
        "DATABASE_URL": fresh_hub.database_url or "",
        "HUB_HOME": str(fresh_hub.hub_home),
        "HUB_PERSON_KEY": fresh_hub.person_key,
        "SANDBOX": "0",
    }.items():
        monkeypatch.setenv(name, value)

    def command(*arguments: str) -> tuple[int, str]:
        code = main(list(arguments))
        return code, capsys.readouterr().out

    return command


def test_a_held_batch_from_the_list_to_its_release(fresh_hub: Settings, run: Run) -> None:
    batch = str(load(fresh_hub, GOOD).batch_id)
    holds.mark_held([batch], "volume", fresh_hub)
    code, said = run("held")
    assert (code, f"release --batch {batch}" in said, said.splitlines()[-1]) == (
        0,
        True,
        "1 batches are held",
    )
    assert run("release", "--batch", "x", "--reason", "y")[0] == 2
    assert run("release", "--batch", batch, "--reason", " ")[0] == 2
    assert run("release", "--batch", batch, "--reason", "confirmed", "--by", "li")[0] == 0
    assert rows_of(fresh_hub, "select decided_by, reason from ops.decisions") == [("li", "confirmed")]
    assert run("held") == (0, "0 batches are held\n")


def test_a_row_from_the_quarantine_to_its_correction(fresh_hub: Settings, run: Run, tmp_path: Path) -> None:
    load(fresh_hub, GOOD, WRONG_ID)
    code, said = run("quarantine", "--feed", DELTA, "--rows", "5")
    assert code == 0
    assert f"1  {DELTA}  id_check_digit  id_number  {DAY}" in said
    assert "main row 2: id_number id_check_digit" in said
    assert "210111195501025161" not in said
    number = rows_of(fresh_hub, "select quarantine_id from ops.quarantine")[0][0]
    path = tmp_path / "corrections.csv"
    path.write_text(f"quarantine_id,id_number\n{number},210111195501025166\n", encoding="utf-8")
    code, said = run("replay", "--rows", str(path), "--reason", "a slip")
    assert (code, said.splitlines()[0]) == (0, f"{number}  {DELTA}  loaded")
    code, said = run("replay", "--feed", DELTA, "--day", str(DAY), "--reason", "to see")
    assert code == 0
    assert "2 received = 2 loaded + 0 duplicate + 0 set aside (1 corrected by hand before)" in said
    assert run("replay", "--feed", DELTA, "--reason", "no day")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("quarantine", "--feed", DELTA), 0, "0  rows are set aside"),
        (("quarantine", "--feed", DELTA[:-1]), 2, f"no feed {DELTA[:-1]!r}: is it {DELTA}"),
        (
            ("quarantine", "--reason", "id_check_digits"),
            2,
            "no reason 'id_check_digits': is it id_check_digit",
        ),
        (("drift", "--feed", DELTA), 0, "0 deliveries differed"),
        (("drift", "--feed", DELTA[:-1]), 2, f"no feed {DELTA[:-1]!r}: is it {DELTA}"),
    ],
)
def test_a_mistyped_filter_does_not_look_like_nothing_found(
    run: Run, caplog: pytest.LogCaptureFixture, arguments: tuple[str, ...], code: int, words: str
) -> None:
    ended, said = run(*arguments)
    assert (ended, words in said) == (code, True), said


def test_a_day_that_is_none_is_told_with_an_example(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("quarantine", "--since", "yesterday")
    assert ended.value.code == 2
    assert "argument --since: 'yesterday' is no day: write it like 2020-05-12" in capsys.readouterr().err


def test_alerts_are_listed_and_suppressed(run: Run) -> None:
    code, said = run("alerts")
    assert (code, f"{DELTA}  late  since {DAY}" in said) == (0, True)
    code, said = run("suppress", "--feed", DELTA, "--until", str(DAY), "--reason", "known")
    assert (code, said) == (0, f"{DELTA}: any condition is suppressed until {DAY}; 1 open alerts are\n")
    assert f"suppressed until {DAY}: known" in run("alerts")[1]
    code, said = run("status")
    assert (code, "suppressed: known" in said or "more: status.html" in said) == (0, True)

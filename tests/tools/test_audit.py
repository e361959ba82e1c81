"""An answer about the lock is clean only where every package was asked about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tools import audit

GOOD = {"name": "alpha", "version": "1.0", "vulns": []}
BAD = {"name": "beta", "version": "2.0", "vulns": [{"id": "CVE-2020-0001", "fix_versions": ["2.1"]}]}
UNFIXED = {"name": "delta", "version": "4.0", "vulns": [{"id": "CVE-2020-0002", "fix_versions": []}]}
UNKNOWN = {"name": "gamma", "skip_reason": "not found"}


def answer(*packages: dict[str, Any]) -> audit.Answer:
    return audit.Answer(json.dumps({"dependencies": packages, "fixes": []}), "")


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        (answer(GOOD), 0, "1 packages, nothing is known against any of them"),
        (answer(GOOD, BAD), 1, "beta 2.0: CVE-2020-0001, fixed in 2.1"),
        (answer(UNFIXED, UNKNOWN), 1, "delta 4.0: CVE-2020-0002, fixed in no version yet"),
        (answer(GOOD, UNKNOWN), 5, "does not know 1 of 2 packages, gamma among them"),
        (audit.Answer("", "Traceback\nConnectionError: no route to host\n"), 5, "no route to host"),
        (audit.Answer("", ""), 5, "gave no answer"),
        (audit.Answer("[]", ""), 5, "gave no answer"),
    ],
)
def test_each_answer_has_its_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: audit.Answer, code: int, says: str
) -> None:
    lock = tmp_path / "requirements.txt"
    lock.touch()
    assert audit.main([str(lock)], lambda path: given) == code
    told = capsys.readouterr()
    assert says in (told.err if code else told.out)
    assert ("needs the internet" in told.err) == (code == audit.UNREACHABLE)


def test_a_lock_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main([str(tmp_path / "nothing.txt")], lambda path: answer(GOOD)) == 2
    assert "nothing.txt" in capsys.readouterr().err


def test_it_asks_the_real_program_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the service cannot be reached, that is what is said."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    lock = tmp_path / "requirements.txt"
    lock.write_text("six==1.16.0 \\\n    --hash=sha256:" + "0" * 64 + "\n", encoding="utf-8")
    code, lines = audit.judge(audit.ask(lock))
    assert code == audit.UNREACHABLE
    assert "make audit" in " ".join(lines)

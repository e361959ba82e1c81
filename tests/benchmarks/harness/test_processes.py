"""A child is measured with its own children; a failure says what it wrote."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.suite import processes

#: Starts a child that holds 64 MiB, and says so; both end with their input.
_STARTS = """
import subprocess, sys
child = subprocess.Popen([sys.executable, sys.argv[1]], stdin=sys.stdin, stdout=subprocess.PIPE)
print(child.stdout.readline().decode(), flush=True)
child.wait()
"""
_HOLDS = """
import sys
block = b"x" * (64 << 20)
print("held", flush=True)
sys.stdin.read()
"""


def test_the_peak_of_a_child_of_the_child_is_found(tmp_path: Path) -> None:
    starts, holds = tmp_path / "starts.py", tmp_path / "holds.py"
    starts.write_text(_STARTS, encoding="utf-8")
    holds.write_text(_HOLDS, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(starts), str(holds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        assert child.stdout.readline().strip() == b"held"
        sampler = processes.PeakSampler(
            lambda: processes.family(child.pid), processes.high_water, processes.label_of
        )
        sampler.look()
        child.communicate()
    assert sampler.peaks["holds.py"] > 64 > sampler.peaks["starts.py"]


def test_a_child_gives_an_answer_and_its_figures(tmp_path: Path) -> None:
    source = "sum(range(10**6)); print('more output'); print('answer: {\"rows\": 3}')"
    found = processes.run([sys.executable, "-c", source], os.environ, tmp_path / "logs" / "child.log")
    assert found.answer == {"rows": 3}
    assert found.wall > 0
    assert found.cpu > 0


def test_a_child_that_fails_tells_the_end_of_its_output(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('what was wrong'); raise SystemExit(3)"]
    with pytest.raises(processes.ChildFailed, match=r"ended with 3[\s\S]*what was wrong"):
        processes.run(command, os.environ, tmp_path / "child.log")


def test_what_is_written_to_disk_is_counted(tmp_path: Path) -> None:
    source = (
        "import os, sys; f = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY); os.write(f, b'x' * (1 << 20)); "
        "os.fsync(f)"
    )
    found = processes.run(
        [sys.executable, "-c", source, str(tmp_path / "file")], os.environ, tmp_path / "child.log"
    )
    # a file system in memory writes nothing
    assert found.written >= 1 << 20 or found.written == 0


def test_a_process_is_called_by_what_it_runs() -> None:
    class Fake:
        def __init__(self, *words: str) -> None:
            self.words = list(words)

        def cmdline(self) -> list[str]:
            return self.words

        def name(self) -> str:
            return "python"

    names = [
        processes.label_of(Fake(*words))
        for words in (
            ("python", "-m", "hub.dbt", "--no-use-colors", "build"),
            ("python", "-m", "tests.benchmarks.suite.work", "load", "--day"),
            ("/x/python", "-I", "/x/to_sql.py", "file"),
        )
    ]
    assert names == ["hub.dbt", "tests.benchmarks.suite.work load", "to_sql.py"]

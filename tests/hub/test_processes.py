"""Children are found again and ended, whatever became of the one who started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from hub import ports
from hub.errors import StackError
from hub.processes import Processes, run_to_end, wait_until

FOREVER = [sys.executable, "-c", "import signal; signal.pause()"]
# a child that starts one of its own, ignores TERM and says when both are there
STUBBORN = [
    sys.executable,
    "-c",
    "import os, signal, sys\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "os.fork()\n"
    "print('ready', flush=True)\n"
    "signal.pause()",
]


def test_a_child_is_found_by_another_and_stopped(tmp_path: Path) -> None:
    child = Processes(tmp_path).start("one", FOREVER, os.environ, tmp_path)
    other = Processes(tmp_path)
    assert other.find("one") == child
    other.stop(["one"])
    assert child.process() is None
    assert other.find("one") is None


def test_a_child_that_ends_by_itself_is_missing(tmp_path: Path) -> None:
    processes = Processes(tmp_path)
    assert not processes.is_missing("three")  # never started
    child = processes.start("three", FOREVER, os.environ, tmp_path)
    assert not processes.is_missing("three")
    os.kill(child.pid, signal.SIGKILL)
    wait_until(lambda: child.process() is None, 20, "three")
    assert processes.is_missing("three")
    processes.stop(["three"])
    assert not processes.is_missing("three")


def test_what_does_not_end_when_asked_is_killed_with_its_children(tmp_path: Path) -> None:
    processes = Processes(tmp_path)
    child = processes.start("two", STUBBORN, os.environ, tmp_path)
    wait_until(lambda: child.log.read_text().count("ready") == 2, 20, "two", child)
    below = psutil.Process(child.pid).children()
    processes.stop(["two"], patience=0.1)
    assert child.process() is None
    assert not [p for p in below if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def test_a_build_does_not_outlive_the_task_that_started_it(tmp_path: Path) -> None:
    """The next try would run beside it, in the same tables."""
    task = (
        "import subprocess, sys; from hub.processes import end_with_parent\n"
        f"child = subprocess.Popen({FOREVER!r}, preexec_fn=end_with_parent)\n"
        "print(child.pid, flush=True); child.wait()"
    )
    with subprocess.Popen([sys.executable, "-c", task], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        build = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    gone, left = psutil.wait_procs([build], timeout=20)
    for process in left:
        process.kill()
    assert gone == [build]


def test_the_leftovers_of_a_killed_run_are_ended(tmp_path: Path) -> None:
    script = (
        "import os, sys, signal; from pathlib import Path; from hub.processes import Processes\n"
        f"Processes(Path({str(tmp_path)!r})).start('three', {STUBBORN!r}, os.environ, Path('.'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == -signal.SIGKILL
    processes = Processes(tmp_path)
    child = processes.find("three")
    assert child is not None
    wait_until(lambda: child.log.read_text().count("ready") == 2, 20, "three", child)
    os.kill(child.pid, signal.SIGKILL)  # now only its child is left, which no file names
    assert processes.sweep() >= 1
    assert processes.sweep() == 0


def test_a_pid_that_went_to_somebody_else_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen(FOREVER)
    try:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "four.json").write_text(f'{{"pid": {stranger.pid}, "started": 1.0}}')
        processes = Processes(tmp_path)
        assert processes.find("four") is None
        processes.sweep()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_child_that_dies_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = Processes(tmp_path).start("five", [sys.executable, "-c", "print('why')"], os.environ, tmp_path)
    with pytest.raises(StackError, match=r"ended by itself(.|\n)*why"):
        wait_until(lambda: False, 20, "five", child)


def test_a_failing_command_says_which_and_why(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"six failed with 3(.|\n)*because"):
        run_to_end("six", [sys.executable, "-c", "print('because'); exit(3)"], os.environ, tmp_path, tmp_path)


def test_a_port_stays_until_somebody_else_has_it(tmp_path: Path) -> None:
    port = ports.reserve(tmp_path, "api")
    assert ports.reserve(tmp_path, "api") == port == ports.reserved_port(tmp_path, "api")
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert ports.reserve(tmp_path, "api") != port

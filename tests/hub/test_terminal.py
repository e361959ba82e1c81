"""What the commands say, on outputs that cannot show it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from hub import terminal
from warehouse.settings import PROJECT_ROOT

_SAYS = (
    "import sys; from hub import __main__ as hub\n"
    "class Parser:\n"
    "    def parse_args(self, given):\n"
    "        self.command = lambda _: [hub.say(given[0]), hub.say('\\udce6'), sys.stderr.write(given[0])]\n"
    "        return self\n"
    "hub._parser = Parser\n"
    "sys.exit(hub.main())\n"
)
_WORDS = "民政〇𠮷 é"
_OFF = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
OUTPUTS = {
    "as it is": {},
    "POSIX without coercion": {"LC_ALL": "POSIX", **_OFF},
    "C without coercion": {"LC_ALL": "C", **_OFF},
    "no locale at all": {"LC_ALL": "", "LANG": "", **_OFF},
    "an unknown locale": {"LC_ALL": "xx_YY", **_OFF},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "ascii, strictly": {"PYTHONIOENCODING": "ascii:strict"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "GBK": {"PYTHONIOENCODING": "gbk"},
    "GB2312": {"PYTHONIOENCODING": "gb2312"},
    "UTF-8, strictly": {"PYTHONIOENCODING": "utf-8:strict"},
    "UTF-16": {"PYTHONIOENCODING": "utf-16"},
    "cp437": {"PYTHONIOENCODING": "cp437"},
}


def run(env: dict[str, str], command: str = "") -> subprocess.CompletedProcess[bytes]:
    python = [sys.executable, "-c", _SAYS, _WORDS]
    shell = ["bash", "-c", f'set -o pipefail; "$@" {command}', "bash", *python]
    return subprocess.run(
        shell if command else python,
        env={**os.environ, **env},
        cwd=PROJECT_ROOT,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_command_ends_well_whatever_the_output_can_show(output: str) -> None:
    done = run(OUTPUTS[output])
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    if "ascii" in output or "without" in output:
        assert done.stdout.splitlines()[0] == _WORDS.encode("ascii", "backslashreplace")
    if output in ("as it is", "UTF-8, strictly"):
        assert done.stdout.splitlines()[0].decode() == _WORDS


@pytest.mark.parametrize(
    ("command", "codes"), [("| head -c 1", (0, 141)), (">&-", (0,)), (">&- 2>&-", (0,)), ("| true", (0, 141))]
)
def test_a_command_ends_well_whoever_reads(command: str, codes: tuple[int, ...]) -> None:
    done = run({"LC_ALL": "POSIX", **_OFF}, command)
    assert done.returncode in codes, done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("typed", ["补正", "é", "plain", "half \udce6"])
def test_what_was_typed_is_read_as_utf_8(typed: str) -> None:
    raw = typed.encode("utf-8", "surrogateescape").decode("ascii", "surrogateescape")
    (read,) = terminal.typed_arguments([raw])
    assert read == (typed if typed[-1] != "\udce6" else "half \ufffd")
    read.encode("utf-8")

"""The environments of the peers: each has its own, made on first use, and is no dependency of the hub."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
import venv
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.suite.progress import Say

FOLDER = Path(__file__).resolve().parents[1] / "peers"


class PeerMissing(RuntimeError):
    """The environment of a peer could not be made, as without a package index; its lines are not measured."""


def python(name: str, home: Path, say: Say) -> Path:
    """Returns the interpreter of a peer's environment, made from ``peers/<name>.txt``.

    Raises ``PeerMissing`` with what pip said.
    """
    lock = FOLDER / f"{name}.txt"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    folder = home / "peers" / name
    stamp, found = folder / ".made-from", folder / "bin" / "python"
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest and found.exists():
        return found
    say(f"peer {name}: making its environment (once)")
    venv.create(folder, clear=True, with_pip=True)
    command = [
        str(found), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--no-deps", "--require-hashes", "-r", str(lock),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        # pip's own words may name the index: the last line says what is wrong
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise PeerMissing(
            f"the environment of {name} could not be made ({(lines or ['pip failed'])[-1][:160]})"
        )
    stamp.write_text(digest, encoding="ascii")
    return found


def command(interpreter: Path, script: str, *arguments: str) -> list[str]:
    """Returns the command that runs a script of ``peers/`` apart from this project's modules."""
    return [str(interpreter), "-I", str(FOLDER / script), *arguments]


def environment(**more: str) -> Mapping[str, str]:
    """Returns a bare environment: a peer must see nothing of the hub's."""
    return {
        "PATH": "/usr/bin:/bin", "HOME": tempfile.gettempdir(), "LANG": "C.UTF-8",
        "PYTHONUTF8": "1", "DO_NOT_TRACK": "1", "RUNTIME__DLTHUB_TELEMETRY": "false", **more,
    }  # fmt: skip

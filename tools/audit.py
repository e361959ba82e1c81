"""Asks whether a package of the lock has a known vulnerability.

    python -m tools.audit [requirements.txt]

``pip-audit`` asks a service on the internet about every package. A package it could not ask about is not
safe, it is unknown; so such an answer is never called clean.

Exit codes: 0 nothing is known against any package; 1 vulnerabilities were found, they are listed;
2 the lock cannot be read; 5 the service could not be reached, or did not know the packages.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOUND, UNREADABLE, UNREACHABLE = 1, 2, 5
_COMMAND = (
    *(sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip"),
    *("--progress-spinner", "off", "--format", "json", "--requirement"),
)


@dataclass(frozen=True)
class Answer:
    """What ``pip-audit`` wrote to its two outputs."""

    out: str
    errors: str


def ask(lock: Path) -> Answer:
    """Runs ``pip-audit`` over the lock; nothing is installed and nothing resolved."""
    done = subprocess.run(  # noqa: S603
        [*_COMMAND, str(lock)], capture_output=True, text=True, check=False
    )
    return Answer(done.stdout, done.stderr)


def judge(answer: Answer) -> tuple[int, list[str]]:
    """Returns the exit code, and what to tell: a line per vulnerability, or why nothing is known."""
    try:
        packages: list[dict[str, Any]] = json.loads(answer.out)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (answer.errors.strip().splitlines() or ["no answer"])[-1]
        return UNREACHABLE, [f"the vulnerability service gave no answer: {last}", *_WHAT_TO_DO]
    bad = [_line(package, known) for package in packages for known in package.get("vulns", ())]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if bad:
        return FOUND, [
            *bad,
            f"{len(bad)} known vulnerabilities: raise the version in requirements.in, `make lock`",
        ]
    if unknown:
        asked = f"{len(unknown)} of {len(packages)} packages, {unknown[0]} among them"
        return UNREACHABLE, [f"the vulnerability service does not know {asked}", *_WHAT_TO_DO]
    return 0, [f"{len(packages)} packages, nothing is known against any of them"]


_WHAT_TO_DO = (
    "`make audit` needs the internet: a mirror of packages inside a closed network does not answer it",
    "run it where the internet is, on the same requirements.txt; until then nothing is known about the lock",
)


def _line(package: dict[str, Any], known: dict[str, Any]) -> str:
    fixed = ", ".join(known.get("fix_versions") or ()) or "no version yet"
    return f"{package['name']} {package['version']}: {known['id']}, fixed in {fixed}"


def main(arguments: Sequence[str] | None = None, asking: Callable[[Path], Answer] = ask) -> int:
    given = sys.argv[1:] if arguments is None else list(arguments)
    lock = Path(given[0] if given else "requirements.txt")
    if not lock.is_file():
        sys.stderr.write(f"there is no lock at {lock}: name one, or run this in the project's folder\n")
        return UNREADABLE
    code, told = judge(asking(lock))
    (sys.stderr if code else sys.stdout).write("".join(f"{line}\n" for line in told))
    return code


if __name__ == "__main__":
    sys.exit(main())

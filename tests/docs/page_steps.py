"""Takes the steps of a page of ``docs/`` as a person would: writes its files, types its commands.

A page has steps, each under a heading ``## <number>. <title>``. In a step there may be

- a file: a line that ends with its path in backticks and a colon, then a fenced block. The block is the whole
  file. Of a seed that is there it is more rows. Where the line says "the list `name` in" before the path, it
  is more lines at the end of that list (its end is a line that begins with ``]``);
- a session: a fenced block ``console``. A line that begins with ``$ `` is typed; the lines after it must be
  in the answer. A line ``...`` stands for any lines.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXTEND = ROOT / "docs" / "extend"
_STEP = re.compile(r"^## (\d+)\. .*$", re.M)
_BLOCK = re.compile(r"(?:(?:list `(\w+)` in )?`([\w/.-]+)`:\n\n)?^```(\w+)\n(.*?)^```$", re.S | re.M)
#: What a project's commands need of the tree, and nothing that is large or belongs to one machine.
_ROOMS = ("connectors", "dags", "dbt_project", "expectations", "hub", "sandbox", "tests", "warehouse", "docs")
_FILES = ("pyproject.toml", "Makefile", ".sqlfluff")


@dataclass(frozen=True)
class Block:
    """A fenced block: the list and the file it goes to, if they are named; the language; the text."""

    into: str | None
    path: str | None
    language: str
    text: str


def steps(page: Path) -> dict[int, list[Block]]:
    """The blocks of each step of a page, by the step's number, in order."""
    parts = _STEP.split(page.read_text(encoding="utf-8"))
    found = {
        int(number): [
            Block(into or None, path or None, language, text)
            for into, path, language, text in _BLOCK.findall(body)
        ]
        for number, body in zip(parts[1::2], parts[2::2], strict=True)
    }
    assert list(found) == list(range(1, len(found) + 1)), f"{page.name}: the steps are numbered {list(found)}"
    return found


def skip_if_taken(made: str) -> None:
    """Skips the test where the example of its page is a part of this checkout: no step can be taken twice."""
    if (ROOT / made).exists():
        pytest.skip(f"{made} is there already: somebody took the steps of the page here")


def copy_of_the_project(folder: Path) -> Path:
    """A copy of the tree in which steps may be taken, with the virtual environment under its usual name."""
    folder.mkdir()
    for room in _ROOMS:
        shutil.copytree(
            ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "target", "logs")
        )
    for name in _FILES:
        shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def take(blocks: list[Block], tree: Path, env: Mapping[str, str] | None = None) -> list[str]:
    """Takes one step in ``tree``: writes its files and types its sessions, in the order of the page.

    Returns the commands that were typed and answered as the page says.
    """
    typed: list[str] = []
    for block in blocks:
        if block.path is not None:
            write(block, tree)
        elif block.language == "console":
            typed += _type(block.text, tree, {**os.environ, **(env or {})})
    return typed


def write(block: Block, tree: Path) -> None:
    """Writes the block's file, or its part of a file that is there."""
    assert block.path is not None
    file = tree / block.path
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text, encoding="utf-8")
        return
    present = file.read_text(encoding="utf-8")
    if file.suffix == ".csv":
        file.write_text(present + block.text, encoding="utf-8")
    elif block.into is not None:
        end = re.compile(r"^\]", re.M).search(present, present.index(block.into))
        assert end, f"{block.path} has no list {block.into}"
        file.write_text(present[: end.start()] + block.text + present[end.start() :], encoding="utf-8")
    else:
        file.write_text(block.text, encoding="utf-8")


def _type(session: str, tree: Path, env: Mapping[str, str]) -> Iterator[str]:
    for command, answer in _commands(session):
        done = subprocess.run(
            ["bash", "-c", command], cwd=tree, env=env, capture_output=True, text=True, check=False
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"$ {command}\n{said[-4000:]}"
        _compare(command, answer, said.splitlines())
        yield command


def _commands(session: str) -> Iterator[tuple[str, list[str]]]:
    for part in re.split(r"^\$ ", session, flags=re.M)[1:]:
        command, *answer = part.rstrip("\n").split("\n")
        yield command, answer


def _compare(command: str, answer: list[str], said: list[str]) -> None:
    """Each line of the page stands in a line of the answer, in this order: seconds may follow it there."""
    lines = iter(said)
    for line in answer:
        if line == "...":
            continue
        assert any(line.strip() in heard for heard in lines), (
            f"$ {command}\nthe page says {line!r}, the command said:\n" + "\n".join(said[-40:])
        )

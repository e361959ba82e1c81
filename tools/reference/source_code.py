"""What the program text itself tells: which files there are, and what their syntax trees hold."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from warehouse.settings import PROJECT_ROOT

#: The rooms whose code people run. Tests read settings of their own; they are named by their `make` targets.
ROOMS = ("connectors", "warehouse", "expectations", "sandbox", "hub", "dags")


def python_files(root: Path = PROJECT_ROOT) -> Iterator[Path]:
    """Yields every Python file of the rooms, in a fixed order."""
    for room in ROOMS:
        yield from sorted((root / room).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """Returns the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name(path: Path, root: Path = PROJECT_ROOT) -> str:
    """Returns a path as people write it: from the root of the project on, with ``/``."""
    return path.relative_to(root).as_posix()


def first_sentence(text: str | None) -> str:
    """Returns the first paragraph of a docstring on one line."""
    return " ".join((text or "").strip().split("\n\n")[0].split())

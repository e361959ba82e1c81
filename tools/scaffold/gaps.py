"""Finds what a scaffold left for a person to say.

A scaffold writes the words ``FILL IN:`` and what is wanted wherever only a person knows. Whoever has said it
deletes the words. ``tests/house/test_nothing_is_left_to_fill_in.py`` fails as long as one stands.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from tools.scaffold.project import Project

MARK = "FILL IN:"
#: What is wanted, up to the end of the quotes, the cell or the line.
_WANTED = re.compile(rf"{MARK} *([^'\"\n]*)")
_WRITTEN = (
    "connectors/feeds/*/*/feed.yml",
    "dbt_project/models/rules/*/*",
    "dbt_project/seeds/*.csv",
)
_SAMPLE = (
    "a small delivery as the department sends it (main), the rows it must give (expected.csv, at least five) "
    "and those to set aside (expected_quarantine.csv, at least one)"
)


def gaps(project: Project) -> list[str]:
    """Returns a line per gap: file, line, what to fill in."""
    files = sorted(path for pattern in _WRITTEN for path in project.root.glob(pattern))
    return [*(line for path in files for line in _marked(project, path)), *_without_sample(project)]


def _marked(project: Project, path: Path) -> Iterator[str]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        # a seed's cells are told apart, so that each is named
        parts = next(csv.reader([line]), []) if path.suffix == ".csv" else [line]
        for part in parts:
            for wanted in _WANTED.findall(part):
                yield f"{project.shown(path)}:{number}: fill in: {wanted.strip()}"


def _without_sample(project: Project) -> Iterator[str]:
    for path in sorted(project.feeds.glob("*/*/sample/expected.csv")):
        if len(path.read_text(encoding="utf-8").splitlines()) < 2:
            yield f"{project.shown(path.parent)}: fill in: {_SAMPLE}"

"""Small pieces of Markdown that all pages are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

#: Stands below the title of every page this package writes: the site takes a title only from the first line.
NOTICE = "<!-- Written by `make docs`: change the code or the seed, not this page. -->"


def page(title: str, *parts: str) -> str:
    """Returns a whole page: the title, the notice, and the parts with an empty line between them."""
    return "\n\n".join([f"# {title}", NOTICE, *(part.strip("\n") for part in parts if part.strip())]) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Returns a table, or an empty text where it would have no row."""
    lines = ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads), *lines])


def cell(value: object) -> str:
    """Returns a value as one cell: no bar and no line break may end it."""
    text = "" if value is None else str(value)
    return re.sub(r"\s*\n\s*", " ", text.strip()).replace("|", "\\|")


def code(value: object) -> str:
    """Returns a value as code, or nothing where there is none."""
    text = "" if value is None else str(value)
    return f"`{text}`" if text else ""


def plain(text: str) -> str:
    """Returns words of a comment, a seed or a docstring so that nothing in them is taken for markup.

    Code between two pairs of backticks, as docstrings have it, becomes code.
    """
    pieces = re.split(r"``(.+?)``", text)
    return "".join(
        code(piece) if number % 2 else re.sub(r"([\\<>*`])", r"\\\1", piece)
        for number, piece in enumerate(pieces)
    )


def anchor(heading: str) -> str:
    """Returns the anchor of a heading, as the site and the common web views of a repository make it."""
    text = re.sub(r"[^\w\- ]", "", heading.replace("`", "").strip().lower())
    return text.replace(" ", "-")


def way(start: str, target: str) -> str:
    """Returns the relative link from the page ``start`` to ``target``, both paths of the repository."""
    here, there = PurePosixPath(start).parent.parts, PurePosixPath(target).parts
    same = 0
    while same < min(len(here), len(there) - 1) and here[same] == there[same]:
        same += 1
    return "/".join([*[".."] * (len(here) - same), *there[same:]])

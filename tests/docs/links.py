"""Finds links of Markdown pages that lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tools.reference.markdown import anchor

_FENCE = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_HTML = re.compile(r"""<(?:a|img)\b[^>]*?\b(?:href|src)="([^"]+)\"""")
_HEADING = re.compile(r"^#{1,6} (.+?)\s*(?:\{[^}]*\})?$", re.M)
_OUTSIDE = re.compile(r"^[a-z][a-z+.-]*:")


def broken(pages: list[Path], root: Path, built: tuple[str, ...] = ()) -> list[str]:
    """Returns ``page: target`` for every link that leads nowhere. ``built``: paths only the site has."""
    return [
        f"{page.relative_to(root)}: {target}"
        for page in pages
        for target in targets(page)
        if not _leads_somewhere(page, target, root, built)
    ]


def targets(page: Path) -> Iterator[str]:
    """Yields what a page links to within the repository."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    # a link may have code as its text, so only code that holds a whole link is taken out
    text = _CODE.sub(lambda found: "" if "](" in found[0] else found[0], text)
    for found in (*_LINK.findall(text), *_HTML.findall(text)):
        if not _OUTSIDE.match(found):
            yield found


def _leads_somewhere(page: Path, target: str, root: Path, built: tuple[str, ...]) -> bool:
    path, _, fragment = target.partition("#")
    there = (page.parent / path).resolve() if path else page
    if not there.is_relative_to(root):
        return False
    if there.relative_to(root).as_posix() in built:
        return True
    if not there.exists():
        return False
    return not fragment or (there.suffix == ".md" and fragment in anchors(there))


@cache
def anchors(page: Path) -> frozenset[str]:
    """Returns the anchors of a page: its headings, numbered where one is there twice."""
    found: set[str] = set()
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    for heading in _HEADING.findall(text):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name, number = anchor(plain), 1
        while name in found:
            name, number = f"{anchor(plain)}_{number}", number + 1
        found.add(name)
    return frozenset(found)

"""All pages that are written from the code, and how they get into the folder of the documentation."""

from __future__ import annotations

from pathlib import Path

from tools.reference import (
    commands,
    exit_codes,
    feed_yml,
    feeds,
    glossary,
    reasons,
    rooms,
    rules,
    settings,
    tables,
    targets,
)
from tools.reference.database import Database
from tools.reference.manifest import Manifest
from warehouse.settings import PROJECT_ROOT

DOCS = PROJECT_ROOT / "docs"
#: The folder in which every page is written here: one that nobody writes any more is deleted.
OWN = "reference"
#: But these, which people write.
BY_HAND = {"reference/index.md", "reference/dbt.md"}


def render(database: Database, manifest: Manifest) -> dict[str, str]:
    """Returns every page by its path below ``docs/``."""
    return {
        **settings.pages(list(database.settings)),
        **targets.pages(),
        **commands.pages(),
        **exit_codes.pages(),
        **feed_yml.pages(),
        **feeds.pages(),
        **reasons.pages(),
        **rules.pages(manifest),
        **tables.pages(database, manifest),
        **glossary.pages(),
        **rooms.pages(),
    }


def write(pages: dict[str, str], docs: Path = DOCS) -> list[str]:
    """Writes the pages that changed and deletes those nobody writes any more; returns the paths of both."""
    changed = differences(pages, docs)
    for name in changed:
        path = docs / name
        if name in pages:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pages[name], encoding="utf-8")
        else:
            path.unlink()
    return changed


def differences(pages: dict[str, str], docs: Path = DOCS) -> list[str]:
    """Returns the paths whose page is missing, out of date, or written by nobody any more."""
    there = {path.relative_to(docs).as_posix() for path in (docs / OWN).rglob("*.md")} - BY_HAND
    stale = [name for name, text in pages.items() if not _says(docs / name, text)]
    return sorted({*stale, *(there - set(pages))})


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text

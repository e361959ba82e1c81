"""The text of the dbt project: its digest, and what dbt made of it."""

from __future__ import annotations

import hashlib
import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

from warehouse import secret_store
from warehouse.settings import PROJECT_ROOT

PROJECT = PROJECT_ROOT / "dbt_project"
_PARTS = ("models", "macros", "tests", "dbt_project.yml", "profiles.yml", "seeds/*.yml")
_PROGRAMS = ("dbt-core", "dbt-postgres", "dbt-common", "dbt-adapters")
#: Beside the manifest: the digest of the text it was made of.
_NOTE = "manifest.made_of"


def digest(project: Path = PROJECT) -> str:
    """Returns the digest of all that says what a model is, but for the rows of the seeds and the database."""
    found = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in _PROGRAMS).encode())
    found.update(os.environ.get("HUB_DBT_TARGET", "postgres").encode())
    found.update(" ".join(sorted(seeds_digest(project))).encode())
    for path in sorted(_files(project)):
        found.update(path.relative_to(project).as_posix().encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _files(project: Path) -> set[Path]:
    named = {path for part in _PARTS for path in project.glob(part)}
    return {
        file
        for path in named
        for file in (path.rglob("*") if path.is_dir() else (path,))
        if file.is_file() and file.suffix in (".sql", ".yml", ".csv", ".md")
    }


def seeds_digest(project: Path = PROJECT) -> dict[str, str]:
    """Returns the digest of each seed's file, by the name of the seed."""
    return {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (project / "seeds").rglob("*.csv")
    }


def manifest(target: Path, text: str) -> dict[str, Any] | None:
    """Returns the manifest that dbt wrote for this very text, or None."""
    note = target / _NOTE
    if not note.exists() or note.read_text(encoding="utf-8") != text:
        return None
    found: dict[str, Any] = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return found


def note_manifest(target: Path, text: str) -> None:
    """Notes that the manifest was made of this text."""
    secret_store.write_private(target / _NOTE, text)


def forget_manifest(target: Path) -> None:
    """Takes the note away: dbt is about to write the manifest."""
    (target / _NOTE).unlink(missing_ok=True)

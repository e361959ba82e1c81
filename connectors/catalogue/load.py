"""Reads and validates the declarations."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from connectors.catalogue.model import Feed
from connectors.errors import DeclarationError

FEEDS_ROOT = Path(__file__).resolve().parent.parent / "feeds"

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def feed_ids(root: Path = FEEDS_ROOT) -> list[str]:
    """Returns every declared feed id, from the folder names alone (nothing is parsed)."""
    return sorted(f"{p.parent.parent.name}__{p.parent.name}" for p in root.glob("*/*/feed.yml"))


def feed_folder(feed_id: str, root: Path = FEEDS_ROOT) -> Path:
    """Returns the folder of a feed's declaration and samples."""
    domain, _, name = feed_id.partition("__")
    return root / domain / name


def read_declaration(path: Path) -> dict[str, Any]:
    """Reads a declaration as plain data, unvalidated: for callers that must be cheap (DAG parsing)."""
    loaded: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    return loaded


def declarations() -> dict[str, dict[str, Any]]:
    """Reads all declarations by feed id, as plain data: cheap enough for parsing a DAG."""
    found = (read_declaration(path) for path in sorted(FEEDS_ROOT.glob("*/*/feed.yml")))
    return {declaration["feed_id"]: declaration for declaration in found}


@cache
def load_feed(feed_id: str, root: Path = FEEDS_ROOT) -> Feed:
    """Reads and validates one declaration.

    Raises ``DeclarationError``, which names the file and the field.
    """
    path = feed_folder(feed_id, root) / "feed.yml"
    if not path.exists():
        raise DeclarationError(f"no feed {feed_id!r}: {path} does not exist")
    try:
        feed = Feed.model_validate(read_declaration(path))
    except (ValidationError, yaml.YAMLError) as error:
        raise DeclarationError(f"{path}: {error}") from error
    if feed.feed_id != feed_id:
        raise DeclarationError(f"{path}: feed_id is {feed.feed_id!r}, its folder says {feed_id!r}")
    return feed


@cache
def load_catalogue(root: Path = FEEDS_ROOT) -> dict[str, Feed]:
    """Reads all declarations by feed id. Raises ``DeclarationError``, which names the file and the field."""
    return {feed_id: load_feed(feed_id, root) for feed_id in feed_ids(root)}

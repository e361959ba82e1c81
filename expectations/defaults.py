"""Reads ``defaults.yml``: the bounds that hold where a declaration sets none."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectors.catalogue.column import Share
from connectors.errors import DeclarationError

PATH = Path(__file__).resolve().parent / "defaults.yml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FillRate(_Strict):
    min_rows: int = Field(ge=0)


class Dates(_Strict):
    earliest: date
    latest_years_ahead: int = Field(ge=0)
    past_columns: frozenset[str]


class Change(_Strict):
    warn_share: float = Field(gt=0)
    min_rows: int = Field(ge=0)


class FeedDefaults(_Strict):
    quarantine: Share
    key_repeated: Share
    unread: Share
    changed: Change
    fill_rate: FillRate
    dates: Dates


class MartDefaults(_Strict):
    change: Change
    region_pattern: str
    severities: tuple[str, ...]
    handler_levels: tuple[str, ...]
    subject_types: tuple[str, ...]
    confidences: tuple[str, ...]


class DocsDefaults(_Strict):
    keep: int = Field(ge=1)


class Defaults(_Strict):
    feeds: FeedDefaults
    marts: MartDefaults
    data_docs: DocsDefaults


@cache
def load_defaults(path: Path = PATH) -> Defaults:
    """Reads the defaults. Raises ``DeclarationError``, which names the file and the field."""
    try:
        return Defaults.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise DeclarationError(f"{path}: {error}") from error

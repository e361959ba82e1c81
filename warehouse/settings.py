"""The settings a person may make. Everything else is derived from the catalogue or found out."""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from warehouse import secret_store
from warehouse.database_url import render
from warehouse.errors import SettingsError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DATABASE = "hub"


@dataclass(frozen=True)
class Settings:
    """Settings of the hub.

    ``scale`` is the share of the full city (1 = 4.41 million records), ``as_of`` the day to compute.

    ``database_url`` is None when the embedded server under ``hub_home`` is used.
    """

    scale: float
    as_of: date
    hub_home: Path
    database_url: str | None = field(repr=False)
    person_key: str = field(repr=False)

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Self:
        """Reads the documented variables; ``AS_OF`` is today in Shanghai by default.

        Raises ``SettingsError``.
        """
        env = os.environ if env is None else env
        home = _home(env.get("HUB_HOME", ""))
        return cls(
            scale=_scale(env.get("SCALE") or "0.02"),
            as_of=_as_of(env.get("AS_OF", "")),
            hub_home=home,
            database_url=_database_url(env.get("DATABASE_URL", "")),
            person_key=_person_key(env.get("HUB_PERSON_KEY", ""), home),
        )

    @property
    def account_key(self) -> bytes:
        """Returns the key of account digests, derived from the key of people; the two kinds of digest cannot
        be compared.

        It stays in this process: no statement, file or other process receives it.
        """
        return hmac.digest(self.person_key.encode(), b"account digest, v1", "sha256")

    def with_database(self, url: str) -> Self:
        """Returns the same settings with another database."""
        return replace(self, database_url=url)


def _scale(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 10:
        raise SettingsError(f"SCALE is {text!r}; set a number above 0 and up to 10, e.g. SCALE=0.02")
    return value


def _as_of(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else datetime.now(ZoneInfo("Asia/Shanghai")).date()
    except ValueError as error:
        raise SettingsError(f"AS_OF is {text!r}; set a date like AS_OF=2020-05-12") from error


def _home(text: str) -> Path:
    home = Path(text).expanduser() if text else PROJECT_ROOT / "var"
    home = home if home.is_absolute() else PROJECT_ROOT / home
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"HUB_HOME {home} cannot be made ({error.strerror}); set another HUB_HOME"
        ) from error
    return home.resolve()


def _database_url(text: str) -> str | None:
    if not text:
        return None
    hint = "set DATABASE_URL=postgresql://user:password@host:5432/database, or leave it out"
    try:
        url = make_url(text)
    except ArgumentError:
        # the value may carry a password: it is not repeated here
        raise SettingsError(f"DATABASE_URL is not a database URL; {hint}") from None
    if url.get_backend_name() not in ("postgresql", "postgres") or not url.database:
        raise SettingsError(f"DATABASE_URL must name a PostgreSQL database; {hint}")
    return render(url.set(drivername="postgresql"))


def _person_key(text: str, home: Path) -> str:
    if not text:
        return secret_store.get_or_create(home, "person_key")
    if len(text) < 16:
        raise SettingsError("HUB_PERSON_KEY is shorter than 16 characters; set a longer one and keep it")
    return text

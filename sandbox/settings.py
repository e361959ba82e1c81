"""The settings a person may make about the stand-in city."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from connectors.errors import SettingsError
from sandbox.calendar import EARLIEST, EPOCH, LATEST


@dataclass(frozen=True)
class CitySettings:
    """Settings of the city.

    ``seed`` names the city among all that can be invented; ``first_day`` is its first day.
    """

    seed: int
    first_day: date

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> CitySettings:
        """Reads ``SEED`` and ``CITY_FROM``; raises ``SettingsError``."""
        return cls(_seed(env.get("SEED") or "1"), _first_day(env.get("CITY_FROM") or EPOCH.isoformat()))


def _seed(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = -1
    if value < 0:
        raise SettingsError(f"SEED is {text!r}; set a whole number from 0 up, e.g. SEED=1")
    return value


def _first_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"CITY_FROM is {text!r}; set a date like CITY_FROM={EPOCH}") from error
    if not EARLIEST <= day <= LATEST:
        raise SettingsError(
            f"CITY_FROM is {day}; the stand-in city can begin on a day from {EARLIEST} to {LATEST}, "
            f"e.g. CITY_FROM={EPOCH}"
        )
    return day

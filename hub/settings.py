"""The settings of one machine: those of the hub, and those of the stand-in city beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from sandbox.settings import CitySettings
from warehouse.settings import Settings


@dataclass(frozen=True)
class HubSettings(Settings):
    """The settings of the hub, and ``city``: the stand-in city it runs with."""

    city: CitySettings

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Self:
        """Reads the documented variables; ``AS_OF`` is the city's first day by default.

        Raises ``SettingsError``.
        """
        env = os.environ if env is None else env
        city = CitySettings.from_env(env)
        own = Settings.from_env({**env, "AS_OF": env.get("AS_OF") or city.first_day.isoformat()})
        return cls(**{f.name: getattr(own, f.name) for f in fields(own)}, city=city)

"""The settings of one machine, for tests that have only those of the hub."""

from __future__ import annotations

from dataclasses import fields

from hub.settings import HubSettings
from sandbox.settings import CitySettings
from warehouse.settings import Settings


def on_one_machine(settings: Settings) -> HubSettings:
    """Adds the stand-in city that nobody chose another for."""
    own = {field.name: getattr(settings, field.name) for field in fields(Settings)}
    return HubSettings(**own, city=CitySettings.from_env({}))

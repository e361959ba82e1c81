"""The settings of one machine: the hub's, and the stand-in city's beside them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hub.settings import HubSettings
from warehouse.errors import SettingsError


def test_defaults(tmp_path: Path) -> None:
    settings = HubSettings.from_env({"HUB_HOME": str(tmp_path)})
    assert (settings.scale, settings.city.seed, settings.as_of) == (0.02, 1, date(2020, 5, 12))
    assert settings.city.first_day == date(2020, 5, 12)
    assert settings.hub_home == tmp_path


def test_the_day_is_the_first_of_the_city_unless_said(tmp_path: Path) -> None:
    env = {"HUB_HOME": str(tmp_path), "CITY_FROM": "2020-12-20"}
    assert HubSettings.from_env(env).as_of == date(2020, 12, 20)
    assert HubSettings.from_env(env | {"AS_OF": "2021-01-01"}).as_of == date(2021, 1, 1)


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("SEED", "-1", "SEED=1"),
        ("SEED", "1.5", "SEED=1"),
        ("CITY_FROM", "12.5.2020", "CITY_FROM=2020-05-12"),
        ("CITY_FROM", "2019-11-30", "from 2019-12-01 to 2022-12-31"),
        ("CITY_FROM", "2023-01-01", "from 2019-12-01 to 2022-12-31"),
        ("AS_OF", "12.5.2020", "AS_OF=2020-05-12"),
    ],
)
def test_wrong_values_say_what_to_set(tmp_path: Path, name: str, value: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=hint) as caught:
        HubSettings.from_env({"HUB_HOME": str(tmp_path), name: value})
    assert name in str(caught.value)


def test_another_database_keeps_the_city(tmp_path: Path) -> None:
    settings = HubSettings.from_env({"HUB_HOME": str(tmp_path), "SEED": "7"})
    assert settings.with_database("postgresql://h/d").city.seed == 7

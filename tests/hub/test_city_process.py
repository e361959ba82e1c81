"""One home, one city; and no day on which the city has no truth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub import city_process
from hub.__main__ import main
from hub.errors import StackError
from hub.settings import HubSettings
from warehouse.errors import SettingsError


@pytest.fixture(autouse=True)
def _stand_in_city(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "SCALE", "SEED", "CITY_FROM", "AS_OF", "SANDBOX"):
        monkeypatch.delenv(name, raising=False)


def hub_settings(home: Path, **env: str) -> HubSettings:
    return HubSettings.from_env({"HUB_HOME": str(home), "HUB_PERSON_KEY": "test-person-key-0001", **env})


def test_another_first_day_is_another_city(tmp_path: Path) -> None:
    def home(**env: str) -> Path:
        return city_process.with_own_home(hub_settings(tmp_path, **env)).hub_home

    assert home() == tmp_path
    assert home(CITY_FROM="2020-05-12") == tmp_path
    assert home(CITY_FROM="2020-06-22") == tmp_path / "cities" / "seed-1_scale-0.02_from-2020-06-22"
    assert home(SEED="2") == tmp_path / "cities" / "seed-2_scale-0.02"
    assert home(AS_OF="2020-05-20") == tmp_path


def test_a_home_that_knows_of_no_first_day_holds_the_default(tmp_path: Path) -> None:
    (tmp_path / "city.json").write_text(json.dumps({"seed": 1, "scale": 0.02}), encoding="utf-8")
    assert city_process.with_own_home(hub_settings(tmp_path)).hub_home == tmp_path
    assert city_process.with_own_home(hub_settings(tmp_path, CITY_FROM="2020-06-22")).hub_home != tmp_path


def test_a_database_of_ones_own_holds_one_city(tmp_path: Path) -> None:
    url = "postgresql://u:p@h/d"
    city_process.with_own_home(hub_settings(tmp_path, DATABASE_URL=url))
    with pytest.raises(StackError, match="another city"):
        city_process.with_own_home(hub_settings(tmp_path, DATABASE_URL=url, CITY_FROM="2020-06-22"))


def test_days_of_the_city_are_taken(tmp_path: Path) -> None:
    refused = []
    for day in ("2020-06-18", "2020-06-19", "2020-06-22", "2020-07-23", "2020-07-24"):
        try:
            city_process.refuse_other_days(hub_settings(tmp_path, CITY_FROM="2020-06-22", AS_OF=day))
        except SettingsError:
            refused.append(day)
    assert refused == ["2020-06-18", "2020-07-24"]


@pytest.mark.parametrize("day", ["2020-06-18", "2020-07-24"])
def test_other_days_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    settings = hub_settings(tmp_path, CITY_FROM="2020-06-22", AS_OF=day)
    with pytest.raises(SettingsError, match=f"AS_OF is {day}.* from 2020-06-19 to 2020-07-23: set AS_OF"):
        city_process.refuse_other_days(settings)
    monkeypatch.setenv("SANDBOX", "0")
    city_process.refuse_other_days(settings)


@pytest.mark.parametrize("command", ["run", "up"])
def test_commands_refuse_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    monkeypatch.setenv("AS_OF", "2020-09-01")
    assert main([command]) == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("error: AS_OF is 2020-09-01")
    assert "CITY_FROM=2020-09-01" in line
    assert not (tmp_path / "postgres").exists()

"""A wrong setting says what to set; secrets are made once and stay private."""

from __future__ import annotations

import stat
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from warehouse.errors import ServerError, SettingsError
from warehouse.settings import PROJECT_ROOT, Settings
from warehouse.store.postgres.server import info


def test_defaults(tmp_path: Path) -> None:
    settings = Settings.from_env({"HUB_HOME": str(tmp_path)})
    assert settings.scale == 0.02
    assert settings.database_url is None
    assert settings.hub_home == tmp_path


def test_the_day_is_today_in_shanghai_unless_said(tmp_path: Path) -> None:
    def today() -> date:
        return datetime.now(ZoneInfo("Asia/Shanghai")).date()

    env = {"HUB_HOME": str(tmp_path)}
    before = today()
    assert before <= Settings.from_env(env).as_of <= today()
    assert Settings.from_env(env | {"AS_OF": "2021-01-01"}).as_of == date(2021, 1, 1)


def test_home_defaults_to_var() -> None:
    settings = Settings.from_env({"HUB_PERSON_KEY": "k" * 16})
    assert settings.hub_home == PROJECT_ROOT / "var"


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("SCALE", "0", "SCALE=0.02"),
        ("SCALE", "many", "SCALE=0.02"),
        ("SCALE", "nan", "SCALE=0.02"),
        ("AS_OF", "12.5.2020", "AS_OF=2020-05-12"),
        ("DATABASE_URL", "mysql://u:secret@h/d", "postgresql://"),
        ("DATABASE_URL", "u:secret@h", "postgresql://"),
        ("DATABASE_URL", "postgresql://u:secret@h", "postgresql://"),
        ("HUB_PERSON_KEY", "short", "longer"),
    ],
)
def test_wrong_values_say_what_to_set(tmp_path: Path, name: str, value: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=hint) as caught:
        Settings.from_env({"HUB_HOME": str(tmp_path), name: value})
    assert name in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_home_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="set another HUB_HOME"):
        Settings.from_env({"HUB_HOME": str(tmp_path / "file" / "home")})


def test_the_person_key_is_made_once_and_private(tmp_path: Path) -> None:
    env = {"HUB_HOME": str(tmp_path)}
    first, second = Settings.from_env(env), Settings.from_env(env)
    assert first.person_key == second.person_key
    assert len(first.person_key) == 64
    assert first.person_key not in repr(first)
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_a_url_is_brought_to_one_form(tmp_path: Path) -> None:
    env = {"HUB_HOME": str(tmp_path), "DATABASE_URL": "postgresql+psycopg2://u:p%40ss@h:6000/d"}
    settings = Settings.from_env(env)
    assert settings.database_url == "postgresql://u:p%40ss@h:6000/d"
    assert "p%40ss" not in repr(settings)
    where = info(settings)
    assert (where.host, where.port, where.user, where.password, where.database) == (
        "h",
        6000,
        "u",
        "p@ss",
        "d",
    )
    assert "p@ss" not in repr(where)


def test_no_server_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="make up"):
        info(Settings.from_env({"HUB_HOME": str(tmp_path)}))

"""Starts the stand-in city as a process: the departments' side of every connector."""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import replace
from pathlib import Path

from hub.errors import StackError
from hub.processes import Child, Processes, python, wait_until
from hub.settings import HubSettings
from sandbox.calendar import EPOCH, lives
from warehouse import secret_store
from warehouse.errors import SettingsError
from warehouse.settings import PROJECT_ROOT, Settings
from warehouse.store.postgres import libpq, server

NAME = "sandbox"
#: Database in which the sandbox keeps what departments serve from a front-end database.
FRONT_END = "departments"


def is_wanted() -> bool:
    """Tells whether the stand-in city runs.

    ``SANDBOX=0`` leaves it out: every feed then needs its ``AIRFLOW_CONN_*``.
    """
    return os.environ.get("SANDBOX", "1") not in ("0", "off", "no")


def with_own_home(settings: HubSettings) -> HubSettings:
    """Returns the settings with a ``HUB_HOME`` that holds this city and no other.

    Two cities must not share one database. The first city uses ``HUB_HOME`` itself; any other (another SCALE,
    SEED or CITY_FROM) gets a folder below it. Raises ``StackError`` with ``DATABASE_URL``, where there is
    only one database.
    """
    city = {"seed": settings.city.seed, "scale": settings.scale, "from": settings.city.first_day.isoformat()}
    path = settings.hub_home / "city.json"
    if not path.exists():
        secret_store.write_private(path, json.dumps(city))
    # a home older than CITY_FROM holds a city of the default first day
    if not is_wanted() or {"from": EPOCH.isoformat()} | json.loads(path.read_text(encoding="utf-8")) == city:
        return settings
    if settings.database_url:
        raise StackError(
            f"{settings.hub_home} and its database hold another city ({path.read_text(encoding='utf-8')}): "
            "set another HUB_HOME and DATABASE_URL"
        )
    began = f"_from-{settings.city.first_day}" if settings.city.first_day != EPOCH else ""
    home = settings.hub_home / "cities" / f"seed-{settings.city.seed}_scale-{settings.scale:g}{began}"
    home.mkdir(parents=True, exist_ok=True)
    return replace(settings, hub_home=home)


def refuse_other_days(settings: HubSettings) -> None:
    """Raises ``SettingsError`` for an ``AS_OF`` outside the days of the stand-in city: it has no truth
    then.
    """
    first, last = lives(settings.city.first_day)
    if is_wanted() and not first <= settings.as_of <= last:
        raise SettingsError(
            f"AS_OF is {settings.as_of}; the stand-in city of CITY_FROM={settings.city.first_day} lives from "
            f"{first} to {last}: set AS_OF to one of these days, or CITY_FROM={settings.as_of} for a city "
            "that begins there (SANDBOX=0 where no stand-in city is wanted)"
        )


def connections_file(settings: Settings) -> Path:
    """Returns the file in which the city writes its connections."""
    return settings.hub_home / "sandbox" / "connections.env"


def start(settings: HubSettings, processes: Processes) -> Child:
    """Starts the city; it is ready once it has written its connections."""
    connections_file(settings).unlink(missing_ok=True)
    command = [
        python(), "-m", "sandbox", "serve",
        "--home", str(settings.hub_home), "--seed", str(settings.city.seed), "--scale", str(settings.scale),
        "--as-of", settings.as_of.isoformat(), "--epoch", settings.city.first_day.isoformat(),
    ]  # fmt: skip
    env = libpq.stripped(libpq.shell_environment(), embedded=settings.database_url is None)
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    env["SANDBOX_FRONTEND_URL"] = server.ensure_database(FRONT_END, settings)
    return processes.start(NAME, command, env, PROJECT_ROOT)


def wait(settings: Settings, child: Child) -> dict[str, str]:
    """Waits until the city serves and returns its connections. Inventing the full city takes minutes."""
    patience = 300 + 3000 * settings.scale
    wait_until(connections_file(settings).exists, patience, "the stand-in city", child)
    return connections(settings)


def connections(settings: Settings) -> dict[str, str]:
    """Reads ``AIRFLOW_CONN_*`` by name, as the city wrote them."""
    found: dict[str, str] = {}
    path = connections_file(settings)
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            found[name] = value if value[:1] in "{[" else "".join(shlex.split(value)[:1])
    return found

"""Where the hub's server is: read from ``DATABASE_URL`` or from what the embedded server remembers."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import URL, make_url

from warehouse import secret_store
from warehouse.errors import ServerError
from warehouse.server_files import state_dir
from warehouse.settings import DATABASE, Settings

ADMIN = "postgres"
OWNER = "hub"


@dataclass(frozen=True)
class ServerInfo:
    """Where the database is. ``url`` has the password; ``embedded`` is False behind ``DATABASE_URL``."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    embedded: bool
    url: str = field(repr=False)

    def url_for(self, database: str) -> str:
        return make_url(self.url).set(database=database).render_as_string(hide_password=False)


def info(settings: Settings) -> ServerInfo:
    """Where the server is, without starting it. Raises ``ServerError`` if it was never started."""
    if settings.database_url:
        return describe(settings.database_url, embedded=False)
    port = remembered(settings).get("port")
    if port is None:
        raise ServerError(
            f"no database under {settings.hub_home}: start it with 'make up', or set DATABASE_URL"
        )
    password = secret_store.get_or_create(settings.hub_home, "postgres_hub")
    return describe(local_url(OWNER, password, int(port), DATABASE), embedded=True)


def remembered(settings: Settings) -> dict[str, Any]:
    path = state_dir(settings) / "server.json"
    if not path.exists():
        return {}
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def remember(settings: Settings, **values: object) -> None:
    state = {**remembered(settings), **values}
    secret_store.write_private(state_dir(settings) / "server.json", json.dumps(state))


def local_url(user: str, password: str, port: int, database: str) -> str:
    url = URL.create("postgresql", user, password, "127.0.0.1", port, database)
    return url.render_as_string(hide_password=False)


def describe(url: str, *, embedded: bool) -> ServerInfo:
    parsed = make_url(url)
    return ServerInfo(
        host=parsed.host or os.environ.get("PGHOST", "127.0.0.1"),
        port=parsed.port or 5432,
        user=parsed.username or "",
        password=str(parsed.password or ""),
        database=parsed.database or "",
        embedded=embedded,
        url=url,
    )

"""Finds the hub's server: from ``DATABASE_URL``, or from the record of the embedded server."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.engine import URL, make_url

from warehouse import secret_store
from warehouse.database_url import render
from warehouse.errors import ServerError
from warehouse.settings import DATABASE, Settings
from warehouse.store.postgres import libpq
from warehouse.store.postgres.files import state_dir

ADMIN = "postgres"
OWNER = "hub"


@dataclass(frozen=True)
class ServerInfo:
    """Where the database is. ``url`` includes the password; ``embedded`` is False with ``DATABASE_URL``."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    embedded: bool
    url: str = field(repr=False)

    @property
    def address(self) -> str:
        """Returns host and port for a message."""
        return f"{self.host}:{self.port}"

    def at(self, database: str) -> ServerInfo:
        """Returns the info of another database of the same server."""
        return replace(self, database=database, url=self.url_for(database))

    def url_for(self, database: str) -> str:
        """Returns the URL of another database of the same server."""
        return render(make_url(self.url).set(database=database))


def info(settings: Settings) -> ServerInfo:
    """Returns where the server is, without starting it. Raises ``ServerError`` if it was never started."""
    if settings.database_url:
        return parse_url(settings.database_url, embedded=False)
    port = saved_state(settings).get("port")
    if port is None:
        raise ServerError(
            f"no database under {settings.hub_home}: start it with 'make up', or set DATABASE_URL"
        )
    password = secret_store.get_or_create(settings.hub_home, "postgres_hub")
    return parse_url(local_url(OWNER, password, int(port), DATABASE), embedded=True)


def saved_state(settings: Settings) -> dict[str, Any]:
    """Returns the record of the embedded server (port, data folder); empty before its first start."""
    path = state_dir(settings) / "server.json"
    if not path.exists():
        return {}
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def save_state(settings: Settings, **values: object) -> None:
    """Adds values to the record of the embedded server."""
    state = {**saved_state(settings), **values}
    secret_store.write_private(state_dir(settings) / "server.json", json.dumps(state))


def local_url(user: str, password: str, port: int, database: str) -> str:
    """Returns the URL of a database on 127.0.0.1."""
    url = URL.create("postgresql", user, password, "127.0.0.1", port, database)
    return url.render_as_string(hide_password=False)


def parse_url(url: str, *, embedded: bool) -> ServerInfo:
    """Splits a URL into its parts.

    With an operator's server the shell's PG* may add what the URL leaves out.
    """
    parsed = make_url(url) if embedded else _filled_in(make_url(url))
    return ServerInfo(
        host=parsed.host or str(parsed.query.get("host", "127.0.0.1")),
        port=parsed.port or 5432,
        user=parsed.username or "",
        password=str(parsed.password or ""),
        database=parsed.database or "",
        embedded=embedded,
        url=render(parsed),
    )


def _filled_in(url: URL) -> URL:
    port = libpq.shell_value("PGPORT")
    if port and not port.isdigit():
        raise ServerError(f"PGPORT is {port!r}: set a number, or name the port in DATABASE_URL")
    # a host, port or user among the parameters of the URL is said as well
    given = {name for name in ("host", "port", "user", "password") if name in url.query}
    if not url.host and "host" not in given:
        url = url.set(host=libpq.shell_value("PGHOST") or None)
    if not url.port and "port" not in given and port:
        url = url.set(port=int(port))
    if not url.username and "user" not in given:
        url = url.set(username=libpq.shell_value("PGUSER") or None)
    if not url.password and "password" not in given:
        url = url.set(password=libpq.shell_value("PGPASSWORD") or None)
    return url

"""Reads a department's endpoint and secrets from Airflow's connections or their form in the environment.

A declaration names a connection id and nothing else, so any feed can be pointed elsewhere from outside.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from connectors.errors import DeclarationError

#: The most that ``extra.timeout`` may say (seconds).
LONGEST_TIMEOUT = 3600.0
#: The most that ``extra.page_size`` may say (rows).
LARGEST_PAGE = 10_000
#: The most that ``extra.calls_at_once`` may say.
MOST_CALLS = 32


class ConnectionMissing(DeclarationError):
    """A connection is not configured, or not readable. The message never repeats its value."""


@dataclass(frozen=True)
class Connection:
    """One endpoint. ``schema`` is the database name (sql) or http/https (rest, soap), as in Airflow.

    ``repr`` shows neither password nor extra: both hold secrets and end up in tracebacks.
    """

    conn_type: str
    host: str | None = None
    port: int | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    schema: str | None = None
    extra: dict[str, Any] = field(default_factory=dict, repr=False)


def timeout_of(connection: Connection, default: float = 30.0) -> float:
    """Returns the seconds without a sign of life after which an attempt fails (``extra.timeout``)."""
    return seconds_of(connection, "timeout", default, LONGEST_TIMEOUT)


def seconds_of(connection: Connection, name: str, default: float, longest: float) -> float:
    """Returns ``extra.<name>`` in seconds, else ``default``.

    Raises ``ConnectionMissing`` for anything but a number above 0 and up to ``longest``: it is there to bound
    a wait.
    """
    given = connection.extra.get(name, default)
    try:
        seconds = float(given)
    except (TypeError, ValueError):
        seconds = 0.0
    if not 0 < seconds <= longest:
        raise ConnectionMissing(
            f"extra.{name} of the connection to {connection.host} is not a number of seconds above 0 "
            f"and up to {longest:.0f}"
        )
    return seconds


def page_size_of(connection: Connection, default: int) -> int:
    """Returns the rows to ask for in one page (``extra.page_size``): some servers give smaller pages than
    agreed.

    Raises ``ConnectionMissing`` for anything but a number of rows.
    """
    return _whole_number_of(connection, "page_size", default, LARGEST_PAGE, "rows")


def calls_at_once_of(connection: Connection, declared: int) -> int:
    """Returns how many calls of a query may be under way at once (``extra.calls_at_once``), else what is
    declared.

    Raises ``ConnectionMissing`` for anything but a number of calls.
    """
    return _whole_number_of(connection, "calls_at_once", declared, MOST_CALLS, "calls")


def _whole_number_of(connection: Connection, name: str, default: int, most: int, what: str) -> int:
    given = connection.extra.get(name, default)
    text = str(given).strip()
    if isinstance(given, bool) or not text.isdecimal() or not 1 <= int(text) <= most:
        raise ConnectionMissing(
            f"extra.{name} of the connection to {connection.host} is not a number of {what} from 1 to {most}"
        )
    return int(text)


def resolve(connection_id: str, environ: Mapping[str, str] | None = None) -> Connection:
    """Returns the connection of that id: from ``AIRFLOW_CONN_<ID>``, else from Airflow if it is running.

    Raises ``ConnectionMissing`` if it is not configured.
    """
    variable = f"AIRFLOW_CONN_{connection_id.upper()}"
    value = (os.environ if environ is None else environ).get(variable, "").strip()
    if value:
        return parse(value, variable)
    if "airflow" in sys.modules:
        found = _ask_airflow(connection_id)
        if found is not None:
            return found
    raise ConnectionMissing(
        f"connection {connection_id!r} is not configured: set {variable} to a URI "
        f"(conn_type://login:password@host:port/schema?extra=value) or to JSON, or create it in Airflow"
    )


def parse(value: str, variable: str) -> Connection:
    """Parses a connection from Airflow's URI or JSON form; an error names ``variable``.

    >>> parse("sftp://bank@files.example:22", "AIRFLOW_CONN_BK_ICBC").host
    'files.example'
    """
    try:
        return _from_json(value) if value.startswith("{") else _from_uri(value)
    except (ValueError, TypeError, AttributeError) as error:
        # the cause is cut off: its text quotes the value, and the value holds the password
        raise ConnectionMissing(
            f"{variable} is not a valid connection ({type(error).__name__}): expected a URI or a JSON object"
        ) from None


def _from_json(value: str) -> Connection:
    given = json.loads(value)
    extra = given.get("extra") or {}
    if isinstance(extra, str):
        extra = json.loads(extra)
    port = given.get("port")
    return Connection(
        conn_type=str(given["conn_type"]) if "conn_type" in given else _no_type(),
        host=given.get("host") or None,
        port=int(port) if port not in (None, "") else None,
        login=given.get("login") or None,
        password=given.get("password") or None,
        schema=given.get("schema") or None,
        extra=dict(extra),
    )


def _no_type() -> str:
    raise ValueError("conn_type")


def _from_uri(value: str) -> Connection:
    parts = urlsplit(value)
    if not parts.scheme:
        _no_type()
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    # Airflow writes nested extras as one JSON value under this name
    extra: dict[str, Any] = json.loads(query.pop("__extra__", "{}"))
    path = unquote(parts.path[1:])
    return Connection(
        conn_type=parts.scheme,
        host=_host(parts),
        port=parts.port,
        login=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        schema=path or None,
        extra={**extra, **query},
    )


def _host(parts: SplitResult) -> str | None:
    """Returns the host with its case kept and %-escapes undone (the path of an SQLite file is written
    here).
    """
    netloc = parts.netloc.rpartition("@")[2]
    if netloc.startswith("["):
        return parts.hostname
    return unquote(netloc.partition(":")[0]) or None


def _ask_airflow(connection_id: str) -> Connection | None:
    try:
        hook = importlib.import_module("airflow.sdk").BaseHook
        found = hook.get_connection(connection_id)
    except Exception:
        # whatever Airflow's backends raise (not found, no metadata database here): not configured
        return None
    return Connection(
        conn_type=found.conn_type or "",
        host=found.host or None,
        port=found.port,
        login=found.login or None,
        password=found.password or None,
        schema=found.schema or None,
        extra=dict(found.extra_dejson or {}),
    )

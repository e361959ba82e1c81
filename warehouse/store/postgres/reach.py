"""Reaches the embedded server as its administrator, and reports what a client met that got no answer."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection

from warehouse import secret_store
from warehouse.errors import ServerError
from warehouse.settings import Settings
from warehouse.store import outages
from warehouse.store.postgres import libpq, process
from warehouse.store.postgres.location import ADMIN, local_url, saved_state

_STEP = 0.1


def admin(settings: Settings, database: str = "postgres") -> Connection:
    """Opens a session of the administrator. It depends on no variable of the shell."""
    libpq.hide_variables(embedded=True)
    password = secret_store.get_or_create(settings.hub_home, "postgres_admin")
    url = local_url(ADMIN, password, int(saved_state(settings)["port"]), database)
    connection = psycopg2.connect(url, connect_timeout=5, application_name="hub server")
    with connection, connection.cursor() as cursor:
        # an administrator's limits are for others; a lock of somebody else is not waited for without end
        cursor.execute("set statement_timeout = 0; set lock_timeout = '60s'")
    return connection


def wait_until_answers(settings: Settings, patience: float) -> bool:
    """Waits until the server just started accepts the administrator: it may be recovering from a crash.

    Returns False after ``patience`` seconds.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            admin(settings).close()
            return True
        except psycopg2.OperationalError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_STEP)


def wait_for_living(settings: Settings, data: Path, patience: float) -> bool:
    """Waits until a living server accepts the administrator. Returns False if it has ended meanwhile.

    Raises ``ServerError`` with what was met. The server is left alone in any case: others may be at work in
    it, and a server that does not answer this client may answer them.
    """
    deadline = time.monotonic() + patience
    while (pid := process.postmaster(data)) is not None:
        try:
            admin(settings).close()
            return True
        except psycopg2.OperationalError as error:
            if not _may_pass(error) or time.monotonic() > deadline:
                port = saved_state(settings)["port"]
                raise ServerError(
                    f"the hub's own server runs (process {pid}, 127.0.0.1:{port}) but does not let this "
                    f"client in: {outages.describe_refusal(error)}. It was left alone; 'make down' ends it, "
                    "'make up' starts it again"
                ) from None
        time.sleep(_STEP)
    return False


def _may_pass(error: psycopg2.OperationalError) -> bool:
    # one that has just begun does not listen yet; one that is stopped or swamped lets a try time out
    words = ("Connection refused", "timeout expired")
    return outages.may_pass(error) or any(word in str(error) for word in words)

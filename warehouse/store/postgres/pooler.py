"""Finds out whether a connection pooler shares our session with others, and refuses it then.

A pooler that gives each transaction another session of the server (transaction or statement mode) loses
settings and keeps session locks that nobody releases. One that keeps a session while the client stays
(session mode) is fine.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg2
from psycopg2 import extensions
from psycopg2.extensions import connection as Connection

from warehouse.errors import ServerError
from warehouse.store import outages

if TYPE_CHECKING:
    from warehouse.store.postgres.location import ServerInfo

WHAT_TO_DO = (
    "set pool_mode = session for this database in the pooler, or let DATABASE_URL name the server itself"
)
#: How long a second session may take to come (seconds).
PATIENCE = 10.0
_ROUNDS = 3
_PID = "select pg_backend_pid()"
#: (address, database, user) found to keep sessions apart: asked once in a process.
_apart: set[tuple[str, str, str]] = set()
_asking = threading.Lock()


def refuse_shared_sessions(connection: Connection, where: ServerInfo) -> None:
    """Raises ``ServerError`` if the sessions of ``connection`` are shared; leaves nothing behind there.

    ``connection`` is in autocommit mode, and no setting was made in it yet.
    """
    if is_direct(connection):
        return
    key = (where.address, where.database, where.user)
    with _asking:
        if key in _apart:
            return
        for _ in range(_ROUNDS):
            _ask(connection, where)
        _apart.add(key)


def is_direct(connection: Connection) -> bool:
    """Tells whether the server itself is at the other end: its process id and our port agree.

    A pooler invents the process id it reports and has a connection of its own to the server.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid(), inet_client_port()")
        pid, port = cursor.fetchone() or (None, None)
    return bool(pid == connection.get_backend_pid() and port == _own_port(connection))


def _own_port(connection: Connection) -> int | None:
    with socket.socket(fileno=socket.dup(connection.fileno())) as ours:
        name = ours.getsockname()
    return int(name[1]) if isinstance(name, tuple) else None


def _ask(connection: Connection, where: ServerInfo) -> None:
    """Opens a second session: a session shared by transactions turns up in it, or is another one the next
    time.
    """
    ours = _pid_of(connection)
    with closing(psycopg2.connect(where.url, application_name="hub pooler", async_=True)) as other:
        deadline = time.monotonic() + PATIENCE
        theirs = _pid_of_open_transaction(other, where, deadline)
        # in session mode the second one cannot have ours, and ours stays the same, before and after its end
        meanwhile = _pid_of(connection)
        _run(other, where, "commit", deadline)
        if theirs == ours or {meanwhile, _pid_of(connection), _pid_of(connection)} != {ours}:
            raise _refusal(where)


def _pid_of(connection: Connection) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_PID)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _pid_of_open_transaction(other: Connection, where: ServerInfo, deadline: float) -> int:
    try:
        _wait(other, where, deadline)
        _run(other, where, "begin", deadline)
        row = _run(other, where, _PID, deadline)
    except psycopg2.Error as error:
        if "statement pooling" in str(error):
            raise _refusal(where) from None
        raise ServerError(
            f"a connection pooler stands at {where.address}; it gave no second session: "
            f"{outages.describe_refusal(error)}"
        ) from None
    return int(row[0]) if row else 0


def _run(other: Connection, where: ServerInfo, statement: str, deadline: float) -> tuple[int, ...] | None:
    with other.cursor() as cursor:
        cursor.execute(statement)
        _wait(other, where, deadline)
        return cursor.fetchone() if cursor.description else None


def _wait(other: Connection, where: ServerInfo, deadline: float) -> None:
    while (state := other.poll()) != extensions.POLL_OK:
        left = deadline - time.monotonic()
        if left <= 0:
            raise ServerError(
                f"a connection pooler stands at {where.address}; it gave no second session within "
                f"{PATIENCE:.0f} s: give it a larger pool (the hub needs ten sessions and more at once), "
                "or let DATABASE_URL name the server itself"
            )
        reading = [other.fileno()] if state == extensions.POLL_READ else []
        writing = [other.fileno()] if state == extensions.POLL_WRITE else []
        select.select(reading, writing, [], min(left, 1.0))


def _refusal(where: ServerInfo) -> ServerError:
    return ServerError(
        f"a connection pooler stands at {where.address} and gives each transaction another session of the "
        f"server (transaction or statement mode): the hub's settings and locks would not hold; {WHAT_TO_DO}"
    )

"""Locks that only the hub's owner can take.

An advisory lock can be taken by every login that guesses or reads its key. Here a lock is a row of
``ops.locks``, which only the owner may touch. The row names the session that holds the lock and a secret
random number. That session also holds an advisory lock with this number; nobody waits for it, it only shows
that the session still lives. So a lock ends with its session, whatever happens to the process.
"""

from __future__ import annotations

import secrets
import time

import psycopg2
from psycopg2.extensions import cursor as Cursor

from warehouse.errors import LockBusy

#: Made before the first migration, which needs it.
TABLE = """
create table if not exists ops.locks (
    name text primary key,
    pid integer,
    token bigint
);
comment on table ops.locks is
    'Who works on a feed, the gate or the schema: a session, while it holds the advisory lock of its token';
"""
#: Names of the locks: one at a time checks, one at a time migrates.
GATE, MIGRATION = "gate", "migration"
#: Held by whoever writes warnings and their events, to the end of the transaction; waits with a bound.
PUBLICATION = "select ops.hold_publication()"
_TOKEN_BITS = 62
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5
#: Updates only if the state is still as it was read: of two processes that find it free, one gets it.
_EXCHANGE = """
    update ops.locks set pid = pg_backend_pid(), token = %(mine)s
    where name = %(name)s and token is not distinct from %(token)s
"""
_IS_ALIVE = """
    select exists (
        select from pg_catalog.pg_locks as l
        where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.pid = %(pid)s
            and l.database = (
                select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
            and (l.classid::bigint << 32) | l.objid::bigint = %(token)s)
"""


def feed_lock(feed_id: str) -> str:
    """Returns the name of the lock of whoever writes rows of a feed."""
    return f"feed {feed_id}"


def hold(cursor: Cursor, name: str, what: str) -> None:
    """Waits for the lock ``name`` and holds it until the connection ends or ``release`` is called.

    Waits as long as the connection's ``lock_timeout``. Raises ``LockBusy`` with ``what``, a clause such as
    "another gate is at work".
    """
    cursor.execute("select setting::integer from pg_catalog.pg_settings where name = 'lock_timeout'")
    ((patience,),) = cursor.fetchall()
    deadline = time.monotonic() + patience / 1000 if patience else None
    mine = secrets.randbits(_TOKEN_BITS)
    try:
        cursor.execute("insert into ops.locks (name) values (%s) on conflict do nothing", (name,))
        _take(cursor, name, mine, deadline, what)
    except psycopg2.errors.LockNotAvailable:
        raise LockBusy(f"{what} for over {patience / 1000:g} s: try again when it has ended") from None


def _take(cursor: Cursor, name: str, mine: int, deadline: float | None, what: str) -> None:
    """Asks again until the session that holds the lock has ended, has released it, or is this one.

    A waiting session locks no row: otherwise the holder could neither release the lock nor take it again.
    """
    pause = _FIRST_PAUSE
    while True:
        cursor.execute("select pid, token from ops.locks where name = %s", (name,))
        ((pid, token),) = cursor.fetchall()
        if pid in (None, cursor.connection.info.backend_pid) or not _is_alive(cursor, pid, token):
            cursor.execute("select pg_try_advisory_lock(%s)", (mine,))
            cursor.execute(_EXCHANGE, {"name": name, "token": token, "mine": mine})
            if cursor.rowcount:
                return
            continue  # somebody else was faster
        if deadline is not None and time.monotonic() > deadline:
            raise LockBusy(f"{what} (database session {pid}): wait for it, or end that session")
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _is_alive(cursor: Cursor, pid: int, token: int | None) -> bool:
    cursor.execute(_IS_ALIVE, {"pid": pid, "token": token})
    ((alive,),) = cursor.fetchall()
    return bool(alive)


def release(cursor: Cursor, name: str) -> None:
    """Releases the lock before the connection ends, with the transaction."""
    cursor.execute("update ops.locks set pid = null, token = null where name = %s", (name,))

"""Takes the right to advisory locks from every login, in each database and those to come.

The table of locks is one for the whole server. A login that takes advisory locks without end fills it, and
then nobody can do anything, not even connect. The hub needs one at a time (``store/locks.py``), Airflow one
for its migrations: their owner keeps the right.
"""

from __future__ import annotations

from contextlib import closing

from psycopg2 import sql

from warehouse.settings import Settings
from warehouse.store import access
from warehouse.store.postgres import reach

#: New databases are copies of this one, into which nobody may connect.
_TEMPLATE = "template0"
_DATABASES = "select datname::text from pg_catalog.pg_database where datallowconn and datname <> %s"
_ENTER = "alter database template0 allow_connections {}"


def keep_lock_table(settings: Settings, owner: str) -> None:
    """Takes the right to advisory locks from everybody but ``owner``, wherever everybody has it."""
    with closing(reach.admin(settings)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(_DATABASES, (_TEMPLATE,))
            for (name,) in cursor.fetchall():
                _close(settings, name, owner)
            cursor.execute(_ENTER.format("true"))
            try:
                _close(settings, _TEMPLATE, owner)
            finally:
                cursor.execute(_ENTER.format("false"))


def _close(settings: Settings, database: str, owner: str) -> None:
    with (
        closing(reach.admin(settings, database)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(access.OPEN_LOCKS)
        for (function,) in cursor.fetchall():
            # without grant option: a dump holds these rights, and the owner that restores it is told only
            # that it cannot grant them
            cursor.execute(
                sql.SQL("grant execute on function {} to {}").format(sql.SQL(function), sql.Identifier(owner))
            )
            cursor.execute(sql.SQL("revoke execute on function {} from public").format(sql.SQL(function)))

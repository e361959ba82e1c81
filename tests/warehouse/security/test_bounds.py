"""No login fills the disk, runs without end, or takes the server's locks; what cannot be bounded is told."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest
from psycopg2 import sql

from tests.support.fakes import rows_of
from tests.warehouse.security.logins import login, session
from warehouse.settings import Settings
from warehouse.store import access
from warehouse.store.connect import connect
from warehouse.store.postgres import reach, server

pytestmark = pytest.mark.slow
CONFIG = "select coalesce(rolconfig, '{}') from pg_roles where rolname = 't_bound'"
#: More than a megabyte to sort, in a session that may keep 64 kB in memory.
SORT = "select count(*) from (select md5(g::text) as m from generate_series(1, 200000) as g order by 1) as s"


def secure(settings: Settings) -> list[str]:
    """Bounds every login; what is still open."""
    with closing(connect(settings)) as connection, connection.cursor() as cursor:
        access.secure(connection)
        return list(access.findings(cursor))


def bound(settings: Settings, name: str, value: str) -> None:
    rows_of(settings, "update ops.settings set value = %s where name = %s", value, name)


def config(settings: Settings) -> set[str]:
    return set(rows_of(settings, CONFIG)[0][0])


def test_a_runaway_query_ends_before_the_disk_is_full(fresh_hub: Settings) -> None:
    bound(fresh_hub, "login_temp_file_mb", "1")
    with login(fresh_hub, "t_bound", ["hub_analyst"]):
        secure(fresh_hub)
        with session(fresh_hub, "t_bound", autocommit=True) as reader, reader.cursor() as cursor:
            cursor.execute("set work_mem = '64kB'")
            with pytest.raises(psycopg2.errors.ConfigurationLimitExceeded, match="temp_file_limit"):
                cursor.execute(SORT)
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute("set temp_file_limit = -1")
    assert rows_of(fresh_hub, "show temp_file_limit") == [("-1",)], "the owner's work has no such bound"


def test_a_statement_without_end_ends(fresh_hub: Settings) -> None:
    with login(fresh_hub, "t_bound", ["hub_app"]):
        secure(fresh_hub)
        with session(fresh_hub, "t_bound") as reader, reader.cursor() as cursor:
            cursor.execute("show statement_timeout")
            assert cursor.fetchall() == [("5min",)]


@pytest.mark.parametrize(
    ("row", "setting", "value", "found"),
    [
        ("login_statement_seconds", "statement_timeout", "0", None),
        ("login_statement_seconds", "statement_timeout", "7", "7s"),
        ("login_temp_file_mb", "temp_file_limit", "0", None),
        ("login_temp_file_mb", "temp_file_limit", "5", "5MB"),
        ("login_idle_seconds", "idle_in_transaction_session_timeout", "0", None),
    ],
)
def test_each_bound_is_the_operators_to_say(
    fresh_hub: Settings, row: str, setting: str, value: str, found: str | None
) -> None:
    bound(fresh_hub, row, value)
    with login(fresh_hub, "t_bound", ["hub_app"]):
        secure(fresh_hub)
        said = dict(line.split("=") for line in config(fresh_hub))
    assert said.get(setting) == found
    assert len(said) == (3 if found else 2)


@pytest.mark.parametrize("setting", ["statement_timeout", "idle_in_transaction_session_timeout"])
@pytest.mark.parametrize("where", ["role t_bound", "database {}", "role t_bound in database {}"])
def test_what_an_administrator_limited_stays(fresh_hub: Settings, where: str, setting: str) -> None:
    """A limit of the database would not count beside one of the role."""
    place = where.format(server.info(fresh_hub).database)
    with login(fresh_hub, "t_bound", ["hub_app"]):
        rows_of(fresh_hub, f"alter {place} set {setting} = '9s'")
        secure(fresh_hub)
        with session(fresh_hub, "t_bound") as reader, reader.cursor() as cursor:
            cursor.execute(sql.SQL("show {}").format(sql.Identifier(setting)))
            assert cursor.fetchall() == [("9s",)]


def test_locks_that_are_everybodys_are_told(hub_server: Settings, fresh_hub: Settings) -> None:
    """As on a PostgreSQL of somebody's own, where the hub may not revoke them."""
    database = server.info(fresh_hub).database
    assert [line for line in secure(fresh_hub) if "advisory" in line] == []
    with closing(reach.admin(hub_server, database)) as admin, admin.cursor() as cursor:
        admin.autocommit = True
        cursor.execute("grant execute on function pg_advisory_lock(bigint) to public")
        (told,) = [line for line in secure(fresh_hub) if "advisory" in line]
        cursor.execute("revoke execute on function pg_advisory_lock(bigint) from public")
    assert "every login may take advisory locks" in told
    assert "a superuser revokes execute on pg_advisory_lock" in told
    assert [line for line in secure(fresh_hub) if "advisory" in line] == []


def test_a_disk_that_is_everybodys_to_fill_is_told(hub_server: Settings, fresh_hub: Settings) -> None:
    """As on a PostgreSQL of somebody's own, until its superuser lets the hub set the bound."""
    owner = sql.Identifier(server.info(fresh_hub).user)
    with closing(reach.admin(hub_server)) as admin, admin.cursor() as cursor:
        admin.autocommit = True
        cursor.execute(sql.SQL("revoke set on parameter temp_file_limit from {}").format(owner))
        try:
            with login(fresh_hub, "t_bound", ["hub_app"]):
                told = [line for line in secure(fresh_hub) if "t_bound" in line]
                assert "temp_file_limit" not in str(config(fresh_hub))
        finally:
            cursor.execute(sql.SQL("grant set on parameter temp_file_limit to {}").format(owner))
    assert told == [
        "login t_bound may fill the disk with temporary files: a superuser says alter role t_bound "
        "set temp_file_limit = '1GB', or grants set on parameter temp_file_limit to the hub's user"
    ]

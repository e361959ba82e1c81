"""Sessions: an administrator's settings do not reach them, poolers that share them are refused."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest

from tests.support.fakes import DAY, SNAPSHOT, Department, chunk, rows_of
from tests.support.pooler_stand_in import pooler
from warehouse.errors import LoadFailed, ServerError
from warehouse.intake.load_feed import load_feed
from warehouse.settings import Settings
from warehouse.store import outages, session
from warehouse.store.connect import connect, make_engine
from warehouse.store.postgres import libpq, server
from warehouse.store.postgres import pooler as pooler_check

pytestmark = pytest.mark.slow

#: A setting, what an administrator makes it, and what a session of ours has all the same.
SET_BY_AN_ADMINISTRATOR = {
    "statement_timeout": ("1s", "1h"),
    "lock_timeout": ("1s", "1min"),
    "idle_in_transaction_session_timeout": ("1s", "1h"),
    "idle_session_timeout": ("1s", "0"),
    "transaction_timeout": ("1s", "0"),
    "datestyle": ("German, DMY", "ISO, YMD"),
    "intervalstyle": ("iso_8601", "postgres"),
    "extra_float_digits": ("-5", "1"),
    "client_encoding": ("GBK", "UTF8"),
    "timezone": ("America/New_York", "<+08>-8"),
    "search_path": ("nowhere", '"$user", public'),
    "standard_conforming_strings": ("off", "on"),
    "transform_null_equals": ("on", "off"),
    "array_nulls": ("off", "on"),
    "bytea_output": ("escape", "hex"),
    "default_transaction_isolation": ("serializable", "read committed"),
    "quote_all_identifiers": ("on", "off"),
    "gin_fuzzy_search_limit": ("1", "0"),
    "row_security": ("off", "on"),
    "exit_on_error": ("on", "off"),
}


@pytest.fixture(params=["database", "role"])
def limited(request: pytest.FixtureRequest, fresh_hub: Settings) -> str:
    """``alter database`` or ``alter role in database``, taken back afterwards with the database."""
    whose = "" if request.param == "database" else "role current_user in "
    return f'alter {whose}database "{server.info(fresh_hub).database}" set '


def test_what_an_administrator_set_does_not_reach_our_sessions(fresh_hub: Settings, limited: str) -> None:
    for name, (theirs, _) in SET_BY_AN_ADMINISTRATOR.items():
        value = theirs if name in ("datestyle",) else f"'{theirs}'"
        rows_of(fresh_hub, f"{limited}{name} = {value}")
    with closing(connect(fresh_hub)) as connection, connection.cursor() as cursor:
        for name, (_, ours) in SET_BY_AN_ADMINISTRATOR.items():
            cursor.execute("select current_setting(%s)", (name,))
            assert (name, cursor.fetchone()) == (name, (ours,))
        cursor.execute("select '民政'")
        assert cursor.fetchone() == ("民政",)
        connection.rollback()  # the settings were not part of the transaction
        cursor.execute("show lock_timeout")
        assert cursor.fetchone() == ("1min",)
    with make_engine(fresh_hub).connect() as made:
        assert made.exec_driver_sql("show statement_timeout").scalar() == "1h"


def test_a_slow_decode_outlives_an_administrators_limits(fresh_hub: Settings, limited: str) -> None:
    def slowly(feed):  # type: ignore[no-untyped-def]
        rows_of(fresh_hub, "select pg_sleep(0.3)")
        return [chunk(feed, [{"id_number": "210102196001011001", "custody_start": DAY}])]

    for name in ("idle_in_transaction_session_timeout", "statement_timeout", "transaction_timeout"):
        rows_of(fresh_hub, f"{limited}{name} = '100ms'")
    department = Department(slowly)
    result = load_feed(SNAPSHOT, DAY, fresh_hub, puller=department.pull, decoder=department.decode)
    assert (result.outcome, result.loaded) == ("loaded", 1)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("select pg_terminate_backend({})", "ended the session"),
        ("select pg_cancel_backend({})", ""),
    ],
)
def test_a_load_that_was_cut_off_says_what_cut_it(fresh_hub: Settings, statement: str, said: str) -> None:
    def cut(feed):  # type: ignore[no-untyped-def]
        loading = "select pid from pg_stat_activity where application_name = %s"
        ((pid,),) = rows_of(fresh_hub, loading, f"load {SNAPSHOT}")
        rows_of(fresh_hub, statement.format(pid))
        return [chunk(feed, [{"id_number": "210102196001011001", "custody_start": DAY}])]

    department = Department(cut)
    if not said:  # nothing ran that could be cancelled
        result = load_feed(SNAPSHOT, DAY, fresh_hub, puller=department.pull, decoder=department.decode)
        assert (result.outcome, result.loaded) == ("loaded", 1)
        return
    with pytest.raises(LoadFailed, match=said):
        load_feed(SNAPSHOT, DAY, fresh_hub, puller=department.pull, decoder=department.decode)
    assert said in rows_of(fresh_hub, "select message from ops.feed_runs")[0][0]


#: What a client library says, and what the words must name. A client that writes to a session that has
#: been ended may get nothing but the bare loss: then the words say where to look.
ENDED = {
    "terminating connection due to idle-in-transaction timeout": "idle_in_transaction_session_timeout of",
    "terminating connection due to idle-session timeout": "idle_session_timeout of the server",
    "terminating connection due to transaction timeout": "transaction_timeout of the server",
    "terminating connection due to administrator command": "an administrator ended the session",
    "terminating connection because of crash of another server process": "crashed",
    "server closed the connection unexpectedly": "see the server's log",
    "SSL connection has been closed unexpectedly": "see the server's log",
    "could not receive data from server: Connection timed out": "see the server's log",
}


@pytest.mark.parametrize("said", ENDED)
def test_an_end_is_told_by_what_made_it(said: str) -> None:
    error = psycopg2.InterfaceError("connection already closed")
    error.__context__ = psycopg2.OperationalError(f"{said}\n\tThis probably means ...\n")
    assert ENDED[said] in outages.describe(error)


#: Statements the server refuses, and what the words must name.
REFUSED = {
    "set statement_timeout = '1ms'; select pg_sleep(9)": "statement_timeout of the session",
    "set transaction read only; create table t (a int)": "default_transaction_read_only",
    "create temporary table t (a int); insert into t values (1 / 0)": "division by zero",
}


@pytest.mark.parametrize("statement", REFUSED)
def test_a_refusal_is_told_by_the_setting_that_made_it(hub_db: Settings, statement: str) -> None:
    with pytest.raises(psycopg2.Error) as caught:
        rows_of(hub_db, statement)
    assert REFUSED[statement] in outages.describe(caught.value)


def test_a_lock_that_is_not_let_go_is_told(hub_db: Settings) -> None:
    with closing(connect(hub_db)) as holder, holder.cursor() as cursor:
        cursor.execute("lock table ops.settings")
        with pytest.raises(psycopg2.Error) as caught:
            rows_of(hub_db, "set lock_timeout = '1ms'; select * from ops.settings")
    assert "another session holds a lock" in outages.describe(caught.value)


def test_a_database_that_may_only_be_read_is_named(fresh_hub: Settings, limited: str) -> None:
    rows_of(fresh_hub, f"{limited}default_transaction_read_only = on")
    with pytest.raises(ServerError, match=r"may not write \(default_transaction_read_only is on\)") as caught:
        connect(fresh_hub)
    assert caught.value.exit_code == 5
    with closing(psycopg2.connect(fresh_hub.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("set transaction read write")
        cursor.execute(f"{limited}default_transaction_read_only = off")
        connection.commit()


def test_a_standby_is_named(hub_db: Settings) -> None:
    with pytest.raises(ServerError, match=r"is a standby \(pg_is_in_recovery\).*primary"):
        session._check_writable(server.info(hub_db), True, True)


@pytest.mark.parametrize(
    "said",
    [
        "FATAL:  the database system is starting up",
        "FATAL:  the database system is not yet accepting connections\nDETAIL:  Consistent recovery state",
        "FATAL:  the database system is in recovery mode",
        "FATAL:  the database system is shutting down",
        "FATAL:  sorry, too many clients already",
        "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
        'FATAL:  too many connections for role "hub"',
        "FATAL:  no more connections allowed (max_client_conn)",
    ],
)
def test_what_may_pass_is_asked_again(hub_db: Settings, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    plain, tries = psycopg2.connect, []

    def counted(*arguments, **parameters):  # type: ignore[no-untyped-def]
        tries.append(1)
        if len(tries) < 3:
            raise psycopg2.OperationalError(f'connection to server at "h", port 1 failed: {said}')
        return plain(*arguments, **parameters)

    monkeypatch.setattr(session, "_PAUSE", 0)
    monkeypatch.setattr(psycopg2, "connect", counted)
    connect(hub_db).close()
    tries.clear()
    monkeypatch.setattr(session, "PATIENCE", -1)
    with pytest.raises(
        ServerError, match=r"no database at .*(does not take sessions yet|no free connection)"
    ):
        connect(hub_db)


def through(settings: Settings, port: int) -> Settings:
    info = server.info(settings)
    return settings.with_database(info.url.replace(f":{info.port}/", f":{port}/"))


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooler_check, "_apart", set())
    monkeypatch.setattr(libpq, "_aside", {})


def test_a_pooler_in_session_mode_is_fine(fresh_hub: Settings) -> None:
    info = server.info(fresh_hub)
    with pooler(info.host, info.port, "session") as between:
        settings = through(fresh_hub, between.port)
        assert rows_of(settings, "show lock_timeout") == [("1min",)]
        assert rows_of(settings, "select pg_advisory_lock(1), pg_backend_pid() > 0") == [("", True)]


@pytest.mark.parametrize("refuses", [True, False])
def test_a_pooler_that_shares_sessions_is_refused_and_nothing_stays_behind(
    fresh_hub: Settings, refuses: bool
) -> None:
    info = server.info(fresh_hub)
    with pooler(info.host, info.port, "transaction", refuses_options=refuses) as between:
        with pytest.raises(ServerError, match=r"pooler .*transaction or statement mode.*pool_mode = session"):
            connect(through(fresh_hub, between.port))
        left = between.free[-1]
        assert left.fileno() > 0  # the pool has its session back
        locks = "select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from "
        assert rows_of(fresh_hub, f"{locks}pg_database where datname = current_database())") == [(0,)]


def test_a_pooler_that_forgets_settings_is_refused(fresh_hub: Settings) -> None:
    info = server.info(fresh_hub)
    with (
        pooler(info.host, info.port, "forgetful") as between,
        pytest.raises(ServerError, match=r"settings of a session do not hold .*lock_timeout is '0'"),
    ):
        connect(through(fresh_hub, between.port))


def test_a_pooler_without_a_second_session_is_named(
    fresh_hub: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooler_check, "PATIENCE", 0)
    info = server.info(fresh_hub)
    with (
        pooler(info.host, info.port, "session") as between,
        pytest.raises(ServerError, match="gave no second session"),
    ):
        connect(through(fresh_hub, between.port))


def test_options_of_the_url_that_a_pooler_refuses_are_named(fresh_hub: Settings) -> None:
    info = server.info(fresh_hub)
    with pooler(info.host, info.port, "session") as between:
        url = f"{through(fresh_hub, between.port).database_url}?options=-c%20geqo%3Doff"
        with pytest.raises(ServerError, match="unsupported startup parameter: options: a connection pooler"):
            connect(fresh_hub.with_database(url))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PGSERVICE", "nowhere"), ("PGSERVICEFILE", "/nowhere"), ("PGHOSTADDR", "192.0.2.1"),
        ("PGOPTIONS", "-c no.such -c statement_timeout=1"), ("PGTARGETSESSIONATTRS", "standby"),
        ("PGDATESTYLE", "German"), ("PGTZ", "UTC"), ("PGCLIENTENCODING", "LATIN1"), ("PGGEQO", "off"),
        ("PGPORT", "1"), ("PGUSER", "nobody"), ("PGHOST", "192.0.2.1"), ("PGDATABASE", "no"),
        ("PGPASSWORD", "no"), ("PGPASSFILE", "/nowhere"), ("PGLOADBALANCEHOSTS", "no such"),
    ],
)  # fmt: skip
def test_the_url_of_an_operators_server_says_it_all(
    hub_db: Settings, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    asked = "select current_user, current_database(), current_setting('datestyle')"
    where = server.info(hub_db)
    assert rows_of(hub_db, asked) == [(where.user, where.database, "ISO, YMD")]


def test_what_the_url_leaves_out_the_shell_may_say(hub_db: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    where = server.info(hub_db)
    for name, value in (("PGHOST", where.host), ("PGPORT", str(where.port)), ("PGUSER", where.user)):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PGPASSWORD", where.password)
    short = hub_db.with_database(f"postgresql:///{where.database}")
    assert rows_of(short, "select 1") == [(1,)]
    assert (server.info(short).host, server.info(short).port) == (where.host, where.port)
    monkeypatch.setenv("PGSSLMODE", "require")
    with pytest.raises(ServerError, match="TLS does not fit"):
        connect(short)
    monkeypatch.setenv("PGPORT", "no")
    with pytest.raises(ServerError, match="PGPORT is 'no'"):
        server.info(short)


def test_a_child_program_gets_what_the_url_says(hub_db: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICE", "nowhere")
    monkeypatch.setenv("PGSSLROOTCERT", "/theirs")
    url = f"{hub_db.database_url}?sslmode=verify-full&options=-c%20geqo%3Doff"
    env = libpq.environment(server.info(hub_db.with_database(url)))
    assert "PGSERVICE" not in env
    assert (env["PGSSLMODE"], env["PGSSLROOTCERT"], env["PGOPTIONS"]) == (
        "verify-full",
        "/theirs",
        "-c geqo=off",
    )
    assert env["PGUSER"] == server.info(hub_db).user

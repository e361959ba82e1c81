"""The embedded server among shells, clients and days: it is never ended because somebody got no answer."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import psycopg2
import pytest

from hub import airflow, city_process, stack
from hub.settings import HubSettings
from tests.conftest import make_settings
from tests.support.fakes import rows_of
from tests.support.machine import on_one_machine
from warehouse import secret_store
from warehouse.errors import ServerError
from warehouse.operations import postgres_tools
from warehouse.settings import Settings
from warehouse.store.postgres import libpq, process, reach, server
from warehouse.store.postgres.files import data_dir, runner, state_dir

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    settings = make_settings(tmp_path_factory.mktemp("stays") / "var")
    server.start(settings)
    yield settings
    server.destroy(settings)


@pytest.fixture(autouse=True)
def _no_shell_of_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libpq, "_aside", {})


def data(settings: Settings) -> Path:
    return data_dir(settings, runner())


@contextmanager
def undisturbed(settings: Settings) -> Iterator[None]:
    """A session that is at work before and after, in the same server."""
    before = process.postmaster(data(settings))
    with closing(psycopg2.connect(server.info(settings).url)) as reader, reader.cursor() as cursor:
        cursor.execute("select 1")
        yield
        cursor.execute("select 2")
        assert cursor.fetchone() == (2,)
    assert process.postmaster(data(settings)) == before


SHELL = {
    "PGSSLMODE": "require", "PGSERVICE": "nowhere", "PGSERVICEFILE": "/nowhere", "PGHOST": "192.0.2.1",
    "PGHOSTADDR": "192.0.2.1", "PGPORT": "1", "PGUSER": "nobody", "PGDATABASE": "no", "PGPASSWORD": "no",
    "PGPASSFILE": "/nowhere", "PGOPTIONS": "-c no.such", "PGSSLROOTCERT": "/nowhere", "PGREQUIRESSL": "1",
    "PGCLIENTENCODING": "LATIN1", "PGTZ": "UTC", "PGDATESTYLE": "German", "PGTARGETSESSIONATTRS": "standby",
    "PGREQUIREAUTH": "md5", "PGCHANNELBINDING": "require", "PGSSLNEGOTIATION": "direct",
    "PGSSLCERTMODE": "require",
    "PGGSSENCMODE": "no such", "PGSSLMINPROTOCOLVERSION": "no such", "PGSYSCONFDIR": "/nowhere",
    "PGCONNECT_TIMEOUT": "no", "PGDATA": "/nowhere", "PGAPPNAME": "x", "PGLOADBALANCEHOSTS": "no such",
}  # fmt: skip


@pytest.mark.parametrize("name", [*SHELL, "all of them"])
def test_no_variable_of_the_shell_reaches_the_hubs_own_server(
    own: Settings, monkeypatch: pytest.MonkeyPatch, name: str, tmp_path: Path
) -> None:
    with undisturbed(own):
        for known, value in SHELL.items() if name == "all of them" else [(name, SHELL[name])]:
            monkeypatch.setenv(known, value)
        server.start(own)
        assert server.is_running(own)
        server.ensure_database("airflow", own)
        assert rows_of(own, "select current_user, current_setting('datestyle')") == [("hub", "ISO, YMD")]
        child = libpq.environment(server.info(own))
        assert child.get("PGSSLMODE") == "disable"
        assert (set(child) & set(SHELL)) <= {
            "PGSSLMODE", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE",
        }  # fmt: skip
        assert not set(airflow.environment(on_one_machine(own), {})) & set(SHELL)
    if name == "all of them":
        where = server.info(own)
        arguments = ["--schema-only", "--file", str(tmp_path / "dump")]
        postgres_tools.run_program("pg_dump", where.url, arguments, embedded=True)
        assert (tmp_path / "dump").stat().st_size > 0


def test_a_server_of_another_password_is_left_alone_and_the_message_says_it(
    own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with undisturbed(own):
        with monkeypatch.context() as patch:
            patch.setattr(secret_store, "get_or_create", lambda home, name: "another")
            with pytest.raises(ServerError, match=r"runs \(process .*refuses the password.*left alone"):
                server.start(own)
        server.start(own)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("FATAL:  sorry, too many clients already", "no free connection left"),
        ("server does not support SSL, but SSL was required", "TLS does not fit"),
        ('definition of service "x" not found', "PGSERVICE"),
        ("FATAL:  the database system is in recovery mode", "does not take sessions yet"),
        ("timeout expired", "no answer in time"),
        ("Connection refused", "nothing listens there"),
    ],
)
def test_what_a_client_met_is_told_and_the_server_left_alone(
    own: Settings, monkeypatch: pytest.MonkeyPatch, said: str, told: str
) -> None:
    def refuse(_: Settings) -> None:
        raise psycopg2.OperationalError(f"connection to server failed: {said}")

    with undisturbed(own):
        monkeypatch.setattr(reach, "admin", refuse)
        monkeypatch.setattr(server, "_PATIENCE", 0)
        with pytest.raises(ServerError, match=told) as caught:
            server.start(own)
        assert "left alone" in str(caught.value)
        assert caught.value.exit_code == 5
        assert server.is_running(own)


def test_a_server_that_is_stopped_for_a_while_is_not_dead(
    own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = process.postmaster(data(own))
    assert pid is not None
    with undisturbed(own):
        monkeypatch.setattr(server, "_PATIENCE", 0)
        os.kill(pid, signal.SIGSTOP)
        try:
            assert server.is_running(own)
            with pytest.raises(ServerError, match="left alone"):
                server.start(own)
        finally:
            os.kill(pid, signal.SIGCONT)


def test_a_lost_record_or_pid_file_does_not_cost_a_running_server(own: Settings) -> None:
    record = state_dir(own) / "server.json"
    pid_file = data(own) / "postmaster.pid"
    kept = record.read_text(encoding="utf-8"), pid_file.read_text(encoding="utf-8")
    with undisturbed(own):
        record.write_text(json.dumps({**json.loads(kept[0]), "port": 1}), encoding="utf-8")
        server.start(own)
        assert json.loads(record.read_text(encoding="utf-8")) == json.loads(kept[0])
        record.unlink()
        server.start(own)
        assert rows_of(own, "select 1") == [(1,)]
        pid_file.unlink()
        try:
            server.start(own)
            assert server.is_running(own)
        finally:
            pid_file.write_text(kept[1], encoding="utf-8")
            runner().give(pid_file)


def test_a_day_after_another_leaves_readers_in_the_database(
    own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[date] = []

    def start(settings: HubSettings, *_: object, keep: bool) -> stack.Stack:
        server.start(settings)
        started.append(settings.as_of)
        return stack.Stack(settings, airflow.client(settings))

    monkeypatch.setattr(stack, "_start", start)
    monkeypatch.setattr(airflow, "url", lambda settings: "http://127.0.0.1:1")
    monkeypatch.setattr(stack, "is_up", lambda settings: bool(started))
    monkeypatch.setattr(city_process, "refuse_other_days", lambda settings: None)
    days = [date(2020, 5, 12), date(2020, 5, 13), date(2020, 5, 14)]
    first, second, third = (
        on_one_machine(make_settings(own.hub_home, AS_OF=day.isoformat())) for day in days
    )
    said: list[str] = []
    stack.up(first, said.append, keep=True)
    with undisturbed(own):
        with stack.running(second, said.append):
            assert started == days[:2]
        assert stack.running_as_of(own) == "2020-05-13"
        # nor does a start that fails end what others are in
        monkeypatch.setattr(stack, "_start", lambda *_, keep: 1 / 0)
        with pytest.raises(ZeroDivisionError), stack.running(third, said.append):
            pass
    assert any("all but the database" in line for line in said)

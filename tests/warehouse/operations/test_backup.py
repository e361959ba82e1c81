"""A backup comes back row by row on an empty server; a damaged one is refused; nothing is overwritten."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2 import sql

from hub.__main__ import main
from tests.conftest import make_settings
from tests.support.candidates import TOMORROW, hit, put, unanswered, warning
from tests.support.fakes import DAY, DELTA, SNAPSHOT, rows_of
from tests.support.loading import A, B, C, delivery, load
from warehouse.errors import MigrationError, OperationFailed, OperationRefused
from warehouse.operations import backup as backup_module
from warehouse.operations import postgres_tools
from warehouse.operations.backup import backup
from warehouse.operations.restore import restore
from warehouse.publication.publish import publish
from warehouse.publication.rollback import rollback
from warehouse.settings import Settings
from warehouse.store.connect import connect
from warehouse.store.decisions import Decision
from warehouse.store.postgres import server

pytestmark = pytest.mark.slow

_OBJECTS = {
    "grants": "select table_schema, table_name, grantee, privilege_type "
    "from information_schema.role_table_grants where grantee like 'hub\\_%' order by 1, 2, 3, 4",
    "column grants": "select table_name, column_name, grantee from information_schema.column_privileges "
    "where grantee = 'hub_analyst' order by 1, 2",
    "policies": "select schemaname, tablename, policyname, qual from pg_policies order by 1, 2, 3",
    "row security": "select relname from pg_class where relrowsecurity order by 1",
    "functions": "select n.nspname, p.proname, pg_get_functiondef(p.oid) from pg_proc as p "
    "inner join pg_namespace as n on n.oid = p.pronamespace "
    "where n.nspname in ('ops', 'core', 'marts') order by 1, 2, 3",
    "triggers": "select tgname from pg_trigger where not tgisinternal order by 1",
    "indexes": "select schemaname, indexdef from pg_indexes where schemaname not like 'pg\\_%' order by 1, 2",
    "constraints": "select conname, pg_get_constraintdef(oid) from pg_constraint order by 1, 2",
    "sequences": "select schemaname, sequencename, last_value from pg_sequences order by 1, 2",
}


@pytest.fixture(scope="module")
def full(hub_db: Settings) -> Settings:
    """A hub with batches, rows set aside, two publications and a rollback."""
    load(hub_db, SNAPSHOT, delivery(A, B, bad=2))
    load(hub_db, DELTA, delivery({"cremation_no": "H1"}, {"cremation_no": "H\t\\N\n,'\""}))
    load(hub_db, SNAPSHOT, delivery(A, C, content="again"), refresh=True)
    put(hub_db, [warning("w1"), warning("w2")], [hit("h1")], [unanswered("p1")])
    first = publish(DAY, hub_db).publication_id
    put(hub_db, [warning("w1", severity="orange")], day=TOMORROW)
    publish(TOMORROW, hub_db)
    rollback(first, Decision("wang", "a test"), hub_db)
    return hub_db


@pytest.fixture(scope="module")
def saved(full: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backups") / "one with a space"
    backup(folder, full)
    return folder


@pytest.fixture(scope="module")
def empty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Another machine's: no roles, no database, another home with other secrets."""
    home = tmp_path_factory.mktemp("other machine")
    settings = Settings.from_env({"HUB_HOME": str(home)})
    server.start(settings)
    yield settings
    server.destroy(settings)


def every_row(settings: Settings) -> dict[str, list[str]]:
    with closing(connect(settings)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE' "
            "and table_schema not in ('pg_catalog', 'information_schema')"
        )
        found = {}
        for schema, table in cursor.fetchall():
            cursor.execute(sql.SQL("select t::text from {} as t").format(sql.Identifier(schema, table)))
            found[f"{schema}.{table}"] = sorted(row[0] for row in cursor.fetchall())
        return found


def every_object(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    return {name: rows_of(settings, query) for name, query in _OBJECTS.items()}


def test_an_empty_server_has_everything_afterwards(
    full: Settings, saved: Path, empty_server: Settings
) -> None:
    restore(saved, empty_server)
    ours, theirs = every_row(full), every_row(empty_server)
    assert theirs == ours
    assert sum(map(len, ours.values())) > 50
    found, wanted = every_object(empty_server), every_object(full)
    for name, objects in wanted.items():
        assert objects, name
        assert found[name] == objects, name
    before, after = full.hub_home / "landing", empty_server.hub_home / "landing"
    landed = [path.relative_to(before) for path in sorted(before.rglob("*")) if path.is_file()]
    assert landed
    assert [(after / path).read_bytes() for path in landed] == [
        (before / path).read_bytes() for path in landed
    ]


def test_the_restored_hub_goes_on(saved: Path, empty_server: Settings) -> None:
    """The key of the person ids came along, and the next day is loaded and published."""
    restore(saved, empty_server, replace=True)
    again = Settings.from_env({"HUB_HOME": str(empty_server.hub_home)})
    assert again.person_key == "test-person-key-0001"
    assert load(again, SNAPSHOT, delivery(A, content="next"), TOMORROW).outcome == "loaded"
    last = rows_of(again, "select max(publication_id) from marts.publications")[0][0]
    put(again, [warning("w3")], day=TOMORROW)
    assert publish(TOMORROW, again).publication_id > last


def test_a_hub_that_is_there_is_not_overwritten(saved: Path, fresh_hub: Settings) -> None:
    load(fresh_hub, SNAPSHOT, delivery(B))
    before = every_row(fresh_hub)
    with pytest.raises(OperationRefused, match="say --replace"):
        restore(saved, fresh_hub)
    assert every_row(fresh_hub) == before


def test_told_to_it_takes_the_place_of_what_is_there(
    full: Settings, saved: Path, fresh_hub: Settings
) -> None:
    load(fresh_hub, SNAPSHOT, delivery(B))
    with closing(psycopg2.connect(fresh_hub.database_url)):  # somebody is connected
        restore(saved, fresh_hub, replace=True)
    assert every_row(fresh_hub) == every_row(full)
    left = "select datname from pg_database where datname like '%restor%'"
    assert rows_of(fresh_hub, left) == []


def _flip(folder: Path) -> str:
    """One bit in the largest file."""
    path = max((p for p in folder.rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return f"changed: {path.relative_to(folder).as_posix()}"


def _cut(folder: Path) -> str:
    path = folder / "database" / "toc.dat"
    path.write_bytes(path.read_bytes()[:-100])
    return "changed: database/toc.dat"


def _lose(folder: Path) -> str:
    (folder / "landing.tar").unlink()
    return "missing: landing.tar"


def _add(folder: Path) -> str:
    (folder / "database" / "9999.dat.gz").write_bytes(b"x")
    return "not of this backup: database/9999.dat.gz"


def _unfinished(folder: Path) -> str:
    (folder / "manifest.json").unlink()
    return "is no backup: it has no manifest.json"


def _half_a_manifest(folder: Path) -> str:
    path = folder / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8")[:200], encoding="utf-8")
    return "manifest.json is damaged"


@pytest.mark.parametrize("damage", [_flip, _cut, _lose, _add, _unfinished, _half_a_manifest])
def test_a_damaged_backup_is_refused(saved: Path, hub_db: Settings, tmp_path: Path, damage: Any) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(saved, copy)
    what = damage(copy)
    before = every_row(hub_db)
    with pytest.raises(OperationRefused, match=what):
        restore(copy, hub_db, replace=True)
    assert every_row(hub_db) == before


def test_rows_that_differ_from_the_manifest_are_noticed(
    saved: Path, hub_db: Settings, tmp_path: Path
) -> None:
    """As if the dump itself had missed a row."""
    copy = tmp_path / "copy"
    shutil.copytree(saved, copy)
    path = copy / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["tables"]["marts.warnings"]["rows"] += 1
    path.write_text(json.dumps(manifest), encoding="utf-8")
    before = every_row(hub_db)
    with pytest.raises(OperationFailed, match=r"not what was saved: marts\.warnings"):
        restore(copy, hub_db, replace=True)
    assert every_row(hub_db) == before


@pytest.mark.parametrize("name", ["../elsewhere", "landing/../../elsewhere", "/elsewhere", "secrets.json"])
def test_an_archive_that_reaches_elsewhere_is_refused(
    saved: Path, hub_db: Settings, tmp_path: Path, name: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(saved, copy)
    with tarfile.open(copy / "landing.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    path = copy / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["files"]["landing.tar"] = hashlib.sha256((copy / "landing.tar").read_bytes()).hexdigest()
    path.write_text(json.dumps(manifest), encoding="utf-8")
    before = every_row(hub_db)
    with pytest.raises(OperationRefused, match="which no backup puts there"):
        restore(copy, hub_db, replace=True)
    assert every_row(hub_db) == before


def test_a_backup_of_newer_code_is_refused(saved: Path, hub_db: Settings, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(saved, copy)
    path = copy / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["migrations"]["999_later.sql"] = "0"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(MigrationError, match=r"999_later\.sql"):
        restore(copy, hub_db, replace=True)


def test_a_key_set_from_outside_must_be_the_former_one(
    saved: Path, hub_db: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_PERSON_KEY", "another-key-0123456789")
    other = make_settings(hub_db.hub_home, DATABASE_URL=str(hub_db.database_url), HUB_PERSON_KEY="x" * 20)
    with pytest.raises(OperationRefused, match="HUB_PERSON_KEY is not the key"):
        restore(saved, other, replace=True)


def test_only_the_named_error_of_a_tool_is_harmless(saved: Path, fresh_hub: Settings) -> None:
    """A server before 17 does not know what pg_restore 17 sets; anything else it says counts."""
    again = ["--no-owner", "--format=directory", str(saved / "database")]
    url = str(fresh_hub.database_url)
    with pytest.raises(OperationFailed, match=r"pg_restore: .*already exists"):
        postgres_tools.run_program("pg_restore", url, again, harmless="transaction_timeout")
    with pytest.raises(OperationFailed, match=r"duplicate key|multiple primary keys"):
        postgres_tools.run_program("pg_restore", url, again, harmless="already exists")


def test_what_happens_during_a_backup_is_not_in_it(
    fresh_hub: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that is loaded between the counting and the dump is in neither."""
    load(fresh_hub, SNAPSHOT, delivery(A))
    before = every_row(fresh_hub)
    dump = backup_module._dump

    def late(*arguments: Any) -> None:
        load(fresh_hub, DELTA, delivery({"cremation_no": "H1"}))
        dump(*arguments)

    monkeypatch.setattr(backup_module, "_dump", late)
    backup(tmp_path / "saved", fresh_hub)
    assert every_row(fresh_hub) != before
    restore(tmp_path / "saved", fresh_hub, replace=True)
    assert every_row(fresh_hub) == before


def test_a_backup_is_private_and_never_written_over(saved: Path, full: Settings) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o700
    with pytest.raises(OperationRefused, match="is not empty"):
        backup(saved, full)


def test_the_commands(
    fresh_hub: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("hub.__main__._settings", lambda: fresh_hub)
    load(fresh_hub, SNAPSHOT, delivery(A))
    assert main(["backup", "--to", str(tmp_path / "saved")]) == 0
    assert "saved in" in capsys.readouterr().out
    assert main(["restore", "--from", str(tmp_path / "saved")]) == 2
    assert main(["restore", "--from", str(tmp_path / "saved"), "--replace"]) == 0
    assert "every one compared" in capsys.readouterr().out
    assert main(["restore", "--from", str(tmp_path / "nowhere")]) == 2

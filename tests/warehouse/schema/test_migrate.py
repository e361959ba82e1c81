"""Migrations run once, refuse to go backward, and raw tables only ever grow."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.catalogue import load_catalogue
from connectors.catalogue import load_feed as declaration
from connectors.errors import DeclarationError
from tests.support.fakes import DELTA, SNAPSHOT, rows_of
from warehouse.errors import MigrationError
from warehouse.schema.migrate import MIGRATIONS, migrate, read_migrations
from warehouse.settings import Settings
from warehouse.store.connect import connect
from warehouse.store.raw_tables import ensure_raw_tables


def test_migrating_again_changes_nothing(fresh_hub: Settings) -> None:
    assert migrate(fresh_hub) == []
    with closing(connect(fresh_hub)) as connection:
        assert ensure_raw_tables(connection) == []
    tables = rows_of(fresh_hub, "select count(*) from pg_tables where schemaname = 'raw'")
    assert tables == [(sum(len(feed.tables) for feed in load_catalogue().values()),)]


def test_a_newer_database_is_refused(fresh_hub: Settings) -> None:
    rows_of(fresh_hub, "insert into ops.schema_migrations values (900, '900_later.sql', 'x')")
    with pytest.raises(MigrationError, match=r"900_later\.sql, which this code does not know"):
        migrate(fresh_hub)


def test_an_edited_migration_is_refused(fresh_hub: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "001_ops.sql").write_text("-- edited", encoding="utf-8")
    with pytest.raises(MigrationError, match=r"001_ops\.sql was changed after it had been applied"):
        migrate(fresh_hub, folder)


@pytest.mark.parametrize("names", [["002_second"], ["001_first", "002_second", "002_also"]])
def test_a_number_given_twice_or_a_missing_first_one_is_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / f"{name}.sql").write_text("select 1", encoding="utf-8")
    with pytest.raises(MigrationError, match="each once"):
        read_migrations(tmp_path)


def test_a_failed_migration_leaves_nothing(fresh_hub: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    number = read_migrations()[-1].version + 1
    (folder / f"{number:03}_bad.sql").write_text(
        "create table ops.half (a int); select 1/0", encoding="utf-8"
    )
    with pytest.raises(Exception, match="division by zero"):
        migrate(fresh_hub, folder)
    assert rows_of(fresh_hub, "select to_regclass('ops.half')") == [(None,)]


def test_another_person_key_is_refused(fresh_hub: Settings) -> None:
    with pytest.raises(MigrationError, match="HUB_PERSON_KEY is not the key"):
        migrate(replace(fresh_hub, person_key="another-key-of-16-or-more"))


def test_person_keys_depend_on_the_key(fresh_hub: Settings) -> None:
    query = "select core.person_key('210102196001011233'), core.person_key(null)"
    [(first, nothing)] = rows_of(fresh_hub, query)
    assert len(first) == 64
    assert nothing is None
    assert rows_of(fresh_hub, query) == [(first, None)]
    rows_of(fresh_hub, "update ops.secrets set value = 'other'")
    assert rows_of(fresh_hub, query)[0][0] != first


def test_raw_tables_grow_and_never_shrink(fresh_hub: Settings) -> None:
    feed = declaration(SNAPSHOT)
    table = feed.tables[0]
    extra = table.columns[0].model_copy(update={"name": "brand_new", "source": "XZ", "type": "amount"})
    wider = feed.model_copy(
        update={"tables": (table.model_copy(update={"columns": (*table.columns, extra)}),)}
    )
    narrower = feed.model_copy(update={"tables": (table.model_copy(update={"columns": table.columns[:2]}),)})
    with closing(connect(fresh_hub)) as connection:
        assert ensure_raw_tables(connection, [wider]) == [SNAPSHOT]
        assert ensure_raw_tables(connection, [narrower]) == []
        assert ensure_raw_tables(connection, [wider]) == []
    columns = rows_of(
        fresh_hub,
        f"select attname from pg_attribute where attrelid = 'raw.{SNAPSHOT}'::regclass and attnum > 0",
    )
    assert {c.name for c in table.columns} | {"brand_new", "batch_id"} <= {name for (name,) in columns}


def test_a_changed_type_is_refused(fresh_hub: Settings) -> None:
    feed = declaration(DELTA)
    table = feed.tables[0]
    first = table.columns[0].model_copy(update={"type": "integer"})
    changed = feed.model_copy(
        update={"tables": (table.model_copy(update={"columns": (first, *table.columns[1:])}),)}
    )
    with (
        closing(connect(fresh_hub)) as connection,
        pytest.raises(DeclarationError, match="declare a new column instead"),
    ):
        ensure_raw_tables(connection, [changed])

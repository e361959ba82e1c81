"""What the database says of itself: tables, views and functions that others read, with their comments.

Read from a database that the migrations have built: a page tells what is there, not what was meant.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from warehouse.schema.migrate import migrate
from warehouse.settings import Settings
from warehouse.store.connect import rows
from warehouse.store.postgres import server

#: The schemas that others build on, in the order of the pages.
SCHEMAS = ("marts", "ops")
APP, ANALYST = "hub_app", "hub_analyst"


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    filled: bool
    comment: str
    for_analysts: bool


@dataclass(frozen=True)
class Relation:
    """A table or a view. ``key``: columns of its primary key; ``readers``: roles that may read it."""

    schema: str
    name: str
    is_view: bool
    comment: str
    readers: tuple[str, ...]
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Function:
    """A function that applications or analysts may call."""

    schema: str
    name: str
    arguments: str
    result: str
    comment: str
    callers: tuple[str, ...]


@dataclass(frozen=True)
class OperatorSetting:
    name: str
    value: str
    meaning: str


@dataclass(frozen=True)
class Database:
    relations: tuple[Relation, ...]
    functions: tuple[Function, ...]
    settings: tuple[OperatorSetting, ...]


_RELATIONS = """
select n.nspname, c.relname, c.relkind in ('v', 'm'), coalesce(obj_description(c.oid, 'pg_class'), ''),
       has_any_column_privilege(%(app)s, c.oid, 'select'),
       has_any_column_privilege(%(analyst)s, c.oid, 'select'),
       coalesce((select array_agg(a.attname::text order by k.place)
                 from pg_index i, unnest(i.indkey) with ordinality as k (number, place)
                 join pg_attribute a on a.attnum = k.number
                 where i.indrelid = c.oid and i.indisprimary and a.attrelid = c.oid), '{}')
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s) and c.relkind in ('r', 'p', 'v', 'm')
order by 1, 2
"""
_COLUMNS = """
select n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       coalesce(col_description(c.oid, a.attnum), ''),
       has_column_privilege(%(analyst)s, c.oid, a.attnum, 'select')
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = any(%(schemas)s) and c.relkind in ('r', 'p', 'v', 'm')
order by 1, 2, a.attnum
"""
_FUNCTIONS = """
select n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), pg_get_function_result(p.oid),
       coalesce(obj_description(p.oid, 'pg_proc'), ''), has_function_privilege(%(app)s, p.oid, 'execute'),
       has_function_privilege(%(analyst)s, p.oid, 'execute')
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname = any(%(schemas)s)
  and (has_function_privilege(%(app)s, p.oid, 'execute')
       or has_function_privilege(%(analyst)s, p.oid, 'execute'))
order by 1, 2, 3
"""


def read(settings: Settings) -> Database:
    """Returns what a migrated database says of its schemas. Reads the catalogue only, no row of data."""
    names = {"app": APP, "analyst": ANALYST, "schemas": list(SCHEMAS)}
    columns: dict[tuple[str, str], list[Column]] = {}
    for schema, relation, *column in rows(settings, _COLUMNS, names):
        columns.setdefault((schema, relation), []).append(Column(*column))
    relations = tuple(
        Relation(
            schema, name, is_view, comment, _roles(app, analyst), tuple(key), tuple(columns[schema, name])
        )
        for schema, name, is_view, comment, app, analyst, key in rows(settings, _RELATIONS, names)
    )
    functions = tuple(
        Function(schema, name, arguments, result, comment, _roles(app, analyst))
        for schema, name, arguments, result, comment, app, analyst in rows(settings, _FUNCTIONS, names)
    )
    own = rows(settings, "select name, value, meaning from ops.settings order by name", ())
    return Database(relations, functions, tuple(OperatorSetting(*row) for row in own))


def _roles(app: bool, analyst: bool) -> tuple[str, ...]:
    return tuple(role for role, may in ((APP, app), (ANALYST, analyst)) if may)


@contextmanager
def migrated() -> Iterator[Settings]:
    """Starts an embedded server in a folder of its own, migrates it, and deletes all of it at the end."""
    with tempfile.TemporaryDirectory(prefix="hub-docs-") as folder:
        own = {
            "HUB_HOME": str(Path(folder) / "home"),
            "HUB_PERSON_KEY": "no person is in here",
            "AS_OF": "2020-05-12",
        }
        settings = Settings.from_env(own)
        server.start(settings)
        try:
            migrate(settings)
            yield settings
        finally:
            server.destroy(settings)

"""One history: built day by day, and now and then compared with a rebuild from scratch beside it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date

import psycopg2
from psycopg2 import sql
from sqlalchemy.engine import make_url

from tests.conftest import drop_database
from tests.histories.build import Dbt, differences
from tests.histories.departments import FIRST_DAY
from tests.histories.history import History
from warehouse.publication.publish import publish
from warehouse.settings import Settings


@dataclass
class Outcome:
    """What became of one history. ``differences`` is empty when incremental equals full."""

    builds: int = 0
    #: Models that were built, over all builds.
    models: int = 0
    compared: list[date] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)


def live_and_compare(history: History, dbt: Dbt, every: int, say: Callable[[str], None]) -> Outcome:
    """Compares at every ``every``-th build and at the last day."""
    outcome = Outcome()
    for day, is_built in history.live():
        if not is_built:
            continue
        outcome.models += dbt.build_stale(history.settings, day)
        publish(day, history.settings)
        outcome.builds += 1
        is_last = history.days - 1 == (day - FIRST_DAY).days
        if outcome.builds % every == 0 or is_last:
            found = compare_with_rebuild(history.settings, dbt, day)
            outcome.compared.append(day)
            outcome.differences += [f"history {history.seed}, {day}: {line}" for line in found]
            say(f"history {history.seed}: {day} compared, {len(found)} tables differ")
    return outcome


def compare_with_rebuild(settings: Settings, dbt: Dbt, day: date) -> list[str]:
    """A copy of the database is rebuilt from its raw tables; what it then publishes must change nothing.

    The copy takes the name of the original for that time: dbt's manifest knows the database by its name.
    """
    name = make_url(settings.database_url or "").database or ""
    kept = f"{name}_kept"
    admin(settings, "alter database {} rename to {}", name, kept)
    try:
        admin(settings, "create database {} template {}", name, kept)
        _forget_what_was_built(settings)
        dbt.rebuild(settings, day)
        found = differences(settings.with_database(_url(settings, kept)), settings)
        if not publish(day, settings).unchanged:
            found.append("marts: the rebuild would publish something else")
        return found
    finally:
        drop_database(_url(settings, "postgres"), name)
        admin(settings, "alter database {} rename to {}", kept, name)


def _forget_what_was_built(settings: Settings) -> None:
    """Drops all that dbt has made, but not its seeds."""
    with (
        closing(psycopg2.connect(settings.database_url)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("delete from ops.applied_batches; delete from ops.built_relations")
        cursor.execute(
            "select format('drop %s if exists %I.%I cascade', "
            "case table_type when 'VIEW' then 'view' else 'table' end, table_schema, table_name) "
            "from information_schema.tables where table_schema in ('staging', 'work', 'candidate') "
            "or (table_schema = 'core' and table_name ~ '^(dim|fct)_')"
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


def _url(settings: Settings, name: str) -> str:
    url = make_url(settings.database_url or "").set(database=name)
    return url.render_as_string(hide_password=False)


def admin(settings: Settings, statement: str, *names: str) -> None:
    """Runs a statement about whole databases, from beside them."""
    with closing(psycopg2.connect(_url(settings, "postgres"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

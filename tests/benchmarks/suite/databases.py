"""The databases of one scale: copies of a template on one embedded server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date

import psycopg2
from psycopg2 import sql

from tests.benchmarks.suite.options import Options
from warehouse.schema.migrate import migrate
from warehouse.settings import Settings
from warehouse.store.postgres import server
from warehouse.store.postgres.reach import admin

#: A database with the schema only, and one with all rows of the first day in ``raw``.
MIGRATED, LOADED = "bench_migrated", "bench_loaded"


def settings_of(options: Options) -> Settings:
    """Returns the settings of the server's home; they depend on no variable of the shell."""
    env = {
        "HUB_HOME": str(options.hub_home),
        "SCALE": f"{options.scale:g}",
        "AS_OF": options.day.isoformat(),
    }
    return Settings.from_env(env)


def exists(settings: Settings, name: str) -> bool:
    """Tells whether a database of that name is there."""
    with _maintenance(settings) as cursor:
        cursor.execute("select 1 from pg_database where datname = %s", (name,))
        return cursor.fetchone() is not None


def make_migrated(settings: Settings) -> None:
    """Makes the template with the schema only, in place of an older one."""
    drop(settings, MIGRATED)
    migrate(settings.with_database(server.ensure_database(MIGRATED, settings)))


def copy(settings: Settings, name: str, template: str) -> Settings:
    """Makes a database from a template, in place of one of that name, and returns its settings."""
    drop(settings, name)
    where = server.info(settings)
    with _maintenance(settings) as cursor:
        statement = "create database {} template {} owner {} strategy file_copy"
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, (name, template, where.user))))
        cursor.execute("checkpoint")
    return settings.with_database(where.url_for(name))


def rename(settings: Settings, name: str, new: str) -> None:
    """Gives a database another name, in place of one of that name."""
    drop(settings, new)
    with _maintenance(settings) as cursor:
        cursor.execute(
            sql.SQL("alter database {} rename to {}").format(sql.Identifier(name), sql.Identifier(new))
        )


def drop(settings: Settings, name: str) -> None:
    """Drops a database if it is there, whoever is still connected to it."""
    with _maintenance(settings) as cursor:
        cursor.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


@contextmanager
def _maintenance(settings: Settings) -> Iterator[psycopg2.extensions.cursor]:
    with closing(admin(settings)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def environment(settings: Settings, day: date, **more: str) -> dict[str, str]:
    """Returns the environment of a measured child: that of a task of the hub, on one database."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "AIRFLOW"))}
    for name in ("PYTHONDONTWRITEBYTECODE", "STAGES", "LINES", "DATABASE_URL"):
        kept.pop(name, None)
    own = {
        "HUB_HOME": str(settings.hub_home),
        "SCALE": f"{settings.scale:g}",
        "AS_OF": day.isoformat(),
        "HUB_PERSON_KEY": settings.person_key,
        "OMP_NUM_THREADS": "1",
        "POLARS_MAX_THREADS": "2",
        "PYTHONUTF8": "1",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    if settings.database_url:
        own["DATABASE_URL"] = settings.database_url
    return {**kept, **own, **more}

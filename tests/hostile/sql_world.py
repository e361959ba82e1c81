"""The front-end databases of two departments: a real PostgreSQL and, for what it cannot hold, SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import sqlalchemy as sa
from psycopg2 import sql

from connectors.connections import Connection
from connectors.protocols.landing import LandingFile
from tests.hostile.protocol_harness import PASSWORD, SURNAME, Hub, id_of

DELTA = "public_security__death_cancellation"
SNAPSHOT = "social_security__resident_pension"
ROWS = 9
#: Rows fetched at a time, in place of 20,000.
PARTITION = 2
_READER = "hostile_reader"
_ASCII = "hostile_ascii"
_DEATHS = '"GA_FRONT"."SW_ZX"'
_PENSIONS = '"RS_FRONT"."JMYL"'


class SqlWorld:
    """Nine deaths and nine pensions of the day. ``during`` lets something happen in the middle of a read."""

    #: Undone after each case.
    patch: pytest.MonkeyPatch

    def __init__(self, hub: Hub, url: str, folder: Path) -> None:
        self.hub = hub
        self.url = sa.make_url(url).set(drivername="postgresql+psycopg2")
        self.file = folder / "front.db"
        self._plain = url
        self._blocker = psycopg2.connect(url)
        self._session = psycopg2.connect(url)
        self._session.autocommit = True
        self.run(f"drop role if exists {_READER}")
        self.run(f"create role {_READER} login password '{PASSWORD}'")
        # to end its sessions we must be of it
        self.run(f"grant {_READER} to current_user")

    def begin(self, day: date) -> None:
        self.day = day
        self._blocker.rollback()
        self.run('drop schema if exists "GA_FRONT" cascade; drop schema if exists "RS_FRONT" cascade')
        self.run(
            f'create schema "GA_FRONT"; create table {_DEATHS} ("GMSFHM" char(20), "XM" text, "SWRQ" date, '
            '"ZXRQ" date, "ZXYY" text, "PCSDM" text, "CZLX" text, "GXSJ" timestamp(0))'
        )
        self.run(
            f'create schema "RS_FRONT"; create table {_PENSIONS} ("GMSFHM" text, "XM" text, "JFDC" text, '
            '"JCYLJ" numeric, "FFNY" text)'
        )
        for number in range(ROWS):
            self.die(number)
            values = (id_of(number), f"{SURNAME}文", "1", 100, f"{day:%Y%m}")
            self.run(f"insert into {_PENSIONS} values (%s, %s, %s, %s, %s)", *values)
        for schema in ("GA_FRONT", "RS_FRONT"):
            self.run(f'grant usage on schema "{schema}" to {_READER}')
            self.run(f'grant select on all tables in schema "{schema}" to {_READER}')
        self.connect(5)

    def die(self, number: int) -> None:
        values = (id_of(number), f"{SURNAME}文", self.day, self.day, "疾病", "210102001", "I", self.day)
        self.run(f"insert into {_DEATHS} values (%s, %s, %s, %s, %s, %s, %s, %s)", *values)

    def connect(self, timeout: float, **changed: str) -> None:
        login: dict[str, Any] = {"username": _READER, "password": PASSWORD, **changed}
        url = self.url.set(**login).render_as_string(hide_password=False)
        self._point(Connection("postgres", extra={"sqlalchemy_url": url, "timeout": timeout}))

    def use_sqlite(self) -> sqlite3.Connection:
        """The pensions once more, in a database that stores whatever it is given."""
        self.file.unlink(missing_ok=True)
        database = sqlite3.connect(self.file)
        database.execute('create table "JMYL" ("GMSFHM" text, "XM" text, "JFDC" text, "JCYLJ", "FFNY" text)')
        rows = [(id_of(n), f"{SURNAME}文", "1", 100, f"{self.day:%Y%m}") for n in range(ROWS)]
        database.executemany('insert into "JMYL" values (?, ?, ?, ?, ?)', rows)
        database.commit()
        self._point(Connection("sqlite", schema=str(self.file)))
        return database

    def use_bytes_without_encoding(self) -> None:
        """The pensions in a database that knows no encoding: whatever bytes were written come back."""
        self.run(f"drop database if exists {_ASCII}")
        self.run(f"create database {_ASCII} template template0 encoding 'SQL_ASCII' locale 'C'")
        url = self.url.set(database=_ASCII)
        with closing(psycopg2.connect(url.set(drivername="postgresql").render_as_string(False))) as session:
            session.autocommit = True
            with session.cursor() as cursor:
                cursor.execute(
                    f'create schema "RS_FRONT"; grant usage on schema "RS_FRONT" to {_READER}; '
                    f'create table {_PENSIONS} ("GMSFHM" text, "XM" text, "JFDC" text, "JCYLJ" text, '
                    f'"FFNY" text); grant select on {_PENSIONS} to {_READER}; '
                    f"insert into {_PENSIONS} values (E'\\xd5\\xc5')"
                )
        self.connect(5, database=_ASCII)

    def _point(self, connection: Connection) -> None:
        for connection_id in ("ga_hukou", "rs_frontend"):
            self.hub.connect(connection_id, connection)

    def run(self, statement: str, *values: object) -> None:
        with self._session.cursor() as cursor:
            cursor.execute(statement, values or None)

    def deaths(self, change: str) -> None:
        """``alter table`` of the deaths, or any statement about ``{}``."""
        self.run(change.format(_DEATHS))

    def pensions(self, change: str) -> None:
        self.run(change.format(_PENSIONS))

    def lock(self) -> None:
        """Another session keeps the table for itself until the next case."""
        with self._blocker.cursor() as cursor:
            cursor.execute(f"lock table {_DEATHS} in access exclusive mode")

    def kill_readers(self) -> None:
        self.run("select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", _READER)

    def during(self, patch: pytest.MonkeyPatch, action: Callable[[], None], times: int = 1) -> None:
        """Does ``action`` once the first rows of a read have been written, in so many reads."""
        write = LandingFile.write
        left = [times]

        def writing(file: LandingFile, block: bytes) -> None:
            header = file.size == 0
            write(file, block)
            if not header and left[0]:
                left[0] -= 1
                action()

        patch.setattr(LandingFile, "write", writing)

    def close(self) -> None:
        self._blocker.close()
        self.run(f"drop database if exists {_ASCII}")
        self.run('drop schema "GA_FRONT" cascade; drop schema "RS_FRONT" cascade')
        with closing(self._session), self._session.cursor() as cursor:
            cursor.execute(sql.SQL("drop role {}").format(sql.Identifier(_READER)))

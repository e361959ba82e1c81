"""What the database says about a row that fails carries nothing of the row."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from io import StringIO
from typing import Any

import psycopg2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values
from sqlalchemy import exc

from tests.support.candidates import put, warning
from tests.support.fakes import DAY, rows_of
from warehouse.publication.publish import publish
from warehouse.settings import Settings
from warehouse.store import quiet
from warehouse.store.connect import connect, make_engine

NUMBER, NAME, STREET = "210102196001011233", "欧阳震华", "和平区文化路九号"
SECRETS = (NUMBER, NAME, STREET, NUMBER[:10])
_TABLES = f"""
    create schema quiet;
    create table quiet.person (
        id text primary key, name text not null, born date, home text,
        constraint a_short_home check (length(home) < 3), constraint one_home unique (home));
    create table quiet.pay (
        id text references quiet.person (id) deferrable initially deferred, amount numeric(3));
    create table quiet.said (words text);
    insert into quiet.person values ('{NUMBER}', '{NAME}');
    insert into quiet.said values ('{NAME}"{STREET}"');
    create function quiet.born(words text) returns date language plpgsql as 'begin return words::date; end';
    create type quiet.kind as enum ('a');
"""
#: What fails, and the type of the error as it must stay.
STATEMENTS = {
    "a check": (f"insert into quiet.person values ('x', '{NAME}', null, '{STREET}')", "CheckViolation"),
    "not null": (f"insert into quiet.person values ('{NUMBER}1', null, null, null)", "NotNullViolation"),
    "unique": (f"insert into quiet.person values ('{NUMBER}', '{NAME}')", "UniqueViolation"),
    "a date": ("select words::date from quiet.said", "InvalidDatetimeFormat"),
    "a number": ("select words::numeric from quiet.said", "InvalidTextRepresentation"),
    "an integer": (f"select '{NUMBER}'::text::integer", "NumericValueOutOfRange"),
    "a uuid": ("select words::uuid from quiet.said", "InvalidTextRepresentation"),
    "json": ("select words::jsonb from quiet.said", "InvalidTextRepresentation"),
    "an enum": ("select words::quiet.kind from quiet.said", "InvalidTextRepresentation"),
    "an array": (f"select ('{{{NAME}' || words)::text[] from quiet.said", "InvalidTextRepresentation"),
    "a flag": ("select words::boolean from quiet.said", "InvalidTextRepresentation"),
    "a far date": (f"select ('{NUMBER}' || '-13-45')::date", "DatetimeFieldOverflow"),
    "a pattern": ("select to_date(words, 'YYYYMMDD') from quiet.said", "InvalidDatetimeFormat"),
    "a zone": ("select now() at time zone words from quiet.said", "InvalidParameterValue"),
    "an encoding": ("select convert_to(words, 'LATIN1') from quiet.said", "UntranslatableCharacter"),
    "an amount": (f"insert into quiet.pay values ('{NUMBER}', 99999)", "NumericValueOutOfRange"),
    "a division": (f"select 1 / 0 where '{NAME}' <> ''", "DivisionByZero"),
    "in a function": ("select quiet.born(words) from quiet.said", "InvalidDatetimeFormat"),
    "a wrong name": (f"select no_such_column, '{NAME}' from quiet.person", "UndefinedColumn"),
    "a wrong word": (f"selekt '{NAME}'", "SyntaxError"),
}


@pytest.fixture(scope="module")
def hub(hub_db: Settings) -> Settings:
    rows_of(hub_db, _TABLES)
    return hub_db


@pytest.fixture
def connection(hub: Settings) -> Iterator[Connection]:
    with closing(connect(hub)) as opened:
        yield opened


@pytest.fixture(scope="module")
def session(hub: Settings) -> Iterator[Connection]:
    with closing(connect(hub)) as opened:
        yield opened


def everything_said(error: BaseException) -> str:
    """As Python, a log or a chain of errors prints it."""
    return "".join(traceback.format_exception(error)[-1:]) + str(error) + repr(error)


def _says_nothing(error: BaseException) -> None:
    assert [secret for secret in SECRETS if secret in everything_said(error)] == []
    assert not any(word in str(error) for word in ("DETAIL", "CONTEXT", "LINE "))


@pytest.mark.parametrize("what", STATEMENTS)
def test_an_error_says_what_is_wrong_and_not_with_whom(connection: Connection, what: str) -> None:
    statement, kind = STATEMENTS[what]
    with connection.cursor() as cursor, pytest.raises(psycopg2.Error) as caught:
        cursor.execute(statement)
    _says_nothing(caught.value)
    assert type(caught.value).__name__ == kind
    assert caught.value.pgcode
    assert len(str(caught.value)) > 10


@pytest.mark.parametrize(
    ("what", "named"), [("a check", "a_short_home"), ("not null", "name"), ("unique", "person_pkey")]
)
def test_what_broke_is_named(connection: Connection, what: str, named: str) -> None:
    with connection.cursor() as cursor, pytest.raises(psycopg2.Error, match=f'"{named}"'):
        cursor.execute(STATEMENTS[what][0])


def test_the_place_in_the_statement_and_the_hint_stay(connection: Connection) -> None:
    with connection.cursor() as cursor, pytest.raises(psycopg2.Error) as caught:
        cursor.execute("select nam from quiet.person")
    assert "at character 8 of the statement" in str(caught.value)
    assert 'HINT:  Perhaps you meant to reference the column "person.name"' in str(caught.value)


def _commit(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("insert into quiet.pay values (%s, 1)", (NUMBER[::-1],))
    connection.commit()


def _with_block(connection: Connection) -> None:
    with connection, connection.cursor() as cursor:
        cursor.execute("insert into quiet.pay values (%s, 1)", (NUMBER[::-1],))


def _many(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.executemany("insert into quiet.person values (%s, %s)", [("1", NAME), (NUMBER, NAME)])


def _values(connection: Connection) -> None:
    with connection.cursor() as cursor:
        execute_values(cursor, "insert into quiet.person values %s", [("1", NAME), (NUMBER, NAME)])


def _copy(connection: Connection) -> None:
    with connection.cursor() as cursor:
        lines = StringIO(f"1\t{NAME}\t{NUMBER}\t{STREET}\n")
        cursor.copy_expert("copy quiet.person from stdin", lines)


def _copy_from(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.copy_from(StringIO(f"1\t{NAME}\t{STREET}\textra\n"), "pg_temp.none", sep="\t")


def _short_line(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.copy_expert("copy quiet.person from stdin", StringIO(f"{NUMBER}\t{NAME}\n"))


def _server_cursor(fetch: Callable[[Any], object]) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        with connection.cursor(name="slow") as cursor:
            cursor.execute("select words::date from quiet.said")
            fetch(cursor)

    return work


def _call(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.callproc("quiet.born", [NAME])


@pytest.mark.parametrize(
    "work",
    [
        _commit,
        _with_block,
        _many,
        _values,
        _copy,
        _copy_from,
        _short_line,
        _call,
        _server_cursor(lambda cursor: cursor.fetchone()),
        _server_cursor(lambda cursor: cursor.fetchmany(5)),
        _server_cursor(lambda cursor: cursor.fetchall()),
        _server_cursor(next),
    ],
)
def test_by_whatever_way(connection: Connection, work: Callable[[Connection], None]) -> None:
    with pytest.raises(psycopg2.Error) as caught:
        work(connection)
    _says_nothing(caught.value)


@pytest.mark.parametrize("what", STATEMENTS)
def test_also_through_sqlalchemy(hub: Settings, what: str) -> None:
    engine = make_engine(hub)
    with engine.connect() as opened, pytest.raises(exc.DBAPIError) as caught:
        opened.exec_driver_sql(STATEMENTS[what][0].replace("%", "%%"))
    engine.dispose()
    # its own text repeats our statement, and with it the values this test has put there
    _says_nothing(caught.value.orig or caught.value)


def test_the_plain_driver_says_it(hub: Settings) -> None:
    """The control: what these connections keep to themselves."""
    with (
        closing(psycopg2.connect(str(hub.database_url))) as plain,
        plain.cursor() as cursor,
        pytest.raises(psycopg2.errors.CheckViolation, match=f"Failing row contains .*{NAME}"),
    ):
        cursor.execute(STATEMENTS["a check"][0])


def test_a_library_that_connects_gets_a_quiet_one(hub: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psycopg2, "connect", psycopg2.connect)  # put back afterwards
    quiet.install()
    with (
        closing(psycopg2.connect(str(hub.database_url))) as opened,
        opened.cursor() as cursor,
        pytest.raises(psycopg2.errors.CheckViolation) as caught,
    ):
        cursor.execute(STATEMENTS["a check"][0])
    _says_nothing(caught.value)


_KINDS = ("date", "timestamp", "integer", "numeric", "uuid", "jsonb", "text[]")
_WORDS = st.text(alphabet="欧阳震华张三丰0123456789Xx\"'\\\n:{}[](),-. ", min_size=1, max_size=40)


@given(words=_WORDS, kind=st.sampled_from(_KINDS))
@settings(max_examples=150, deadline=None)
def test_no_value_that_cannot_be_cast_is_repeated(session: Connection, words: str, kind: str) -> None:
    said = ""
    with session.cursor() as cursor:
        try:
            cursor.execute(f"select %s::text::{kind}", (f"震{words}",))
        except psycopg2.Error as error:
            said = str(error)
    session.rollback()
    assert not any(letter in said for letter in "欧阳震华张三丰")


def test_a_publication_that_fails_names_nobody(fresh_hub: Settings) -> None:
    rows_of(fresh_hub, "alter table marts.warnings add constraint planted check (full_name = '')")
    put(fresh_hub, [warning("w1", full_name=NAME, id_number=NUMBER)])
    with pytest.raises(psycopg2.errors.CheckViolation, match="planted") as caught:
        publish(DAY, fresh_hub)
    _says_nothing(caught.value)

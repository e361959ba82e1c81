from __future__ import annotations

import csv
import sqlite3
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.catalogue.load import load_feed
from connectors.connections import Connection, ConnectionMissing
from connectors.delivery import Delivery, Window
from connectors.errors import BatchRejected, SourceUnavailable
from connectors.protocols import pull
from connectors.protocols.retry import Retry
from connectors.protocols.sql.pull import _field, database_url
from connectors.protocols.sql.refusals import permanent_refusal

DAY = date(2020, 5, 12)
FEED = load_feed("public_security__death_cancellation")
TABLE = FEED.tables[0]
CURSOR = TABLE.column("updated_at").source
KEY = TABLE.column("id_number").source
OTHERS = [c.source for c in TABLE.columns if c.source not in (CURSOR, KEY)]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "front.db"
    columns = ", ".join(f'"{c}" TEXT' for c in [*OTHERS, KEY, "BZ_EXTRA"])
    with sqlite3.connect(path) as db:
        db.execute(f'create table "{TABLE.source.table}" ({columns}, "{CURSOR}" TIMESTAMP)')
    return path


def insert(
    path: Path, key: str, moment: str | None, extra: str | None = None, other: str | None = "甲  "
) -> None:
    values = [*[other] * len(OTHERS), key, extra, moment]
    with sqlite3.connect(path) as db:
        db.execute(f'insert into "{TABLE.source.table}" values ({",".join("?" * len(values))})', values)


@pytest.fixture
def take(landing, retry):  # type: ignore[no-untyped-def]
    def _take(path: Path, window: Window) -> Delivery:
        return pull(FEED, DAY, window, Connection("sqlite", str(path)), landing, retry=retry)

    return _take


def rows_of(delivery: Delivery) -> list[dict[str, str]]:
    with delivery.parts[0].path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_window_takes_its_start_and_leaves_its_end(take, database, window) -> None:
    for key, moment in [
        ("before", "2020-05-09 23:59:59"),
        ("start", "2020-05-10 00:00:00"),
        ("within", "2020-05-12 08:00:00.5"),
        ("end", "2020-05-13 00:00:00"),
    ]:
        insert(database, key, moment)
    assert [row[KEY] for row in rows_of(take(database, window))] == ["start", "within"]
    first = Window(None, window.until)
    assert [row[KEY] for row in rows_of(take(database, first))] == ["before", "start", "within"]


def test_a_row_without_a_cursor_comes_only_with_everything(take, database, window) -> None:
    insert(database, "never", None)
    insert(database, "within", "2020-05-12 08:00:00")
    assert [row[KEY] for row in rows_of(take(database, window))] == ["within"]
    assert [row[KEY] for row in rows_of(take(database, Window(None, window.until)))] == ["never", "within"]


def test_values_are_told_apart_from_null(take, database, window) -> None:
    insert(database, "a", "2020-05-11 00:00:00", extra='他说"好",\n第二行', other="")
    insert(database, "b", "2020-05-11 00:00:00", extra="\\N", other=None)
    delivery = take(database, window)
    text = delivery.parts[0].path.read_text(encoding="utf-8")
    assert text.count(",\\N") + text.startswith("\\N") + text.count("\n\\N,") == len(OTHERS)
    first, second = rows_of(delivery)
    assert first["BZ_EXTRA"] == '他说"好",\n第二行'
    assert first[OTHERS[0]] == ""
    assert '"\\N"' in text
    assert second["BZ_EXTRA"] == "\\N"
    assert delivery.parts[0].rows_expected == 2


def test_the_same_rows_give_the_same_bytes(take, database, window) -> None:
    for key in "cab":
        insert(database, key, "2020-05-11 00:00:00")
    first = take(database, window)
    assert [row[KEY] for row in rows_of(first)] == ["a", "b", "c"]
    with sqlite3.connect(database) as db:
        db.execute(f'delete from "{TABLE.source.table}"')
    for key in "abc":
        insert(database, key, "2020-05-11 00:00:00")
    assert take(database, window).sha256 == first.sha256


def test_more_rows_than_one_partition(take, database, window, monkeypatch) -> None:
    monkeypatch.setattr("connectors.protocols.sql.pull.PARTITION", 3)
    for number in range(10):
        insert(database, f"{number:02d}", "2020-05-11 00:00:00")
    assert len(rows_of(take(database, window))) == 10


def test_text_that_is_not_in_the_databases_encoding_is_not_a_traceback(take, database, window) -> None:
    insert(database, "a", "2020-05-11 00:00:00")
    with sqlite3.connect(database) as db:
        db.execute(f'update "{TABLE.source.table}" set "BZ_EXTRA" = cast(x\'d5c5\' as text)')
    with pytest.raises((BatchRejected, SourceUnavailable)):
        take(database, window)


def test_a_missing_column_is_named_with_what_is_there(take, database, window) -> None:
    with sqlite3.connect(database) as db:
        db.execute(f'alter table "{TABLE.source.table}" rename column "{KEY}" to "SFZH"')
    with pytest.raises(BatchRejected, match=rf"has no column {KEY}; it has .*SFZH"):
        take(database, window)


def test_a_missing_table_is_named(take, tmp_path, window) -> None:
    with pytest.raises(BatchRejected, match=f"{TABLE.source.table} does not exist"):
        take(tmp_path / "empty.db", window)


def test_a_database_that_does_not_answer_is_retried_and_shows_no_password(
    landing, window, retry: Retry, pauses
) -> None:
    connection = Connection("postgres", "127.0.0.1", 1, "reader", "canary-password", "front")
    with pytest.raises(SourceUnavailable) as caught:
        pull(FEED, DAY, window, connection, landing, retry=retry)
    assert "OperationalError" in str(caught.value)
    assert "canary" not in str(caught.value)
    assert len(pauses) == 3


def test_an_unknown_engine_is_named_without_its_secret(landing, window, retry: Retry) -> None:
    connection = Connection("nosuchdb", "h", 1, "u", "canary", "d")
    with pytest.raises(ConnectionMissing, match=r"'ga_hukou'.*nosuchdb") as caught:
        pull(FEED, DAY, window, connection, landing, retry=retry)
    assert "canary" not in str(caught.value)


def test_an_unreadable_url_is_not_shown(landing, window, retry: Retry) -> None:
    connection = Connection("generic", extra={"sqlalchemy_url": "u:canary@h"})
    with pytest.raises(ConnectionMissing, match="'ga_hukou'") as caught:
        pull(FEED, DAY, window, connection, landing, retry=retry)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("connection", "url"),
    [
        (Connection("postgres", "h", 5432, "u", "p", "d"), "postgresql+psycopg2://u:p@h:5432/d"),
        (
            Connection("postgres", "h", 5432, "u", "p", "d", {"sslmode": "verify-full", "timeout": 3}),
            "postgresql+psycopg2://u:p@h:5432/d?sslmode=verify-full",
        ),
        (Connection("mysql", "h", extra={"sslmode": "x"}), "mysql+pymysql://h"),
        (Connection("mysql", "h", None, "u", "p", "d"), "mysql+pymysql://u:p@h/d"),
        (Connection("oracle", "h", 1521, "u", "p", "d"), "oracle+oracledb://u:p@h:1521/d"),
        (Connection("generic", extra={"sqlalchemy_url": "sqlite:////x.db"}), "sqlite:////x.db"),
    ],
)
def test_urls(connection: Connection, url: str) -> None:
    assert database_url(connection).render_as_string(hide_password=False) == url


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "\\N"),
        ("", '""'),
        ("a  ", '"a  "'),
        ('a"b', '"a""b"'),
        (date(2020, 5, 12), '"2020-05-12"'),
        (datetime(2020, 5, 12, 8), '"2020-05-12 08:00:00"'),
        (datetime(2020, 5, 12, 0, tzinfo=UTC), '"2020-05-12 08:00:00"'),
        (time(8, 1), '"08:01:00"'),
        (Decimal("1E+3"), '"1000"'),
        (Decimal("12.50"), '"12.50"'),
        (True, '"1"'),
        (7, '"7"'),
        (b"\x01\xff", '"\\x01ff"'),
    ],
)
def test_how_values_are_written(value: Any, text: str) -> None:
    assert _field(value) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('FATAL:  password authentication failed for user "canary"', "login refused"),
        ("(1045, \"Access denied for user 'canary'@'h' (using password: YES)\")", "login refused"),
        ("ORA-01017: invalid username/password", "login refused"),
        (
            'FATAL: no pg_hba.conf entry for host "h", user "canary", database "d", no encryption',
            "TLS connections",
        ),
        ('FATAL: no pg_hba.conf entry for host "h", user "canary", database "d", SSL off', "TLS connections"),
        ("(3159, 'Connections using insecure transport are prohibited')", "TLS connections only"),
        ("server does not support SSL, but SSL was required", "does not speak TLS"),
        ("SSL error: certificate verify failed", "certificate is not trusted"),
        ('root certificate file "/canary" does not exist', "certificate is not trusted"),
        ('server certificate for "a" does not match host name "b"', "certificate is for another host"),
        ("SSL error: unsupported protocol", "TLS version or ciphers do not fit"),
        ("SSL error: tlsv1 alert protocol version", "TLS version or ciphers do not fit"),
        ("SSL error: sslv3 alert handshake failure", "TLS version or ciphers do not fit"),
        ('FATAL:  database "canary" does not exist', "knows no such database or login; check schema"),
        ('FATAL:  role "canary" does not exist', "knows no such database or login"),
        ('致命错误:  数据库 "canary" 不存在', "knows no such database or login"),
        ('FATAL: no pg_hba.conf entry for host "h", user "canary", SSL encryption', "from this machine"),
        ("(1130, \"Host 'canary' is not allowed to connect to this MySQL server\")", "from this machine"),
        ("(1049, \"Unknown database 'canary'\")", "the database is not there"),
        ("(1044, \"Access denied for user 'canary'@'h' to database 'd'\")", "this login may not enter it"),
        ("(4060, b'Cannot open database \"canary\" requested by the login')", "the database is not there"),
        ("ORA-12154: TNS:could not resolve the connect identifier", "the database is not there"),
        ("[IM002] Data source name not found", "the database is not there"),
        ("ORA-28000: the account is locked", "account is locked, or its password has expired"),
        ("ORA-28001: the password has expired", "account is locked, or its password has expired"),
        ("(3118, \"Access denied for user 'canary'. Account is locked.\")", "account is locked"),
        ("(1862, 'Your password has expired')", "its password has expired"),
        ("(18487, b'Login failed. The password of the account has expired')", "its password has expired"),
        ("(18456, b\"Login failed for user 'canary'\")", "login refused"),
        ("fe_sendauth: no password supplied", "login refused"),
        ("ORA-01031: insufficient privileges", "may not read what is declared"),
        ("DPY-3010: connections to this database server version are not supported", "our driver"),
        ("(2059, \"Authentication plugin 'caching_sha2_password' cannot be loaded\")", "our driver"),
        (
            'private key file "/canary" has group or world access',
            r"or others may read the key (run chmod 600)",
        ),
        ('certificate "canary" does not match host name "h"', "for another host; check host"),
        ("SSL error: certificate has expired", "certificate has expired"),
        ("ORA-03113: end-of-file on communication channel", None),
        ("ORA-12541: TNS:no listener", None),
        ("ORA-01033: ORACLE initialization or shutdown in progress", None),
        ("FATAL: sorry, too many clients already", None),
        ('FATAL: too many connections for role "canary"', None),
        ("(1040, 'Too many connections')", None),
        ("(2013, 'Lost connection to MySQL server during query')", None),
        ("(2003, \"Can't connect to MySQL server on 'h:14060' (18456)\")", None),
        ('column "role" does not exist', None),
        ("connection refused", None),
        ("timeout expired", None),
        ("the database system is starting up", None),
        ("server closed the connection unexpectedly", None),
    ],
)
def test_what_a_database_says_is_understood_and_not_repeated(text: str, says: str | None) -> None:
    told = permanent_refusal(text)
    assert (told is None) == (says is None)
    assert says is None or (told is not None and says in told and "canary" not in told)

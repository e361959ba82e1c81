import json
import sys
from types import SimpleNamespace

import pytest

from connectors.connections import (
    Connection,
    ConnectionMissing,
    calls_at_once_of,
    page_size_of,
    resolve,
    timeout_of,
)

SECRET = "s3cr-et/@:canary"


def test_a_uri_is_read_as_airflow_reads_it() -> None:
    value = "postgres://reader:s3cr-et%2F%40%3Acanary@db.example:5433/front?sslmode=require"
    found = resolve("rs_frontend", {"AIRFLOW_CONN_RS_FRONTEND": value})
    assert found == Connection(
        "postgres", "db.example", 5433, "reader", SECRET, "front", {"sslmode": "require"}
    )


def test_nested_extras_travel_as_one_value() -> None:
    found = resolve("x", {"AIRFLOW_CONN_X": "sftp://h:22/?__extra__=%7B%22host_key%22%3A%20%22a%20b%22%7D"})
    assert found.extra == {"host_key": "a b"}
    assert found.schema is None


@pytest.mark.parametrize("as_text", [True, False])
def test_json_is_read_with_extra_as_object_or_text(as_text: bool) -> None:
    extra = {"host_key": "ssh-ed25519 AAAA"}
    value = {
        "conn_type": "sftp",
        "host": "h",
        "port": "2222",
        "login": "u",
        "password": SECRET,
        "extra": json.dumps(extra) if as_text else extra,
    }
    found = resolve("bank_sftp", {"AIRFLOW_CONN_BANK_SFTP": json.dumps(value)})
    assert (found.port, found.password, found.extra) == (2222, SECRET, extra)


def test_a_sqlite_path_keeps_its_case() -> None:
    found = resolve("x", {"AIRFLOW_CONN_X": "sqlite://%2FTmp%2FFront.db"})
    assert found.host == "/Tmp/Front.db"


def test_nothing_configured_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "airflow", raising=False)
    with pytest.raises(ConnectionMissing, match="AIRFLOW_CONN_GA_SFTP"):
        resolve("ga_sftp", {})


def test_airflow_is_asked_when_it_is_running(monkeypatch: pytest.MonkeyPatch) -> None:
    known = SimpleNamespace(
        conn_type="http", host="h", port=1, login="k", password=SECRET, schema="", extra_dejson={"a": 1}
    )

    class Hook:
        @staticmethod
        def get_connection(connection_id: str) -> SimpleNamespace:
            if connection_id != "known":
                raise RuntimeError("not found")
            return known

    monkeypatch.setitem(sys.modules, "airflow", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "airflow.sdk", SimpleNamespace(BaseHook=Hook))
    assert resolve("known", {}) == Connection("http", "h", 1, "k", SECRET, None, {"a": 1})
    with pytest.raises(ConnectionMissing, match="AIRFLOW_CONN_OTHER"):
        resolve("other", {})


def test_neither_repr_nor_errors_show_a_secret() -> None:
    connection = Connection("sftp", "h", 22, "u", SECRET, None, {"archive_password": SECRET})
    assert SECRET not in repr(connection)
    for broken in (
        f'{{"conn_type": "sftp", "password": "{SECRET}"',
        f'{{"password": "{SECRET}"}}',
        "sftp://u:s3cr-et%40canary@h:notaport/",
        f'{{"conn_type": "sftp", "extra": "{SECRET}"}}',
    ):
        with pytest.raises(ConnectionMissing, match="AIRFLOW_CONN_X is not a valid") as caught:
            resolve("x", {"AIRFLOW_CONN_X": broken})
        assert "canary" not in str(caught.value)
        assert caught.value.__cause__ is None


def test_a_timeout_is_what_the_connection_says_or_the_default() -> None:
    assert timeout_of(Connection("http", extra={"timeout": "2.5"})) == 2.5
    assert timeout_of(Connection("http")) == 30
    assert timeout_of(Connection("http"), 600) == 600


@pytest.mark.parametrize("value", [0, -1, "soon", None, float("inf"), float("nan"), 3601])
def test_a_wait_without_end_cannot_be_asked_for(value: object) -> None:
    with pytest.raises(ConnectionMissing, match=r"extra\.timeout of the connection to h is not a number"):
        timeout_of(Connection("http", "h", extra={"timeout": value}))


def test_a_page_size_is_what_the_connection_says_or_the_default() -> None:
    assert page_size_of(Connection("http", extra={"page_size": "100"}), 500) == 100
    assert page_size_of(Connection("http"), 500) == 500


@pytest.mark.parametrize("value", [0, -1, "many", None, 1.5, True, 10_001, "²"])
def test_a_page_of_no_rows_cannot_be_asked_for(value: object) -> None:
    with pytest.raises(ConnectionMissing, match=r"extra\.page_size of the connection to h is not a number"):
        page_size_of(Connection("http", "h", extra={"page_size": value}), 500)


def test_the_calls_at_once_are_what_the_connection_says_or_what_is_declared() -> None:
    assert calls_at_once_of(Connection("http", extra={"calls_at_once": 2}), 4) == 2
    assert calls_at_once_of(Connection("http"), 4) == 4


@pytest.mark.parametrize("value", [0, "many", None, True, 33])
def test_no_call_at_once_is_no_bound(value: object) -> None:
    with pytest.raises(ConnectionMissing, match=r"extra\.calls_at_once of .* is not a number of calls"):
        calls_at_once_of(Connection("http", "h", extra={"calls_at_once": value}), 4)

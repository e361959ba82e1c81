"""A front-end database on a real engine: types, padding, streaming, and what the reader may not see."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.catalogue.load import load_feed
from connectors.connections import Connection
from connectors.delivery import Window
from connectors.errors import SourceUnavailable
from connectors.protocols import pull
from connectors.protocols.retry import Retry

pytestmark = pytest.mark.slow

DAY = date(2020, 5, 12)
FEED = load_feed("public_security__death_cancellation")
TABLE = FEED.tables[0]
NAME = f'"{TABLE.source.schema_name}"."{TABLE.source.table}"'
CURSOR = TABLE.column("updated_at").source
KEY = TABLE.column("id_number").source
REST = [c.source for c in TABLE.columns if c.source not in (CURSOR, KEY)]


@pytest.fixture
def front(database_url: str) -> Iterator[Connection]:
    """A department's database of 30,000 rows, all changed on 2020-05-11."""
    url = sa.make_url(database_url).set(drivername="postgresql+psycopg2")
    engine = sa.create_engine(url)
    columns = ", ".join(f'"{c}" char(30)' for c in REST)
    blanks = ", ".join("'甲'" for _ in REST)
    with engine.begin() as db:
        db.execute(sa.text(f'drop schema if exists "{TABLE.source.schema_name}" cascade'))
        db.execute(sa.text(f'create schema "{TABLE.source.schema_name}"'))
        db.execute(
            sa.text(
                f'create table {NAME} ({columns}, "{KEY}" varchar(18), "{CURSOR}" timestamp(0), '
                '"bz" numeric(30, 4), "Mixed" boolean, "SJ" timestamptz, "WD" date)'
            )
        )
        db.execute(
            sa.text(
                f"insert into {NAME} select {blanks}, lpad(n::text, 18, '0'), "
                "timestamp '2020-05-11 00:00:00' + n * interval '1 second', 12345678901234567890.5, "
                "n % 2 = 0, timestamptz '2020-05-11 00:00:00+00', 'infinity' "
                "from generate_series(30000, 1, -1) n"
            )
        )
    yield Connection("postgres", extra={"sqlalchemy_url": url.render_as_string(hide_password=False)})
    with engine.begin() as db:
        db.execute(sa.text(f'drop schema "{TABLE.source.schema_name}" cascade'))
    engine.dispose()


def test_a_real_engine_is_read_whole_and_plain(
    front: Connection, landing: Path, window: Window, retry: Retry
) -> None:
    delivery = pull(FEED, DAY, window, front, landing, retry=retry)
    (part,) = delivery.parts
    with part.path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert part.rows_expected == len(rows) == 30_000
    assert [rows[0][KEY], rows[-1][KEY]] == [f"{1:018d}", f"{30_000:018d}"]
    first = rows[0]
    assert first[REST[0]] == "甲".ljust(30)
    assert (first["bz"], first["Mixed"]) == ("12345678901234567890.5000", "0")
    assert (first[CURSOR], first["SJ"]) == ("2020-05-11 00:00:01", "2020-05-11 08:00:00")
    assert first["WD"] == "infinity"
    assert pull(FEED, DAY, window, front, landing, retry=retry).sha256 == delivery.sha256


def test_the_window_is_applied_by_the_engine(front: Connection, landing: Path, retry: Retry) -> None:
    bounds = Window(
        datetime(2020, 5, 11, 0, 0, 5),
        datetime(2020, 5, 11, 0, 0, 8),
    )
    assert pull(FEED, DAY, bounds, front, landing, retry=retry).parts[0].rows_expected == 3


def test_tls_that_the_connection_wants_is_not_given_up_silently(
    front: Connection, landing: Path, window: Window, retry: Retry, pauses: list[float]
) -> None:
    url = sa.make_url(front.extra["sqlalchemy_url"])
    host = url.host or str(url.query.get("host") or "")
    if not host or host.startswith("/"):
        pytest.skip("the server is reached by a socket file, where there is no TLS")
    connection = Connection(
        "postgres", host, url.port, url.username, url.password, url.database, {"sslmode": "require"}
    )
    with pytest.raises(SourceUnavailable, match="does not speak TLS, and the connection wants it"):
        pull(FEED, DAY, window, connection, landing, retry=retry)
    assert pauses == []


def test_a_refused_read_names_the_connection(
    front: Connection, landing: Path, window: Window, retry: Retry
) -> None:
    engine = sa.create_engine(front.extra["sqlalchemy_url"])
    role = "front_reader_without_rights"
    with engine.begin() as db:
        db.execute(sa.text(f"drop role if exists {role}"))
        db.execute(sa.text(f"create role {role} login password 'canary'"))
        db.execute(sa.text(f'grant usage on schema "{TABLE.source.schema_name}" to {role}'))
    try:
        url = engine.url.set(username=role, password="canary").render_as_string(hide_password=False)
        reader = Connection("postgres", extra={"sqlalchemy_url": url})
        with pytest.raises(SourceUnavailable, match=r"InsufficientPrivilege.* login of ga_hukou") as caught:
            pull(FEED, DAY, window, reader, landing, retry=retry)
        assert "canary" not in str(caught.value)
    finally:
        with engine.begin() as db:
            db.execute(sa.text(f'revoke usage on schema "{TABLE.source.schema_name}" from {role}'))
            db.execute(sa.text(f"drop role {role}"))
        engine.dispose()

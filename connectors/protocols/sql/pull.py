"""Reads a department's front-end database, whatever its engine, through SQLAlchemy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc as sa_errors
from sqlalchemy.engine import URL, Engine
from sqlalchemy.engine import Connection as Session
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.elements import ColumnClause, quoted_name

from connectors.catalogue.model import Feed, Table
from connectors.connections import Connection, ConnectionMissing, timeout_of
from connectors.delivery import AskedPerson, Delivery, LandedPart, Window
from connectors.errors import BatchRejected, SourceUnavailable
from connectors.protocols.landing import LandingFile, batch_folder, delivery_of
from connectors.protocols.retry import Retry, Transient
from connectors.protocols.sql.cursor import CursorColumn
from connectors.protocols.sql.refusals import may_pass, permanent_refusal
from connectors.protocols.sql.time_forms import SHANGHAI

PARTITION = 20_000
#: Seconds the database may take to the first row: it sorts a whole table.
_PATIENCE = 600.0
#: What PostgreSQL's driver is told about TLS, under the names Airflow's connections have.
_TLS_SETTINGS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl")
_DRIVERS = {
    "postgres": "postgresql+psycopg2",
    "postgresql": "postgresql+psycopg2",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "oracle": "oracle+oracledb",
    "mssql": "mssql+pymssql",
}
_MAY_PASS = (sa_errors.OperationalError, sa_errors.InterfaceError, sa_errors.InternalError)
#: Engines that can keep one view of the data over several tables without blocking a writer.
_SNAPSHOT = {"postgresql": "REPEATABLE READ", "mysql": "REPEATABLE READ"}


def database_url(connection: Connection) -> URL:
    """Returns the SQLAlchemy URL of a connection; ``extra.sqlalchemy_url`` overrides everything else."""
    override = connection.extra.get("sqlalchemy_url")
    if override:
        return sa.make_url(str(override))
    if connection.conn_type == "sqlite":
        return URL.create("sqlite", database=connection.schema or connection.host)
    driver = _DRIVERS.get(connection.conn_type, connection.conn_type)
    settings = _TLS_SETTINGS if driver.startswith("postgresql") else ()
    return URL.create(
        driver,
        username=connection.login,
        password=connection.password,
        host=connection.host,
        port=connection.port,
        database=connection.schema,
        query={name: str(connection.extra[name]) for name in settings if connection.extra.get(name)},
    )


def pull_sql(
    feed: Feed,
    as_of: date,
    window: Window,
    connection: Connection,
    landing_dir: Path,
    people: Sequence[AskedPerson],
    retry: Retry,
) -> Delivery:
    """Lands every table of the feed as CSV, all from one transaction.

    See ``landing`` for the file's format.

    Rows are ordered by the declared key: the same rows give the same bytes, hence the same batch.
    """
    folder = batch_folder(landing_dir, feed.feed_id, as_of)

    def attempt() -> list[LandedPart]:
        engine = _engine(feed, connection)
        try:
            return _read(feed, window, connection, engine, folder)
        except sa_errors.DBAPIError as error:
            raise _failure(feed, error) from None
        except (ValueError, OverflowError) as error:
            raise BatchRejected(
                feed.feed_id,
                f"the driver cannot read a value ({type(error).__name__}): a date beyond all calendars, "
                "or text that is not in the database's own encoding; ask the publisher",
            ) from None
        finally:
            engine.dispose()

    return delivery_of(feed.feed_id, as_of, retry.call(feed.feed_id, "reading the database", attempt))


def _failure(feed: Feed, error: sa_errors.DBAPIError) -> Exception:
    """Explains an error of the database by its kind only: its text may quote the URL or a value."""
    text, kind = str(error.orig), type(error.orig).__name__
    explanation = permanent_refusal(text)
    if explanation is not None:
        # four wrong passwords lock an account
        return SourceUnavailable(feed.feed_id, f"{explanation} of {feed.connection_id}")
    if isinstance(error, _MAY_PASS) or may_pass(text):
        return Transient(
            f"database error ({kind}); check host, port and login of {feed.connection_id}, and whether the "
            "table is locked"
        )
    return SourceUnavailable(
        feed.feed_id,
        f"the database refused the query ({kind}); check what the login of {feed.connection_id} may read, "
        "and ask whether a column's type changed",
    )


def _engine(feed: Feed, connection: Connection) -> Engine:
    try:
        url = database_url(connection)
        options = _waiting(url.get_backend_name(), timeout_of(connection, _PATIENCE))
        return sa.create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=options)
    except (sa_errors.ArgumentError, ImportError) as error:
        # the error's own text may quote the URL
        raise ConnectionMissing(
            f"connection {feed.connection_id!r}: conn_type {connection.conn_type!r} gives no usable database "
            f"URL or its driver is not installed ({type(error).__name__})"
        ) from None


def _waiting(backend: str, seconds: float) -> dict[str, Any]:
    """Returns the driver's options for how long to wait for a connection, and for one that died."""
    if backend == "postgresql":
        return {
            "connect_timeout": 10,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
        }
    if backend == "mysql":
        return {"connect_timeout": 10, "read_timeout": max(1, int(seconds))}
    return {}


def _read(
    feed: Feed, window: Window, connection: Connection, engine: Engine, folder: Path
) -> list[LandedPart]:
    options: dict[str, Any] = {"stream_results": True, "max_row_buffer": PARTITION}
    level = _SNAPSHOT.get(engine.dialect.name)
    if level:
        options["isolation_level"] = level
    with engine.connect().execution_options(**options) as session:
        if session.dialect.name == "postgresql":
            # a locked table must not hold us for ever
            patience = f"{timeout_of(connection, _PATIENCE) * 1000:.0f}"
            session.execute(sa.select(sa.func.set_config("statement_timeout", patience, True)))
        if session.dialect.name == "mysql":
            # its TIMESTAMP is written and compared in the session's zone
            session.execute(sa.text("set time_zone = '+08:00'"))
        parts = [_land(feed, table, window, connection, session, folder) for table in feed.tables]
        session.rollback()
    return parts


def _land(
    feed: Feed, table: Table, window: Window, connection: Connection, session: Session, folder: Path
) -> LandedPart:
    schema = _schema(table, connection, session.dialect.name)
    types = _column_types(feed, table, schema, session)
    columns: dict[str, ColumnClause[Any]] = {name.upper(): sa.column(_keep_case(name)) for name in types}
    source = sa.table(_quoted(table.source.table), schema=_quoted(schema) if schema else None)
    query = sa.select(*_selected(columns, types, session.dialect.name)).select_from(source)
    notes: tuple[str, ...] = ()
    if feed.cursor is not None and not window.whole:
        wanted = table.column(feed.cursor.column).source.upper()
        kind = next(t for name, t in types.items() if name.upper() == wanted)
        name = f"{table.source.table}.{table.column(feed.cursor.column).source}"
        cursor = CursorColumn(feed.feed_id, name, columns[wanted], kind, source, session)
        query = query.where(cursor.condition(window))
        notes = cursor.notes(window)
    query = query.order_by(*(columns[table.column(k).source.upper()] for k in table.key))
    declared = {c.source.upper(): c.source for c in table.columns}
    rows = 0
    with LandingFile(folder, table.name, ".csv") as landing:
        header = [_field(declared.get(name.upper(), name)) for name in types]
        landing.write((",".join(header) + "\n").encode())
        for partition in session.execute(query).partitions(PARTITION):
            lines = [",".join([_field(value) for value in row]) for row in partition]
            landing.write(("\n".join(lines) + "\n").encode())
            rows += len(lines)
        return LandedPart(table.name, landing.keep(), landing.digest, rows, notes)


def _selected(
    columns: dict[str, ColumnClause[Any]], types: dict[str, Any], dialect: str
) -> list[sa.ColumnElement[Any]]:
    """Returns the columns to read.

    PostgreSQL writes its own dates: Python cannot hold infinity or 20200-05-12.
    """
    if dialect != "postgresql":
        return list(columns.values())
    return [
        sa.cast(columns[name.upper()], sa.Text())
        if isinstance(kind, (sa.Date, sa.DateTime)) and not getattr(kind, "timezone", False)
        else columns[name.upper()]
        for name, kind in types.items()
    ]


def _quoted(name: str | None) -> quoted_name:
    return quoted_name(name or "", quote=True)


def _schema(table: Table, connection: Connection, dialect: str) -> str | None:
    """Returns the declared schema, unless the connection sets another (``extra.source_schema``) or there are
    none.
    """
    if "source_schema" in connection.extra:
        return str(connection.extra["source_schema"]) or None
    return None if dialect == "sqlite" else table.source.schema_name


def _column_types(feed: Feed, table: Table, schema: str | None, session: Session) -> dict[str, Any]:
    """Returns name and SQL type of the columns the table really has, in its order.

    Raises ``BatchRejected`` if the table or a declared column is missing.
    """
    where = f"{schema + '.' if schema else ''}{table.source.table}"
    try:
        reflected = sa.inspect(session).get_columns(
            _quoted(table.source.table), schema=_quoted(schema) if schema else None
        )
    except sa_errors.NoSuchTableError as error:
        raise BatchRejected(
            feed.feed_id,
            f"table or view {where} does not exist, or {feed.connection_id} may not see it; "
            "ask the publisher",
        ) from error
    names = {column["name"].upper() for column in reflected}
    missing = [c.source for c in table.columns if c.source.upper() not in names]
    if missing:
        raise BatchRejected(
            feed.feed_id,
            f"{where} has no column {', '.join(missing)}; it has {', '.join(c['name'] for c in reflected)}. "
            "Ask the publisher; if the column was renamed, change 'source' in the declaration",
        )
    return {c["name"]: c["type"] for c in reflected}


def _keep_case(name: str) -> str:
    """Quotes upper-case names; SQLAlchemy takes lower-case ones for "any case"."""
    return name if name == name.lower() else _quoted(name)


def _field(value: Any) -> str:
    if value is None:
        return "\\N"
    text = value if value.__class__ is str else _TEXT.get(value.__class__, str)(value)
    return '"' + text.replace('"', '""') + '"' if '"' in text else f'"{text}"'


def _time_text(value: datetime) -> str:
    if value.tzinfo is not None:
        value = value.astimezone(SHANGHAI).replace(tzinfo=None)
    return value.isoformat(sep=" ")


_TEXT: dict[type, Callable[[Any], str]] = {
    bool: lambda v: "1" if v else "0",
    datetime: _time_text,
    date: date.isoformat,
    time: time.isoformat,
    Decimal: lambda v: format(v, "f"),
    bytes: lambda v: "\\x" + v.hex(),
    memoryview: lambda v: "\\x" + v.hex(),
}

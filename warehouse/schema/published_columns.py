"""Adds to the published tables the columns that the contract of the marts has and they lack.

Only ever adds. A new column may be empty: rows published before it came have no value for it, and neither
have the publications that are kept. A column that analysts see masked comes with the column that holds its
mask.
"""

from __future__ import annotations

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from warehouse.errors import MigrationError
from warehouse.publication.contract import Column, Contract, Mart, Role
from warehouse.store import quiet

#: What is kept of the rows in force gets the new column, without a value. Otherwise each row would differ
#: from what is kept of it, and the next publication would keep every row once more.
_COMPLETE_KEPT_ROWS = """
    update marts.kept_rows
    set content = content || jsonb_build_object(%(shown)s, null),
        identity = identity || case when %(is_masked)s then jsonb_build_object(%(name)s, null) else '{}' end
    where mart = %(mart)s and to_publication is null
"""


def add_published_columns(connection: Connection, contract: Contract) -> list[str]:
    """Adds the columns that are missing, and returns their names as ``marts.<mart>.<column>``.

    ``connection`` is the owner's, in no transaction, and all migrations have run. Raises ``MigrationError``
    and adds none if a column has another type than the contract says, if a key is missing, or if readers keep
    a table locked for ``build_lock_wait_seconds``.
    """
    added = []
    with connection, connection.cursor() as cursor:
        for mart in contract.marts:
            present = _columns(cursor, mart)
            for column in mart.columns:
                if column.name not in present:
                    _add(cursor, mart, column)
                    added.append(f"marts.{mart.name}.{column.name}")
                elif present[column.name] != column.sql_type:
                    raise MigrationError(
                        f"marts.{mart.name}.{column.name} is {present[column.name]}, the contract says "
                        f"{column.sql_type}: correct the contract, or convert the column by a migration"
                    )
    return added


def _columns(cursor: Cursor, mart: Mart) -> dict[str, str]:
    """Returns the type of each column the table has."""
    cursor.execute(
        "select attname, format_type(atttypid, atttypmod) from pg_catalog.pg_attribute "
        "where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped",
        (f"marts.{mart.name}",),
    )
    return dict(cursor.fetchall())


def _add(cursor: Cursor, mart: Mart, column: Column) -> None:
    if column.role is Role.KEY:
        raise MigrationError(
            f"marts.{mart.name} has no column {column.name}, which is part of its key: write a migration"
        )
    if column.role is Role.COMPUTED:
        raise MigrationError(
            f"marts.{mart.name} has no column {column.name}, which the database computes: write a migration"
        )
    table = sql.Identifier("marts", mart.name)
    wanted = [sql.SQL("add column {} {}").format(sql.Identifier(column.name), sql.SQL(column.sql_type))]
    if column.is_masked:
        wanted.append(
            sql.SQL("add column {} {} generated always as ({}({})) stored").format(
                sql.Identifier(column.masked_name),
                sql.SQL(column.sql_type),
                sql.SQL(column.mask.value),
                sql.Identifier(column.name),
            )
        )
    _alter(cursor, mart, sql.SQL("alter table {} {}").format(table, sql.SQL(", ").join(wanted)))
    cursor.execute(
        sql.SQL("comment on column {}.{} is {}").format(
            table, sql.Identifier(column.name), sql.Literal(column.comment)
        )
    )
    cursor.execute(
        _COMPLETE_KEPT_ROWS,
        {
            "mart": mart.name,
            "name": column.name,
            "shown": column.masked_name,
            "is_masked": column.is_masked,
        },
    )


def _alter(cursor: Cursor, mart: Mart, statement: sql.Composable) -> None:
    """Asks for the lock of the table for seconds only, and lets readers through between two tries."""
    try:
        cursor.execute(
            "select ops.run_patiently(%s, %s)", (statement.as_string(cursor), f"marts.{mart.name}")
        )
    except psycopg2.errors.LockNotAvailable as error:
        raise MigrationError(f"marts.{mart.name} was not altered: {quiet.safe_message(error)}") from None

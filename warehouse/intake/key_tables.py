"""Names of the tables keys are compared in, and what makes two keys the same."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg2 import sql

from connectors.catalogue import Table
from warehouse.intake import bulk_copy

#: Rows that the hub deleted itself say so in ``extra``.
DELETED_HERE = '{"deleted_by": "reconciliation"}'


def source_keys_table(table: Table) -> sql.Identifier:
    """What the source has."""
    return sql.Identifier(f"keys_{table.name}")


def present_table(table: Table) -> sql.Identifier:
    """What is in force here."""
    return sql.Identifier(f"here_{table.name}")


def missing_table(table: Table) -> sql.Identifier:
    """What is in force here and not at the source."""
    return sql.Identifier(f"gone_{table.name}")


def same_key(table: Table, left: str, right: str) -> sql.Composable:
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(left, key), sql.Identifier(right, key)) for key in table.key
    )


def same_masked_values(table: Table, of: str, names: Sequence[str]) -> sql.Composable:
    """The columns of the row ``of`` as the quarantine ``q`` shows them: it keeps them masked."""
    return sql.SQL(" and ").join(
        sql.SQL("{} = q.payload->>{}").format(bulk_copy.masked_column(table, name, of), sql.Literal(name))
        for name in names
    )

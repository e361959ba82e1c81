"""Names the temporary tables in which keys are compared, and words when two keys are the same."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg2 import sql

from connectors.catalogue import Table
from warehouse.intake.writing.quarantine_rows import masked_column

#: Rows that the hub deleted itself say so in ``extra``.
DELETED_HERE = '{"deleted_by": "reconciliation"}'


def source_keys_table(table: Table) -> sql.Identifier:
    """Returns the name of the table of keys that the source has."""
    return sql.Identifier(f"keys_{table.name}")


def present_table(table: Table) -> sql.Identifier:
    """Returns the name of the table of rows that are in force here."""
    return sql.Identifier(f"here_{table.name}")


def missing_table(table: Table) -> sql.Identifier:
    """Returns the name of the table of rows that are in force here and missing at the source."""
    return sql.Identifier(f"gone_{table.name}")


def same_key(table: Table, left: str, right: str) -> sql.Composable:
    """Returns SQL that is true where two rows, by their aliases, have the same key."""
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(left, key), sql.Identifier(right, key)) for key in table.key
    )


def same_masked_values(table: Table, of: str, names: Sequence[str]) -> sql.Composable:
    """Returns SQL that is true where the row ``of``, masked, equals the row ``q`` of the quarantine in these
    columns.

    The quarantine keeps values masked only, so both sides are compared masked.
    """
    return sql.SQL(" and ").join(
        sql.SQL("{} = q.payload->>{}").format(masked_column(table, name, of), sql.Literal(name))
        for name in names
    )

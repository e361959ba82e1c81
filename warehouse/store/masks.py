"""Masks sensitive columns in SQL, by the functions of ``warehouse/schema/objects/masks``."""

from __future__ import annotations

from psycopg2 import sql

from connectors.catalogue.column import Column

#: By the kind of personal data a column is declared to hold (``sensitive``).
_MASKS = {
    "identity": "ops.mask_id({})",
    "name": "ops.mask_name({})",
    "account": "ops.mask_account({})",
    "address": "ops.mask_whole({}::text)",
    "specific_identity": "ops.mask_whole({}::text)",
}


def masked_sql(column: Column, value: sql.Composable) -> sql.Composable:
    """Returns SQL of ``value`` of a column, masked; ``value`` itself where the column is not sensitive."""
    return value if column.sensitive is None else sql.SQL(_MASKS[column.sensitive]).format(value)

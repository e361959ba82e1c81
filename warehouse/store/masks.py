"""Masks of sensitive columns in SQL, as ``connectors.masking`` words them for text."""

from __future__ import annotations

from psycopg2 import sql

from connectors.catalogue.model import Column
from connectors.masking import ACCOUNT_STARS, HIDDEN

#: By the kind of personal data a column is declared to hold (``sensitive``).
_MASKS = {
    "identity": "ops.mask_id({})",
    "name": "ops.mask_name({})",
    "account": f"'{ACCOUNT_STARS}' || right({{}}, 4)",
    "address": f"'{HIDDEN}'",
    "specific_identity": f"'{HIDDEN}'",
}


def masked_sql(column: Column, value: sql.Composable) -> sql.Composable:
    """Returns SQL of ``value`` of a column, masked; ``value`` itself where the column is not sensitive."""
    return value if column.sensitive is None else sql.SQL(_MASKS[column.sensitive]).format(value)

"""Observes what a chunk shows of the delivery's layout: its columns, values of another type, undeclared
codes.

It counts before any row is judged, so that a column that changed is seen whatever else is wrong with its
rows.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from connectors.catalogue.model import Table
from connectors.decode.json_text import mask_column
from connectors.decode.text import CONTROL, REPLACEMENT, Bools, Cleaned, mask_of
from connectors.delivery import Observed

#: Reasons for text that is no value of the type; the other reasons criticise a value of the type.
_NOT_THE_TYPE = frozenset(
    {
        "id_length",
        "id_digits_lost",
        "date_invalid",
        "month_invalid",
        "timestamp_invalid",
        "number_invalid",
        "flag_invalid",
        "region_invalid",
        "uscc_invalid",
        "certificate_invalid",
        "name_invalid",
    }
)
#: A code is no longer than this; longer text is something else that got into the column.
_LONGEST_CODE = 40
_TYPES: dict[str, pl.DataType] = {
    "column": pl.String(),
    "filled": pl.Int64(),
    "failed": pl.Int64(),
    "unread": pl.Int64(),
}
CODES: dict[str, pl.DataType] = {"column": pl.String(), "code": pl.String(), "rows": pl.Int64()}


def observe(
    frame: pl.DataFrame,
    table: Table,
    texts: dict[str, pl.Series],
    cleaned: dict[str, Cleaned],
    unread: dict[str, Bools],
) -> Observed:
    """Counts per column; unknown codes are masked like any value of their column.

    ``unread``: by column, the rows in which a received value could not be read and became null.
    """
    types = []
    codes = [pl.DataFrame(schema=CODES)]
    places = [pl.DataFrame(schema={"column": pl.String, "row_no": pl.Int64})]
    for column in table.columns:
        text = texts[column.name]
        failed = np.zeros(len(text), dtype=bool)
        for rows, reason in cleaned[column.name].problems:
            if reason in _NOT_THE_TYPE:
                failed |= rows
            elif reason == "code_unknown":
                shown = mask_column(text.gather(np.flatnonzero(rows)), column).str.slice(0, _LONGEST_CODE)
                shown = shown.str.replace_all(CONTROL, REPLACEMENT)  # no JSON column takes a NUL
                counted = shown.alias("code").value_counts(name="rows")
                codes.append(
                    counted.select(pl.lit(column.name).alias("column"), "code", pl.col("rows").cast(pl.Int64))
                )
        # the cell of a formula that failed was emptied, but it held something
        filled = mask_of(text.is_not_null()) | unread[column.name]
        types.append((column.name, int(filled.sum()), int(failed.sum()), int(unread[column.name].sum())))
        if unread[column.name].any():
            rows_unread = frame["row_no"].cast(pl.Int64).gather(np.flatnonzero(unread[column.name]))
            places.append(
                rows_unread.to_frame("row_no").select(pl.lit(column.name).alias("column"), "row_no")
            )
    found = tuple(name for name in frame.columns if name != "row_no")
    counted = pl.DataFrame(types, schema=_TYPES, orient="row")
    return Observed(found, counted, pl.concat(codes), pl.concat(places))

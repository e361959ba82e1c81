"""Writes rows into ``ops.quarantine``: those the decoder set aside, and those whose key came twice."""

from __future__ import annotations

import io
import uuid

import polars as pl
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed, Table
from warehouse.store.masks import masked_sql

_COLUMNS = ("row_no", "column_name", "reason_code", "message", "payload")


def quarantine_rows(cursor: Cursor, feed: Feed, table: str, bad: pl.DataFrame, batch: uuid.UUID) -> None:
    """Adds rows that were set aside; ``bad`` has the columns of ``DecodedChunk.quarantined``."""
    if not bad.height:
        return
    frame = bad.select(
        *_COLUMNS,
        pl.lit(feed.feed_id).alias("feed_id"),
        pl.lit(str(batch)).alias("batch_id"),
        pl.lit(table).alias("table_name"),
    ).with_columns(without_nul("message", "payload"))
    buffer = io.BytesIO()
    # an empty field is NULL, a quoted empty one the empty text
    frame.write_csv(buffer, include_header=False, quote_style="necessary", null_value="")
    buffer.seek(0)
    columns = sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    cursor.copy_expert(sql.SQL("copy ops.quarantine ({}) from stdin (format csv)").format(columns), buffer)


def without_nul(*names: str) -> pl.Expr:
    """Returns JSON columns without U+0000, which ``jsonb`` cannot hold."""
    return pl.col(*names).cast(pl.String).str.replace_all("\\u0000", "\\ufffd", literal=True)


def quarantine_key_conflicts(cursor: Cursor, feed: Feed, table: Table, batch: uuid.UUID) -> int:
    """Moves rows of one snapshot that repeat an earlier row's declared key with other content into the
    quarantine.

    Returns how many rows were moved.
    """
    raw = sql.Identifier("raw", feed.raw_table(table))
    keys = [sql.Identifier(k) for k in table.key]
    cursor.execute(
        sql.SQL("""
            with ranked as (
                select
                    ctid as place,
                    row_number() over (partition by {keys} order by row_no, row_digest) as position
                from {raw} where batch_id = %(batch)s and {present}
            ),
            taken as (
                delete from {raw} as r using ranked
                where r.ctid = ranked.place and ranked.position > 1
                returning r.*
            )
            insert into ops.quarantine
                (feed_id, batch_id, table_name, row_no, column_name, reason_code, message, payload)
            select %(feed)s, batch_id, %(table)s, row_no, %(column)s, 'key_conflict', %(message)s, {payload}
            from taken order by row_no
        """).format(
            keys=sql.SQL(", ").join(keys),
            raw=raw,
            payload=_masked_row(table),
            present=sql.SQL(" and ").join(sql.SQL("{} is not null").format(k) for k in keys),
        ),
        {
            "batch": str(batch),
            "feed": feed.feed_id,
            "table": table.name,
            "column": ",".join(table.key),
            "message": "an earlier row of this batch has the same key and other content: "
            "expected one row per key, the first was kept",
        },
    )
    return int(cursor.rowcount)


def masked_column(table: Table, column: str, of: str) -> sql.Composable:
    """Returns SQL of a column of the row named ``of`` as text, masked as the quarantine shows it."""
    declared = table.column(column)
    value: sql.Composable = sql.Identifier(of, column)
    return masked_sql(declared, value) if declared.sensitive else sql.SQL("{}::text").format(value)


def _masked_row(table: Table) -> sql.Composable:
    parts = [
        sql.SQL("{}, {}").format(sql.Literal(c.name), masked_sql(c, sql.Identifier(c.name)))
        for c in table.columns
    ]
    return sql.SQL("jsonb_strip_nulls(jsonb_build_object({}))").format(sql.SQL(", ").join(parts))

"""Writes decoded chunks into ``raw`` and ``ops.quarantine`` with COPY and counts what happens to each row.

At most one chunk (100,000 rows) is in memory at a time.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed, Table
from connectors.delivery import DecodedChunk
from warehouse.errors import LoadFailed
from warehouse.intake.shared_rows import transfer_rows
from warehouse.store.masks import masked_sql

_ORIGIN = ("row_no", "as_received", "extra")
_QUARANTINE = ("row_no", "column_name", "reason_code", "message", "payload")


@dataclass
class Counts:
    """Row counts of one batch. They balance by construction, and the database checks them again."""

    received: int = 0
    loaded: int = 0
    duplicate: int = 0
    quarantined: int = 0


def make_stage(cursor: Cursor, feed: Feed, table: Table) -> sql.Identifier:
    """Creates the temporary table through which one raw table is filled; it is dropped with the
    transaction.
    """
    stage = sql.Identifier(f"stage_{table.name}")
    columns: list[sql.Composable] = [
        sql.SQL("{} {}").format(sql.Identifier(c.name), sql.SQL(c.sql_type)) for c in table.stored
    ]
    columns.append(sql.SQL("row_no bigint not null, as_received jsonb, extra jsonb"))
    cursor.execute(
        sql.SQL("create temp table {} ({}) on commit drop").format(stage, sql.SQL(", ").join(columns))
    )
    return stage


def load_chunk(
    cursor: Cursor,
    feed: Feed,
    chunk: DecodedChunk,
    stage: sql.Identifier,
    batch: uuid.UUID,
    transferable: Sequence[uuid.UUID],
) -> Counts:
    """Loads one chunk and returns its counts.

    Rows that ``transferable`` batches hold already change over to ``batch`` (see ``shared_rows``). Raises
    ``LoadFailed`` if the decoder lost count of its rows.
    """
    good, bad = chunk.good, chunk.quarantined
    if chunk.received != good.height + bad.height:
        raise LoadFailed(
            feed.feed_id,
            f"table {chunk.table}: {chunk.received} rows received, but {good.height} good "
            f"and {bad.height} set aside: the decoder lost count",
        )
    loaded = (
        _load_rows(cursor, feed, feed.table(chunk.table), good, stage, batch, transferable)
        if good.height
        else 0
    )
    if bad.height:
        _quarantine_rows(cursor, feed, chunk.table, bad, batch)
    return Counts(chunk.received, loaded, good.height - loaded, bad.height)


def _load_rows(
    cursor: Cursor,
    feed: Feed,
    table: Table,
    good: pl.DataFrame,
    stage: sql.Identifier,
    batch: uuid.UUID,
    transferable: Sequence[uuid.UUID],
) -> int:
    names = [c.name for c in table.stored]
    _copy(cursor, stage, _pick(feed, table.name, good, (*names, *_ORIGIN)))
    raw = sql.Identifier("raw", feed.raw_table(table))
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    digest = sql.SQL("md5(row({})::text)::uuid").format(columns)
    loaded = (
        transfer_rows(cursor, feed.raw_table(table), stage, digest, batch, transferable)
        if transferable
        else 0
    )
    cursor.execute(
        sql.SQL("""
            insert into {raw} ({columns}, batch_id, row_no, row_digest, as_received, extra)
            select {columns}, %s, row_no, {digest}, as_received, extra from {stage} order by row_no
            on conflict do nothing
        """).format(raw=raw, columns=columns, digest=digest, stage=stage),
        (str(batch),),
    )
    loaded += cursor.rowcount
    cursor.execute(sql.SQL("truncate {}").format(stage))
    return loaded


def _quarantine_rows(cursor: Cursor, feed: Feed, table: str, bad: pl.DataFrame, batch: uuid.UUID) -> None:
    frame = _pick(feed, table, bad, _QUARANTINE).with_columns(
        pl.lit(feed.feed_id).alias("feed_id"),
        pl.lit(str(batch)).alias("batch_id"),
        pl.lit(table).alias("table_name"),
    )
    _copy(cursor, sql.Identifier("ops", "quarantine"), frame)


def _pick(feed: Feed, table: str, frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    missing = [n for n in names if n not in frame.columns]
    if missing:
        raise LoadFailed(feed.feed_id, f"table {table}: the decoder left out {missing}")
    # jsonb cannot hold U+0000
    clean = [
        pl.col(n).str.replace_all("\\u0000", "\\ufffd", literal=True)
        for n in ("as_received", "extra", "payload", "message")
        if n in names and frame.schema[n] == pl.String
    ]
    return frame.select(names).with_columns(clean)


def _copy(cursor: Cursor, target: sql.Identifier, frame: pl.DataFrame) -> None:
    buffer = io.BytesIO()
    # an empty field is NULL, a quoted empty one the empty text
    frame.write_csv(buffer, include_header=False, quote_style="necessary", null_value="")
    buffer.seek(0)
    columns = sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    cursor.copy_expert(sql.SQL("copy {} ({}) from stdin (format csv)").format(target, columns), buffer)


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

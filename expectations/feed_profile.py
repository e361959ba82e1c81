"""Measures the feeds' raw tables: one statement per table for all batches that are checked.

Every statement only counts; no value of a row is read. Rows are named by their position in the batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Column, Feed, Table
from expectations.checks import Figure
from expectations.defaults import Dates
from expectations.feed_checks import (
    code_columns,
    date_columns,
    figure_name,
    is_whole_state,
    required_columns,
)
from warehouse.store.rows_in_force import not_deleted, raw_table, rows_in_force, rows_that_count

_NO_FIGURE = Figure(0)


@dataclass
class BatchProfile:
    """The measures of one batch: loaded rows per table, and the figures by the names ``feed_checks`` gives
    them.
    """

    rows: dict[str, int] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True)
class _Count:
    """Rows of a column for which ``condition`` holds."""

    figure: str
    column: str
    condition: sql.Composable


def profile_feed(
    cursor: Cursor, feed: Feed, batches: Sequence[str], as_of: date, dates: Dates
) -> dict[str, BatchProfile]:
    """Returns the profile of each batch id in ``batches``. The current state is that of ``as_of``."""
    profiles = {batch: BatchProfile() for batch in batches}
    for table in feed.tables:
        _count_rows(cursor, feed, table, profiles, as_of, dates)
        if is_whole_state(feed):
            _count_repeated_keys(cursor, feed, table, profiles)
        else:
            figure = Figure(_rows_in_force(cursor, feed, table, as_of))
            for profile in profiles.values():
                profile.figures[figure_name(table, "rows_in_force")] = figure
    return profiles


def _count_rows(
    cursor: Cursor, feed: Feed, table: Table, profiles: dict[str, BatchProfile], as_of: date, dates: Dates
) -> None:
    counts = list(_counts(table, as_of, dates))
    measured = [
        sql.SQL("count(*) filter (where {0}), min(row_no) filter (where {0})").format(count.condition)
        for count in counts
    ]
    cursor.execute(
        sql.SQL("select {} from {} where batch_id = any (%s::uuid[]) group by batch_id").format(
            sql.SQL(", ").join([sql.SQL("batch_id::text, count(*)"), *measured]), raw_table(feed, table)
        ),
        (list(profiles),),
    )
    found = {row[0]: row[1:] for row in cursor.fetchall()}
    for batch, profile in profiles.items():
        rows, *pairs = found.get(batch, (0, *[0, None] * len(counts)))
        profile.rows[table.name] = rows
        if is_whole_state(feed):
            profile.figures[figure_name(table, "rows_in_force")] = Figure(rows)
        _add(profile, table, counts, rows, pairs)


def _add(
    profile: BatchProfile, table: Table, counts: list[_Count], rows: int, pairs: list[int | None]
) -> None:
    for index, count in enumerate(counts):
        number, first = pairs[2 * index] or 0, pairs[2 * index + 1]
        if count.figure == "fill_rate":
            share = 1 - number / rows if rows else 1.0
            figure = Figure(share, ((count.column, f"{share:.4f} ({number} rows empty)"),))
            profile.figures[figure_name(table, f"fill_rate.{count.column}")] = figure
            continue
        name = figure_name(table, count.figure)
        so_far = profile.figures.get(name, _NO_FIGURE)
        more = ((count.column, f"{number} rows, first at row {first}"),) if number else ()
        profile.figures[name] = Figure(so_far.value + number, (*so_far.columns, *more))


def _counts(table: Table, as_of: date, dates: Dates) -> Iterator[_Count]:
    for column in required_columns(table):
        yield _Count("not_required_filled", column.name, _is_null(column))
    for column in code_columns(table):
        known = sorted(set((column.codes or {}).values()))
        outside = sql.SQL("{} <> all ({})").format(sql.Identifier(column.name), sql.Literal(known))
        yield _Count("not_codes_known", column.name, outside)
    for column in date_columns(table):
        latest = _latest(column, as_of, dates)
        outside = sql.SQL("({0} < {1} or {0} >= {2})").format(
            sql.Identifier(column.name), sql.Literal(dates.earliest), sql.Literal(latest + timedelta(days=1))
        )
        yield _Count("not_dates_plausible", column.name, outside)
    for name in table.fill_rate:
        yield _Count("fill_rate", name, _is_null(table.column(name)))


def _latest(column: Column, as_of: date, dates: Dates) -> date:
    """Returns the last day that the column may plausibly name."""
    if column.name in dates.past_columns:
        return as_of
    # the first of the month, since 29 February does not come every year
    return as_of.replace(year=as_of.year + dates.latest_years_ahead, day=1)


def _count_repeated_keys(cursor: Cursor, feed: Feed, table: Table, profiles: dict[str, BatchProfile]) -> None:
    keys = sql.SQL(", ").join(map(sql.Identifier, table.key))
    cursor.execute(
        sql.SQL(
            "select batch_id::text, sum(times - 1)::bigint from ("
            "select batch_id, count(*) as times from {} where batch_id = any (%s::uuid[]) "
            "group by batch_id, {} having count(*) > 1) as repeated group by batch_id"
        ).format(raw_table(feed, table), keys),
        (list(profiles),),
    )
    repeated = dict(cursor.fetchall())
    for batch, profile in profiles.items():
        times, rows = repeated.get(batch, 0), profile.rows[table.name]
        words = f"{times / rows if rows else 0:.4f} ({times} of {rows} rows)"
        found = ((", ".join(table.key), words),) if times else ()
        figure = Figure(times / rows if rows else 0.0, found)
        profile.figures[figure_name(table, "key_repeated_share")] = figure


def _rows_in_force(cursor: Cursor, feed: Feed, table: Table, as_of: date) -> int:
    """Counts the rows of the current state of a table whose batches add up, as staging will see it."""
    if feed.mode == "events":
        statement = sql.SQL("select count(*) from {}").format(rows_that_count(feed, table))
    else:
        columns = sql.SQL("r.operation" if table.marks_deletions else "r.row_no")
        in_force = rows_in_force(feed, table, not_deleted(table), columns)
        statement = sql.SQL("select count(*) from ({}) as in_force").format(in_force)
    cursor.execute(statement, {"as_of": as_of, "feed": feed.feed_id})
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def _is_null(column: Column) -> sql.Composable:
    return sql.SQL("{} is null").format(sql.Identifier(column.name))

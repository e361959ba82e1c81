"""Which batches an increment reads: each one once. Long random histories are for ``make histories``."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from jinja2 import Environment

from warehouse.settings import Settings
from warehouse.store.connect import connect

pytestmark = pytest.mark.slow

MACROS = Path(__file__).resolve().parents[2] / "dbt_project" / "macros" / "increments.sql"
FEED, MODEL = "public_security__migration", "stg_public_security__migration"
SAME, CHANGED, NEW, GONE = (UUID(int=n) for n in range(1, 5))
BEFORE, AFTER = "2020-05-12 08:00+08", "2020-05-13 08:00+08"


def unapplied(settings: Settings, counting: dict[UUID, str], applied: dict[UUID, str]) -> list[UUID]:
    """What the macro finds, its relations replaced by tables of the test."""
    env = Environment(autoescape=False, extensions=["jinja2.ext.do"])  # as dbt has it
    env.globals.update(ref=lambda name: "pg_temp.counting", this=SimpleNamespace(name=MODEL))
    query = env.from_string(MACROS.read_text(encoding="utf-8")).make_module().unapplied_batches(FEED)  # type: ignore[attr-defined]
    with closing(connect(settings)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "create temporary table counting (batch_id uuid, feed_id text, rows_changed_at timestamptz)"
        )
        for batch, changed_at in counting.items():
            cursor.execute("insert into counting values (%s, %s, %s)", (str(batch), FEED, changed_at))
        for batch, changed_at in applied.items():
            cursor.execute(
                "insert into ops.applied_batches (model, batch_id, rows_changed_at, definition) "
                "values (%s, %s, %s, 'd')",
                (MODEL, str(batch), changed_at),
            )
        cursor.execute(str(query))
        return sorted(UUID(str(row[0])) for row in cursor.fetchall())


def test_a_batch_whose_rows_changed_is_read_once(fresh_hub: Settings) -> None:
    """It had lost a row to a late earlier day: it differs on both sides, and was once read twice."""
    assert unapplied(fresh_hub, {CHANGED: AFTER}, {CHANGED: BEFORE}) == [CHANGED]


def test_new_gone_and_changed_are_read_and_what_is_the_same_is_not(fresh_hub: Settings) -> None:
    counting = {SAME: BEFORE, CHANGED: AFTER, NEW: AFTER}
    applied = {SAME: BEFORE, CHANGED: BEFORE, GONE: BEFORE}
    assert unapplied(fresh_hub, counting, applied) == [CHANGED, NEW, GONE]

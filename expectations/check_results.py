"""Reads from and writes to ``ops`` for the gate: batches to check, results, earlier verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from connectors.masking import mask_text
from expectations.checks import CheckFailure, CheckResult, Stage
from expectations.feed_checks import DAILY_CHECKS
from warehouse.intake.unread_values import UnreadCount
from warehouse.store import locks

_HELD_NOTE = (
    "the batch is held and the data before it stays: send a corrected delivery, or release the batch "
    "('make held' names the command)"
)
_RELEASED_NOTE = "the batch was released by hand"
_COLUMNS = "stage, feed_id, batch_id::text, check_name, column_name, severity, success, observed, expected"


@dataclass(frozen=True)
class Batch:
    """A batch that counts, as the ledger has it. ``changes``: it holds the changes since a point in time.

    ``quarantined`` leaves out the rows that were only changed after the day.
    """

    feed_id: str
    batch_id: str
    as_of: date
    received: int
    quarantined: int
    changes: bool = False


def lock_gate(cursor: Cursor) -> None:
    """Waits until no other gate is at work; the lock ends with the connection. Raises ``LockBusy``."""
    locks.hold(cursor, locks.GATE, "another gate is at work")


def unchecked_batches(cursor: Cursor, as_of: date) -> list[Batch]:
    """Returns the batches that make up the state of ``as_of`` and that no gate has checked, oldest first.

    A batch that a person corrected since its check is checked again; one that was released by hand is not.
    """
    cursor.execute(
        "select b.feed_id, b.batch_id::text, b.as_of, b.rows_received, b.rows_quarantined - (select count(*) "
        "from ops.quarantine as q where q.batch_id = b.batch_id and q.reason_code = 'time_in_future'), "
        "b.mode = 'delta' and b.cursor_since is not null "
        "from ops.current_batches(%s) as c inner join ops.feed_batches as b on b.batch_id = c.batch_id "
        "where not (exists (select 1 from ops.check_results as r where r.batch_id = b.batch_id "
        "and r.stage = 'feeds' and r.check_name <> all (%s) and not exists (select 1 from ops.decisions as d "
        "where d.batch_id = b.batch_id and d.action = 'correct' and d.decided_at > r.checked_at)) "
        "or exists (select 1 from ops.decisions as d "
        "where d.batch_id = b.batch_id and d.action = 'release')) order by b.feed_id, b.as_of, b.finished_at",
        (as_of, list(DAILY_CHECKS)),
    )
    return [Batch(*row) for row in cursor.fetchall()]


def unread_counts(cursor: Cursor, batches: Sequence[str]) -> dict[str, list[UnreadCount]]:
    """Returns, by batch, the counts of values that could not be read."""
    cursor.execute(
        "select batch_id::text, table_name, column_name, rows_filled, rows_unread from ops.unread_values "
        "where batch_id = any (%s::uuid[]) order by table_name, column_name",
        (list(batches),),
    )
    found: dict[str, list[UnreadCount]] = {}
    for batch, *values in cursor.fetchall():
        found.setdefault(batch, []).append(UnreadCount(*values))
    return found


def delivery_notes(cursor: Cursor, batches: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Returns, by batch, what the loader noted: (code, message)."""
    cursor.execute(
        "select batch_id::text, code, message from ops.delivery_notes where batch_id = any (%s::uuid[]) "
        "order by note_id",
        (list(batches),),
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for batch, code, message in cursor.fetchall():
        found.setdefault(batch, []).append((code, message))
    return found


def newest_batches(cursor: Cursor, as_of: date) -> dict[str, tuple[str, date]]:
    """Returns, by feed, the newest batch that counts at ``as_of``: (batch id, its day)."""
    cursor.execute(
        "select distinct on (feed_id) feed_id, batch_id::text, as_of from ops.current_batches(%s) "
        "order by feed_id, as_of desc, batch_id",
        (as_of,),
    )
    return {feed_id: (batch, day) for feed_id, batch, day in cursor.fetchall()}


def daily_results(cursor: Cursor, as_of: date) -> list[CheckResult]:
    """Returns the recorded results of the checks of the feeds themselves (freshness) for ``as_of``."""
    cursor.execute(
        f"select distinct {_COLUMNS} from ops.check_results "
        "where stage = 'feeds' and as_of = %s and check_name = any (%s)",
        (as_of, list(DAILY_CHECKS)),
    )
    return [CheckResult(*row) for row in cursor.fetchall()]


def standing_failures(cursor: Cursor, as_of: date) -> list[CheckFailure]:
    """Returns what earlier gates found in the batches of ``as_of``; they go on failing until the batches are
    replaced.

    The failures of a batch that a person released are returned as warnings.
    """
    cursor.execute(
        f"select distinct {_COLUMNS} from ops.check_results as r where stage = 'feeds' and not success "
        "and check_name <> all (%s) and exists (select 1 from ops.feed_batches as b "
        "where b.batch_id = r.batch_id and b.as_of = %s and b.status = 'loaded')",
        (list(DAILY_CHECKS), as_of),
    )
    failures = []
    for result in (CheckResult(*row) for row in cursor.fetchall()):
        note = _RELEASED_NOTE if result.severity == "error" else ""
        failures.append(replace(CheckFailure.of(result, note), severity="warning"))
    return [*failures, *_held(cursor, as_of)]


def _held(cursor: Cursor, as_of: date) -> list[CheckFailure]:
    """Returns a failure for each batch of the day that a gate held and nothing has replaced."""
    cursor.execute(
        "select h.feed_id, h.batch_id::text, coalesce(h.held_reason, 'held') from ops.feed_batches as h "
        "where h.as_of = %s and h.status = 'held' and h.finished_at = (select max(finished_at) "
        "from ops.feed_batches as b where b.feed_id = h.feed_id and b.as_of = h.as_of) "
        "and not exists (select 1 from ops.feed_batches as b "
        "where b.feed_id = h.feed_id and b.as_of = h.as_of and b.status = 'loaded')",
        (as_of,),
    )
    return [
        CheckFailure.of(_held_result(feed_id, batch, reason), _HELD_NOTE)
        for feed_id, batch, reason in cursor.fetchall()
    ]


def _held_result(feed_id: str, batch: str, reason: str) -> CheckResult:
    return CheckResult("feeds", feed_id, batch, "held", None, "error", False, reason, "a batch that passes")


def reason_to_hold(results: Iterable[CheckResult]) -> str:
    """Returns in one line why a batch is held."""
    return mask_text(
        "; ".join(
            f"{r.check}{f' of {r.column}' if r.column else ''}: found {r.observed}, expected {r.expected}"
            for r in results
        )
    )


def record(cursor: Cursor, run_id: str, as_of: date, stage: Stage, results: Sequence[CheckResult]) -> None:
    """Appends the results of one run.

    All have the same time, so readers can take a check's latest run as a whole.
    """
    cursor.execute("select clock_timestamp()")
    ((now,),) = cursor.fetchall()
    execute_values(
        cursor,
        "insert into ops.check_results (check_run_id, as_of, stage, feed_id, batch_id, check_name, "
        "column_name, severity, success, observed, expected, checked_at) values %s",
        [
            (
                run_id, as_of, stage, r.feed_id, r.batch_id, r.check, r.column, r.severity, r.success,
                mask_text(r.observed), r.expected, now,
            )
            for r in results
        ],
    )  # fmt: skip

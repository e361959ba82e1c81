"""What every hostile protocol is proved against: the real loader on a real database, before and after.

A case is a feed, a way its server misbehaves, and the outcome. Whatever the outcome: the ledger balances, a
refused pull leaves everything as it was, the error is a declared one that names feed and remedy, the attempts
are counted, and no secret or person is told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from psycopg2.extensions import connection as Session

from connectors.catalogue import load_feed as declaration
from connectors.connections import Connection
from connectors.errors import BatchRejected, ColumnsMissing, FeedError, NotYetDelivered, SourceUnavailable
from connectors.protocols.retry import Retry
from warehouse.intake import batches
from warehouse.intake.load_feed import load_feed
from warehouse.settings import Settings

PASSWORD = "canary-secret-0001"
LOGIN = "canary-login"
#: Nobody else in these tests is called so.
SURNAME = "欧阳"
FIRST_DAY = date(2020, 5, 12)
_REMEDY = re.compile(r"\b([Cc]heck|[Aa]sk|pull again|retried later|send)\b")
_PERSONAL = re.compile(rf"\d{{15,}}|[0-9a-f]{{64}}|{PASSWORD}|{SURNAME}")
_RUN_OUTCOME = {
    BatchRejected: "rejected",
    ColumnsMissing: "rejected",
    SourceUnavailable: "unavailable",
    NotYetDelivered: "not_delivered",
}


@dataclass(frozen=True)
class Loaded:
    """The rows received, loaded, duplicate, quarantined, why, and after how many more attempts."""

    counts: tuple[int, int, int, int]
    retries: int = 0
    reasons: frozenset[str] = frozenset()
    #: Of a query: how many were answered, have nothing there, got no answer.
    answers: dict[str, int] | None = None
    #: SQL that is true of exactly one loaded row: what became of an odd value.
    one_row: str | None = None


@dataclass(frozen=True)
class Refused:
    """The declared error, what it must say, and how many more attempts were made before."""

    error: type[FeedError]
    says: str
    retries: int = 0


@dataclass(frozen=True)
class Case:
    """``behave(world)`` makes the server of ``feed_id`` fail in the way the case is named after."""

    name: str
    feed_id: str
    behave: Callable[[Any], None]
    outcome: Loaded | Refused


def id_of(number: int) -> str:
    """A valid ID number; ``number`` up to 99,999."""
    body = f"210102{1950 + number // 1000:04d}0101{number % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


@dataclass
class Hub:
    """The hub under attack: its database, the day of the next case, and what a retry would have slept."""

    settings: Settings
    session: Session
    environ: pytest.MonkeyPatch
    day: date = FIRST_DAY
    pauses: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Retries wait for nothing, and are counted."""
        self.environ.setattr("connectors.protocols.Retry", lambda: Retry(sleep=self.pauses.append))

    def connect(self, connection_id: str, connection: Connection) -> None:
        """Point a connection at a server, the way an operator does."""
        value = {k: v for k, v in vars(connection).items() if v is not None}
        self.environ.setenv(f"AIRFLOW_CONN_{connection_id.upper()}", json.dumps(value))

    def next_day(self) -> date:
        self.day += timedelta(days=1)
        self.pauses.clear()
        return self.day

    def state(self, feed_id: str) -> dict[str, Any]:
        """Everything a refused pull must leave alone."""
        feed = declaration(feed_id)
        found: dict[str, Any] = {
            "batches": self._rows("select * from ops.feed_batches where feed_id = %s order by 1", feed_id),
            "current": self._rows("select batch_id from ops.current_batches(%s) order by 1", self.day),
            "asked": self._rows("select * from ops.query_requests where feed_id = %s order by 1, 2", feed_id),
            "aside": self._rows("select count(*) from ops.quarantine where feed_id = %s", feed_id),
        }
        for table in feed.tables:
            found[table.name] = self._rows(
                f"select md5(string_agg(t::text, '|' order by t::text)) from raw.{feed.raw_table(table)} as t"
            )
        with self.session.cursor() as cursor:
            found["cursor"] = batches.pull_window(cursor, feed, self.day)
        return found

    def _rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """One session for all questions: a new one for each would take longer than the cases."""
        with self.session.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall()

    def prove(self, case: Case, world: Any, caplog: pytest.LogCaptureFixture) -> None:
        """Runs the case on a day of its own and checks its outcome and what holds for all."""
        world.begin(self.next_day())
        before = self.state(case.feed_id)
        case.behave(world)
        if isinstance(case.outcome, Loaded):
            self._prove_loaded(case, case.outcome)
        else:
            self._prove_refused(case, case.outcome)
            assert self.state(case.feed_id) == before
        assert len(self.pauses) == case.outcome.retries
        assert all(pause <= 30 for pause in self.pauses)
        self._prove_balance(case.feed_id)
        assert not list((self.settings.hub_home / "landing").rglob("*.part"))
        told = [caplog.text, *(m or "" for (m,) in self._rows("select message from ops.feed_runs"))]
        assert not _PERSONAL.search("\n".join(told))

    def _prove_loaded(self, case: Case, outcome: Loaded) -> None:
        result = load_feed(case.feed_id, self.day, self.settings)
        assert (result.received, result.loaded, result.duplicate, result.quarantined) == outcome.counts
        reasons = self._rows(
            "select distinct reason_code from ops.quarantine where batch_id = %s", str(result.batch_id)
        )
        assert {reason for (reason,) in reasons} == outcome.reasons
        current = self._rows("select batch_id::text from ops.current_batches(%s)", self.day)
        assert (str(result.batch_id),) in current
        if outcome.one_row is not None:
            raw = declaration(case.feed_id).raw_table(declaration(case.feed_id).tables[0])
            count = f"select count(*)::int from raw.{raw} where batch_id = %s and {outcome.one_row}"
            assert self._rows(count, str(result.batch_id)) == [(1,)]
        if outcome.answers is not None:
            status = "select status, count(*)::int from ops.query_requests where feed_id = %s and as_of = %s "
            assert dict(self._rows(status + "group by 1", case.feed_id, self.day)) == outcome.answers

    def _prove_refused(self, case: Case, outcome: Refused) -> None:
        with pytest.raises(FeedError) as caught:
            load_feed(case.feed_id, self.day, self.settings)
        message = str(caught.value)
        assert type(caught.value) is outcome.error, message
        assert message.startswith(f"{case.feed_id}: ")
        assert re.search(outcome.says, message), message
        assert _REMEDY.search(message), message
        assert not _PERSONAL.search(message)
        newest = self._rows(
            "select outcome, message from ops.feed_runs where feed_id = %s order by run_id desc limit 1",
            case.feed_id,
        )
        assert newest == [(_RUN_OUTCOME[outcome.error], message)]

    def _prove_balance(self, feed_id: str) -> None:
        feed = declaration(feed_id)
        stored = " + ".join(
            f"(select count(*) from raw.{feed.raw_table(t)} as r where r.batch_id = b.batch_id)"
            for t in feed.tables
        )
        off = self._rows(
            "select b.batch_id from ops.feed_batches as b where b.feed_id = %s and not ("
            f"rows_loaded = {stored} and rows_received = rows_loaded + rows_duplicate + rows_quarantined and "
            "rows_quarantined = (select count(*) from ops.quarantine as q where q.batch_id = b.batch_id))",
            feed_id,
        )
        assert off == []


def names(cases: Sequence[Case]) -> list[str]:
    return [case.name for case in cases]

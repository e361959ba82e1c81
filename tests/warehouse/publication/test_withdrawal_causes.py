"""Causes of withdrawals where evidence is old, moved or missing, after a rollback, and who sees them.

What departments say is loaded by the loader; staging holds what dbt would have picked of it. From rows to
causes through dbt itself: tests/dbt/test_withdrawal_causes.py.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg2
import pytest

from connectors.catalogue import load_catalogue
from connectors.catalogue import load_feed as declaration
from tests.support.candidates import TOMORROW, put, warning
from tests.support.fakes import DAY, DELTA, Row, rows_of
from tests.support.loading import delivery, load
from warehouse.intake import holds
from warehouse.publication import state
from warehouse.publication.publish import publish
from warehouse.publication.rollback import rollback
from warehouse.schema.migrate import MIGRATIONS, migrate
from warehouse.settings import Settings
from warehouse.store.decisions import Decision
from warehouse.store.postgres import server

LATER = DAY + timedelta(days=2)
WHY = Decision("wang", "a wrong file")
CAUSE = "select withdrawn_cause from marts.warnings where warning_id = 'w1'"
SOME_BATCH = "00000000-0000-4000-8000-000000000001"


def row(updated: date, operation: str = "insert", **values: Any) -> Row:
    given = {"cremation_no": "C1", "operation": operation, "updated_at": datetime.combine(updated, time(8))}
    return {"id_number": "210102196001011233", **given, **values}


def send(hub: Settings, day: date, *rows: Row, content: str) -> UUID:
    """One delivery of the funeral homes, a delta."""
    return load(hub, DELTA, delivery(*rows, content=content), day, refresh=True).batch_id


def resting_on(batch: UUID | str, row_no: Any = 1, feed_id: str = DELTA, **values: Any) -> Row:
    item = {"role": "fact", "feed_id": feed_id, "batch_id": str(batch), "row_no": row_no, **values}
    return warning("w1", evidence=json.dumps([item]))


def publish_day(hub: Settings, day: date, *warnings: Row) -> int:
    """As a day of dbt and publication: the newest version of each key, without those deleted."""
    columns = ", ".join(
        f"r.{c.name}" for c in declaration(DELTA).table("main").columns if c.name != "operation"
    )
    rows_of(
        hub,
        f"""
        drop table if exists staging.stg_current_batches, staging.stg_{DELTA};
        create table staging.stg_current_batches as select * from ops.current_batches(%s);
        create table staging.stg_{DELTA} as
        select {columns.replace("r.", "")}, '{DELTA}' as feed_id, batch_id, row_no from (
            select distinct on (r.cremation_no) {columns}, r.operation, r.batch_id, r.row_no
            from raw.{DELTA} as r inner join staging.stg_current_batches as b on b.batch_id = r.batch_id
            order by r.cremation_no, r.updated_at desc, b.as_of desc, r.row_no desc
        ) as newest where operation <> 'delete'
        """,
        day,
    )
    put(hub, warnings, day=day)
    return publish(day, hub).publication_id


def test_a_row_another_batch_has_taken_over_is_found_there(fresh_hub: Settings) -> None:
    late = send(fresh_hub, TOMORROW, row(DAY), content="tomorrow's")
    publish_day(fresh_hub, TOMORROW, resting_on(late))
    # today is filled in afterwards and brings the same row
    early = send(fresh_hub, DAY, row(DAY), content="today's")
    assert rows_of(fresh_hub, f"select batch_id from raw.{DELTA}") == [(str(early),)]
    publish_day(fresh_hub, LATER)
    assert rows_of(fresh_hub, CAUSE) == [("condition_ended",)]


@pytest.mark.parametrize(
    ("now", "cause"),
    [
        (row(LATER, "delete"), "source_withdrew"),
        (row(LATER, id_number="210102196001011241"), "source_changed"),
        # it says the same at another time
        (row(LATER, "update"), "condition_ended"),
    ],
    ids=["deleted", "changed", "said again"],
)
@pytest.mark.parametrize("moved", [False, True])
def test_a_later_version_of_the_key(fresh_hub: Settings, now: Row, cause: str, moved: bool) -> None:
    batch = send(fresh_hub, TOMORROW, row(DAY), content="tomorrow's")
    publish_day(fresh_hub, TOMORROW, resting_on(batch))
    if moved:
        send(fresh_hub, DAY, row(DAY), content="today's")
    send(fresh_hub, LATER, now, content="later")
    publish_day(fresh_hub, LATER)
    assert rows_of(fresh_hub, CAUSE) == [(cause,)]


def test_what_changed_while_the_warning_went_on_is_no_cause(fresh_hub: Settings) -> None:
    first = send(fresh_hub, DAY, row(DAY), content="first")
    publish_day(fresh_hub, DAY, resting_on(first))
    send(fresh_hub, TOMORROW, row(TOMORROW, cremated_on=DAY), content="second")
    publish_day(fresh_hub, TOMORROW, resting_on(first))
    send(fresh_hub, LATER, row(LATER, cremation_no="C2"), content="about another")
    publish_day(fresh_hub, LATER)
    assert rows_of(fresh_hub, CAUSE) == [("condition_ended",)]


def test_a_version_that_is_held_back_again_was_taken_back(fresh_hub: Settings) -> None:
    """The older version was part of the last publication, and was not what it said."""
    send(fresh_hub, DAY, row(DAY), content="first")
    second = send(fresh_hub, TOMORROW, row(TOMORROW, id_number="210102196001011241"), content="second")
    publish_day(fresh_hub, TOMORROW, resting_on(second))
    holds.mark_held([second], "suspicious", fresh_hub)
    publish_day(fresh_hub, LATER)
    assert rows_of(fresh_hub, CAUSE) == [("source_changed",)]


def test_a_row_that_is_held_back_is_said_no_longer(fresh_hub: Settings) -> None:
    only = send(fresh_hub, DAY, row(DAY), content="first")
    publish_day(fresh_hub, DAY, resting_on(only))
    holds.mark_held([only], "suspicious", fresh_hub)
    publish_day(fresh_hub, TOMORROW)
    assert rows_of(fresh_hub, CAUSE) == [("source_withdrew",)]


@pytest.mark.parametrize(
    "rests_on",
    [
        resting_on("b1"),
        resting_on(SOME_BATCH),
        resting_on(SOME_BATCH, "one"),
        resting_on(SOME_BATCH, 10**30),
        resting_on(SOME_BATCH, feed_id="gone__feed"),
        resting_on(SOME_BATCH, feed_id="x'; drop table marts.warnings; --"),
        resting_on(SOME_BATCH, raw_table="civil_affairs__dibao__staff_relative"),
        warning("w1", evidence="[]"),
        warning("w1", evidence="[{}]"),
        warning("w1", evidence='{"feed_id": "f"}'),
    ],
)
def test_evidence_that_leads_nowhere_fails_nothing(fresh_hub: Settings, rests_on: Row) -> None:
    send(fresh_hub, DAY, row(DAY), content="first")
    publish_day(fresh_hub, DAY, rests_on)
    publish_day(fresh_hub, TOMORROW)
    assert rows_of(fresh_hub, CAUSE) == [("condition_ended",)]


def test_without_staging_nothing_fails(fresh_hub: Settings) -> None:
    batch = send(fresh_hub, DAY, row(DAY), content="first")
    for day, warnings in ((DAY, [resting_on(batch)]), (TOMORROW, [])):
        put(fresh_hub, warnings, day=day)
        publish(day, fresh_hub)
    assert rows_of(fresh_hub, CAUSE) == [("condition_ended",)]


@pytest.mark.parametrize(
    ("rule", "running", "cause"),
    [
        ("death", {"a": True, "b": False}, "source_withdrew"),
        ("death", {"a": False, "b": False}, "benefit_ended"),
        # one that was deleted runs no longer
        ("death", {"a": False}, "benefit_ended"),
        ("duplicate_benefit", {"a": True, "b": False}, "benefit_ended"),
        ("duplicate_benefit", {"a": True, "b": True}, "source_withdrew"),
    ],
)
def test_which_of_several_causes(
    fresh_hub: Settings, rule: str, running: dict[str, bool], cause: str
) -> None:
    batch = send(fresh_hub, DAY, row(DAY), content="first")
    items = [{"role": "benefit", "feed_id": "f", "enrolment_id": name} for name in ("a", "b", "b")]
    items.append({"role": "fact", "feed_id": DELTA, "batch_id": str(batch), "row_no": 1})
    publish_day(fresh_hub, DAY, warning("w1", rule_id=rule, evidence=json.dumps(items)))
    rows_of(fresh_hub, "create table core.fct_enrolment (enrolment_id text, is_active boolean)")
    for enrolment in running.items():
        rows_of(fresh_hub, "insert into core.fct_enrolment values (%s, %s)", *enrolment)
    send(fresh_hub, TOMORROW, row(TOMORROW, "delete"), content="second")
    publish_day(fresh_hub, TOMORROW)
    assert rows_of(fresh_hub, CAUSE) == [(cause,)]


def test_a_rollback_has_a_cause_of_its_own_and_brings_causes_back(fresh_hub: Settings) -> None:
    batch = send(fresh_hub, DAY, row(DAY), content="first")
    publish_day(fresh_hub, DAY, resting_on(batch))
    send(fresh_hub, TOMORROW, row(TOMORROW, "delete"), content="second")
    second = publish_day(fresh_hub, TOMORROW)
    publish_day(fresh_hub, LATER, resting_on(batch), warning("w2"))
    assert rows_of(fresh_hub, CAUSE) == [(None,)]
    rows_of(fresh_hub, "update marts.warnings set status = 'verifying' where warning_id = 'w1'")
    rollback(second, WHY, fresh_hub)
    ended = "select warning_id, withdrawn_cause, resolution from marts.warnings order by 1"
    assert rows_of(fresh_hub, ended) == [
        ("w1", "source_withdrew", "数据源撤回：所依据的记录已不在数据源中，系统自动撤回"),
        ("w2", "rolled_back", "发布已回滚，系统自动撤回"),
    ]
    told = (
        "select warning_id, details ->> 'cause' from marts.warning_events "
        "where event_type = 'withdrawn' and details ? 'rollback_to' order by 1"
    )
    assert rows_of(fresh_hub, told) == [("w1", "source_withdrew"), ("w2", "rolled_back")]
    as_of = f"select withdrawn_cause from marts.warnings_as_of({second})"
    assert rows_of(fresh_hub, as_of) == [("source_withdrew",)]


def test_after_a_rollback_nothing_counts_as_seen(fresh_hub: Settings) -> None:
    first = send(fresh_hub, DAY, row(DAY), content="first")
    one = publish_day(fresh_hub, DAY, resting_on(first))
    send(fresh_hub, TOMORROW, row(TOMORROW, cremated_on=DAY), content="second")
    publish_day(fresh_hub, TOMORROW)
    rollback(one, WHY, fresh_hub)
    assert rows_of(fresh_hub, "select status, withdrawn_cause from marts.warnings") == [("open", None)]
    publish_day(fresh_hub, LATER)
    assert rows_of(fresh_hub, CAUSE) == [("source_changed",)]


@pytest.fixture
def analyst(fresh_hub: Settings) -> Iterator[str]:
    rows_of(
        fresh_hub,
        "create role t_causes; grant hub_analyst, hub_210102 to t_causes; grant t_causes to current_user",
    )
    yield "t_causes"
    rows_of(fresh_hub, "drop role t_causes")


def test_analysts_see_causes_now_and_as_of(fresh_hub: Settings, analyst: str) -> None:
    publish_day(fresh_hub, DAY, warning("w1"))
    second = publish_day(fresh_hub, TOMORROW)
    for source in ("warnings", "warnings_masked", f"warnings_masked_as_of({second})"):
        seen = (
            f"select withdrawn_cause, meaning from marts.{source} "
            "inner join ops.withdrawal_causes on cause = withdrawn_cause"
        )
        [(cause, meaning)] = rows_of(fresh_hub, f"set role {analyst}; {seen}")
        assert cause == "condition_ended"
        assert meaning


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ("withdrawn_cause = 'condition_ended'", psycopg2.errors.CheckViolation),
        ("status = 'withdrawn', withdrawn_cause = 'because'", psycopg2.errors.ForeignKeyViolation),
    ],
)
def test_only_known_causes_of_withdrawn_warnings(
    fresh_hub: Settings, change: str, refused: type[Exception]
) -> None:
    publish_day(fresh_hub, DAY, warning("w1"))
    with pytest.raises(refused):
        rows_of(fresh_hub, f"update marts.warnings set {change}")


def test_a_hub_that_has_published_before_goes_on(hub_server: Settings, tmp_path: Path) -> None:
    """What was kept is not kept twice, and raw tables get the index evidence is found by."""
    settings = hub_server.with_database(server.ensure_database("before_causes", hub_server))
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    for later in folder.glob("*.sql"):
        if later.name >= "081":
            later.unlink()
    migrate(settings, folder, objects=None)
    rows_of(
        settings,
        f"drop index raw.{DELTA}_batch_id_row_no_idx; create index on raw.{DELTA} (batch_id); "
        "insert into marts.publications (as_of, counts, content_digest) values ('2020-05-12', '{}', 'x'); "
        "insert into marts.warnings (warning_id, rule_id, rule_name_zh, severity, handler_level, "
        "subject_type, subject_id, confidence, event_key, opened_on, last_seen_on, evidence, facts_digest, "
        "publication_id) select 'w1', 'death', 'r', 'red', 'street', 'person', 'p', 'confirmed', 'death', "
        "as_of, as_of, '[]', 'x', publication_id from marts.publications; "
        "select ops.keep_publication(publication_id) from marts.publications",
    )
    migrate(settings)
    rows_of(settings, "select ops.keep_publication(publication_id) from marts.publications")
    assert rows_of(settings, "select count(*) from marts.kept_rows") == [(1,)]
    by_evidence = (
        "select count(distinct tablename) filter (where indexdef like '%%(batch_id, row_no)'), "
        "count(*) filter (where indexdef like '%%(batch_id)') from pg_indexes where schemaname = 'raw'"
    )
    tables = sum(len(feed.tables) for feed in load_catalogue().values())
    assert rows_of(settings, by_evidence.replace("%%", "%")) == [(tables, 0)]


def test_an_announcement_that_was_overtaken_is_known(fresh_hub: Settings) -> None:
    """The marts say already what comes of these batches; another batch, day or a rollback makes it news."""
    send(fresh_hub, DAY, row(DAY), content="today's")
    assert not state.is_published(DAY, fresh_hub)
    first = publish_day(fresh_hub, DAY)
    assert state.is_published(DAY, fresh_hub)
    assert not state.is_published(TOMORROW, fresh_hub)
    send(fresh_hub, DAY, row(DAY), row(DAY, cremation_no="C2"), content="sent again")
    assert not state.is_published(DAY, fresh_hub)
    assert publish_day(fresh_hub, DAY) == first  # the same is said, of another batch
    assert state.is_published(DAY, fresh_hub)
    publish_day(fresh_hub, DAY, resting_on(SOME_BATCH))
    rollback(first, WHY, fresh_hub)
    assert not state.is_published(DAY, fresh_hub)

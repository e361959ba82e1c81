"""Deliveries whose layout drifts, as real bytes through the real decoder into PostgreSQL."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.catalogue import Feed
from connectors.delivery import AskedPerson, Delivery, LandedPart, Window
from connectors.errors import BatchRejected
from connectors.protocols.landing import delivery_of
from hub import status
from tests.support.fakes import DAY, rows_of
from tests.support.loading import visible
from warehouse.intake import holds
from warehouse.intake.load_feed import LoadResult, load_feed
from warehouse.operations import alerts
from warehouse.operations.drift_reports import reports
from warehouse.operations.replay import replay
from warehouse.settings import Settings
from warehouse.store.decisions import Decision

pytestmark = pytest.mark.slow
EVENTS = "public_security__migration"
SNAPSHOT = "public_security__prison"
NUMBER, NAME = "210102194803050411", "王德福"
#: More than the policy's least number of failing values (20).
ROWS = 24
NEXT = DAY + timedelta(days=1)
Row = dict[str, str]


def moves(**changed: str) -> list[Row]:
    """People who moved, one a day; ``changed`` replaces a column's values."""
    return [
        {
            "公民身份号码": NUMBER,
            "姓名": NAME,
            "迁移类型": "迁入",
            "迁移日期": f"2020-04-{n + 1:02}",
            "原区划代码": "210102",
            "现区划代码": "210103",
            "居住证号": f"P{n}",
            **changed,
        }
        for n in range(ROWS)
    ]


def sentences(**changed: str) -> list[Row]:
    return [
        {
            "姓名": NAME,
            "证件号码": NUMBER,
            "收监日期": "2019-03-01",
            "刑期起日": f"2018-12-{n + 1:02}",
            "刑期止日": "2023-12-19",
            "释放日期": "",
            "监狱名称": "沈阳第一监狱",
            **changed,
        }
        for n in range(ROWS)
    ]


def load(settings: Settings, feed_id: str, rows: Sequence[Row], day: date = DAY) -> LoadResult:
    """Takes a CSV of these rows, in the encoding the feed declares."""

    def pull(
        feed: Feed, as_of: date, window: Window, connection: Any, landing: Path, asked: Sequence[AskedPerson]
    ) -> Delivery:
        text = "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows), ""])
        data = text.encode(feed.encoding)
        digest = hashlib.sha256(data).hexdigest()
        path = landing / f"main-{digest[:16]}.csv"
        path.write_bytes(data)
        return delivery_of(feed.feed_id, as_of, [LandedPart("main", path, digest, len(rows))], None)

    return load_feed(feed_id, day, settings, refresh=True, puller=pull)


def report(settings: Settings, columns: str) -> list[tuple[Any, ...]]:
    return rows_of(settings, f"select verdict, {columns} from ops.drift_reports order by report_id")


def renamed(rows: list[Row], old: str, new: str) -> list[Row]:
    return [{new if k == old else k: v for k, v in row.items()} for row in rows]


def test_a_delivery_as_declared_has_its_row_too(fresh_hub: Settings) -> None:
    done = load(fresh_hub, EVENTS, moves())
    assert report(fresh_hub, "batch_id::text, message") == [("none", str(done.batch_id), "")]
    runs = "select count(*) from ops.feed_runs inner join ops.drift_reports using (run_id, batch_id)"
    assert rows_of(fresh_hub, runs) == [(1,)]
    assert reports(fresh_hub) == []


def test_an_unknown_column_is_kept_and_reported(fresh_hub: Settings) -> None:
    done = load(fresh_hub, EVENTS, moves(备注="new"))
    assert (done.status, done.loaded) == ("loaded", ROWS)
    assert report(fresh_hub, "columns_added, columns_renamed") == [("reported", ["main.备注"], [])]
    kept = rows_of(fresh_hub, f"select distinct extra ->> '备注' from raw.{EVENTS}")
    assert kept == [("new",)]


def _without_permit(rows: list[Row]) -> list[Row]:
    return [{k: v for k, v in row.items() if k != "居住证号"} for row in rows]


def _turned(rows: list[Row]) -> list[Row]:
    return [dict(reversed(row.items())) for row in rows]


@pytest.mark.parametrize(
    ("damage", "missing", "pairs", "turned"),
    [
        (_without_permit, ["main.居住证号"], [], []),
        (_turned, [], [], ["main"]),
        (
            lambda rows: renamed(rows, "居住证号", "居住证编号"),
            ["main.居住证号"],
            [{"declared": "main.居住证号", "found": "main.居住证编号"}],
            [],
        ),
    ],
    ids=["optional-dropped", "reordered", "optional-renamed"],
)
def test_other_columns_are_reported_and_every_row_is_loaded(
    fresh_hub: Settings,
    damage: Callable[[list[Row]], list[Row]],
    missing: list[str],
    pairs: list[Row],
    turned: list[str],
) -> None:
    done = load(fresh_hub, EVENTS, damage(moves()))
    assert (done.status, done.loaded) == ("loaded", ROWS)
    found = report(fresh_hub, "columns_missing, columns_renamed, tables_reordered")
    assert found == [("reported", missing, pairs, turned)]


def test_an_unknown_code_is_set_aside_and_counted(fresh_hub: Settings) -> None:
    done = load(fresh_hub, EVENTS, [*moves()[:-2], *moves(迁移类型="户口注销")[-2:]])
    assert (done.status, done.loaded, done.quarantined) == ("loaded", ROWS - 2, 2)
    ((verdict, codes),) = report(fresh_hub, "codes_unknown")
    assert (verdict, codes) == ("reported", [{"column": "main.direction", "code": "户口注销", "rows": 2}])
    assert rows_of(fresh_hub, f"select distinct direction from raw.{EVENTS}") == [("in",)]


def test_a_person_in_a_code_column_is_masked(fresh_hub: Settings) -> None:
    load(fresh_hub, EVENTS, moves(迁移类型=NUMBER))
    assert NUMBER not in str(report(fresh_hub, "codes_unknown, message"))


def test_a_missing_required_column_refuses_the_delivery_and_says_what_it_may_be_called(
    fresh_hub: Settings,
) -> None:
    load(fresh_hub, SNAPSHOT, sentences())
    with pytest.raises(BatchRejected, match="刑期起日"):
        load(fresh_hub, SNAPSHOT, renamed(sentences(), "刑期起日", "刑期起始日"), NEXT)
    _, refused = report(fresh_hub, "batch_id, columns_missing, columns_renamed")
    pair = {"declared": "main.刑期起日", "found": "main.刑期起始日"}
    assert refused == ("held", None, ["main.刑期起日"], [pair])
    outcome = "select outcome from ops.feed_runs inner join ops.drift_reports using (run_id) order by 1 desc"
    assert rows_of(fresh_hub, outcome) == [("rejected",), ("loaded",)]
    assert visible(fresh_hub, SNAPSHOT, NEXT) == ROWS


def test_a_lost_header_does_not_put_a_person_into_the_report(fresh_hub: Settings) -> None:
    rows = [dict(zip(row.values(), row.values(), strict=False)) for row in moves()]
    with pytest.raises(BatchRejected) as refused:
        load(fresh_hub, EVENTS, rows)
    said = str(report(fresh_hub, "columns_added, columns_renamed, message"))
    for personal in (NUMBER, NAME):
        assert personal not in str(refused.value) + said


def test_a_changed_type_holds_the_feed_until_somebody_decides(fresh_hub: Settings) -> None:
    good = load(fresh_hub, SNAPSHOT, sentences())
    held = load(fresh_hub, SNAPSHOT, sentences(收监日期="unknown"))
    assert held.status == "held"
    now = rows_of(
        fresh_hub,
        "select batch_id::text from ops.current_batches(%s) where feed_id = %s",
        DAY,
        SNAPSHOT,
    )
    assert now == [(str(good.batch_id),)]
    assert visible(fresh_hub, SNAPSHOT) == ROWS
    changed = {"column": "main.admitted_on", "declared": "date", "filled": ROWS, "failed": ROWS, "share": 1.0}
    assert report(fresh_hub, "types_changed")[-1] == ("held", [changed])
    (reason,) = rows_of(fresh_hub, "select held_reason from ops.feed_batches where status = 'held'")
    for words in (SNAPSHOT, "main.admitted_on", f"{ROWS} of {ROWS}", "expected date", "ask the publisher"):
        assert words in reason[0]
    assert load(fresh_hub, SNAPSHOT, sentences(收监日期="unknown")).status == "held"
    holds.mark_held([good.batch_id], "the other one is right", fresh_hub)
    holds.release([held.batch_id], fresh_hub)
    assert ("closed", "drift") not in _changes(fresh_hub)  # never opened: decided before anybody looked
    assert all(a.condition != "drift" for a in alerts.open_alerts(fresh_hub))


@pytest.mark.parametrize(("odd", "is_held"), [(ROWS, True), (ROWS // 2 - 2, False)])
def test_the_policy_is_in_the_database(fresh_hub: Settings, odd: int, is_held: bool) -> None:
    rows_of(fresh_hub, "update ops.settings set value = '2' where name = 'drift_type_min_values'")
    rows = [*sentences(收监日期="unknown")[:odd], *sentences()[odd:]]
    assert (load(fresh_hub, SNAPSHOT, rows).status == "held") is is_held
    rows_of(fresh_hub, "update ops.settings set value = '1000' where name = 'drift_type_min_values'")
    assert load(fresh_hub, SNAPSHOT, rows, NEXT).status == "loaded"


def test_a_replay_is_held_for_the_same_reason(fresh_hub: Settings) -> None:
    load(fresh_hub, EVENTS, moves(原区划代码="unknown"))
    replay(EVENTS, DAY, Decision("wang", "again"), fresh_hub)
    states = "select status, replay_of is not null from ops.feed_batches order by 2"
    assert rows_of(fresh_hub, states) == [("superseded", False), ("held", True)]
    assert [verdict for verdict, _ in report(fresh_hub, "run_id")] == ["held", "held"]


def _changes(settings: Settings, day: date = DAY) -> list[tuple[str, str]]:
    return [(c.what, c.alert.condition) for c in alerts.refresh(day, settings, [EVENTS])]


def test_drift_is_one_alert_that_closes_with_the_next_good_delivery(fresh_hub: Settings) -> None:
    load(fresh_hub, EVENTS, moves(备注="new"))
    assert _changes(fresh_hub) == [("opened", "drift")]
    assert _changes(fresh_hub) == []
    here = replace(fresh_hub, as_of=DAY)
    (found,) = [t for t in status.read(here).problems if (t.feed_id, t.condition) == (EVENTS, "drift")]
    assert "main.备注" in found.message
    assert found.next_step == f"make drift FEED={EVENTS}"
    assert [r.message for r in reports(fresh_hub, EVENTS, DAY)] == ["column main.备注 is not declared"]
    assert reports(fresh_hub, EVENTS, NEXT) == reports(fresh_hub, SNAPSHOT) == []
    load(fresh_hub, EVENTS, moves(), NEXT)
    assert _changes(fresh_hub, NEXT) == [("closed", "drift")]

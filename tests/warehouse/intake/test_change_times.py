"""Change times that cannot be right, and tables that were built anew: nobody is deleted who is there."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest

from connectors.catalogue import load_feed as declaration
from connectors.delivery import Window
from connectors.reasons import REASONS
from tests.support.fakes import DAY, DELTA, SNAPSHOT, Department, chunk, rows_of
from tests.support.loading import A, delivery, load
from tests.warehouse.intake.test_reconcile import NEXT, in_force, read, report, row
from warehouse.intake import holds
from warehouse.intake.load_feed import load_feed
from warehouse.settings import Settings

LAST = DAY + timedelta(days=2)
FAR = datetime(2030, 1, 1, 8)


def aside(settings: Settings) -> list[tuple[str, str, str]]:
    return [
        (str(column), str(reason), str(key))
        for column, reason, key in rows_of(
            settings,
            "select column_name, reason_code, payload->>'cremation_no' from ops.quarantine order by row_no",
        )
    ]


def told(settings: Settings) -> list[str]:
    return [str(m) for (m,) in rows_of(settings, "select message from ops.delivery_notes order by note_id")]


# -- a change time in the future ----------------------------------------------------------------------------


def test_whoever_has_a_change_time_of_2030_is_not_gone(fresh_hub: Settings) -> None:
    read(fresh_hub, DAY, [row(1), row(2)], "first", whole=False)
    everything = [row(1), row(2, updated_at=FAR), row(3, updated_at=FAR)]
    result, department = read(fresh_hub, NEXT, everything, "all", whole=True)
    assert department.windows == [Window(None, datetime(2020, 5, 14), whole=True)]
    assert (result.received, result.loaded, result.duplicate, result.quarantined) == (3, 0, 1, 2)
    assert report(fresh_hub) == [(3, 0, 0, False)]
    assert in_force(fresh_hub, NEXT) == {"H1", "H2"}
    assert aside(fresh_hub) == [("updated_at", "time_in_future", key) for key in ("H2", "H3")]
    assert REASONS["time_in_future"].todo_zh
    ((said,),) = rows_of(fresh_hub, "select message from ops.quarantine where row_no = 2")
    assert said.startswith("found 2030-01-01 08:00:00, expected a change time before 2020-05-14 00:00")
    (note,) = result.notes
    assert "2 rows say they were changed after the day that was read" in note
    assert told(fresh_hub) == [note]


def test_a_later_row_of_somebody_new_hides_nobody_who_is_gone(fresh_hub: Settings) -> None:
    read(fresh_hub, DAY, [row(1), row(2)], "first", whole=False)
    read(fresh_hub, NEXT, [row(1), row(3, updated_at=FAR)], "all", whole=True)
    assert report(fresh_hub) == [(2, 0, 1, True)]
    assert in_force(fresh_hub, NEXT) == {"H1"}


def test_a_delta_that_brings_it_unasked_sets_it_aside_too(fresh_hub: Settings) -> None:
    """A server that does not honour 'until' would hide every later change for ten years."""
    read(fresh_hub, DAY, [row(1)], "first", whole=False)
    read(fresh_hub, NEXT, [row(1, updated_at=FAR, full_name="未来")], "unasked", whole=False)
    read(fresh_hub, LAST, [row(1, updated_at=datetime(2020, 5, 14, 8), full_name="今天")], "b", whole=False)
    names = rows_of(fresh_hub, f"select full_name from raw.{DELTA} order by updated_at desc limit 1")
    assert names == [("今天",)]


def test_the_row_comes_with_the_day_it_names(fresh_hub: Settings) -> None:
    tomorrow = row(1, updated_at=datetime(2020, 5, 13, 0))
    _, department = read(fresh_hub, DAY, [tomorrow], "early", whole=True)
    assert department.windows[0].whole
    assert in_force(fresh_hub, DAY) == set()
    _, department = read(fresh_hub, NEXT, [tomorrow], "its day", whole=False)
    assert not department.windows[0].whole
    assert in_force(fresh_hub, NEXT) == {"H1"}


@pytest.mark.parametrize(
    ("moment", "loaded"),
    [
        (datetime(2020, 5, 12, 23, 59, 59, 999999), 1),
        (datetime(2020, 5, 13), 0),
        (datetime(2020, 5, 13, 0, 0, 0, 1), 0),
        (datetime(2099, 12, 31), 0),
        (datetime(9999, 12, 31, 23, 59, 59), 0),
        (datetime(1970, 1, 1), 1),
        (datetime(1900, 1, 1), 1),
        (None, 1),
    ],
)
def test_the_end_of_the_day_is_the_bound(fresh_hub: Settings, moment: datetime | None, loaded: int) -> None:
    result, _ = read(fresh_hub, DAY, [row(1, updated_at=moment)], "all", whole=True)
    assert (result.loaded, result.quarantined) == (loaded, 1 - loaded)


def test_random_change_times_never_delete_who_is_there(hub_db: Settings) -> None:
    """Whatever the source says of when: after a comparison exactly those are gone that it has not."""
    rng = random.Random(43)
    day, keys = date(2020, 6, 1), range(12)
    there = set(keys)
    read(hub_db, day, [row(n) for n in there], "start", whole=False)
    for turn in range(25):
        day += timedelta(days=1)
        there = {n for n in keys if rng.random() < 0.8}
        rows = []
        for number in sorted(there):
            moment = datetime.combine(day, datetime.min.time()) + timedelta(
                minutes=rng.choice((-(10**6), -3000, -1, 0, 600, 1439, 1440, 5000, 10**7))
            )
            rows.append(row(number, updated_at=moment, full_name=f"t{turn}"))
        before = in_force(hub_db, day)
        read(hub_db, day, rows, f"t{turn}", whole=True)
        after = in_force(hub_db, day)
        expected = {f"H{n}" for n in there}
        assert after <= expected, (turn, "who is gone is deleted")
        assert before & expected <= after, (turn, "who is there is not")
        late = {f"H{r['cremation_no'][1:]}" for r in rows if r["updated_at"].date() > day}
        assert expected - after <= late, (turn, "only a row of later is not here yet")
    assert rows_of(
        hub_db,
        "select bool_and(b.rows_loaded = (select count(*) from raw.civil_affairs__cremation as r "
        "where r.batch_id = b.batch_id)) from ops.feed_batches as b",
    ) == [(True,)]


def test_feeds_without_a_change_time_are_left_alone(fresh_hub: Settings) -> None:
    department = delivery({**A, "custody_start": date(2030, 1, 1)})
    result = load(fresh_hub, SNAPSHOT, department)
    assert (result.loaded, result.quarantined) == (1, 0)
    assert not department.windows[0].whole


# -- a change time that went back ---------------------------------------------------------------------------


def test_a_source_that_says_less_than_before_is_told(fresh_hub: Settings) -> None:
    read(fresh_hub, DAY, [row(1, updated_at=datetime(2020, 5, 11)), row(2)], "first", whole=False)
    back = row(1, updated_at=datetime(2020, 5, 2), full_name="restored from a backup")
    result, _ = read(fresh_hub, NEXT, [back, row(2)], "all", whole=True)
    assert in_force(fresh_hub, NEXT) == {"H1", "H2"}
    assert rows_of(fresh_hub, "select keys_gone, keys_behind from ops.reconciliations") == [(0, 1)]
    (note,) = result.notes
    assert "table main: 1 keys have an earlier change time at the source" in note
    assert told(fresh_hub) == [note]


# -- a table that was built anew ----------------------------------------------------------------------------


def test_a_rebuilt_table_with_the_same_bytes_is_compared(fresh_hub: Settings) -> None:
    """Asked to compare, the hub compares, whatever the bytes."""
    read(fresh_hub, DAY, [row(1), row(2), row(3)], "first", whole=False)
    delta, _ = read(fresh_hub, NEXT, [row(3)], "only the third", whole=False)
    result, _ = read(fresh_hub, NEXT, [row(3)], "only the third", whole=True)
    assert (result.outcome, result.batch_id) == ("unchanged", delta.batch_id)
    assert report(fresh_hub) == [(1, 0, 2, True)]
    assert in_force(fresh_hub, NEXT) == {"H3"}
    assert in_force(fresh_hub, DAY) == {"H1", "H2", "H3"}
    # once more: nothing is left to be done, and what was done is still told
    read(fresh_hub, NEXT, [row(3)], "only the third", whole=True)
    assert report(fresh_hub) == [(1, 0, 2, True)]
    outcomes = rows_of(fresh_hub, "select outcome from ops.feed_runs order by run_id")
    assert outcomes == [("loaded",), ("loaded",), ("unchanged",), ("unchanged",)]


@pytest.mark.parametrize("whole", [True, False], ids=["compared", "read as a delta"])
def test_rows_that_come_back_word_for_word_count_again(fresh_hub: Settings, whole: bool) -> None:
    read(fresh_hub, DAY, [row(1), row(2)], "first", whole=False)
    read(fresh_hub, NEXT, [row(1)], "emptied half", whole=True)
    assert in_force(fresh_hub, NEXT) == {"H1"}
    read(fresh_hub, LAST, [row(1), row(2)], "filled again", whole=whole)
    assert in_force(fresh_hub, LAST) == {"H1", "H2"}
    if whole:
        assert rows_of(fresh_hub, "select keys_back from ops.reconciliations order by checked_at") == [
            (0,),
            (1,),
        ]
    balanced = rows_of(
        fresh_hub,
        "select bool_and(b.rows_loaded = (select count(*) from raw.civil_affairs__cremation as r "
        "where r.batch_id = b.batch_id)) from ops.feed_batches as b",
    )
    assert balanced == [(True,)]


def test_what_the_department_itself_deleted_does_not_come_back(fresh_hub: Settings) -> None:
    read(fresh_hub, DAY, [row(1), row(2)], "first", whole=False)
    gone = row(2, operation="delete", updated_at=datetime(2020, 5, 13))
    read(fresh_hub, NEXT, [row(1), gone], "deleted", whole=True)
    read(fresh_hub, LAST, [row(1), gone], "still listed", whole=True)
    assert in_force(fresh_hub, LAST) == {"H1"}


def test_a_held_batch_with_these_bytes_is_not_compared_and_says_so(fresh_hub: Settings) -> None:
    read(fresh_hub, DAY, [row(1), row(2)], "first", whole=False)
    held, _ = read(fresh_hub, NEXT, [row(1)], "one", whole=False)
    holds.mark_held([held.batch_id], "suspicious", fresh_hub)
    result, _ = read(fresh_hub, NEXT, [row(1)], "one", whole=True)
    assert (result.outcome, result.status) == ("unchanged", "held")
    assert "nothing was compared; release it" in result.notes[0]
    assert report(fresh_hub) == []
    assert in_force(fresh_hub, NEXT) == {"H1", "H2"}


def test_a_cut_source_with_known_bytes_changes_nothing(fresh_hub: Settings) -> None:
    everything = [row(n) for n in range(100)]
    read(fresh_hub, DAY, everything, "first", whole=False)
    read(fresh_hub, NEXT, everything[:50], "half", whole=False)
    department = Department(lambda feed: [chunk(feed, everything[:50])], "half")
    with pytest.raises(Exception, match="50 of 100 keys are gone"):
        load_feed(DELTA, NEXT, fresh_hub, whole=True, puller=department.pull, decoder=department.decode)
    assert len(in_force(fresh_hub, NEXT)) == 100


def test_the_window_of_a_delta_is_as_before(fresh_hub: Settings) -> None:
    overlap = declaration(DELTA).cursor.overlap_days  # type: ignore[union-attr]
    _, first = read(fresh_hub, DAY, [row(1)], "first", whole=False)
    _, second = read(fresh_hub, NEXT, [row(1)], "second", whole=False)
    assert first.windows == [Window(None, datetime(2020, 5, 13))]
    assert second.windows == [Window(datetime(2020, 5, 13) - timedelta(days=overlap), datetime(2020, 5, 14))]

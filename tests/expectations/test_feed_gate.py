"""The source gate on a real PostgreSQL: what stops the publication, what only warns, what is held."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors.catalogue import Feed
from connectors.errors import GateFailed
from expectations.checks import GateResult
from expectations.gate import check_feeds
from tests.expectations.city import (
    DAY,
    DELTA,
    EVENTS,
    FEEDS,
    MANY_TABLES,
    REPLY,
    SNAPSHOT,
    add_batch,
    make_tables,
    rows_of,
)
from warehouse import gate_state
from warehouse.operations import alerts
from warehouse.settings import Settings

pytestmark = pytest.mark.slow
NEXT = DAY + timedelta(days=1)


@pytest.fixture
def hub(fresh_hub: Settings) -> Settings:
    """Tables of five feeds, one of each mode, in a city of a hundredth with nothing loaded."""
    make_tables(fresh_hub, FEEDS)
    return replace(fresh_hub, scale=0.01)


def gate(hub: Settings, *feed_ids: str, day: date = DAY) -> GateResult:
    return check_feeds(day, hub, catalogue={name: FEEDS[name] for name in feed_ids})


def found(result: GateResult) -> set[tuple[str, str, str | None, str]]:
    return {(f.feed_id, f.check, f.column, f.severity) for f in result.failures}


def spoil(hub: Settings, feed: str, assignment: str, rows: int, table: str = "") -> None:
    rows_of(hub, f"update raw.{feed}{table} set {assignment} where row_no <= %s", rows)


def status(hub: Settings, batch: str) -> str:
    return str(rows_of(hub, "select status from ops.feed_batches where batch_id = %s", batch)[0][0])


def test_good_batches_pass_and_are_checked_once(hub: Settings) -> None:
    for feed in FEEDS.values():
        add_batch(hub, feed)
    result = gate(hub, *FEEDS)
    assert (result.ok, result.failures, result.checked) == (True, [], len(FEEDS))
    assert result.docs_path.is_file()
    recorded = rows_of(hub, "select count(distinct feed_id), bool_and(success) from ops.check_results")
    assert recorded == [(len(FEEDS), True)]

    again = gate(hub, *FEEDS)
    assert (again.ok, again.failures, again.checked) == (True, [], 0)
    assert again.docs_path.is_file()
    # the next day nothing came: only the age of the feeds is looked at
    assert gate(hub, *FEEDS, day=NEXT).ok
    names = rows_of(
        hub, "select distinct check_name from ops.check_results where as_of = %s order by 1", NEXT
    )
    assert names == [("fresh",), ("recent",)]


@pytest.mark.parametrize(
    ("feed_id", "assignment", "rows", "check", "column", "severity"),
    [
        (DELTA, "full_name = null", 3, "required_filled", "full_name", "error"),
        (DELTA, "register_status = '9'", 1, "codes_known", "register_status", "error"),
        (DELTA, "register_district = null", 300, "fill_rate", "register_district", "error"),
        (DELTA, "birth_date = '1812-01-01'", 1, "dates_plausible", "birth_date", "warning"),
        (DELTA, "birth_date = '2020-05-13'", 1, "dates_plausible", "birth_date", "warning"),
        (DELTA, "operation = 'delete'", 1500, "volume_min", None, "error"),
        (REPLY, "request_id = 'r', account_no = '1', sequence_no = 1", 2, "key_unique", "key", "warning"),
    ],
)
def test_each_fault_is_found(
    hub: Settings, feed_id: str, assignment: str, rows: int, check: str, column: str | None, severity: str
) -> None:
    batch = add_batch(hub, FEEDS[feed_id])
    spoil(hub, feed_id, assignment, rows)
    result = gate(hub, feed_id)
    column = ", ".join(FEEDS[feed_id].tables[0].key) if column == "key" else column
    assert found(result) == {(feed_id, check, column, severity)}
    assert result.ok == (severity == "warning")
    assert status(hub, batch) == ("loaded" if result.ok else "held")
    assert result.failures[0].batch_id == batch


def test_a_fault_in_a_second_table_names_it(hub: Settings) -> None:
    add_batch(hub, FEEDS[MANY_TABLES])
    spoil(hub, MANY_TABLES, "staff_name = null", 2, "__staff_relative")
    (failure,) = gate(hub, MANY_TABLES).failures
    assert (failure.check, failure.column) == ("required_filled", "staff_relative.staff_name")
    assert failure.observed == "2 rows, first at row 1"


def test_volume_and_quarantine_have_two_levels(hub: Settings) -> None:
    add_batch(hub, FEEDS[SNAPSHOT], rows=1000)
    add_batch(hub, FEEDS[EVENTS], quarantined=30)
    result = gate(hub, SNAPSHOT, EVENTS)
    assert result.ok
    assert found(result) == {
        (SNAPSHOT, "volume_max", None, "warning"),
        (EVENTS, "quarantine_share", None, "warning"),
    }
    poisoned = add_batch(hub, FEEDS[EVENTS], NEXT, quarantined=300)
    result = gate(hub, SNAPSHOT, EVENTS, day=NEXT)
    assert (EVENTS, "quarantine_share_max", None, "error") in found(result)
    assert (status(hub, poisoned), result.ok) == ("held", False)


def test_a_small_batch_does_not_stop_for_two_damaged_rows(hub: Settings) -> None:
    add_batch(hub, FEEDS[EVENTS])
    add_batch(hub, FEEDS[EVENTS], NEXT, rows=3, start=10_001, quarantined=2)
    result = gate(hub, EVENTS, day=NEXT)
    assert result.ok
    assert {f.check for f in result.failures} == {"quarantine_share"}


def with_budget(feed_id: str, **budget: float) -> Feed:
    """The feed as if its declaration named a reject budget of its own."""
    return Feed.model_validate({**FEEDS[feed_id].model_dump(by_alias=True), "reject_budget": budget})


def test_a_feed_s_own_reject_budget_goes_before_the_default(hub: Settings) -> None:
    strict = with_budget(EVENTS, warn_share=0, error_share=0.001, error_min_rows=10)
    lenient = with_budget(SNAPSHOT, warn_share=0.5, error_share=0.9, error_min_rows=0)
    poisoned = add_batch(hub, FEEDS[EVENTS], rows=1000, quarantined=5)  # far below the default's 2 %
    kept = add_batch(hub, FEEDS[SNAPSHOT], rows=300, quarantined=200)  # 40 %: above the default's 20 %
    result = check_feeds(DAY, hub, catalogue={EVENTS: strict, SNAPSHOT: lenient})
    shares = {f for f in found(result) if f[1].startswith("quarantine_share")}
    assert shares == {
        (EVENTS, "quarantine_share", None, "warning"),
        (EVENTS, "quarantine_share_max", None, "error"),
    }
    assert (status(hub, poisoned), status(hub, kept)) == ("held", "loaded")


def test_a_small_batch_is_below_every_budget(hub: Settings) -> None:
    strict = with_budget(EVENTS, warn_share=0, error_share=0.001, error_min_rows=10)
    small = add_batch(hub, FEEDS[EVENTS], rows=4, quarantined=5)
    result = check_feeds(DAY, hub, catalogue={EVENTS: strict})
    assert (EVENTS, "quarantine_share", None, "warning") in found(result)
    assert "quarantine_share_max" not in {f.check for f in result.failures}
    assert status(hub, small) == "held"  # for its volume


def test_an_old_or_missing_feed(hub: Settings) -> None:
    assert found(gate(hub, DELTA)) == {
        (DELTA, c, None, s) for c, s in (("fresh", "error"), ("recent", "warning"))
    }
    add_batch(hub, FEEDS[DELTA])
    assert gate(hub, DELTA).ok
    late = gate(hub, DELTA, day=DAY + timedelta(days=3))
    assert (late.ok, found(late)) == (True, {(DELTA, "recent", None, "warning")})
    too_late = gate(hub, DELTA, day=DAY + timedelta(days=6))
    assert not too_late.ok
    # asked again, nothing is checked anew, and the verdict stays
    again = gate(hub, DELTA, day=DAY + timedelta(days=6))
    assert (again.checked, found(again)) == (0, found(too_late))


def test_a_poisoned_feed_is_held_until_it_is_sent_again(hub: Settings) -> None:
    good = add_batch(hub, FEEDS[SNAPSHOT])
    add_batch(hub, FEEDS[REPLY])
    assert gate(hub, SNAPSHOT, REPLY).ok
    poisoned = add_batch(hub, FEEDS[SNAPSHOT], NEXT, rows=1)
    result = gate(hub, SNAPSHOT, REPLY, day=NEXT)
    assert not result.ok
    with pytest.raises(GateFailed, match=f"{SNAPSHOT}: check volume_min") as failure:
        result.raise_if_failed()
    assert failure.value.exit_code == 4
    assert str(result.docs_path) in str(failure.value)
    assert status(hub, poisoned) == "held"
    # what staging will read is the last good batch
    assert gate_state.current_batches(NEXT, hub)[SNAPSHOT] == [good]

    again = gate(hub, SNAPSHOT, REPLY, day=NEXT)
    assert {(f.feed_id, f.check) for f in again.errors} == {(SNAPSHOT, "held")}
    assert "volume_min" in again.errors[0].message

    corrected = add_batch(hub, FEEDS[SNAPSHOT], NEXT, content="corrected")
    assert gate(hub, SNAPSHOT, REPLY, day=NEXT).ok
    assert gate_state.current_batches(NEXT, hub)[SNAPSHOT] == [corrected]


def test_a_held_batch_does_not_stop_later_days_and_can_be_released(hub: Settings) -> None:
    add_batch(hub, FEEDS[SNAPSHOT])
    gate(hub, SNAPSHOT)
    poisoned = add_batch(hub, FEEDS[SNAPSHOT], NEXT, rows=1)
    assert not gate(hub, SNAPSHOT, day=NEXT).ok
    assert gate(hub, SNAPSHOT, day=NEXT + timedelta(days=1)).ok
    gate_state.release([poisoned], hub)
    released = gate(hub, SNAPSHOT, day=NEXT)
    assert released.ok
    assert {(f.check, f.severity) for f in released.failures} == {("volume_min", "warning")}


def decide(hub: Settings, action: str, batch: str) -> None:
    rows_of(
        hub,
        "insert into ops.decisions (decided_by, action, reason, feed_id, batch_id) "
        "select 'wang', %s, 'the office said so', feed_id, batch_id "
        "from ops.feed_batches where batch_id = %s",
        action,
        batch,
    )


def test_corrected_rows_are_checked_again_unless_the_batch_was_released(hub: Settings) -> None:
    batch = add_batch(hub, FEEDS[DELTA])
    assert gate(hub, DELTA).ok
    spoil(hub, DELTA, "operation = 'delete'", 1500)
    assert gate(hub, DELTA).checked == 0
    decide(hub, "correct", batch)
    assert not gate(hub, DELTA).ok
    assert status(hub, batch) == "held"
    decide(hub, "release", batch)
    gate_state.release([batch], hub)
    decide(hub, "correct", batch)
    assert gate(hub, DELTA).ok
    assert status(hub, batch) == "loaded"


def test_no_personal_value_reaches_results_or_pages(hub: Settings) -> None:
    add_batch(hub, FEEDS[DELTA])
    spoil(hub, DELTA, "register_status = full_name || id_number", 50)
    result = gate(hub, DELTA)
    pages = list(result.docs_path.parent.rglob("*.html"))
    assert pages
    texts = [repr(result.failures), *map(_text, pages), repr(rows_of(hub, "select * from ops.check_results"))]
    assert not [text for text in texts if re.search(r"21010219600101\d|full_name\d", text)]


def test_pages_call_nobody_and_name_the_fault(hub: Settings) -> None:
    add_batch(hub, FEEDS[DELTA])
    spoil(hub, DELTA, "sex = 'x'", 2)
    result = gate(hub, DELTA)
    pages = [page for page in result.docs_path.parent.rglob("*") if page.is_file()]
    outside = re.compile(r"""(src|href)="https?:|url\(['"]?https?:""")
    assert not [page for page in pages if outside.search(_text(page))]
    detail = next(page for page in pages if "validations" in page.parts and DELTA in page.parts)
    assert "代码列取值在代码表内" in _text(detail)
    assert "sex: 2 rows, first at row 1" in _text(detail)
    assert detail.relative_to(result.docs_path.parent).as_posix() in _text(result.docs_path)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_the_feeds_cover_every_mode() -> None:
    feeds: list[Feed] = list(FEEDS.values())
    assert {feed.mode for feed in feeds} == {"snapshot", "delta", "events", "query_reply"}


# -- values that could not be read --------------------------------------------------------------------------


def unread(hub: Settings, batch: str, *lines: tuple[str, int, int], table: str = "main") -> None:
    for column, filled, count in lines:
        rows_of(
            hub,
            "insert into ops.unread_values select batch_id, feed_id, %s, %s, %s, %s "
            "from ops.feed_batches where batch_id = %s",
            table,
            column,
            filled,
            count,
            batch,
        )


def with_unread_budget(feed_id: str, column: str | None = None, **budget: float) -> Feed:
    """The feed as if its table, or one column of it, named a budget of its own."""
    dumped = FEEDS[feed_id].model_dump(by_alias=True)
    place = dumped["tables"][0]
    if column:
        place = next(c for c in place["columns"] if c["name"] == column)
    place["unread_budget"] = budget
    return Feed.model_validate(dumped)


@pytest.mark.parametrize(
    ("filled", "count", "checks"),
    [
        (1000, 1, {"unread_share"}),
        (1000, 50, {"unread_share"}),
        (1000, 51, {"unread_share", "unread_share_max"}),
        # too few values to stop for
        (49, 49, {"unread_share"}),
        (50, 2, {"unread_share"}),
        (50, 3, {"unread_share", "unread_share_max"}),
        (400_000, 1, {"unread_share"}),
    ],
)
def test_what_could_not_be_read_is_told_and_too_much_of_it_stops(
    hub: Settings, filled: int, count: int, checks: set[str]
) -> None:
    batch = add_batch(hub, FEEDS[REPLY])
    unread(hub, batch, ("balance", filled, count))
    result = gate(hub, REPLY)
    assert {f.check for f in result.failures} == checks
    assert {f.column for f in result.failures} == {"balance"}
    assert f"({count} of {filled} values became null)" in result.failures[0].observed
    assert status(hub, batch) == ("held" if "unread_share_max" in checks else "loaded")
    alerts.refresh(DAY, replace(hub, as_of=DAY), [REPLY])
    told = {a.condition: a.message for a in alerts.open_alerts(hub) if a.feed_id == REPLY}
    assert "unread_share of balance: found" in told["drift"]


def test_each_column_is_named_and_only_those_above_their_bound(hub: Settings) -> None:
    batch = add_batch(hub, FEEDS[REPLY])
    unread(hub, batch, ("balance", 100, 30), ("wealth_products", 100, 2), ("large_debits_half_year", 30, 30))
    result = gate(hub, REPLY)
    assert found(result) == {
        (REPLY, "unread_share", "balance", "warning"),
        (REPLY, "unread_share", "wealth_products", "warning"),
        (REPLY, "unread_share", "large_debits_half_year", "warning"),
        (REPLY, "unread_share_max", "balance", "error"),
    }


def test_a_second_table_names_its_column(hub: Settings) -> None:
    batch = add_batch(hub, FEEDS[MANY_TABLES])
    unread(hub, batch, ("filed_on", 100, 1), table="staff_relative")
    assert found(gate(hub, MANY_TABLES)) == {
        (MANY_TABLES, "unread_share", "staff_relative.filed_on", "warning")
    }


def test_a_budget_of_its_own_goes_before_the_default(hub: Settings) -> None:
    lenient = with_unread_budget(REPLY, warn_share=0.5, error_share=0.9, error_min_rows=0)
    strict = with_unread_budget(SNAPSHOT, "custody_end", warn_share=0, error_share=0, error_min_rows=1)
    kept, stopped = add_batch(hub, FEEDS[REPLY]), add_batch(hub, FEEDS[SNAPSHOT])
    unread(hub, kept, ("balance", 100, 40))
    unread(hub, stopped, ("custody_end", 30, 1), ("facility", 30, 1))
    result = check_feeds(DAY, hub, catalogue={REPLY: lenient, SNAPSHOT: strict})
    assert found(result) == {
        (SNAPSHOT, "unread_share", "custody_end", "warning"),
        (SNAPSHOT, "unread_share", "facility", "warning"),
        (SNAPSHOT, "unread_share_max", "custody_end", "error"),
    }
    assert (status(hub, kept), status(hub, stopped)) == ("loaded", "held")


# -- what the loader noted ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "check"), [("same_as_before", "same_as_before"), ("from_the_pull", "noted")]
)
def test_what_the_loader_noted_is_a_warning(hub: Settings, code: str, check: str) -> None:
    batch = add_batch(hub, FEEDS[SNAPSHOT])
    rows_of(
        hub,
        "insert into ops.delivery_notes (batch_id, feed_id, as_of, code, message) "
        "values (%s, %s, %s, %s, 'as it came before')",
        batch,
        SNAPSHOT,
        DAY,
        code,
    )
    (failure,) = gate(hub, SNAPSHOT).failures
    assert (failure.check, failure.severity, failure.observed) == (check, "warning", "as it came before")
    assert status(hub, batch) == "loaded"


def test_rows_of_later_do_not_use_up_the_reject_budget(hub: Settings) -> None:
    batch = add_batch(hub, FEEDS[DELTA], quarantined=2000)
    rows_of(
        hub,
        "insert into ops.quarantine (feed_id, batch_id, table_name, row_no, column_name, reason_code, "
        "message) select %s, %s, 'main', g, 'updated_at', 'time_in_future', 'found, expected' "
        "from generate_series(1, 2000) as g",
        DELTA,
        batch,
    )
    assert gate(hub, DELTA).failures == []


@pytest.mark.parametrize(
    ("share", "since", "told"), [(0.4, True, False), (0.9, True, True), (1.0, False, False)]
)
def test_a_delta_that_brings_most_of_its_source_is_told(
    hub: Settings, share: float, since: bool, told: bool
) -> None:
    add_batch(hub, FEEDS[DELTA])
    ((rows,),) = rows_of(hub, "select rows_loaded from ops.feed_batches")
    gate(hub, DELTA)
    # the fake's keys are the same rows again
    batch = add_batch(hub, FEEDS[DELTA], NEXT, rows=int(rows * share))
    if since:
        rows_of(hub, "update ops.feed_batches set cursor_since = cursor_until - interval '1 day'")
    result = gate(hub, DELTA, day=NEXT)
    assert found(result) == ({(DELTA, "changed_share", None, "warning")} if told else set())
    assert status(hub, batch) == "loaded"
    if told:
        assert "compare with the whole of it" in result.failures[0].observed

"""A whole read of a delta source: the missed comes in, the gone is deleted, a cut-off source is refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from connectors.catalogue import load_feed as declaration
from connectors.errors import BatchRejected
from tests.support.fakes import DAY, DELTA, Department, Row, chunk, rows_of
from warehouse.errors import SettingsError
from warehouse.intake import holds
from warehouse.intake.load_feed import LoadResult, load_feed
from warehouse.settings import Settings

NEXT = DAY + timedelta(days=1)
REGISTER = "public_security__household_register"


def row(number: int, **values: Any) -> Row:
    return {"cremation_no": f"H{number}", "operation": "insert", "updated_at": datetime(2020, 5, 1), **values}


def read(
    settings: Settings,
    day: date,
    rows: list[Row],
    content: str,
    *,
    whole: bool,
    feed: str = DELTA,
    bad: int = 0,
) -> tuple[LoadResult, Department]:
    department = Department(lambda declared: [chunk(declared, rows, bad)], content)
    result = load_feed(
        feed, day, settings, whole=whole, refresh=True, puller=department.pull, decoder=department.decode
    )
    return result, department


def in_force(settings: Settings, day: date, feed: str = DELTA) -> set[str]:
    """Keys as staging picks them."""
    (key,) = declaration(feed).tables[0].key
    found = rows_of(
        settings,
        f"select k, operation from (select distinct on (r.{key}) r.{key} as k, r.operation "
        f"from raw.{feed} as r inner join ops.current_batches(%s) as b on b.batch_id = r.batch_id "
        f"order by r.{key}, r.updated_at desc, b.as_of desc, r.row_no desc) as newest",
        day,
    )
    return {k for k, operation in found if operation != "delete"}


def report(settings: Settings) -> list[tuple[Any, ...]]:
    return rows_of(
        settings,
        "select keys_at_source, rows_missed, keys_gone, deletion_batch_id is not null "
        "from ops.reconciliations order by checked_at",
    )


def test_losses_come_in_and_silent_deletions_are_taken_over(fresh_hub: Settings) -> None:
    read(fresh_hub, DAY, [row(1), row(2), row(3)], "first", whole=False)
    read(fresh_hub, NEXT, [row(3)], "delta", whole=False)
    result, department = read(fresh_hub, NEXT, [row(1), row(3), row(4)], "all", whole=True)
    assert department.windows[0].since is None
    assert (result.received, result.loaded, result.duplicate) == (3, 1, 2)
    assert report(fresh_hub) == [(3, 1, 1, True)]
    assert in_force(fresh_hub, NEXT) == {"H1", "H3", "H4"}
    assert in_force(fresh_hub, DAY) == {"H1", "H2", "H3"}, "the past stays as it was"
    balanced = rows_of(
        fresh_hub,
        "select bool_and(b.rows_loaded = (select count(*) from raw.civil_affairs__cremation as r "
        "where r.batch_id = b.batch_id)) from ops.feed_batches as b",
    )
    assert balanced == [(True,)]


def test_a_key_that_comes_back_with_a_new_version_counts_again(fresh_hub: Settings) -> None:
    read(fresh_hub, DAY, [row(1), row(2)], "first", whole=False)
    read(fresh_hub, DAY, [row(1)], "all", whole=True)
    assert in_force(fresh_hub, DAY) == {"H1"}
    read(fresh_hub, NEXT, [row(2, updated_at=datetime(2020, 5, 13))], "back", whole=False)
    assert in_force(fresh_hub, NEXT) == {"H1", "H2"}


def test_a_row_that_cannot_be_used_is_not_gone(fresh_hub: Settings) -> None:
    person = {"id_number": "210102196001011234", "operation": "insert", "updated_at": datetime(2020, 5, 1)}
    other = {**person, "id_number": "210102196001015675"}
    read(fresh_hub, DAY, [person, other], "first", whole=False, feed=REGISTER)
    # the fake's unusable row shows the first person's number the way the quarantine does
    read(fresh_hub, DAY, [other], "all", whole=True, feed=REGISTER, bad=1)
    assert report(fresh_hub) == [(1, 0, 0, False)]
    assert in_force(fresh_hub, DAY, REGISTER) == {person["id_number"], other["id_number"]}


def test_nothing_is_deleted_while_a_row_cannot_be_told(fresh_hub: Settings) -> None:
    read(fresh_hub, DAY, [row(1), row(2)], "first", whole=False)
    # its payload has no cremation_no: it could be any of the missing ones
    read(fresh_hub, DAY, [row(1)], "all", whole=True, bad=1)
    assert report(fresh_hub) == [(1, 0, 1, False)]
    assert in_force(fresh_hub, DAY) == {"H1", "H2"}


def test_an_unusable_row_known_before_hides_nobody(fresh_hub: Settings) -> None:
    read(fresh_hub, DAY, [row(1), row(2)], "first", whole=False, bad=1)
    read(fresh_hub, NEXT, [row(1)], "all", whole=True, bad=1)
    assert report(fresh_hub) == [(1, 0, 1, True)]
    assert in_force(fresh_hub, NEXT) == {"H1"}


def test_a_source_that_looks_cut_off_changes_nothing(fresh_hub: Settings) -> None:
    everything = [row(n) for n in range(100)]
    read(fresh_hub, DAY, everything, "first", whole=False)
    with pytest.raises(BatchRejected, match="30 of 100 keys are gone"):
        read(fresh_hub, NEXT, everything[:70], "cut", whole=True)
    assert len(in_force(fresh_hub, NEXT)) == 100
    assert report(fresh_hub) == []


def test_how_much_may_go_is_the_operators_to_say(fresh_hub: Settings) -> None:
    everything = [row(n) for n in range(100)]
    read(fresh_hub, DAY, everything, "first", whole=False)
    with pytest.raises(
        BatchRejected, match=r"at most 5.0% or 20; .* reconcile_may_always_go in ops.settings"
    ):
        read(fresh_hub, NEXT, everything[:70], "cut", whole=True)
    change = "update ops.settings set value = %s where name = %s"
    rows_of(fresh_hub, change, "0.3", "reconcile_most_gone_share")
    read(fresh_hub, NEXT, everything[:70], "cut", whole=True)
    assert len(in_force(fresh_hub, NEXT)) == 70
    rows_of(fresh_hub, change, "0", "reconcile_most_gone_share")
    rows_of(fresh_hub, change, "0", "reconcile_may_always_go")
    with pytest.raises(BatchRejected, match="1 of 70 keys are gone"):
        read(fresh_hub, NEXT + timedelta(days=1), everything[:69], "one less", whole=True)


@pytest.mark.parametrize("value", ["a third", "-1", "1.5", "nan"])
def test_a_limit_that_is_no_share_changes_nothing(fresh_hub: Settings, value: str) -> None:
    read(fresh_hub, DAY, [row(1), row(2)], "first", whole=False)
    change = "update ops.settings set value = %s where name = 'reconcile_most_gone_share'"
    rows_of(fresh_hub, change, value)
    with pytest.raises(SettingsError, match=r"reconcile_most_gone_share in ops.settings is .* from 0 to 1"):
        read(fresh_hub, NEXT, [row(1)], "all", whole=True)
    assert len(in_force(fresh_hub, NEXT)) == 2


def test_deletions_fall_and_rise_with_the_read_that_showed_them(fresh_hub: Settings) -> None:
    read(fresh_hub, DAY, [row(1), row(2)], "first", whole=False)
    result, _ = read(fresh_hub, NEXT, [row(1)], "all", whole=True)
    assert in_force(fresh_hub, NEXT) == {"H1"}
    holds.mark_held([result.batch_id], "suspicious", fresh_hub)
    assert in_force(fresh_hub, NEXT) == {"H1", "H2"}
    holds.release([result.batch_id], fresh_hub)
    assert in_force(fresh_hub, NEXT) == {"H1"}

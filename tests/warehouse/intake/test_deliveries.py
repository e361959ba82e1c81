"""Deliveries that lie: snapshots that were cut, and what the pull noted."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from connectors.catalogue import Feed
from connectors.catalogue import load_feed as declaration
from connectors.catalogue.model import Gone
from tests.support.fakes import DAY, SNAPSHOT, Department, Row, chunk, rows_of
from tests.support.loading import load, visible
from warehouse.intake import snapshots
from warehouse.intake.load_feed import LoadResult, load_feed
from warehouse.operations import held
from warehouse.operations.replay import replay
from warehouse.settings import Settings
from warehouse.store.decisions import Decision

NEXT = DAY + timedelta(days=1)
LAST = DAY + timedelta(days=2)
RENTAL = "housing__public_rental"
#: Its key has a month: another one in each delivery.
MONTHLY = "social_security__resident_pension"


def people(*numbers: int, **values: Any) -> list[Row]:
    return [
        {"id_number": f"2101021960010{n:05}", "custody_start": date(2020, 1, 1), **values} for n in numbers
    ]


def take(
    settings: Settings, rows: list[Row], day: date, content: str, feed: Feed | None = None, bad: int = 0
) -> LoadResult:
    """Unless ``feed`` says otherwise, of a snapshot whose declaration leaves the bound to the operator."""
    department = Department(lambda declared: [chunk(declared, rows, bad)], content)
    return load(settings, feed or replace_gone(None), department, day, refresh=True)


def notes(settings: Settings) -> list[tuple[Any, ...]]:
    return rows_of(settings, "select as_of, code from ops.delivery_notes order by note_id")


def message(settings: Settings) -> str:
    return str(rows_of(settings, "select message from ops.feed_runs order by run_id desc limit 1")[0][0])


# -- what the pull noted ------------------------------------------------------------------------------------


def test_what_the_pull_noted_is_kept_without_numbers(fresh_hub: Settings) -> None:
    class Telling(Department):
        def pull(self, *args: Any, **named: Any) -> Any:
            return replace(super().pull(*args, **named), notes=("odd: 210102196001011233",))

    department = Telling(lambda feed: [chunk(feed, people(1))])
    result = load(fresh_hub, SNAPSHOT, department)
    assert notes(fresh_hub) == [(DAY, "from_the_pull")]
    assert "odd: 210102" in result.notes[0]
    assert "196001011233" not in result.notes[0] + message(fresh_hub)


# -- a snapshot that lost keys ------------------------------------------------------------------------------


def test_a_snapshot_cut_at_the_end_of_a_line_is_held(fresh_hub: Settings) -> None:
    everybody = people(*range(100))
    good = take(fresh_hub, everybody, DAY, "whole")
    cut = take(fresh_hub, everybody[:60], NEXT, "cut")
    assert (cut.outcome, cut.status) == ("loaded", "held")
    assert visible(fresh_hub, SNAPSHOT, NEXT) == 100
    ((reason,),) = rows_of(fresh_hub, "select held_reason from ops.feed_batches where status = 'held'")
    for words in (
        f"{SNAPSHOT}: table main: 40 of 100 keys of {DAY} are not in it",
        "expected at most 5.0% or 20",
        "looks cut off: ask the publisher",
        f"release the batch: .venv/bin/python -m warehouse release --batch {cut.batch_id} --reason",
    ):
        assert words in reason
    compared = "select former_batch_id::text, keys_before, keys_gone, rows_now, too_many "
    assert rows_of(fresh_hub, compared + "from ops.delivery_comparisons") == [
        (str(good.batch_id), 100, 40, 60, True)
    ]
    assert [batch.batch_id for batch in held.held_batches(fresh_hub)] == [cut.batch_id]
    # asked again for the same bytes nothing changes; the whole delivery takes its place
    assert take(fresh_hub, everybody[:60], NEXT, "cut").status == "held"
    assert take(fresh_hub, [*everybody, *people(200)], NEXT, "sent again").status == "loaded"
    assert visible(fresh_hub, SNAPSHOT, NEXT) == 101


@pytest.mark.parametrize(
    ("before", "left", "told"),
    [
        (20, 0, True),
        (20, 9, True),
        (20, 10, False),
        (3, 0, True),
        (2, 0, True),
        (22, 2, True),
        (9, 8, False),
    ],
)
def test_a_loss_too_small_to_be_held_is_told_where_most_are_gone(
    fresh_hub: Settings, before: int, left: int, told: bool
) -> None:
    take(fresh_hub, people(*range(before)), DAY, "a")
    cut = take(fresh_hub, people(*range(left)), NEXT, "b")
    assert cut.status == "loaded"
    assert any(f"{before - left} of {before} keys of {DAY}" in note for note in cut.notes) is told
    assert notes(fresh_hub) == ([(NEXT, "most_gone")] if told else [])


def test_who_may_all_be_gone_is_not_told(fresh_hub: Settings) -> None:
    feed = replace_gone(Gone(share=1, always=0))
    take(fresh_hub, people(*range(9)), DAY, "a", feed)
    assert take(fresh_hub, people(90), NEXT, "b", feed).notes == ()


def test_the_next_good_snapshot_is_compared_with_the_last_one_in_force(fresh_hub: Settings) -> None:
    everybody = people(*range(100))
    take(fresh_hub, everybody, DAY, "whole")
    take(fresh_hub, everybody[:60], NEXT, "cut")
    assert take(fresh_hub, everybody[:95], LAST, "whole again").status == "loaded"
    last = (
        "select as_of, keys_before, keys_gone from ops.delivery_comparisons order by compared_at desc limit 1"
    )
    assert rows_of(fresh_hub, last) == [(LAST, 100, 5)]


def test_a_loss_that_a_person_released_is_the_base_of_the_next(fresh_hub: Settings) -> None:
    everybody = people(*range(100))
    take(fresh_hub, everybody, DAY, "whole")
    fewer = take(fresh_hub, everybody[:60], NEXT, "fewer")
    held.release(fewer.batch_id, Decision("wang", "a district was handed over"), fresh_hub)
    assert visible(fresh_hub, SNAPSHOT, NEXT) == 60
    assert take(fresh_hub, everybody[:60], LAST, "fewer still").status == "loaded"


def test_a_replay_of_a_released_loss_is_not_held_again(fresh_hub: Settings) -> None:
    everybody = people(*range(100))
    take(fresh_hub, everybody, DAY, "whole")
    department = Department(lambda feed: [chunk(feed, everybody[:60])], "fewer")
    rename = {"puller": _landed(department), "decoder": department.decode}
    fewer = load_feed(SNAPSHOT, NEXT, fresh_hub, feed=replace_gone(None), **rename)
    assert fewer.status == "held"
    decision = Decision("wang", "confirmed")
    replay(SNAPSHOT, NEXT, decision, fresh_hub, feed=replace_gone(None), decoder=department.decode)
    assert visible(fresh_hub, SNAPSHOT, NEXT) == 100, "decoded again it is as short"
    ((batch,),) = rows_of(fresh_hub, "select batch_id::text from ops.feed_batches where status = 'held'")
    held.release(uuid.UUID(batch), decision, fresh_hub)
    replay(SNAPSHOT, NEXT, decision, fresh_hub, feed=replace_gone(None), decoder=department.decode)
    assert visible(fresh_hub, SNAPSHOT, NEXT) == 60


def _landed(department: Department) -> Any:
    """Names the file as the protocols do, so that a replay finds it."""

    def pull(*args: Any) -> Any:
        from connectors.protocols.landing import delivery_of

        found = department.pull(*args)
        (part,) = found.parts
        path = part.path.rename(part.path.with_name(f"main-{part.sha256[:16]}.dat"))
        return delivery_of(found.feed_id, found.as_of, [replace(part, path=path)], None)

    return pull


def test_rows_that_were_set_aside_are_not_gone(fresh_hub: Settings) -> None:
    strict = replace_gone(Gone(share=0, always=0), RENTAL)
    seen, other = "210102196001011234", "210102196001015675"
    take(fresh_hub, [{"id_number": seen}, {"id_number": other}], DAY, "whole", strict)
    # the fake's unusable row shows the number of the first person the way the quarantine does
    assert take(fresh_hub, [{"id_number": other}], NEXT, "unusable", strict, bad=1).status == "loaded"
    assert take(fresh_hub, [{"id_number": seen}], LAST, "gone", strict).status == "held"


def replace_gone(gone: Gone | None, feed_id: str = SNAPSHOT) -> Feed:
    """The feed as if its declaration named how much may be gone."""
    dumped = declaration(feed_id).model_dump(by_alias=True)
    dumped["tables"][0]["most_gone"] = None if gone is None else gone.model_dump()
    return Feed.model_validate(dumped)


@pytest.mark.parametrize(
    ("before", "gone", "allowed", "outcome"),
    [
        # so few may always go
        (21, 20, None, "loaded"),
        (21, 21, None, "held"),
        (400, 20, None, "loaded"),
        (400, 21, None, "held"),
        # a twentieth
        (1000, 50, None, "loaded"),
        (1000, 51, None, "held"),
        # as declared
        (100, 50, Gone(share=0.5, always=0), "loaded"),
        (100, 51, Gone(share=0.5, always=0), "held"),
        (100, 1, Gone(share=0, always=0), "held"),
        (100, 0, Gone(share=0, always=0), "loaded"),
        (100, 60, Gone(share=0, always=60), "loaded"),
        (100, 61, Gone(share=0, always=60), "held"),
        (100, 100, Gone(share=1, always=0), "loaded"),
        (0, 0, Gone(share=0, always=0), "loaded"),
    ],
)
def test_how_much_may_be_gone(
    fresh_hub: Settings, before: int, gone: int, allowed: Gone | None, outcome: str
) -> None:
    feed = replace_gone(allowed)
    everybody = people(*range(before))
    take(fresh_hub, everybody, DAY, "whole", feed)
    # newcomers make up for nobody
    result = take(fresh_hub, [*everybody[gone:], *people(*range(5000, 5000 + gone))], NEXT, "less", feed)
    assert result.status == outcome


def test_random_losses_around_the_bound(hub_db: Settings) -> None:
    """Held exactly where more than the bound is gone, whatever else changes; the last whole one counts."""
    rng = random.Random(18)
    day, here = date(2021, 1, 1), set(range(60))
    take(hub_db, people(*here), day, "start")
    for turn in range(25):
        day += timedelta(days=1)
        allowed = Gone(share=rng.choice((0.0, 0.05, 0.2, 0.5)), always=rng.choice((0, 3, 20)))
        bound = int(max(allowed.always, len(here) * allowed.share))
        gone = set(rng.sample(sorted(here), min(len(here), max(0, bound + rng.randrange(-2, 3)))))
        new = {1000 * (turn + 1) + n for n in range(rng.randrange(30))}
        feed = replace_gone(allowed)
        result = take(hub_db, people(*(here - gone | new), facility=f"f{turn}"), day, f"t{turn}", feed)
        assert result.status == ("held" if len(gone) > bound else "loaded"), (turn, allowed, len(gone))
        if result.status == "loaded":
            here = here - gone | new
        assert visible(hub_db, SNAPSHOT, day) == len(here)


def test_how_much_is_the_operators_to_say_where_no_declaration_does(fresh_hub: Settings) -> None:
    everybody = people(*range(100))
    take(fresh_hub, everybody, DAY, "whole")
    change = "update ops.settings set value = %s where name = %s"
    rows_of(fresh_hub, change, "0.4", snapshots.MOST_GONE_SHARE)
    assert take(fresh_hub, everybody[40:], NEXT, "less").status == "loaded"
    rows_of(fresh_hub, change, "0", snapshots.MOST_GONE_SHARE)
    rows_of(fresh_hub, change, "0", snapshots.MAY_ALWAYS_GO)
    assert take(fresh_hub, everybody[41:], LAST, "one less").status == "held"


def test_another_month_of_the_same_people_is_no_loss(fresh_hub: Settings) -> None:
    feed = declaration(MONTHLY)
    assert feed.tables[0].key == ("id_number", "paid_month")
    for day, month in ((DAY, date(2020, 4, 1)), (NEXT, date(2020, 5, 1))):
        rows = [{"id_number": f"2101021960010{n:05}", "paid_month": month} for n in range(50)]
        assert take(fresh_hub, rows, day, str(month), feed).status == "loaded"


def test_a_day_filled_in_later_is_compared_with_the_day_before_it(fresh_hub: Settings) -> None:
    take(fresh_hub, people(*range(100)), LAST, "much later")
    assert take(fresh_hub, people(*range(40)), DAY, "filled in").status == "loaded"
    assert rows_of(fresh_hub, "select count(*) from ops.delivery_comparisons") == [(0,)]
    assert take(fresh_hub, people(*range(10)), NEXT, "cut").status == "held"

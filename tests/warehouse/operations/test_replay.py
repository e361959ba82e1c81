"""Replay: the landed bytes decoded again, and single rows corrected; nothing lost, every count balanced."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from connectors.catalogue import Feed
from connectors.catalogue import load_feed as declaration
from connectors.delivery import AskedPerson, Delivery, LandedPart, Window
from connectors.protocols.landing import LandingFile, batch_folder, delivery_of
from tests.support.fakes import DAY, rows_of
from tests.support.loading import visible
from warehouse.errors import OperationRefused
from warehouse.intake import holds
from warehouse.intake.load_feed import LoadResult, load_feed
from warehouse.operations import corrections, quarantine
from warehouse.operations.corrections import correct, read_corrections
from warehouse.operations.replay import replay
from warehouse.settings import Settings
from warehouse.store.decisions import Decision

DELTA = "public_security__death_cancellation"
HEAD = "GMSFHM,XM,SWRQ,ZXRQ,ZXYY,PCSDM,CZLX,GXSJ"
GOOD = "210111195501025166,刘长海,2020-03-02,2020-03-10,意外,210106530000,U,2020-05-12 06:15:30"
#: The last character should be 6: a clerk's slip.
WRONG_ID = "210111195501025161,刘长海,2020-03-02,2020-03-10,意外,210106530000,U,2020-05-12 07:15:30"
#: A code the declaration does not know.
NEW_CODE = "210102194803050411,王德福,2020-03-02,2020-03-10,疾病,210102510000,X,2020-05-10 01:15:30"
pytestmark = pytest.mark.slow
WHY = Decision("wang", "the office confirmed")


def landing_puller(*lines: str) -> Any:
    """Lands the lines as the front-end database would, under the names a real pull gives."""

    def pull(
        feed: Feed,
        as_of: date,
        window: Window,
        connection: Any,
        landing: Path,
        subjects: Sequence[AskedPerson],
    ) -> Delivery:
        with LandingFile(batch_folder(landing, feed.feed_id, as_of), "main", ".csv") as file:
            quoted = [",".join(f'"{value}"' for value in line.split(",")) for line in lines]
            file.write("\n".join([HEAD, *quoted, ""]).encode())
            part = LandedPart("main", file.keep(), file.digest, len(lines))
        return delivery_of(feed.feed_id, as_of, [part])

    return pull


def load(settings: Settings, *lines: str, refresh: bool = False) -> LoadResult:
    return load_feed(DELTA, DAY, settings, refresh=refresh, puller=landing_puller(*lines))


def balance(settings: Settings, batch: object) -> tuple[Any, ...]:
    """received, loaded, duplicate, quarantined as counted, and rows as they are in raw and unresolved."""
    return rows_of(
        settings,
        "select rows_received, rows_loaded, rows_duplicate, rows_quarantined, "
        f"(select count(*) from raw.{DELTA} as r where r.batch_id = b.batch_id), "
        "(select count(*) from ops.quarantine as q left join ops.quarantine_resolutions as s "
        "using (quarantine_id) where q.batch_id = b.batch_id and s.quarantine_id is null) "
        "from ops.feed_batches as b where batch_id = %s",
        str(batch),
    )[0]


def knowing_x(feed: Feed) -> Feed:
    """The declaration after somebody added the code the department introduced."""
    table = feed.tables[0]
    columns = tuple(
        c.model_copy(update={"codes": {**c.codes, "X": "delete"}}) if c.codes else c for c in table.columns
    )
    return feed.model_copy(update={"tables": (table.model_copy(update={"columns": columns}),)})


def set_aside(settings: Settings) -> list[tuple[str, int]]:
    return [(r.reason, r.row_no) for r in quarantine.rows(quarantine.QuarantineFilter(), 10, settings)]


def corrections_file(path: Path, *rows: dict[str, object]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_corrected_declaration_is_replayed_in_the_batch_s_place(fresh_hub: Settings) -> None:
    first = load(fresh_hub, GOOD, WRONG_ID, NEW_CODE)
    assert balance(fresh_hub, first.batch_id) == (3, 1, 0, 2, 1, 2)
    done = replay(DELTA, DAY, WHY, fresh_hub, feed=knowing_x(declaration(DELTA)))
    assert (done.former, balance(fresh_hub, done.batch)) == (first.batch_id, (3, 2, 0, 1, 2, 1))
    # history: the former batch is there with its quarantine, its row passed over to the new one
    assert balance(fresh_hub, first.batch_id) == (3, 0, 1, 2, 0, 2)
    assert rows_of(fresh_hub, "select status, replay_of::text from ops.feed_batches order by started_at") == [
        ("superseded", None),
        ("loaded", str(first.batch_id)),
    ]
    assert rows_of(fresh_hub, "select action, decided_by, batch_id::text from ops.decisions") == [
        ("replay", "wang", str(done.batch))
    ]
    assert set_aside(fresh_hub) == [("id_check_digit", 2)]
    # the department sending the same bytes again brings nothing new, and replaying once more neither
    assert load(fresh_hub, GOOD, WRONG_ID, NEW_CODE, refresh=True).batch_id == done.batch
    again = replay(DELTA, DAY, WHY, fresh_hub, feed=knowing_x(declaration(DELTA)))
    assert balance(fresh_hub, again.batch) == (3, 2, 0, 1, 2, 1)
    assert rows_of(fresh_hub, f"select count(*) from raw.{DELTA}") == [(2,)]


def test_a_held_batch_is_replayed_and_counts(fresh_hub: Settings) -> None:
    first = load(fresh_hub, GOOD, NEW_CODE)
    holds.mark_held([first.batch_id], "codes_known", fresh_hub)
    done = replay(DELTA, DAY, WHY, fresh_hub, feed=knowing_x(declaration(DELTA)))
    assert balance(fresh_hub, done.batch) == (2, 2, 0, 0, 2, 0)
    # held by the gate once more: the refused batch before it must not come back
    holds.mark_held([done.batch], "codes_known", fresh_hub)
    assert rows_of(fresh_hub, "select count(*) from ops.current_batches(%s)", DAY) == [(0,)]


def test_the_batch_before_a_replay_comes_back_with_its_rows_when_the_replay_is_held(
    fresh_hub: Settings,
) -> None:
    first = load(fresh_hub, GOOD, NEW_CODE)
    done = replay(DELTA, DAY, WHY, fresh_hub, feed=knowing_x(declaration(DELTA)))
    holds.mark_held([done.batch], "codes_known", fresh_hub)
    assert rows_of(fresh_hub, "select batch_id::text from ops.current_batches(%s)", DAY) == [
        (str(first.batch_id),)
    ]
    assert balance(fresh_hub, first.batch_id) == (2, 1, 0, 1, 1, 1)
    assert balance(fresh_hub, done.batch) == (2, 1, 1, 0, 1, 0)


def test_replay_refuses_what_it_cannot_prove(fresh_hub: Settings) -> None:
    with pytest.raises(OperationRefused, match="no loaded or held batch"):
        replay(DELTA, DAY, WHY, fresh_hub)
    first = load(fresh_hub, GOOD, WRONG_ID)
    (landed,) = (fresh_hub.hub_home / "landing").rglob("main-*.csv")
    content = landed.read_bytes()
    landed.write_bytes(content.replace(b"1025161", b"1025166"))
    with pytest.raises(OperationRefused, match="are not under"):
        replay(DELTA, DAY, WHY, fresh_hub)
    landed.write_bytes(content)
    with pytest.raises(OperationRefused, match="0 rows were found where there had been 2"):
        replay(DELTA, DAY, WHY, fresh_hub, decoder=lambda feed, delivery: iter([]))
    assert balance(fresh_hub, first.batch_id) == (2, 1, 0, 1, 1, 1)
    assert rows_of(fresh_hub, "select count(*) from ops.feed_batches") == [(1,)]


def test_a_failing_decoder_leaves_everything_and_says_no_number(fresh_hub: Settings) -> None:
    first = load(fresh_hub, GOOD)

    def explode(feed: Feed, delivery: Delivery) -> Any:
        raise ValueError("bad row of 210111195501025166")

    with pytest.raises(Exception, match="nothing was replayed") as caught:
        replay(DELTA, DAY, WHY, fresh_hub, decoder=explode)
    assert "195501025166" not in str(caught.value)
    assert balance(fresh_hub, first.batch_id) == (1, 1, 0, 0, 1, 0)


def test_a_corrected_row_is_loaded_by_the_same_rules(fresh_hub: Settings, tmp_path: Path) -> None:
    first = load(fresh_hub, GOOD, WRONG_ID, NEW_CODE)
    wrong, code = (r.quarantine_id for r in quarantine.rows(quarantine.QuarantineFilter(), 10, fresh_hub))
    path = corrections_file(
        tmp_path / "c.csv",
        {"quarantine_id": wrong, "id_number": "210111195501025166", "operation": ""},
        {"quarantine_id": code, "id_number": "", "operation": "D"},
    )
    before = rows_of(fresh_hub, "select rows_changed_at from ops.feed_batches")
    done = correct(read_corrections(path, WHY), WHY, fresh_hub)
    assert [(r.quarantine_id, r.outcome) for r in done] == [(wrong, "loaded"), (code, "loaded")]
    assert balance(fresh_hub, first.batch_id) == (3, 3, 0, 0, 3, 0)
    assert rows_of(fresh_hub, "select rows_changed_at from ops.feed_batches") > before
    # the received row with the corrected values: the name is the landed one, not the quarantine's mask
    assert rows_of(
        fresh_hub, f"select row_no, id_number, full_name, operation from raw.{DELTA} order by row_no"
    )[1:] == [(2, "210111195501025166", "刘长海", "update"), (3, "210102194803050411", "王德福", "delete")]
    assert set_aside(fresh_hub) == []
    kept = rows_of(fresh_hub, "select resolved_by, reason, outcome from ops.quarantine_resolutions")
    assert kept == [("wang", WHY.reason, "loaded")] * 2
    with pytest.raises(OperationRefused, match="was resolved before"):
        correct(read_corrections(path, WHY), WHY, fresh_hub)
    # a replay keeps what was corrected by hand
    replayed = replay(DELTA, DAY, WHY, fresh_hub)
    assert (replayed.corrected, replayed.counts.quarantined) == (2, 0)
    assert balance(fresh_hub, replayed.batch) == (3, 3, 0, 0, 3, 0)


def test_a_wrong_correction_is_taken_back(fresh_hub: Settings, tmp_path: Path) -> None:
    load(fresh_hub, GOOD, WRONG_ID)
    (wrong,) = (r.quarantine_id for r in quarantine.rows(quarantine.QuarantineFilter(), 10, fresh_hub))
    right = {"quarantine_id": wrong, "id_number": "210111195501025166"}
    path = corrections_file(tmp_path / "c.csv", right)
    corrections.correct(corrections.read_corrections(path, WHY), WHY, fresh_hub)
    done = replay(DELTA, DAY, WHY, fresh_hub, drop_corrections=True)
    assert (done.corrected, done.counts.loaded, done.counts.quarantined) == (0, 1, 1)
    assert balance(fresh_hub, done.batch) == (2, 1, 0, 1, 1, 1)
    assert visible(fresh_hub, DELTA) == 1
    (fresh,) = (r.quarantine_id for r in quarantine.rows(quarantine.QuarantineFilter(), 10, fresh_hub))
    path = corrections_file(tmp_path / "c.csv", {**right, "quarantine_id": fresh})
    corrections.correct(corrections.read_corrections(path, WHY), WHY, fresh_hub)
    assert balance(fresh_hub, done.batch)[:4] == (2, 2, 0, 0)
    assert visible(fresh_hub, DELTA) == 2


def test_a_corrected_row_that_is_there_already_is_a_duplicate(fresh_hub: Settings) -> None:
    first = load(fresh_hub, GOOD, WRONG_ID)
    (row,) = quarantine.rows(quarantine.QuarantineFilter(reason="id_check_digit"), 10, fresh_hub)
    changes = {"id_number": "210111195501025166", "updated_at": "2020-05-12 06:15:30"}
    (done,) = correct([corrections.Correction(row.quarantine_id, changes, "wang", "x")], WHY, fresh_hub)
    assert done.outcome == "duplicate"
    assert balance(fresh_hub, first.batch_id) == (2, 1, 1, 0, 1, 0)


def test_corrections_are_all_loaded_or_none(fresh_hub: Settings) -> None:
    first = load(fresh_hub, GOOD, WRONG_ID, NEW_CODE)
    wrong, code = (r.quarantine_id for r in quarantine.rows(quarantine.QuarantineFilter(), 10, fresh_hub))
    right = corrections.Correction(wrong, {"id_number": "210111195501025166"}, "wang", "x")
    for changes, said in (
        ({"operation": "Y"}, "still wrong in operation .code_unknown."),
        ({"colour": "red"}, "has no column colour; it has cancelled_on, cause, "),
    ):
        with pytest.raises(OperationRefused, match=said):
            correct([right, corrections.Correction(code, changes, "wang", "x")], WHY, fresh_hub)
    with pytest.raises(OperationRefused, match="not in the quarantine"):
        correct([right, corrections.Correction(99999, {"operation": "D"}, "wang", "x")], WHY, fresh_hub)
    assert balance(fresh_hub, first.batch_id) == (3, 1, 0, 2, 1, 2)


@pytest.mark.parametrize(
    "text", ["", "quarantine_id,cause\n", "quarantine_id,cause\nx,y\n", "quarantine_id,cause\n1,\n",
             "quarantine_id,cause\n1,a\n1,b\n", "quarantine_id,cause\n1,a,b\n", "cause\na\n"],
)  # fmt: skip
def test_a_file_that_makes_no_sense_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "corrections.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OperationRefused):
        read_corrections(path, WHY)


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot be read: No such file"), ("姓名".encode("gbk"), "is not in UTF-8")]
)
def test_a_file_that_cannot_be_read_is_told_why(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "corrections.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(OperationRefused, match=said):
        read_corrections(path, WHY)


def test_the_database_refuses_a_resolution_that_is_not_counted(fresh_hub: Settings) -> None:
    load(fresh_hub, GOOD, WRONG_ID)
    with pytest.raises(psycopg2.errors.CheckViolation, match="1 rows are counted as set aside, 0 are"):
        rows_of(
            fresh_hub,
            "insert into ops.quarantine_resolutions (quarantine_id, batch_id, resolved_by, reason, outcome, "
            "changes) select quarantine_id, batch_id, 'x', 'x', 'loaded', '{\"a\": 1}' from ops.quarantine",
        )


def test_the_quarantine_is_listed_by_feed_reason_and_day(fresh_hub: Settings) -> None:
    load(fresh_hub, GOOD, WRONG_ID, NEW_CODE)
    found = quarantine.counts(quarantine.QuarantineFilter(), fresh_hub)
    assert [(c.feed_id, c.reason, c.column, c.rows, c.last_day) for c in found] == [
        (DELTA, "code_unknown", "operation", 1, DAY),
        (DELTA, "id_check_digit", "id_number", 1, DAY),
    ]
    assert [
        c.rows for c in quarantine.counts(quarantine.QuarantineFilter(reason="code_unknown"), fresh_hub)
    ] == [1]
    assert quarantine.counts(quarantine.QuarantineFilter(feed="other__feed"), fresh_hub) == []
    assert quarantine.counts(quarantine.QuarantineFilter(since=date(2020, 5, 13)), fresh_hub) == []
    (row,) = quarantine.rows(quarantine.QuarantineFilter(reason="id_check_digit"), 5, fresh_hub)
    assert (row.row_no, row.landing_path) == (2, f"landing/{DELTA}/2020-05-12")
    assert row.payload["id_number"] == "210111********5161"
    assert row.payload["full_name"] == "刘**"


def test_a_lost_schema_is_said_plainly(fresh_hub: Settings) -> None:
    rows_of(fresh_hub, "drop table ops.quarantine_resolutions")
    with pytest.raises(Exception, match="make migrate"):
        quarantine.counts(quarantine.QuarantineFilter(), fresh_hub)

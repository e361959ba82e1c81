"""Whole account numbers on their way in: only their digests arrive, the same whoever loads them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from psycopg2 import sql

from connectors.catalogue import Feed
from connectors.catalogue import load_feed as declaration
from connectors.decode import decode
from connectors.delivery import AskedPerson, DecodedChunk, Delivery, LandedPart, Window
from connectors.errors import BatchRejected
from connectors.protocols.landing import LandingFile, batch_folder, delivery_of
from tests.support.fakes import DAY, rows_of
from warehouse.intake.load_feed import LoadResult, load_feed
from warehouse.operations import quarantine
from warehouse.operations.corrections import Correction, correct
from warehouse.operations.replay import replay
from warehouse.schema.migrate import migrate
from warehouse.settings import Settings
from warehouse.store.connect import connect
from warehouse.store.decisions import Decision

PAYMENT = "platform__payment_result"
HEAD = ("FFBH", "FFYF", "BZLX", "AJBH", "SFZHM", "HM", "ZH", "JE", "FFRQ", "JG", "CZLX", "GXSJ")
WHOLE, SAME_END, THIRD = "6222021234567890123", "6222029876543210123", "6217001234567894444"
SPELLED = (
    WHOLE,
    "6222 0212 3456 7890 123",
    "６２２２０２１２３４５６７８９０１２３",
    "6222-0212-3456-7890-123",
)
GOOD_ID, BAD_ID = "210111195501025166", "210111195501025161"
WHY = Decision("wang", "the bank confirmed")
pytestmark = pytest.mark.slow


def payment(number: int, account: str, person: str = GOOD_ID) -> dict[str, str]:
    at = f"2020-05-{number:02d} 08:00:00"
    cells = (f"FF{number}", "202005", "1", f"DB{number}", person, "刘长海", account, "600.00", "2020-05-09")
    return dict(zip(HEAD, (*cells, "1", "I", at), strict=True))


def puller(*rows: dict[str, str]) -> Any:
    def pull(
        feed: Feed,
        as_of: date,
        window: Window,
        connection: Any,
        landing: Path,
        subjects: Sequence[AskedPerson],
    ) -> Delivery:
        with LandingFile(batch_folder(landing, feed.feed_id, as_of), "main", ".csv") as file:
            lines = [",".join(f'"{value}"' for value in row.values()) for row in rows]
            file.write("\n".join([",".join(HEAD), *lines, ""]).encode())
            part = LandedPart("main", file.keep(), file.digest, len(rows))
        return delivery_of(feed.feed_id, as_of, [part])

    return pull


def load(settings: Settings, *rows: dict[str, str], day: date = DAY, refresh: bool = False) -> LoadResult:
    return load_feed(PAYMENT, day, settings, refresh=refresh, puller=puller(*rows))


def digests(settings: Settings) -> dict[str, str | None]:
    return dict(
        rows_of(
            settings,
            f"select payment_id, account_digest from raw.{PAYMENT} as r inner join ops.feed_batches as b "
            "using (batch_id) where b.status = 'loaded'",
        )
    )


def texts_of(settings: Settings) -> Iterator[tuple[str, str]]:
    """Every value of every column of every table that could hold text, with the name of the column."""
    columns = rows_of(
        settings,
        "select c.table_schema, c.table_name, c.column_name from information_schema.columns as c "
        "inner join information_schema.tables as t using (table_schema, table_name) "
        "where t.table_type = 'BASE TABLE' and c.table_schema not in ('pg_catalog', 'information_schema') "
        "and c.data_type in ('text', 'jsonb', 'json', 'character varying', 'character', 'ARRAY', 'bytea')",
    )
    with closing(connect(settings)) as connection, connection.cursor() as cursor:
        for schema, table, column in columns:
            cursor.execute(
                sql.SQL("select {}::text from {}").format(
                    sql.Identifier(column), sql.Identifier(schema, table)
                )
            )
            yield from ((f"{schema}.{table}.{column}", text) for (text,) in cursor if text)


def test_a_whole_number_is_nowhere_but_where_it_was_received(
    fresh_hub: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rows = [payment(n, account) for n, account in enumerate(SPELLED, start=1)]
    load(fresh_hub, *rows, payment(8, THIRD, BAD_ID), {**payment(9, THIRD), "FFYF": THIRD})
    replay(PAYMENT, DAY, WHY, fresh_hub)
    row = next(r for r in quarantine.rows(quarantine.QuarantineFilter(), 10, fresh_hub) if r.row_no == 5)
    correct([Correction(row.quarantine_id, {"id_number": GOOD_ID}, "wang", "typing")], WHY, fresh_hub)

    def broken(feed: Feed, delivery: Delivery) -> Iterator[DecodedChunk]:
        yield from decode(feed, delivery, account_key=fresh_hub.account_key)
        raise BatchRejected(feed.feed_id, "broken off")

    with pytest.raises(BatchRejected):
        load_feed(PAYMENT, date(2020, 5, 13), fresh_hub, puller=puller(*rows), decoder=broken)
    hidden = (*SPELLED, THIRD, fresh_hub.account_key.hex())
    held = list(texts_of(fresh_hub))
    assert any(name == f"raw.{PAYMENT}.account_digest" for name, _ in held)
    # a number in a column that is none of accounts is shown as any long number
    found = {name for name, text in held if any(number in text for number in hidden)}
    assert found == set()
    assert not [number for number in hidden if number in caplog.text]
    for path in fresh_hub.hub_home.rglob("*"):
        if path.is_file() and "landing" not in path.parts:
            content = path.read_bytes()
            assert not [number for number in hidden if number.encode() in content], path


def test_one_account_has_one_digest_whoever_loads_it(fresh_hub: Settings) -> None:
    rows = [payment(n, account) for n, account in enumerate((*SPELLED, THIRD, "************0123"), start=1)]
    load(fresh_hub, *rows)
    first = digests(fresh_hub)
    assert len({first[f"FF{n}"] for n in (1, 2, 3, 4)}) == 1
    assert None not in (first["FF1"], first["FF5"])
    assert first["FF1"] != first["FF5"]
    assert first["FF6"] is None
    replay(PAYMENT, DAY, WHY, fresh_hub)
    assert digests(fresh_hub) == first
    load_feed(PAYMENT, DAY, fresh_hub, whole=True, puller=puller(*rows))
    assert digests(fresh_hub) == first
    other = replace(fresh_hub, person_key=f"{fresh_hub.person_key}x")
    assert other.account_key != fresh_hub.account_key
    load(other, *rows, payment(7, WHOLE), refresh=True)
    assert digests(fresh_hub)["FF7"] != first["FF1"]


def test_a_corrected_row_has_the_digest_of_all_others(fresh_hub: Settings) -> None:
    load(fresh_hub, payment(1, WHOLE), payment(2, SPELLED[1], BAD_ID))
    (row,) = quarantine.rows(quarantine.QuarantineFilter(), 10, fresh_hub)
    correct([Correction(row.quarantine_id, {"id_number": GOOD_ID}, "wang", "typing")], WHY, fresh_hub)
    found = digests(fresh_hub)
    assert found["FF1"] == found["FF2"] is not None
    replay(PAYMENT, DAY, WHY, fresh_hub)
    assert digests(fresh_hub) == found


def test_another_account_with_the_same_end_is_a_change(fresh_hub: Settings) -> None:
    load(fresh_hub, payment(1, WHOLE))
    again = load(fresh_hub, payment(1, WHOLE), day=date(2020, 5, 13))
    assert (again.loaded, again.duplicate) == (0, 1)
    changed = load(fresh_hub, payment(1, SAME_END), day=date(2020, 5, 14))
    assert (changed.loaded, changed.duplicate) == (1, 0)


def test_a_hub_of_yesterday_gets_the_column_and_its_rows_have_none(fresh_hub: Settings) -> None:
    load(fresh_hub, payment(1, WHOLE))
    received = ", ".join(c.name for c in declaration(PAYMENT).table("main").columns)
    rows_of(fresh_hub, f"alter table raw.{PAYMENT} drop column account_digest")
    rows_of(fresh_hub, f"update raw.{PAYMENT} set row_digest = md5(row({received})::text)::uuid")
    migrate(fresh_hub)
    assert digests(fresh_hub) == {"FF1": None}
    load(fresh_hub, payment(2, SPELLED[1]), day=date(2020, 5, 13))
    found = digests(fresh_hub)
    assert found["FF1"] is None
    assert found["FF2"] is not None
    # what was received is decoded again: the days before have theirs as well
    replay(PAYMENT, DAY, WHY, fresh_hub)
    assert digests(fresh_hub)["FF1"] == found["FF2"]

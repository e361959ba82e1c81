"""Deliveries that were pulled once and are given to the loader again: no department works meanwhile."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import polars as pl

from connectors.catalogue import Feed
from connectors.delivery import AskedPerson, DecodedChunk, Delivery, LandedPart, Window

Decoder = Callable[[Feed, Delivery], Iterator[DecodedChunk]]
#: One row in so many is changed on the day of changes.
ONE_IN = 100
_NUMBERS = ("amount", "decimal", "integer")


@dataclass(frozen=True)
class Recorded:
    """What a department was asked, and what it gave."""

    window: Window
    people: tuple[AskedPerson, ...]
    delivery: Delivery


def save(path: Path, recorded: list[Recorded]) -> None:
    """Writes the record; the landing files stay where they are."""
    path.write_text(json.dumps([asdict(one) for one in recorded], default=str), encoding="utf-8")


def read(path: Path) -> dict[str, Recorded]:
    """Returns the record by feed id, in the order in which the feeds were pulled."""
    found = [_recorded(one) for one in json.loads(path.read_text(encoding="utf-8"))]
    return {one.delivery.feed_id: one for one in found}


def _recorded(one: dict[str, Any]) -> Recorded:
    window, delivery = one["window"], one["delivery"]
    since = datetime.fromisoformat(window["since"]) if window["since"] else None
    parts = tuple(
        LandedPart(p["table"], Path(p["path"]), p["sha256"], p["rows_expected"], tuple(p["notes"]))
        for p in delivery["parts"]
    )
    return Recorded(
        Window(since, datetime.fromisoformat(window["until"]), window["whole"]),
        tuple(AskedPerson(**person) for person in one["people"]),
        Delivery(
            delivery["feed_id"],
            date.fromisoformat(delivery["as_of"]),
            parts,
            delivery["sha256"],
            delivery["request_id"],
            tuple(delivery["notes"]),
        ),
    )


def replayed(recorded: Recorded) -> Callable[..., Delivery]:
    """Returns a puller that hands over what is recorded."""
    return lambda *_: recorded.delivery


def of_changes(recorded: Recorded, day: date) -> Recorded:
    """Returns the delivery of a later day; its rows are made by ``changing``."""
    delivery = recorded.delivery
    parts = tuple(replace(part, rows_expected=None) for part in delivery.parts)
    sha256 = hashlib.sha256(f"{delivery.sha256} {day}".encode()).hexdigest()
    return replace(recorded, delivery=replace(delivery, as_of=day, parts=parts, sha256=sha256))


def changing(decode: Decoder) -> Decoder:
    """Returns a decoder after which one row in a hundred says something else.

    A snapshot is whole, and one row in a hundred of it differs. A delta holds the changed rows only.
    """

    def decoder(feed: Feed, delivery: Delivery) -> Iterator[DecodedChunk]:
        for chunk in decode(feed, delivery):
            yield _changed(feed, chunk, delivery.as_of)

    return decoder


def _changed(feed: Feed, chunk: DecodedChunk, day: date) -> DecodedChunk:
    picked = pl.col("row_no") % ONE_IN == 0
    if feed.mode == "snapshot":
        good, bad = chunk.good, chunk.quarantined
    else:
        good, bad = chunk.good.filter(picked), chunk.quarantined.clear()
    good = good.with_columns(_edits(feed, chunk.table, good, picked, day))
    return replace(chunk, good=good, quarantined=bad, received=good.height + bad.height)


def _edits(feed: Feed, table: str, good: pl.DataFrame, picked: pl.Expr, day: date) -> list[pl.Expr]:
    declared = feed.table(table)
    edits = []
    if feed.cursor and feed.cursor.column in good.columns:
        changed_at = pl.lit(datetime.combine(day, time(8))).cast(good.schema[feed.cursor.column])
        edits.append(changed_at.alias(feed.cursor.column))
    plain = [c for c in declared.columns if c.name not in declared.key and not c.codes]
    # a value that is not there cannot be another one: the column that is filled best
    missing = {c.name: good[c.name].null_count() for c in plain}
    filled = sorted((c for c in plain if missing[c.name] < good.height), key=lambda c: missing[c.name])
    number = next((c.name for c in filled if c.type in _NUMBERS), None)
    text = next((c.name for c in filled if c.type == "text"), None)
    if number:
        more = (pl.col(number) + 1).cast(good.schema[number])
        edits.append(pl.when(picked).then(more).otherwise(pl.col(number)).alias(number))
    elif text:
        edits.append(pl.when(picked).then(pl.col(text) + "变").otherwise(pl.col(text)).alias(text))
    return edits

"""Reads pages of a REST interface, one JSON envelope per line; numbers stay the text they were."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connectors.catalogue.model import Feed, Table
from connectors.decode.raw import RawChunk
from connectors.decode.readers.blocks import byte_blocks
from connectors.decode.readers.records import NoRecord, Record, chunks
from connectors.decode.readers.units import amount_units, append_units_to_record, other_units
from connectors.envelope import rows_in
from connectors.errors import BatchRejected

_GOOD_CODE = "0000"


def read_json_pages(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    """Yields chunks of the rows on all pages.

    Raises ``BatchRejected`` for a page that is no good envelope.
    """
    return chunks(feed, table, _records(feed, table, path))


def _records(feed: Feed, table: Table, path: Path) -> Iterator[Record | NoRecord]:
    page = 0
    for block in byte_blocks(path, feed.feed_id):
        for line in block.split(b"\n"):
            if line.strip():
                page += 1
                yield from _rows_of(feed, table, _parsed(feed, line, page), page)


def _parsed(feed: Feed, line: bytes, page: int) -> dict[str, Any]:
    # a byte that is no UTF-8 costs its row, not the page
    text = line.decode("utf-8", "replace").removeprefix("\ufeff")
    try:
        envelope = _loads(text)
        if "\\ud" in text.lower():
            envelope = _loads(_without_halves(json.dumps(envelope, ensure_ascii=False)))
    except _Twice:
        raise BatchRejected(
            feed.feed_id, f"page {page} names a field twice in one object; ask the publisher which counts"
        ) from None
    except (ValueError, RecursionError) as error:
        raise BatchRejected(
            feed.feed_id, f"page {page} is no JSON ({type(error).__name__}); pull again"
        ) from None
    if not isinstance(envelope, dict):
        raise BatchRejected(
            feed.feed_id, f"page {page} is no JSON object with code and data; ask the publisher"
        )
    code = envelope.get("code")
    if code != _GOOD_CODE:
        raise BatchRejected(
            feed.feed_id, f"page {page} answers code {str(code)[:20]!r}, expected '0000'; pull again"
        )
    return envelope


class _Twice(Exception):
    """Raised for an object that names a field twice: neither value can be preferred."""


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise _Twice
    return found


def _loads(text: str) -> Any:
    return json.loads(
        text,
        parse_int=str,
        parse_float=str,
        parse_constant=str,
        object_pairs_hook=_object,
        strict=False,
    )


def _without_halves(text: str) -> str:
    """Replaces half a surrogate pair, which JSON can write and text cannot hold, by U+FFFD; its row is set
    aside.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _rows_of(feed: Feed, table: Table, envelope: dict[str, Any], page: int) -> Iterator[Record | NoRecord]:
    data = envelope.get("data")
    rows = rows_in(data)
    if rows is None or (rows and not any(isinstance(row, dict) for row in rows)):
        raise BatchRejected(
            feed.feed_id,
            f"table {table.name}: page {page} has no list data.rows of objects; ask the publisher",
        )
    around = [
        (name, value) for part in (data, envelope) if isinstance(part, dict) for name, value in part.items()
    ]
    stated: list[tuple[str, str | None]] = [(name, value) for name, value in around if isinstance(value, str)]
    units = amount_units(table) if stated else {}
    others = other_units(units, stated)
    for row in rows:
        if isinstance(row, dict):
            record = {name: _as_text(value) for name, value in row.items()}
            append_units_to_record(record, others, {}, others)
            yield record
        else:
            yield NoRecord(f"found {_kind(row)} in data.rows, expected an object", _as_text(row) or "null")


def _kind(value: Any) -> str:
    return {list: "a list", str: "a text or number", bool: "a flag"}.get(type(value), "null")


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)

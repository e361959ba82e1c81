"""Writes one dated file of a feed, with its flag and digest files, as bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date
from pathlib import PurePosixPath

from connectors.catalogue.model import Feed, Table
from sandbox.render.archive import zip_aes_bytes
from sandbox.render.delimited import csv_bytes, pipe_bytes
from sandbox.render.fixed_width import fixed_width_bytes
from sandbox.render.markup import xml_bytes
from sandbox.render.sheet import Sheet
from sandbox.render.workbook import workbook_bytes


def content_of(
    feed: Feed, table: Table, sheet: Sheet, as_of: date, habits: Collection[str], archive_password: str
) -> bytes:
    """Returns the file's bytes. ``empty_file`` leaves nothing, ``truncated_file`` the first half."""
    if "empty_file" in habits:
        return b""
    data = _formatted(feed, table, sheet, as_of, habits)
    if feed.format and feed.format.archive == "zip_aes":
        member = PurePosixPath((table.source.path or "data").replace("{yyyymmdd}", f"{as_of:%Y%m%d}"))
        data = zip_aes_bytes(f"{member.stem}.csv", data, archive_password)
    return data[: len(data) // 2] if "truncated_file" in habits else data


def _formatted(feed: Feed, table: Table, sheet: Sheet, as_of: date, habits: Collection[str]) -> bytes:
    kind = feed.format.kind if feed.format else "none"
    wrong = "trailer_mismatch" in habits
    if kind == "csv":
        return csv_bytes(feed, sheet)
    if kind == "pipe":
        return pipe_bytes(feed, sheet)
    if kind == "fixed_width":
        return fixed_width_bytes(feed, table, sheet, as_of, wrong_trailer=wrong)
    if kind == "xlsx":
        return workbook_bytes(feed, table, sheet, as_of)
    if kind == "xml":
        return xml_bytes(feed, sheet, wrong_total=wrong)
    raise ValueError(f"{feed.feed_id}: no file is written as {kind}")


def companions(feed: Feed, file_name: str, content: bytes, habits: Collection[str]) -> dict[str, bytes]:
    """Returns flag and digest files by suffix.

    A truncated file's digest does not fit: it was cut afterwards.
    """
    form = feed.format
    found: dict[str, bytes] = {}
    if form and form.flag_suffix and "flag_missing" not in habits:
        found[form.flag_suffix] = b""
    if form and form.digest_suffix:
        wrong = "digest_mismatch" in habits or "truncated_file" in habits
        digest = hashlib.md5(content + (b"." if wrong else b""), usedforsecurity=False).hexdigest()
        found[form.digest_suffix] = f"{digest}  {file_name}\n".encode()
    return found

"""Recognises, by its first bytes, a file that is plainly not what was agreed: packed, or a document."""

from __future__ import annotations

from pathlib import Path

from connectors.catalogue.model import Feed
from connectors.errors import BatchRejected

_ZIP = "a zip archive (or a workbook)"
_OLE = "a document of old Office (such as .xls)"
#: No text in any encoding begins like these.
_KINDS = (
    (b"PK\x03\x04", _ZIP),
    (b"PK\x05\x06", _ZIP),
    (b"\x1f\x8b\x08", "a gzip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"%PDF-", "a PDF"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
)
_BZIP = b"1AY&SY"
_LONGEST = 16
#: What the reader of workbooks tells apart itself.
_OF_WORKBOOKS = frozenset({_ZIP, _OLE})


def kind_of(path: Path) -> str | None:
    """Returns the kind of the file for a message; None for what may be a text."""
    with path.open("rb") as file:
        begins = file.read(_LONGEST)
    if begins.startswith(b"BZh") and begins[4:].startswith(_BZIP):
        return "a bzip2 archive"
    return next((kind for mark, kind in _KINDS if begins.startswith(mark)), None)


def refuse_other_kinds(feed: Feed, path: Path, name: str) -> None:
    """Raises ``BatchRejected`` for a file that is plainly of another kind than the declared format."""
    agreed = feed.format.kind if feed.format else ""
    kind = kind_of(path)
    if kind is None or (agreed == "xlsx" and kind in _OF_WORKBOOKS):
        return
    raise BatchRejected(
        feed.feed_id, f"{name} is {kind}, expected {agreed}; nothing was loaded, ask the publisher"
    )

"""Reads a file in blocks that end at a line end, decoded strictly, without losing a row to a bad byte."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from connectors.decode.characters import UNKNOWN_BYTES
from connectors.decode.text import REPLACEMENT, SENTINEL
from connectors.errors import BatchRejected

BLOCK_BYTES = 8 << 20
#: The longest line (bytes). No agreed layout has longer ones; without a bound, a file without line ends would
#: fill the memory.
LONGEST_LINE = 32 << 20

_LINE_END = re.compile("\r+\n")
_UTF8_BOM = b"\xef\xbb\xbf"
_ASCII = bytes(range(0x80))
#: From this many non-ASCII bytes on, valid UTF-8 is no coincidence (one GBK character in seven is valid).
_NO_CHANCE = 16
_CONTROL_BYTES = bytes(b for b in (*range(0x20), 0x7F) if b not in (0x09, 0x0A))
_C1 = re.compile(rb"\xc2[\x80-\x9f]")
_MARKS = (REPLACEMENT.encode(), SENTINEL.encode())


def byte_blocks(path: Path, feed_id: str, block_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Yields the file cut at line ends. Newline bytes never occur inside a GBK or GB18030 character.

    Raises ``BatchRejected`` for a line longer than ``LONGEST_LINE``.
    """
    rest = b""
    with path.open("rb") as file:
        while data := file.read(block_bytes):
            head, newline, tail = data.rpartition(b"\n")
            if newline:
                yield rest + head + newline
                rest = tail
            else:
                rest += data
            if len(rest) > LONGEST_LINE:
                raise BatchRejected(
                    feed_id, f"{path.name}: no line end within {LONGEST_LINE} bytes; ask the publisher"
                )
    if rest:
        yield rest


def refuse_utf8(data: bytes, encoding: str, name: str, feed_id: str) -> None:
    """Raises ``BatchRejected`` if a file's first block is UTF-8 though the declaration says otherwise.

    Read as GBK, most of it would be other Chinese characters: wrong names that nothing else notices.
    """
    if codecs.lookup(encoding).name.startswith("utf-8"):
        return
    if data.startswith(_UTF8_BOM):
        found = "begins with a UTF-8 byte order mark"
    elif _is_utf8(data) and len(data.translate(None, _ASCII)) >= _NO_CHANCE:
        found = "is UTF-8"
    else:
        return
    raise BatchRejected(
        feed_id, f"{name} {found}, the declaration says {encoding}; ask the publisher which of the two it is"
    )


def _is_utf8(data: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)  # the block's end may cut a character
    except UnicodeDecodeError:
        return False
    return True


def text_blocks(path: Path, encoding: str, feed_id: str, block_bytes: int = BLOCK_BYTES) -> Iterator[str]:
    """Yields the file as text.

    CRLF becomes LF, and so does CR CR LF, which a second conversion makes of it; a lone CR, which ends no
    line here, becomes a control sentinel.
    """
    codec = "utf-8" if encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig") else encoding
    first = True
    for data in byte_blocks(path, feed_id, block_bytes):
        if first:
            refuse_utf8(data, encoding, path.name, feed_id)
            data = data.removeprefix(_UTF8_BOM)
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            text = data.decode(codec, UNKNOWN_BYTES)
        if first:
            text = text.removeprefix("\ufeff")
        if "\r" in text:
            text = _LINE_END.sub("\n", text).replace("\r", SENTINEL)
        first = False
        yield text


def has_odd_characters(utf8: bytes) -> bool:
    """Tells whether UTF-8 text holds U+FFFD or a control character; quick enough for every block."""
    if len(utf8.translate(None, _CONTROL_BYTES)) != len(utf8) or any(mark in utf8 for mark in _MARKS):
        return True
    # the middle dot of names is the one common character that shares its first byte with the C1 controls
    return b"\xc2" in utf8 and utf8.count(b"\xc2") != utf8.count(b"\xc2\xb7") and _C1.search(utf8) is not None

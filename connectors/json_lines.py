"""Writes JSON answers as they are landed: one per line."""

from __future__ import annotations

import re

_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


def to_one_line(body: bytes) -> bytes:
    """Returns the document without line ends.

    Line ends inside a text, which JSON forbids, are kept as escapes.
    """
    if b"\n" not in body and b"\r" not in body:
        return body
    return _TEXT.sub(_escaped, body).replace(b"\r", b"").replace(b"\n", b"")


def _escaped(text: re.Match[bytes]) -> bytes:
    return text[0].replace(b"\r", b"\\r").replace(b"\n", b"\\n")

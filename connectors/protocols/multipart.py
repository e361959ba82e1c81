"""Answers of several parts (MIME multipart, as MTOM and SOAP with attachments send them), byte for byte."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

from connectors.errors import BatchRejected
from connectors.protocols.retry import Transient

#: More parts than an answer has attachments.
_MOST_PARTS = 1000


@dataclass(frozen=True)
class Part:
    """One part, its transfer encoding undone. ``name`` is its Content-ID without the angle brackets."""

    body: bytes
    content_type: str
    name: str


def parameter(content_type: str, name: str) -> str | None:
    """A parameter of a Content-Type, without its quotes; None if it is not there."""
    head = Message()
    head["Content-Type"] = content_type.replace("\r", " ").replace("\n", " ")
    found = head.get_param(name)
    return found if isinstance(found, str) else None


def is_multipart(content_type: str) -> bool:
    return content_type.strip().lower().startswith("multipart/")


def parts_of(feed_id: str, body: bytes, content_type: str) -> tuple[Part, list[Part]]:
    """The root part, and all parts. The root is the one that ``start`` names, else the first.

    Raises ``Transient`` for an answer that ends before its last boundary, ``BatchRejected`` for one that is
    not built as it says.
    """
    boundary = parameter(content_type, "boundary")
    if not boundary:
        raise _refused(feed_id, "has several parts (multipart) and names no boundary between them")
    mark = rb"(?:\A|\r?\n)--" + re.escape(boundary.encode("latin-1", "replace")) + rb"(--)?[ \t]*(?=\r?\n|\Z)"
    marks = list(re.finditer(mark, body))
    if not marks:
        raise _refused(feed_id, "has several parts (multipart), and its boundary occurs nowhere")
    if len(marks) > _MOST_PARTS:
        raise _refused(feed_id, f"has over {_MOST_PARTS} parts")
    last = next((n for n, found in enumerate(marks) if found[1]), None)
    if last is None:
        raise Transient("the answer of several parts (multipart) was cut off before its end")
    ends = [found.start() for found in marks[1 : last + 1]]
    parts = [_part(feed_id, body[m.end() : end]) for m, end in zip(marks, ends, strict=False)]
    if not parts:
        raise _refused(feed_id, "of several parts (multipart) has none")
    start = parameter(content_type, "start")
    if not start:
        return parts[0], parts
    root = next((part for part in parts if part.name == _bare(start)), None)
    if root is None:
        raise _refused(feed_id, "names a root part ('start') that is not among its parts")
    return root, parts


def _refused(feed_id: str, why: str) -> BatchRejected:
    return BatchRejected(feed_id, f"the answer {why}; nothing was loaded, ask the publisher")


def _bare(name: str) -> str:
    return name.strip().removeprefix("<").removesuffix(">")


def _part(feed_id: str, content: bytes) -> Part:
    content = re.sub(rb"\A\r?\n", b"", content, count=1)  # the line end of the boundary
    empty = re.match(rb"\r?\n", content)  # no heads at all
    head, _, body = (b"", b"", content[empty.end() :]) if empty else _split(content)
    fields = BytesHeaderParser().parsebytes(head)
    encoding = str(fields.get("Content-Transfer-Encoding", "binary")).strip().lower()
    return Part(
        _decoded(feed_id, body, encoding),
        str(fields.get("Content-Type", "")),
        _bare(str(fields.get("Content-ID", ""))),
    )


def _split(content: bytes) -> tuple[bytes, bytes, bytes]:
    found = re.search(rb"\r?\n\r?\n", content)
    return (content, b"", b"") if found is None else (content[: found.start()], b"", content[found.end() :])


def _decoded(feed_id: str, body: bytes, encoding: str) -> bytes:
    if encoding in ("binary", "8bit", "7bit", ""):
        return body
    if encoding == "quoted-printable":
        return quopri.decodestring(body)
    if encoding != "base64":
        raise _refused(feed_id, "has a part in a transfer encoding we cannot read, expected base64 or binary")
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        raise _refused(feed_id, "has a part that says it is base64 and is not") from None

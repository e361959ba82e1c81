"""Splits answers of several parts (MIME multipart, as MTOM and SOAP with attachments send them), byte for
byte.
"""

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
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<")
#: How a body of several parts begins, whatever is said of it: a boundary, then the head of a part or none.
#: Characters of a boundary are those of RFC 2046.
_UNSAID = re.compile(
    rb"\s*--([0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-])[ \t]*\r?\n(?:[A-Za-z-]+[ \t]*:|\r?\n)"
)


@dataclass(frozen=True)
class Part:
    """One part, its transfer encoding undone. ``name`` is its Content-ID without the angle brackets."""

    body: bytes
    content_type: str
    name: str


def parameter(content_type: str, name: str) -> str | None:
    """Returns a parameter of a Content-Type without its quotes; None if it is missing."""
    head = Message()
    head["Content-Type"] = content_type.replace("\r", " ").replace("\n", " ")
    found = head.get_param(name)
    return found if isinstance(found, str) else None


def multipart_type(body: bytes, content_type: str) -> str | None:
    """Returns the Content-Type of an answer of several parts; None for an answer that is one part.

    The body counts, not what is said of it: gateways name it text/xml and send parts, or name it multipart
    and send one part alone.
    """
    said = content_type.strip().lower().startswith("multipart/")
    boundary = parameter(content_type, "boundary") if said else None
    if body.lstrip()[:1] == b"<":
        return content_type if boundary and re.search(_mark(boundary), body) else None
    if boundary:
        return content_type
    found = _UNSAID.match(body)
    if found:
        return f'{content_type if said else "multipart/related"}; boundary="{found[1].decode()}"'
    return content_type if said else None


def _mark(boundary: str) -> bytes:
    """Returns a pattern of what stands between two parts; its first group is filled at the end of the
    last.
    """
    text = re.escape(boundary.encode("latin-1", "replace"))
    return rb"(?:\A|\r?\n)--" + text + rb"(--)?[ \t]*(?=\r?\n|\Z)"


def parts_of(feed_id: str, body: bytes, content_type: str) -> tuple[Part, list[Part]]:
    """Returns the root part, and all parts.

    The root is the one that ``start`` names, else the first that holds a document, else the first. Raises
    ``Transient`` for an answer that ends before its last boundary, ``BatchRejected`` for one that is not
    built as it says.
    """
    boundary = parameter(content_type, "boundary")
    if not boundary:
        raise _refused(feed_id, "has several parts (multipart) and names no boundary between them")
    marks = list(re.finditer(_mark(boundary), body))
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
        # the first one, by the rule; servers that put an attachment first say so in start, or forget to
        return next((part for part in parts if _MARKUP.match(part.body)), parts[0]), parts
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

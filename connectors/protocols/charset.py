"""JSON in another charset than its own: UTF-8 counts first, then what the answer says of itself."""

from __future__ import annotations

import codecs

from connectors.errors import BatchRejected
from connectors.protocols.http import Reply
from connectors.protocols.multipart import parameter

_CHINESE = frozenset({"gb2312", "gbk", "gb18030"})
#: Bytes of a text in UTF-16 or UTF-32 that begins with an ASCII character, as all JSON does.
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"{\0", b"\0{")


def in_utf8(feed_id: str, reply: Reply) -> bytes:
    """The body as JSON is agreed to come. What is UTF-8 stays as it is, whatever is said of it.

    Raises ``BatchRejected`` where the charset that is named does not fit, or none is and it is plainly GBK:
    the same comes again. Other bytes stay as they are, the next reader refuses them.
    """
    body = reply.body
    if _fits(body, "utf-8") and b"\0" not in body[:2]:
        return body
    if not body.strip(b"\0 \r\n\t").endswith(b"}"):
        return body  # cut off: it may be whole the next time
    said = _codec(parameter(reply.content_type, "charset"))
    if said and said != "utf-8":
        if not _fits(body, said):
            raise _refused(feed_id, f"its Content-Type says {said}, and its bytes are not")
        return body.decode(said).encode()
    if body.startswith(_WIDE):
        raise _refused(feed_id, "it looks like UTF-16")
    if body.lstrip().startswith(b"{") and _fits(body, "gb18030"):
        raise _refused(feed_id, "it looks like GBK")
    return body


def _refused(feed_id: str, why: str) -> BatchRejected:
    return BatchRejected(
        feed_id,
        f"the answer is not in UTF-8: {why}; nothing was loaded. Ask the publisher for UTF-8, or to name the "
        "charset in Content-Type",
    )


def _codec(name: str | None) -> str | None:
    """The codec of a charset; None for none, and for one nobody knows or that fits any bytes."""
    try:
        found = codecs.lookup((name or "").strip()).name
        b"".decode(found)
    except (LookupError, ValueError):
        return None
    if found in ("iso8859-1", "ascii", "cp1252"):
        return None
    return "gb18030" if found in _CHINESE else found


def _fits(body: bytes, encoding: str) -> bool:
    try:
        body.decode(encoding).encode()
    except UnicodeError:
        return False
    return True

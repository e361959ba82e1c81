"""Reads JSON in another charset than its own: UTF-8 counts first, then what the answer says of itself."""

from __future__ import annotations

import codecs

from connectors.errors import BatchRejected
from connectors.protocols.http import Reply
from connectors.protocols.soap.multipart import parameter

#: So many characters beyond ASCII must be whole for each one that is not.
_KEPT_OF_LOST = 4
_SAYS_NOTHING = frozenset({"iso8859-1", "ascii", "cp1252"})
_CHINESE = frozenset({"gb2312", "gbk", "gb18030"})
#: Bytes of a text in UTF-16 or UTF-32 that begins with an ASCII character, as all JSON does.
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"{\0", b"\0{")


def to_utf8(feed_id: str, reply: Reply) -> bytes:
    """Returns the body in UTF-8, as JSON is agreed to come.

    What is UTF-8 stays as it is, whatever the answer says.

    A few bytes that do not fit cost their rows: they stay, and become U+FFFD when the rows are read. Raises
    ``BatchRejected`` if the named charset does not fit, or if none is named and it is plainly another one:
    the same would come again. A body that was cut off stays as it is; the next reader refuses it.
    """
    body = reply.body
    if _fits(body, "utf-8") and b"\0" not in body[:2]:
        return body
    if not body.strip(b"\0 \r\n\t").endswith(b"}"):
        return body  # cut off: it may be whole the next time
    wide = body.startswith(_WIDE)
    if not wide and _few_lost(body.decode(errors="replace")):
        return body
    said = codec_of(parameter(reply.content_type, "charset"))
    if said and said != "utf-8":
        text = body.decode(said, errors="replace")
        if not _few_lost(text):
            raise _refused(feed_id, f"its Content-Type says {said}, and its bytes are not")
        return text.encode(errors="replace")
    if wide:
        raise _refused(feed_id, "it looks like UTF-16")
    if body.lstrip().startswith(b"{") and _fits(body, "gb18030"):
        raise _refused(feed_id, "it looks like GBK")
    raise _refused(feed_id, "too many of its bytes are none")


def _refused(feed_id: str, why: str) -> BatchRejected:
    return BatchRejected(
        feed_id,
        f"the answer is not in UTF-8: {why}; nothing was loaded. Ask the publisher for UTF-8, or to name the "
        "charset in Content-Type",
    )


def codec_of(name: str | None) -> str | None:
    """Returns the codec of a charset; None for none, for an unknown one, and for one that fits any bytes."""
    try:
        found = codecs.lookup((name or "").strip()).name
        b"".decode(found)
    except (LookupError, ValueError):
        return None
    if found in _SAYS_NOTHING:
        return None
    return "gb18030" if found in _CHINESE else found


def _few_lost(text: str) -> bool:
    """Tells whether what did not fit is damage here and there. Another charset loses most characters."""
    lost = text.count("\ufffd")
    return not lost or lost * _KEPT_OF_LOST <= sum(1 for character in text if character > "\x7f") - lost


def _fits(body: bytes, encoding: str) -> bool:
    try:
        body.decode(encoding).encode()
    except UnicodeError:
        return False
    return True

"""Unpacks bodies that come packed. We do it ourselves, because a library does it without a bound."""

from __future__ import annotations

import zlib

from connectors.errors import BatchRejected
from connectors.protocols.retry import Transient

_GZIP = 16 + zlib.MAX_WBITS
_GZIP_BEGINS = b"\x1f\x8b"
#: How JSON, XML and a byte order mark before them begin.
_PLAIN = (b"{", b"[", b"<", b"\xef\xbb\xbf")
#: Words of other fields that servers put into Content-Encoding.
_NO_PACKING = frozenset({"none", "binary", "8bit", "7bit"})
#: Packed bytes given at a time: what stands behind a member is copied, so it must not be the whole rest.
_STEP = 64 * 1024
#: More members than any server makes: each may unpack to nothing, and millions of them take hours.
_MOST_MEMBERS = 10_000


def unpack(feed_id: str, packing: str, body: bytes, largest: int) -> bytes:
    """Returns the body as it was before it was packed; at most ``largest`` + 1 bytes, so the caller can
    refuse more.

    ``packing`` is the answer's Content-Encoding: gzip (all its members), deflate (with zlib's frame or
    without, servers do both) or nothing. A body that begins like gzip is gzip even if nothing says so:
    neither JSON nor XML begins like that. A body that begins like them is not packed, even if it says so. A
    charset named there (``Content-Encoding: utf-8``) packs nothing.

    Raises ``Transient`` for a body that was cut off, ``BatchRejected`` for another packing.
    """
    kinds = [word.strip().lower() for word in packing.split(",")]
    kinds = [kind for kind in kinds if kind not in ("", "identity")]
    kinds = [kind for kind in kinds if not _is_charset(kind)]
    if not kinds:
        return _members(feed_id, body, largest) if body.startswith(_GZIP_BEGINS) else body
    if kinds in (["gzip"], ["x-gzip"]):
        return body if body.lstrip().startswith(_PLAIN) else _members(feed_id, body, largest)
    if kinds == ["deflate"]:
        return _deflated(feed_id, body, largest)
    raise BatchRejected(
        feed_id,
        f"the answer is packed in a way we did not offer ({', '.join(kinds)[:40]}; only gzip was); "
        "ask the publisher",
    )


def _is_charset(kind: str) -> bool:
    if kind in _NO_PACKING:
        return True
    try:
        b"x".decode(kind)  # of nothing at all the name is not looked at
    except UnicodeError:
        return True
    except (LookupError, ValueError):
        return False
    return True


def _members(feed_id: str, body: bytes, largest: int) -> bytes:
    """Unpacks all members of a gzip body.

    Zeros behind the last one are padding, anything else is an error.
    """
    found, size, end = [], 0, 0
    for _ in range(_MOST_MEMBERS):
        plain, end = _one(_GZIP, body, end, largest + 1 - size, "gzip")
        found.append(plain)
        size += len(plain)
        if size > largest or not body[end : end + _STEP].strip(b"\0"):
            break
        if not body.startswith(_GZIP_BEGINS, end):
            raise _behind(feed_id, len(body) - end, "gzip")
    else:
        raise BatchRejected(
            feed_id, f"the packed answer has over {_MOST_MEMBERS} gzip members; ask the publisher"
        )
    if size <= largest and body[end:].strip(b"\0"):
        raise _behind(feed_id, len(body) - end, "gzip")
    return b"".join(found)


def _deflated(feed_id: str, body: bytes, largest: int) -> bytes:
    try:
        plain, end = _one(zlib.MAX_WBITS, body, 0, largest + 1, "deflate")
    except Transient:
        try:
            plain, end = _one(-zlib.MAX_WBITS, body, 0, largest + 1, "deflate")
        except Transient:
            if body.lstrip().startswith(_PLAIN):
                return body
            raise
    if len(plain) <= largest and end < len(body):
        raise _behind(feed_id, len(body) - end, "deflate")
    return plain


def _behind(feed_id: str, size: int, name: str) -> BatchRejected:
    return BatchRejected(
        feed_id,
        f"the packed answer has {size} bytes behind its {name} data that are none; nothing was loaded, "
        "ask the publisher",
    )


def _one(form: int, body: bytes, start: int, most: int, name: str) -> tuple[bytes, int]:
    """Unpacks one stream from ``start`` on: at most ``most`` bytes of it, and where it ends."""
    unpacker = zlib.decompressobj(form)
    found, size, end = [], 0, start
    try:
        while not unpacker.eof and size < most:
            if end >= len(body):
                raise Transient("the packed answer was cut off")
            block = unpacker.decompress(body[end : end + _STEP], most - size)
            end = min(end + _STEP, len(body))
            found.append(block)
            size += len(block)
    except zlib.error as error:
        raise Transient(f"the answer says it is {name} and is not") from error
    return b"".join(found), end - len(unpacker.unused_data)

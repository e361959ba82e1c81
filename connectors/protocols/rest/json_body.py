"""Reads the one JSON document of an answer: a cut answer may pass, a badly written one comes again."""

from __future__ import annotations

import json
from typing import Any

from connectors.errors import BatchRejected
from connectors.protocols.retry import Transient

_BOM = b"\xef\xbb\xbf"
#: A document that ends in the middle of a word or an escape (``tru``, ``\\u9f``) fails so near its end.
_LONGEST_WORD = 9


def strip_padding(body: bytes) -> bytes:
    """Removes what stands around a document: marks and blanks before it, zeros and blanks behind it."""
    found = body.lstrip()
    while found.startswith(_BOM):
        found = found.removeprefix(_BOM).lstrip()
    return found.rstrip(b"\0 \t\r\n")


def parse_document(feed_id: str, doing: str, body: bytes) -> Any:
    """Parses a body without padding. A byte that is no UTF-8 becomes U+FFFD.

    Raises ``Transient`` for an empty or cut answer, a web page and plain words; ``BatchRejected`` for JSON
    that is complete and badly written.
    """
    if not body:
        raise Transient(
            "the answer is empty: HTTP 200 without a body says nothing, not even that there are no rows"
        )
    text = body.decode("utf-8", errors="replace")
    try:
        return json.loads(text, strict=False)  # a raw line end in a text is plain
    except json.JSONDecodeError as error:
        if text.startswith("<"):
            raise Transient(
                f"the answer is a web page (login? maintenance?) or XML, not JSON ({len(body)} bytes)"
            ) from None
        if text[0] not in "{[" or _cut(error):
            raise Transient(f"the answer is not JSON, or was cut off ({len(body)} bytes)") from None
        raise BatchRejected(feed_id, f"{doing}: {_wrong(error)}; ask the publisher") from None
    except ValueError:
        raise BatchRejected(
            feed_id, f"{doing}: the answer holds a number of too many digits; ask the publisher"
        ) from None
    except RecursionError:
        raise Transient(f"the answer is not JSON: nested without end ({len(body)} bytes)") from None


def _cut(error: json.JSONDecodeError) -> bool:
    return error.msg.startswith("Unterminated string") or len(error.doc) - error.pos < _LONGEST_WORD


def _wrong(error: json.JSONDecodeError) -> str:
    if error.msg == "Extra data":
        what = "the answer goes on behind its JSON document, expected one document"
    else:
        # the library's words are fixed ones and quote nothing
        what = f"the answer is no well-formed JSON ({error.msg})"
    return f"{what}: line {error.lineno}, character {error.colno}"

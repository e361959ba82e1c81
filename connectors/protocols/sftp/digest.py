"""Reads digest files as common tools write them: the md5 is found wherever it stands.

``md5sum`` (also -b, also with a backslash before it), BSD ``MD5 (file) = ..``, openssl ``MD5(stdin)= ..``,
certutil (a headline, on old machines a blank between the bytes), PowerShell (a table, UTF-16), upper case.
"""

from __future__ import annotations

import codecs
import re

from connectors.errors import BatchRejected

#: No tool writes more about one file (bytes).
LARGEST = 64 * 1024
_DIGITS = 32
#: What else has a fixed number of hex digits, so that the message can name it.
_OTHERS = {40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
_AS_LONG = {64: " or an sm3"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_GROUP = re.compile(r"(?<![0-9A-Za-z])(?:0x)?([0-9A-Fa-f]{32,})(?![0-9A-Za-z])")
#: Byte by byte: certutil of old machines puts a blank between them, openssl -c a colon, .NET a hyphen.
_BYTES = re.compile(
    r"(?<![0-9A-Za-z])[0-9A-Fa-f]{2}(?:(?: [0-9A-Fa-f]{2})+|(?::[0-9A-Fa-f]{2})+|(?:-[0-9A-Fa-f]{2})+)"
    r"(?![0-9A-Za-z])"
)


def announced_md5(feed_id: str, path: str, content: bytes) -> str:
    """Returns the one group of 32 hex digits in the digest file ``path``, in lower case.

    Raises ``BatchRejected`` for none, for several that differ, and for a file too large to be one.
    """
    if len(content) > LARGEST:
        raise BatchRejected(
            feed_id, f"{path} has more than {LARGEST} bytes, expected one md5; ask the publisher what it is"
        )
    groups = _groups(_text(content))
    found = {group for group in groups if len(group) == _DIGITS}
    if len(found) == 1:
        return found.pop()
    if found:
        raise BatchRejected(
            feed_id,
            f"{path} holds {len(found)} different groups of {_DIGITS} hex digits, expected one md5; "
            "ask the publisher for a digest file about this file only",
        )
    others = sorted({len(group) for group in groups} & set(_OTHERS))
    instead = "".join(
        f"; it holds a {_OTHERS[size]} ({size} digits){_AS_LONG.get(size, '')}" for size in others
    )
    raise BatchRejected(
        feed_id, f"{path} holds no md5 ({_DIGITS} hex digits){instead}; ask the publisher for the md5"
    )


def _groups(text: str) -> list[str]:
    whole = [found[1] for found in _GROUP.finditer(text)]
    apart = [re.sub("[ :-]", "", found[0]) for found in _BYTES.finditer(text)]
    return [group.lower() for group in (*whole, *apart)]


def _text(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace")
    high_first, low_first = content[::2].count(0), content[1::2].count(0)
    if high_first or low_first:  # UTF-16 without its mark: one byte of each hex digit is NUL
        return content.decode("utf-16-be" if high_first > low_first else "utf-16-le", errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        # the second byte of a GBK character may look like a hex digit
        return content.decode("gb18030", errors="replace")

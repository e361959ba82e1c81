"""Masks personal values before they reach a log, an error or the quarantine.

Masks are one-way and keep just enough to recognise a row beside its file.
"""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Iterable

# 15 digits or more in a row: old and new ID numbers, and the card and account numbers that look alike.
# ``\d`` also matches full-width digits, which departments' exports are full of.
_LONG_NUMBER = re.compile(r"(?<!\d)\d{14,}[\dXxＸｘ]")

#: All of C0 but tab and line feed, DEL, C1, and halves of surrogate pairs.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

#: The shapes of the masks; ``decode/json_text.py`` and ``ops.mask_*`` in the database give the same.
ID_STARS, ACCOUNT_STARS, HIDDEN = "*" * 8, "*" * 4, "***"
#: Shorter values are starred as a whole: too much of them would be left.
SHORTEST_ID, SHORTEST_ACCOUNT = 12, 8

_TOKEN = re.compile(r"[A-Za-z0-9+/=_.-]{20,}")


def mask_id(value: str | None) -> str:
    """Masks an ID number: the area and the last four characters stay, shorter values are all stars.

    >>> mask_id("210102196001011234")
    '210102********1234'
    """
    text = (value or "").strip()
    if len(text) < SHORTEST_ID:
        return "*" * len(text)
    return f"{text[:6]}{ID_STARS}{text[-4:]}"


def mask_name(value: str | None) -> str:
    """Masks a name: the first character stays, one star for each of the others.

    >>> mask_name("张建国")
    '张**'
    """
    text = (value or "").strip()
    return text[:1] + "*" * (len(text) - 1) if text else ""


def mask_account(value: str | None) -> str:
    """Masks an account number: the last four digits stay; fewer than eight digits are all stars.

    >>> mask_account("6222021234561234")
    '****1234'
    """
    text = (value or "").strip()
    return f"{ACCOUNT_STARS}{text[-4:]}" if len(text) >= SHORTEST_ACCOUNT else "*" * len(text)


def mask_quoted(value: str, hidden: Iterable[str | None] = ()) -> str:
    """Makes another system's text fit for a message of ours.

    ID numbers are masked; whatever looks like a key, a signature or a token is starred, as are the words in
    ``hidden``: the text may repeat what we sent.
    """
    text = mask_text(value)
    for word in hidden:
        if word:
            text = text.replace(word, HIDDEN)
    return _TOKEN.sub(HIDDEN, text)


def mask_text(value: str) -> str:
    """Returns free text, printable, with every number of 15 digits or more masked like an ID number."""
    return _LONG_NUMBER.sub(lambda found: mask_id(found.group()), to_printable(value))


def describe_unforeseen(error: BaseException) -> str:
    """Names an error nobody expected by its type and the line that raised it.

    Its own text may repeat a row's values, so it is left out, except where the operating system wrote it.

    >>> describe_unforeseen(OSError(28, "No space left on device"))
    'OSError: No space left on device'
    """
    kind = type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        return f"{kind}: {to_printable(error.strerror)}"
    place = error_place(error)
    return f"{kind} at {place}" if place else kind


def error_place(error: BaseException) -> str | None:
    """Returns file and line that raised an error (``rows.py, line 42``); None if it was never raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{os.path.basename(frames[-1].filename)}, line {frames[-1].lineno}" if frames else None


def to_printable(value: str) -> str:
    """Replaces what a database, a log or a terminal cannot take: control characters and half surrogate
    pairs.
    """
    return _UNPRINTABLE.sub("\ufffd", value)

"""Reads and prints text whatever the encoding of the terminal, the file or the pipe.

The hub prints Chinese and English. Where an output cannot show a character, an escape takes its place: a
command that did its work must not fail because of how it reports that.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence


def escape_unprintable() -> None:
    """Makes both outputs accept every text; opens the null device for one that is closed."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 -- for as long as we live
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def typed_arguments(arguments: Sequence[str] | None = None) -> list[str]:
    """Returns the arguments of the command line as they were typed, in UTF-8.

    Where Python takes the terminal for ASCII, it passes Chinese on as lone surrogates, which no database
    accepts.
    """
    given = sys.argv[1:] if arguments is None else arguments
    return [os.fsencode(a).decode("utf-8", "replace") if _is_raw(a) else a for a in given]


def _is_raw(argument: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in argument)


def discard_output() -> None:
    """Discards what Python still wants to flush, after a reader like ``... | head`` has closed the pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

"""What a person types and sees, whatever the encoding of the terminal, the file or the pipe.

The hub speaks Chinese and English. Where an output cannot show a character, an escape stands for it: a
command that did its work must not end with an error because of how it says so.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence


def show_anything() -> None:
    """Makes both outputs take every text. One that is closed takes it to nowhere."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 -- for as long as we live
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def words(arguments: Sequence[str] | None = None) -> list[str]:
    """The arguments of the command line as they were typed, in UTF-8.

    Where Python takes the terminal for ASCII it hands Chinese on as lone surrogates, which no database takes.
    """
    given = sys.argv[1:] if arguments is None else arguments
    return [os.fsencode(a).decode("utf-8", "replace") if _is_raw(a) else a for a in given]


def _is_raw(argument: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in argument)


def nobody_reads() -> None:
    """``... | head`` has read enough: what Python still wants to flush goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

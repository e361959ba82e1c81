"""Tells a person what is at work, with the seconds since the start."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

Say = Callable[[str], None]


def clock() -> Say:
    """Returns a function that writes a line with the seconds since now."""
    begin = time.monotonic()

    def say(line: str) -> None:
        sys.stdout.write(f"{time.monotonic() - begin:7.0f} s  {line}\n")
        sys.stdout.flush()

    return say

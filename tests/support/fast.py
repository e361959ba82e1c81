"""Tells fast tests from others: no PostgreSQL, no program of its own, no city to build."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

#: The fixture that starts the session's server; every database of a test hangs on it.
SERVER = "hub_server"
#: What a module imports whose tests build a stand-in city: seconds each.
CITY = "build_city"
_PROGRAMS = {"initdb", "pg_ctl", "postgres", "pg_dump", "pg_restore"}
#: Name of the fast test that runs now; None while none does.
_running: list[str | None] = [None]


def is_fast(item: pytest.Item) -> bool:
    """Whether the test asks for no server (also through other fixtures), builds no city and is not slow."""
    if SERVER in getattr(item, "fixturenames", ()) or hasattr(getattr(item, "module", None), CITY):
        return False
    return not any(item.iter_markers("slow"))


@contextmanager
def watched(item: pytest.Item) -> Iterator[None]:
    """Lets ``refuse_postgres`` know which fast test runs."""
    before = _running[0]
    _running[0] = item.nodeid if is_fast(item) else None
    try:
        yield
    finally:
        _running[0] = before


def refuse_postgres(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook of Python: a fast test that starts a program of PostgreSQL fails and says why."""
    if event != "subprocess.Popen" or _running[0] is None:
        return
    command = arguments[1] if isinstance(arguments[1], list | tuple) else [arguments[1]]
    found = _PROGRAMS & {Path(str(word)).name for word in command}
    if found:
        raise RuntimeError(
            f"{_running[0]} starts {', '.join(sorted(found))}, but a fast test needs no PostgreSQL: "
            f"ask for the fixture {SERVER} (or hub_db, fresh_hub), or mark the test slow"
        )

"""Runs the process: loads the front-end databases, opens the ports, writes the connections, ends on
SIGTERM.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import uvicorn

from connectors.catalogue.load import load_catalogue
from sandbox.server import key_store
from sandbox.server.files import Files
from sandbox.server.frontend import FrontEnd
from sandbox.server.rest import Platform
from sandbox.server.sftp import listen
from sandbox.server.soap import Services
from sandbox.server.store import Store
from sandbox.server.web import application

log = logging.getLogger("sandbox")


@dataclass(frozen=True)
class Setup:
    """``home`` is HUB_HOME, ``city`` the folder of the built city in it."""

    home: Path
    city: Path
    as_of: date
    frontend_url: str


class _Server(uvicorn.Server):
    """Runs uvicorn without its own signal handling: this process has two servers to end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def serve(
    setup: Setup, *, stop: asyncio.Event | None = None, ready: Callable[[], None] = lambda: None
) -> None:
    """Serves until SIGTERM or SIGINT, or in a thread (which gets no signals) until ``stop`` is set.

    ``ready`` is called once the connections file is written.
    """
    folder = setup.home / "sandbox"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "connections.env").unlink(missing_ok=True)
    keys, host_key = key_store.load_keys(folder), key_store.load_host_key(folder)
    store = Store(setup.city, load_catalogue(), setup.as_of)
    front_end = FrontEnd(setup.frontend_url, store, keys)
    started = time.monotonic()
    rows = await asyncio.to_thread(front_end.load, log.info)
    reader = await asyncio.to_thread(front_end.reader)
    log.info("front-end databases ready: %d rows loaded in %.1f s", rows, time.monotonic() - started)
    store.on_change(front_end.refresh)

    files = Files(folder / "served" / setup.city.name, store, keys)
    door = await listen(files, keys, host_key)
    web = _Server(
        uvicorn.Config(
            application(store, Platform(store, keys), Services(store, keys)),
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
    )
    listening = socket.create_server(("127.0.0.1", 0))
    ends = key_store.Endpoints(
        http_port=listening.getsockname()[1],
        sftp_port=door.get_port(),
        host_key=key_store.public_text(host_key),
        database=reader,
    )
    stopping = stop or _signalled()
    running = asyncio.create_task(web.serve(sockets=[listening]))
    while not web.started and not running.done():
        await asyncio.sleep(0.01)
    _announce(folder, store, keys, ends)
    ready()
    waiting = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        web.should_exit = True
        await running
    finally:
        _withdraw(folder)
        door.close()
        await door.wait_closed()
        waiting.cancel()


def _signalled() -> asyncio.Event:
    event = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, event.set)
    return event


def _announce(folder: Path, store: Store, keys: key_store.Keys, ends: key_store.Endpoints) -> None:
    told: dict[str, Any] = {
        "pid": os.getpid(),
        "control": f"http://127.0.0.1:{ends.http_port}",
        "http_port": ends.http_port,
        "sftp_port": ends.sftp_port,
        "city": store.city.name,
    }
    key_store.write_private(folder / "server.json", json.dumps(told))
    lines = key_store.connection_lines(store.catalogue, keys, ends)
    key_store.write_private(folder / "connections.env", "\n".join(lines) + "\n")
    log.info(
        "ready: %d feeds behind %d connections, http %d, sftp %d, connections in %s",
        len(store.catalogue),
        len(lines),
        ends.http_port,
        ends.sftp_port,
        folder / "connections.env",
    )


def _withdraw(folder: Path) -> None:
    """Removes the connections, unless a later process has already put its own there."""
    told = json.loads((folder / "server.json").read_text(encoding="utf-8"))
    if told["pid"] == os.getpid():
        (folder / "connections.env").unlink(missing_ok=True)

"""One running sandbox over the small city, for the server tests."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from connectors.connections import Connection, parse
from sandbox.server.serve import Setup, serve
from tests.support import small_city
from warehouse.settings import Settings
from warehouse.store.postgres import server as database_server


@dataclass(frozen=True)
class Sandbox:
    home: Path
    city: Path
    control: str

    def connection(self, connection_id: str) -> Connection:
        name = f"AIRFLOW_CONN_{connection_id.upper()}"
        for line in (self.home / "sandbox" / "connections.env").read_text().splitlines():
            if line.startswith(name + "="):
                return parse(line.partition("=")[2], name)
        raise LookupError(name)

    def post(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        request = Request(self.control + path, json.dumps(content).encode(), method="POST")
        with urlopen(request) as answer:
            return dict(json.load(answer))


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory, hub_server: Settings) -> Iterator[Sandbox]:
    home = tmp_path_factory.mktemp("sandbox home")
    city = small_city.build(home)
    url = database_server.ensure_database("departments_test", hub_server)
    setup = Setup(home, city, small_city.DAY, url)
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    failures: list[BaseException] = []
    ready = threading.Event()

    def run() -> None:
        try:
            loop.run_until_complete(serve(setup, stop=stop, ready=ready.set))
        except BaseException as error:
            failures.append(error)
            ready.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(60)
    if failures:
        raise failures[0]
    told = json.loads((home / "sandbox" / "server.json").read_text())
    yield Sandbox(home, city, told["control"])
    loop.call_soon_threadsafe(stop.set)
    thread.join(20)

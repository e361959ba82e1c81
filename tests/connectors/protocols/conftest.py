"""Fixtures of the protocols' own tests; the servers themselves are in ``servers``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from connectors.delivery import AskedPerson, Window
from connectors.protocols.retry import Retry
from tests.support.protocol_servers import Answer, HttpServer, SftpServer


@pytest.fixture
def http_server() -> Iterator[HttpServer]:
    server = HttpServer()
    yield server
    server.close()


@pytest.fixture
def sftp_server(tmp_path: Path) -> Iterator[SftpServer]:
    root = tmp_path / "served"
    root.mkdir()
    server = SftpServer(root)
    yield server
    server.close()


@pytest.fixture
def answer() -> type[Answer]:
    return Answer


@pytest.fixture
def pauses() -> list[float]:
    """What a retry would have slept."""
    return []


@pytest.fixture
def retry(pauses: list[float]) -> Retry:
    return Retry(sleep=pauses.append)


@pytest.fixture
def window() -> Window:
    return Window(since=datetime(2020, 5, 10), until=datetime(2020, 5, 13))


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    return tmp_path / "landing"


@pytest.fixture
def people() -> list[AskedPerson]:
    return [AskedPerson(n, f"2101021980010{n:05d}"[:18], f"张{n}") for n in range(1, 7)]

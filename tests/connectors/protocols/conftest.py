"""Throw-away servers that speak the departments' protocols and misbehave on demand."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import asyncssh
import pytest

from connectors.connections import Connection
from connectors.protocols.retry import Retry
from connectors.types import Subject, Window


@dataclass
class Asked:
    """One HTTP request as the server saw it."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    #: "reset": cut the connection; "short": promise more bytes than are sent
    fault: str | None = None


class HttpServer:
    """Answers with ``script(asked)``; remembers everything asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.script: Callable[[Asked], Answer] = lambda asked: Answer(status=404)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _do(self) -> None:
                url = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {k.lower(): v for k, v in self.headers.items()}
                params = dict(parse_qsl(url.query, keep_blank_values=True))
                asked = Asked(self.command, url.path, params, headers, body)
                outer.asked.append(asked)
                answer = outer.script(asked)
                if answer.fault == "reset":
                    linger = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.connection.close()
                    return
                self.send_response(answer.status)
                extra = 10 if answer.fault == "short" else 0
                self.send_header("Content-Length", str(len(answer.body) + extra))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)
                if answer.fault:
                    self.close_connection = True

            do_GET = do_POST = _do

            def log_message(self, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *args: None  # type: ignore[method-assign]
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def connection(self) -> Connection:
        return Connection("http", "127.0.0.1", self.port, "app-key", "app-secret", "http")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class SftpServer:
    """An SFTP server over ``root``; ``key`` is its host key, ``reader`` may lie about files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.sftp_class: type[asyncssh.SFTPServer] = asyncssh.SFTPServer
        self.logins = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = self._server.get_port()

    async def _listen(self) -> asyncssh.SSHAcceptor:
        outer = self

        class Login(asyncssh.SSHServer):
            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                outer.logins += 1
                return (username, password) == ("hub", "hub-password")

        def factory(channel: asyncssh.SSHServerChannel) -> asyncssh.SFTPServer:
            return outer.sftp_class(channel, chroot=str(outer.root).encode())

        return await asyncssh.listen(
            "127.0.0.1", 0, server_factory=Login, server_host_keys=[self.key], sftp_factory=factory
        )

    def put(self, path: str, content: bytes) -> None:
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def connection(self, **extra: str) -> Connection:
        public = self.key.export_public_key("openssh").decode().strip()
        return Connection(
            "sftp", "127.0.0.1", self.port, "hub", "hub-password", None, {"host_key": public, **extra}
        )

    def close(self) -> None:
        async def stop() -> None:
            self._server.close()
            await self._server.wait_closed()

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


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
def people() -> list[Subject]:
    return [Subject(n, f"2101021980010{n:05d}"[:18], f"张{n}") for n in range(1, 7)]

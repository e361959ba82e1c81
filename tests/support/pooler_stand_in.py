"""A connection pooler that speaks just enough of PostgreSQL's protocol to refuse and to share."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_NO_TLS = (80877103, 80877104)  # SSLRequest, GSSENCRequest
_READY, _KEY = b"Z", b"K"


@dataclass
class Pooler:
    """``mode``: session, transaction, or forgetful (one session for each client, its settings are lost)."""

    target: tuple[str, int]
    mode: str
    refuses_options: bool = True
    listener: socket.socket = field(default_factory=socket.socket)
    free: list[socket.socket] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._client, args=(client,), daemon=True).start()

    def _client(self, client: socket.socket) -> None:
        with client, suppress(OSError, EOFError):
            startup = _startup(client)
            if self.refuses_options and b"\0options\0" in startup:
                _fail(client, "unsupported startup parameter: options")
                return
            session = socket.create_connection(self.target)
            session.sendall(startup)
            self._log_in(client, session)
            self._give_back(session)
            kept = session if self.mode != "transaction" else None
            while True:
                kept = self._query(client, kept)

    def _log_in(self, client: socket.socket, session: socket.socket) -> None:
        while True:
            kind, body = _message(session)
            # a pooler has a key of its own for each client
            _send(client, kind, struct.pack("!II", 4_000_000, 1) if kind == _KEY else body)
            if kind == _READY:
                return
            if kind == b"E":
                raise EOFError
            if kind == b"R" and struct.unpack("!I", body[:4])[0] in (10, 11):
                _send(session, *_message(client))

    def _give_back(self, session: socket.socket) -> None:
        with self.lock:
            self.free.append(session)

    def _query(self, client: socket.socket, kept: socket.socket | None) -> socket.socket | None:
        kind, body = _message(client)
        if kind == b"X":
            raise EOFError
        session = kept or self._take()
        _send(session, kind, body)
        state = _answer(session, client)
        if self.mode == "forgetful" and state == b"I":
            _send(session, b"Q", b"reset all\0")
            _answer(session, None)
        if self.mode != "transaction":
            return session
        if state == b"I":
            self._give_back(session)
            return None
        return session

    def _take(self) -> socket.socket:
        with self.lock:
            return self.free.pop()


@contextmanager
def pooler(host: str, port: int, mode: str, *, refuses_options: bool = True) -> Iterator[Pooler]:
    """One that serves for the length of the block."""
    made = Pooler((host, port), mode, refuses_options)
    made.listener.bind(("127.0.0.1", 0))
    made.listener.listen()
    threading.Thread(target=made.serve, daemon=True).start()
    try:
        yield made
    finally:
        made.listener.close()
        for session in made.free:
            session.close()


def _startup(client: socket.socket) -> bytes:
    while True:
        head = _exactly(client, 4)
        body = _exactly(client, struct.unpack("!I", head)[0] - 4)
        if struct.unpack("!I", body[:4])[0] not in _NO_TLS:
            return head + body
        client.sendall(b"N")


def _answer(session: socket.socket, client: socket.socket | None) -> bytes:
    while True:
        kind, body = _message(session)
        if client is not None:
            _send(client, kind, body)
        if kind == _READY:
            return body


def _message(source: socket.socket) -> tuple[bytes, bytes]:
    kind = _exactly(source, 1)
    return kind, _exactly(source, struct.unpack("!I", _exactly(source, 4))[0] - 4)


def _send(target: socket.socket, kind: bytes, body: bytes) -> None:
    target.sendall(kind + struct.pack("!I", len(body) + 4) + body)


def _fail(client: socket.socket, text: str) -> None:
    fields = b"SFATAL\0C08P01\0M" + text.encode() + b"\0\0"
    _send(client, b"E", fields)


def _exactly(source: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = source.recv(size - len(found))
        if not more:
            raise EOFError
        found += more
    return found

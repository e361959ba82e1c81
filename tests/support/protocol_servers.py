"""Throw-away servers that speak the departments' protocols and misbehave on demand."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import asyncssh
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.connections import Connection


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
    #: "reset": cut the connection; "short": promise more bytes than are sent; "hang": never answer;
    #: "drip": a body of blanks without end; "chunk-cut": end in the middle of a chunk
    fault: str | None = None


def certificate(
    pem: Path, host: str = "127.0.0.1", begins: date = date(2020, 1, 1), ends: date = date(2120, 1, 1)
) -> Path:
    """A certificate of its own making, with its key, written to ``pem``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1)
    builder = builder.not_valid_before(datetime.combine(begins, time())).not_valid_after(
        datetime.combine(ends, time())
    )
    with contextlib.suppress(ValueError):
        address = x509.IPAddress(ipaddress.ip_address(host))
        builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    signed = builder.sign(key, hashes.SHA256())
    pem.write_bytes(key.private_bytes(*form) + signed.public_bytes(Encoding.PEM))
    return pem


class HttpServer:
    """Answers with ``script(asked)``; remembers everything asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        #: Set when the server ends: what hangs, hangs until then.
        self.closing = threading.Event()
        self.script: Callable[[Asked], Answer] = lambda asked: Answer(status=404)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"outer": self}))
        self._server.handle_error = lambda *args: None  # type: ignore[method-assign]
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def speak_tls(self, folder: Path, change: Callable[[ssl.SSLContext], None] = lambda c: None) -> None:
        """From now on over TLS, with a certificate that only the server itself vouches for."""
        self.wrap(certificate(folder / "server.pem"), change)

    def wrap(self, pem: Path, change: Callable[[ssl.SSLContext], None] = lambda c: None) -> None:
        """From now on over TLS, with this certificate and key; ``change`` limits what the server can do."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        change(context)
        context.load_cert_chain(pem)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def connection(self) -> Connection:
        return Connection("http", "127.0.0.1", self.port, "app-key", "app-secret", "http")

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Asks its server what to answer, and how to fail while answering."""

    outer: HttpServer
    protocol_version = "HTTP/1.1"

    def _do(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {k.lower(): v for k, v in self.headers.items()}
        params = dict(parse_qsl(url.query, keep_blank_values=True))
        asked = Asked(self.command, url.path, params, headers, body)
        self.outer.asked.append(asked)
        answer = self.outer.script(asked)
        self.close_connection = answer.fault is not None
        if answer.fault == "hang":
            self.outer.closing.wait()
        elif answer.fault == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
        else:
            self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.fault == "drip":
            self.end_headers()
            while not self.outer.closing.is_set():
                self.wfile.write(b" ")
        elif answer.fault == "chunk-cut":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n" % (len(answer.body) + 10) + answer.body)
        else:
            extra = 10 if answer.fault == "short" else 0
            self.send_header("Content-Length", str(len(answer.body) + extra))
            self.end_headers()
            self.wfile.write(answer.body)

    do_GET = do_POST = _do

    def log_message(self, *args: object) -> None:
        return


class SftpServer:
    """An SFTP server over ``root``; ``key`` is its host key, ``sftp_class`` may lie about files.

    ``passwords``: whether it takes them. ``known_keys``: the public keys it takes. ``algorithms``: what it
    is limited to.
    """

    def __init__(self, root: Path, **algorithms: list[str]) -> None:
        self.root = root
        self.passwords = True
        self.known_keys: list[asyncssh.SSHKey] = []
        self.algorithms = algorithms
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
                return outer.passwords

            def public_key_auth_supported(self) -> bool:
                return bool(outer.known_keys) or not outer.passwords

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                known = {known.public_data for known in outer.known_keys}
                return username == "hub" and key.public_data in known

            def validate_password(self, username: str, password: str) -> bool:
                outer.logins += 1
                return (username, password) == ("hub", "hub-password")

        def factory(channel: asyncssh.SSHServerChannel) -> asyncssh.SFTPServer:
            return outer.sftp_class(channel, chroot=str(outer.root).encode())

        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Login,
            server_host_keys=[self.key],
            sftp_factory=factory,
            **self.algorithms,
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

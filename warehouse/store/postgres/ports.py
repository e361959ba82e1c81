"""Finds ports of this machine for the embedded server."""

from __future__ import annotations

import secrets
import socket

from warehouse.errors import ServerError


def free_port() -> int:
    """Returns a free port below the range of outgoing connections, so that it can be kept for good."""
    for _ in range(200):
        port = 20_000 + secrets.randbelow(12_000)
        if is_free(port):
            return port
    raise ServerError("no free port between 20000 and 32000 on 127.0.0.1: end what uses them")


def is_free(port: int) -> bool:
    """Tells whether nothing listens on that port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

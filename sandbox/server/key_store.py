"""Keeps the sandbox's secrets and writes its connections file.

One drawn secret per home; every password is derived from it, so a restart keeps them and none is in the code.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from connectors.catalogue.model import Feed


@dataclass(frozen=True)
class Keys:
    """Logins and passwords per connection id."""

    secret: str

    def login(self, connection_id: str) -> str:
        """Returns the login of a connection."""
        return f"hub_{connection_id}"

    def password(self, purpose: str) -> str:
        """Returns the password for a purpose, derived from the secret."""
        return hmac.new(self.secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()[:40]

    @property
    def reader_role(self) -> str:
        """Returns the name of the reading role.

        Roles belong to the whole database server, so each home has its own.
        """
        return f"sandbox_reader_{self.password('role')[:8]}"


@dataclass(frozen=True)
class Endpoints:
    """Where the servers listen. ``database``: host, port, dbname, user, password of the reader."""

    http_port: int
    sftp_port: int
    host_key: str
    database: dict[str, Any]


def write_private(path: Path, text: str) -> None:
    """Replaces ``path``; only the owner can read it, from its first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    temporary.replace(path)


def load_keys(folder: Path) -> Keys:
    """Loads the secret of a home, or draws it at the first call."""
    path = folder / "secret"
    if not path.exists():
        write_private(path, secrets.token_hex(32))
    return Keys(path.read_text(encoding="ascii").strip())


def load_host_key(folder: Path) -> asyncssh.SSHKey:
    """Loads the host key of a home, or makes it at the first call."""
    path = folder / "host_key"
    if not path.exists():
        key = asyncssh.generate_private_key("ssh-ed25519")
        write_private(path, key.export_private_key().decode("ascii"))
    return asyncssh.read_private_key(str(path))


def public_text(key: asyncssh.SSHKey) -> str:
    """Returns a public key as ``ssh-ed25519 AAAA..``, as in a known_hosts line, without a comment."""
    return " ".join(key.export_public_key().decode("ascii").split()[:2])


def connection_lines(catalogue: dict[str, Feed], keys: Keys, ends: Endpoints) -> list[str]:
    """Returns ``AIRFLOW_CONN_<ID>={json}`` for every connection id of the catalogue."""
    protocols: dict[str, str] = {}
    for feed in catalogue.values():
        if protocols.setdefault(feed.connection_id, feed.protocol) != feed.protocol:
            raise ValueError(f"connection {feed.connection_id} is used by two protocols")
    return [
        f"AIRFLOW_CONN_{name.upper()}={json.dumps(_connection(name, protocol, keys, ends))}"
        for name, protocol in sorted(protocols.items())
    ]


def _connection(name: str, protocol: str, keys: Keys, ends: Endpoints) -> dict[str, Any]:
    if protocol == "sql":
        return {
            "conn_type": "postgres",
            "host": ends.database["host"],
            "port": ends.database["port"],
            "login": ends.database["user"],
            "password": ends.database["password"],
            "schema": ends.database["dbname"],
        }
    common = {"host": "127.0.0.1", "login": keys.login(name), "password": keys.password(name)}
    if protocol == "sftp":
        extra = {"host_key": ends.host_key, "archive_password": keys.password(f"archive:{name}")}
        return {"conn_type": "sftp", "port": ends.sftp_port, **common, "extra": extra}
    return {"conn_type": "http", "port": ends.http_port, "schema": "http", **common}

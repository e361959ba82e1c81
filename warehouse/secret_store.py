"""Keeps the secrets that the hub makes for itself: passwords of the embedded server, the key of person ids.

They are in ``HUB_HOME/secrets.json`` (mode 0600), are made once and never change by themselves. Only a
restore replaces one: the key of the person ids.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds an exclusive lock on ``path``, which is made if missing; the lock of a killed process is
    released.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def private_folder(path: Path) -> None:
    """Makes a folder that only its owner can read; changes the mode of one that is there."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)


def private_log(path: Path, *, append: bool = False) -> BinaryIO:
    """Opens a log that only its owner can read; changes the mode of one that is there."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else os.O_TRUNC)
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "ab" if append else "wb")


def write_private(path: Path, text: str) -> None:
    """Replaces a file in one step; only its owner can read it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)


def get_or_create(home: Path, name: str) -> str:
    """Returns the secret called ``name``: 64 hex digits, made and stored at the first call."""
    path = home / "secrets.json"
    with locked(home / ".secrets.lock"):
        stored: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if name not in stored:
            stored[name] = secrets.token_hex(32)
            write_private(path, json.dumps(stored, indent=1))
        return stored[name]


def put(home: Path, name: str, value: str) -> None:
    """Stores a secret that was made elsewhere."""
    path = home / "secrets.json"
    with locked(home / ".secrets.lock"):
        stored: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        write_private(path, json.dumps({**stored, name: value}, indent=1))

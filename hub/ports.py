"""Reserves ports for one ``HUB_HOME``: drawn once and kept, so that addresses stay the same from run to
run.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path

from warehouse.store.postgres.ports import is_free


def reserve(home: Path, name: str) -> int:
    """Returns the port reserved for ``name`` if it is free now; otherwise reserves a new free one."""
    path = home / "run" / "ports"
    ports: dict[str, int] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if name not in ports or not is_free(ports[name]):
        ports[name] = _draw(set(ports.values()))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(ports), encoding="utf-8")
    return ports[name]


def reserved_port(home: Path, name: str) -> int | None:
    """Returns the port reserved for ``name``, whether or not something listens on it; None if there is
    none.
    """
    path = home / "run" / "ports"
    ports: dict[str, int] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return ports.get(name)


def _draw(taken: set[int]) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port

"""Describes the machine a run was made on."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.suite.options import processors
from warehouse.settings import PROJECT_ROOT, Settings
from warehouse.store.connect import connect

_PACKAGES = ("dbt-core", "dbt-postgres", "apache-airflow", "great-expectations", "polars", "pyarrow")


def describe(settings: Settings, folder: Path) -> dict[str, Any]:
    """Returns processors, memory, disk, versions, and the server's settings that matter."""
    disk = shutil.disk_usage(folder)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "processor": _processor(),
        "processors": processors(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "disk_gib_free": round(disk.free / 2**30, 1),
        "file_system": _file_system(folder),
        "system": f"{platform.system()} {platform.release()}",
        "niceness": os.nice(0),
        "python": platform.python_version(),
        "postgres": _server(settings),
        "packages": {name: metadata.version(name) for name in _PACKAGES},
    }


def load_average() -> list[float]:
    """Returns the load averages of 1, 5 and 15 minutes."""
    return [round(value, 2) for value in os.getloadavg()]


def commit() -> str:
    """Returns the short commit of the checkout, with ``+`` if files differ from it."""
    short = _git("rev-parse", "--short", "HEAD")
    return short + "+" * bool(_git("status", "--porcelain", "--untracked-files=no"))


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _file_system(folder: Path) -> str:
    places = [p for p in psutil.disk_partitions(all=True) if folder.is_relative_to(p.mountpoint)]
    return max(places, key=lambda p: len(p.mountpoint)).fstype if places else "unknown"


def _server(settings: Settings) -> dict[str, str]:
    names = ("server_version", "shared_buffers", "work_mem", "synchronous_commit", "max_wal_size")
    with closing(connect(settings)) as connection, connection.cursor() as cursor:
        found = {}
        for name in names:
            cursor.execute(f"show {name}")
            row = cursor.fetchone()
            found[name] = row[0] if row else ""
        return found

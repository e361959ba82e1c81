"""Writes postgresql.conf of the embedded server, sized to the machine it runs on."""

from __future__ import annotations

import os
from pathlib import Path

_MIB = 1024 * 1024


def configuration(port: int, *, memory: int | None = None, cpus: int | None = None) -> str:
    """Returns the text of ``hub.conf``. ``memory`` is in bytes; memory and cpus are measured by default."""
    memory = memory or _memory()
    cpus = cpus or os.cpu_count() or 1
    shared = min(max(memory // 12, 64 * _MIB), 2048 * _MIB) // _MIB
    work = min(max(memory // 256, 8 * _MIB), 96 * _MIB) // _MIB
    values = {
        "listen_addresses": "'127.0.0.1'",
        "port": port,
        "unix_socket_directories": "''",
        "max_connections": 120,
        # for the owner: loaders, dbt, publisher and Airflow get in whatever readers open
        "reserved_connections": 40,
        "password_encryption": "'scram-sha-256'",
        "shared_buffers": f"'{shared}MB'",
        "effective_cache_size": f"'{memory // 2 // _MIB}MB'",
        "work_mem": f"'{work}MB'",
        "maintenance_work_mem": f"'{min(shared, 512)}MB'",
        "dynamic_shared_memory_type": f"'{_dynamic_shared_memory()}'",
        "max_parallel_workers": cpus,
        "max_parallel_workers_per_gather": max(1, cpus // 2),
        "jit": "off",
        "random_page_cost": 1.1,
        # one server, no replica: tables filled in the transaction that makes them need no WAL
        "wal_level": "'minimal'",
        "max_wal_senders": 0,
        "wal_compression": "on",
        "max_wal_size": "'4GB'",
        "checkpoint_timeout": "'15min'",
        "timezone": f"'{_zone()}'",
        "log_timezone": f"'{_zone()}'",
        "datestyle": "'ISO, YMD'",
        "lc_messages": "'C'",
        # a statement or the DETAIL line of an error can carry a person's number: keep both out of the log
        "log_min_error_statement": "'panic'",
        "log_error_verbosity": "'terse'",
        # and the message itself, where a value could not be cast: the client that sent it is told
        "log_min_messages": "'log'",
        "log_line_prefix": "'%m [%p] %d '",
    }
    lines = [f"{name} = {value}" for name, value in values.items()]
    return "# written at each start by warehouse/store/postgres/server.py\n" + "\n".join(lines) + "\n"


def _memory() -> int:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    if limit.exists():
        text = limit.read_text(encoding="ascii").strip()
        if text.isdigit():
            return min(total, int(text))
    return total


def _dynamic_shared_memory() -> str:
    # containers often have 64 MB in /dev/shm, too little for a parallel hash join
    try:
        stat = os.statvfs("/dev/shm")  # noqa: S108
    except OSError:
        return "mmap"
    return "posix" if stat.f_frsize * stat.f_blocks >= 512 * _MIB else "mmap"


def _zone() -> str:
    # the wheel brings no time zone data; a slim image may have none either. China has no summer time.
    return "Asia/Shanghai" if Path("/usr/share/zoneinfo/Asia/Shanghai").exists() else "<+08>-8"

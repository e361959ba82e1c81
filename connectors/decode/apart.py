"""Reads a file in a process of its own, whose memory and time are bounded.

A library may abort the process, fill the memory or never end. Here that costs one batch: the caller gets a
``BatchRejected`` that names the file, the attempt is recorded, and the next feed is loaded. The process has
no secret (its environment is nearly empty) and returns columns of text, nothing that is executed.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from connectors.catalogue.model import Feed, Format, Table
from connectors.decode.raw import RawChunk
from connectors.errors import BatchRejected, ColumnsMissing, FeedError

Reader = Callable[[Feed, Table, Path], Iterator[RawChunk]]

#: What goes through the pipe: one letter and the length of what follows.
HEAD = struct.Struct(">cQ")
#: A chunk: suspect, excel, exponents, length of the frame; then the frame and the malformed rows.
CHUNK = struct.Struct(">???Q")
#: Environment variables the process needs; none holds a connection or a key.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ", "VIRTUAL_ENV")
_PROJECT = Path(__file__).parents[2]
_BLOCK = 1 << 20
#: How long the process may take to end after its last message (seconds).
_GRACE = 10


def read_in_own_process(reader: Reader, feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    """Yields the chunks of ``reader(feed, table, path)``; the reader must be a function of a module.

    Raises the reader's ``FeedError``, and ``BatchRejected`` for any other failure.
    """
    bounds = feed.format or Format(kind="xlsx")
    with tempfile.TemporaryDirectory(prefix="hub_reader_", ignore_cleanup_errors=True) as folder:
        process = _started(bounds, folder)
        try:
            with contextlib.suppress(BrokenPipeError):  # it died at once: how, is seen below
                assert process.stdin  # noqa: S101
                with process.stdin as request:
                    pickle.dump((reader, feed, table, path), request)
            yield from _chunks(process, feed, path, bounds)
        finally:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()


def _started(bounds: Format, folder: str) -> subprocess.Popen[bytes]:
    """Starts the process.

    It may put files into ``folder`` only: a killed process cannot remove them itself.
    """
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    places = [str(_PROJECT), *(place for place in sys.path if place)]
    environment |= {"PYTHONPATH": os.pathsep.join(places), "PYTHONUTF8": "1", "POLARS_MAX_THREADS": "1"}
    environment["TMPDIR"] = folder
    limits = (str(bounds.reader_memory_mb), str(bounds.reader_seconds), folder)
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "connectors.decode.child", *limits],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a library's last words may repeat a cell
        env=environment,
    )


def _chunks(process: subprocess.Popen[bytes], feed: Feed, path: Path, bounds: Format) -> Iterator[RawChunk]:
    answers = _Answers(process, bounds.reader_seconds)
    while True:
        try:
            kind, length = HEAD.unpack(answers.read(HEAD.size))
            content = answers.read(length)
        except EOFError:
            raise BatchRejected(feed.feed_id, f"{path.name}: {_end(process, bounds)}") from None
        except TimeoutError:
            raise BatchRejected(feed.feed_id, f"{path.name}: {_late(bounds)}") from None
        if kind == b"D":
            return
        if kind == b"E":
            raise _error(feed, path, json.loads(content), bounds)
        yield _chunk(content)


class _Answers:
    """Reads the pipe from the process.

    Only the time spent waiting for the process counts against its bound.
    """

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        assert process.stdout  # noqa: S101
        self._pipe = process.stdout.fileno()
        self._poll = select.poll()
        self._poll.register(self._pipe, select.POLLIN)
        self._left = seconds

    def read(self, length: int) -> bytes:
        """Reads exactly ``length`` bytes.

        Raises ``EOFError`` at the end and ``TimeoutError`` past the bound.
        """
        content = bytearray()
        while len(content) < length:
            asked = time.monotonic()
            ready = self._poll.poll(max(self._left, 0) * 1000)
            self._left -= time.monotonic() - asked
            if not ready:
                raise TimeoutError
            block = os.read(self._pipe, min(length - len(content), _BLOCK))
            if not block:
                raise EOFError
            content += block
        return bytes(content)


def _chunk(content: bytes) -> RawChunk:
    suspect, excel, exponents, length = CHUNK.unpack_from(content)
    frames = memoryview(content)[CHUNK.size :]
    frame, malformed = (pl.read_ipc_stream(io.BytesIO(part)) for part in (frames[:length], frames[length:]))
    return RawChunk(frame, malformed, suspect, excel, exponents)


def _error(feed: Feed, path: Path, reply: dict[str, str], bounds: Format) -> FeedError:
    """Returns the reader's error. For an unforeseen one only type and place: its text may repeat a cell."""
    kind, message = reply["kind"], reply["message"]
    if kind == "ColumnsMissing":
        return ColumnsMissing(feed.feed_id, message, reply["table"], tuple(reply["found"]))
    if kind == "BatchRejected":
        return BatchRejected(feed.feed_id, message)
    if kind == "MemoryError":
        return BatchRejected(feed.feed_id, f"{path.name}: {_large(bounds)}")
    return BatchRejected(
        feed.feed_id,
        f"{path.name}: its reader failed ({kind} in {message}), expected a table; nothing was loaded; "
        "have the file saved again, then ask the hub's maintainer",
    )


def _end(process: subprocess.Popen[bytes], bounds: Format) -> str:
    try:
        code = process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        return "its reader closed the pipe before its end; nothing was loaded; load it again"
    if code == -signal.SIGXCPU:
        return _late(bounds)
    if code >= 0:
        return f"its reader ended with code {code} and without a word; nothing was loaded; load it again"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else "unknown"
    return (
        f"its reader was ended by signal {-code} ({name}), most often because the file asks for more memory "
        f"than the {bounds.reader_memory_mb} MB it may have; nothing was loaded; ask the publisher to delete "
        "what stands outside of the table and to save the file again"
    )


def _large(bounds: Format) -> str:
    return (
        f"reading it takes more than {bounds.reader_memory_mb} MB of memory; nothing was loaded; ask the "
        "publisher to delete what stands outside of the table, or raise format.reader_memory_mb"
    )


def _late(bounds: Format) -> str:
    return (
        f"reading it did not end within {bounds.reader_seconds} seconds; nothing was loaded; ask the "
        "publisher to save it again, or raise format.reader_seconds"
    )

"""The process in which ``connectors.decode.apart`` reads a file.

``python -m connectors.decode.child MB SECONDS FOLDER`` reads the request from its input (from our own
process, so it may be a pickle) and writes chunks to its output. Whatever a library prints is discarded. Its
files go to FOLDER.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
import resource
import select
import shutil
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

#: Processor time allowed, as a multiple of the time the caller waits: several threads may run at once.
_SECONDS_OF_PROCESSOR = 2


def main(memory_mb: int, seconds: int, folder: str) -> None:
    """Bounds memory (MiB) and processor time, then answers the request on standard input."""
    _bound(resource.RLIMIT_AS, memory_mb << 20)
    _bound(resource.RLIMIT_CPU, seconds * _SECONDS_OF_PROCESSOR)
    _bound(resource.RLIMIT_CORE, 0)  # a dump would hold persons
    with contextlib.suppress(OSError):  # where memory runs out for all, this process ends, not the loader
        Path("/proc/self/oom_score_adj").write_text("1000")
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        threading.Thread(target=_end_with_caller, args=(out.fileno(), folder), daemon=True).start()
        with contextlib.suppress(BrokenPipeError):
            _answer(out)


def _end_with_caller(pipe: int, folder: str) -> None:
    """Ends this process when nobody reads any more: a killed caller can neither end it nor remove its
    files.
    """
    waiting = select.poll()
    waiting.register(pipe, 0)  # the end of the other side is always told
    while not waiting.poll():
        continue
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _bound(kind: int, most: int) -> None:
    """Lowers a limit of this process.

    A lower limit that is there already stays: no process may raise its own.
    """
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    with contextlib.suppress(OSError, ValueError):  # not every system knows every bound
        resource.setrlimit(kind, (most, most))


def _answer(out: BinaryIO) -> None:
    try:
        reader, feed, table, path = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own process
        for chunk in reader(feed, table, path):
            _send(out, b"C", _packed(chunk))
        _send(out, b"D", b"")
    except BrokenPipeError:
        raise
    except BaseException as error:  # a library written in Rust ends in no Exception
        _send(out, b"E", json.dumps(_error_reply(error)).encode())


def _send(out: BinaryIO, kind: bytes, content: bytes) -> None:
    from connectors.decode.apart import HEAD

    out.write(HEAD.pack(kind, len(content)))
    out.write(content)
    out.flush()


def _packed(chunk: Any) -> bytes:
    from connectors.decode.apart import CHUNK

    parts = []
    for frame in (chunk.frame, chunk.malformed):
        part = io.BytesIO()
        frame.write_ipc_stream(part)
        parts.append(part.getvalue())
    return CHUNK.pack(chunk.suspect, chunk.excel, chunk.exponents, len(parts[0])) + b"".join(parts)


def _error_reply(error: BaseException) -> dict[str, Any]:
    from connectors.errors import BatchRejected, ColumnsMissing
    from connectors.masking import error_place

    if isinstance(error, BatchRejected):
        message = str(error).removeprefix(f"{error.feed_id}: ")
        reply: dict[str, Any] = {"kind": type(error).__name__, "message": message}
        if isinstance(error, ColumnsMissing):
            reply |= {"table": error.table, "found": error.found}
        return reply
    return {"kind": type(error).__name__, "message": error_place(error) or "no place"}


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])

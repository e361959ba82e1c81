"""The landing area: bytes as received, one file per table, named by their own digest.

Layout: ``<landing_dir>/<feed_id>/<yyyymmdd>/<table>-<first 16 of sha256>.<suffix>``. A re-sent delivery with
other content gets another name, so the bytes behind an earlier batch stay where its ledger row says.
Files are written under a temporary name, synced, then renamed: a file that has its name is whole.

What decode finds in ``LandedPart.path``:

========  ==========  ==========================================================================
protocol  suffix      content
========  ==========  ==========================================================================
sftp      as source   the file, byte for byte. ``format.archive: zip_aes``: the archive is kept as
                      ``<table>-<digest>.zip`` and ``path`` is its only member, extracted beside it as
                      ``<table>-<digest>.<member's suffix>``; the digest is the archive's.
rest      .jsonl      one line per page (query_reply: per call of at most 500 people, in the order of
                      the request): the answer's body, UTF-8, without BOM and without CR/LF (JSON allows
                      none inside a string, so only layout is lost). Each is the whole envelope
                      ``{"code":"0000","msg":..,"data":{"total":..,"pageNo":..,"rows":[..]}}``.
soap      .jsonl      one line per answer, each a JSON string holding the inner XML text exactly as it
                      stood in ``return`` (its ``<?xml .. encoding="GBK"?>`` is a relic: the text is
                      decoded already; drop the declaration before parsing a str). query_reply: line n
                      answers subject n. CODE is 0000, or for a query 0001 (asked, nothing on record).
                      snapshot: line n is page n.
sql       .csv        CSV, UTF-8, LF, first line the source column names (all columns the table has, in
                      the table's order; declared ones spelt as declared). ``\\N`` without quotes is
                      NULL; every other value is in double quotes, inner quotes doubled. Values: text as
                      it is (blank padding kept), dates ``2020-05-12``, times ``2020-05-12 08:00:00``
                      (with .ffffff if any; aware ones turned to Asia/Shanghai), Decimal without
                      exponent, booleans 1/0, bytes as ``\\x`` + hex. A value may contain line breaks.
========  ==========  ==========================================================================

A query_reply with nobody to ask sends nothing and has no parts.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from connectors.delivery import Delivery, LandedPart

#: Seconds without a write after which a half-written file belongs to nobody.
_ABANDONED = 24 * 3600


class LandingFile:
    """A file that is being received. Digest and size are kept while writing; nothing is read twice.

    Leaving the ``with`` block without ``keep`` removes what was written.
    """

    def __init__(self, folder: Path, table: str, suffix: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        _clear_abandoned(folder)
        self._folder = folder
        self._table = table
        self._suffix = suffix
        handle, name = tempfile.mkstemp(prefix=f".{table}-", suffix=".part", dir=folder)
        self._temporary = Path(name)
        self._file: IO[bytes] = os.fdopen(handle, "wb")
        self._sha256 = hashlib.sha256()
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def write(self, block: bytes) -> None:
        """Adds a block of bytes."""
        self._sha256.update(block)
        self._file.write(block)
        self.size += len(block)

    @property
    def digest(self) -> str:
        """Returns the sha256 of the bytes written so far, in hex."""
        return self._sha256.hexdigest()

    def keep(self) -> Path:
        """Syncs the file and gives it its final name. Returns the path."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        final = self._folder / f"{self._table}-{self.digest[:16]}{self._suffix}"
        self._temporary.replace(final)
        sync_folder(self._folder)
        return final

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._temporary.unlink(missing_ok=True)


def _clear_abandoned(folder: Path) -> None:
    """Removes what killed pulls left half-written. Younger files may belong to one still running."""
    for path in folder.glob(".*.part"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _ABANDONED:
                path.unlink()


def sync_folder(folder: Path) -> None:
    """Makes a rename in ``folder`` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def batch_folder(landing_dir: Path, feed_id: str, as_of: date) -> Path:
    """Returns the folder of one feed's deliveries of a day."""
    return landing_dir / feed_id / f"{as_of:%Y%m%d}"


def delivery_of(
    feed_id: str, as_of: date, parts: Iterable[LandedPart], request_id: str | None = None
) -> Delivery:
    """Builds the delivery of these parts, with the digest over their (table, sha256) in order."""
    parts = tuple(parts)
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{part.table}\0{part.sha256}\n".encode())
    notes = tuple(note for part in parts for note in part.notes)
    return Delivery(feed_id, as_of, parts, digest.hexdigest(), request_id, notes)

"""Writes the request file of a query-reply feed: who is asked about, one line per person."""

from __future__ import annotations

import posixpath
import stat
from collections.abc import Sequence
from datetime import date

import paramiko

from connectors.catalogue.model import Feed
from connectors.delivery import AskedPerson
from connectors.protocols.naming import dated_path, request_id_of

_RESIDENT_ID = "1"


def build_request(feed: Feed, as_of: date, people: Sequence[AskedPerson]) -> bytes:
    """Builds lines ``request_id|seq|name|idtype|id`` in the feed's encoding, each ending in LF.

    A character that the encoding does not know becomes ``?``: the department's own system does the same.
    """
    request_id = request_id_of(feed, as_of)
    lines = (
        f"{request_id}|{s.seq}|{_field(s.full_name)}|{_RESIDENT_ID}|{_field(s.id_number)}\n" for s in people
    )
    encoding = "utf-8" if feed.encoding == "utf-8-sig" else feed.encoding
    return "".join(lines).encode(encoding, errors="replace")


def _field(value: str) -> str:
    """Removes characters that would break the line."""
    return "".join(c for c in value if c != "|" and c.isprintable())


def upload_request(sftp: paramiko.SFTPClient, path: str, content: bytes) -> bool:
    """Puts the request at ``path``; returns False if it is there already with the same content.

    It is written beside and renamed, so the department's job never picks up half a file.
    """
    if _same(sftp, path, content):
        return False
    _make_folders(sftp, posixpath.dirname(path))
    with sftp.open(path + ".tmp", "wb") as out:
        out.set_pipelined(True)
        out.write(content)
    try:
        sftp.posix_rename(path + ".tmp", path)
    except OSError:
        # servers without the posix-rename extension do not rename over a file
        _remove(sftp, path)
        sftp.rename(path + ".tmp", path)
    return True


def request_path(feed: Feed, as_of: date) -> str:
    """Returns the path of the request file for a day.

    Raises ``ValueError`` for a feed that is not asked by a file.
    """
    if feed.request is None or feed.request.path is None:
        raise ValueError(f"{feed.feed_id} is not asked by a file")
    return dated_path(feed.request.path, as_of)


def _same(sftp: paramiko.SFTPClient, path: str, content: bytes) -> bool:
    try:
        if sftp.stat(path).st_size != len(content):
            return False
        with sftp.open(path, "rb") as present:
            return present.read(len(content) + 1) == content
    except FileNotFoundError:
        return False


def _make_folders(sftp: paramiko.SFTPClient, folder: str) -> None:
    if folder in ("", "/"):
        return
    try:
        if stat.S_ISDIR(sftp.stat(folder).st_mode or 0):
            return
    except FileNotFoundError:
        _make_folders(sftp, posixpath.dirname(folder))
        sftp.mkdir(folder)


def _remove(sftp: paramiko.SFTPClient, path: str) -> None:
    try:
        sftp.remove(path)
    except FileNotFoundError:
        return

"""Files on a department's SFTP server: flag first, then the file, then its digest."""

from __future__ import annotations

import base64
import binascii
import errno
import hashlib
import posixpath
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import paramiko
from paramiko.pkey import UnknownKeyType

from connectors.catalogue.model import Feed, Table
from connectors.connections import Connection, ConnectionMissing, timeout_of
from connectors.errors import BatchRejected, NotYetDelivered, SourceUnavailable
from connectors.protocols.archive import extract_only_member
from connectors.protocols.deadline import Deadline
from connectors.protocols.landing import LandingFile, batch_folder, delivery_of
from connectors.protocols.naming import dated, request_id_of
from connectors.protocols.request_file import build_request, request_path, upload_request
from connectors.protocols.retry import Retry, Transient
from connectors.types import Delivery, LandedPart, Subject, Window

_BLOCK = 256 * 1024
#: Read-ahead requests of 32 KiB: fast over a slow line, and at most a few MiB in memory.
_READ_AHEAD = 128
_LOCAL_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE})


def pull_sftp(
    feed: Feed,
    as_of: date,
    window: Window,
    connection: Connection,
    landing_dir: Path,
    subjects: Sequence[Subject],
    retry: Retry,
) -> Delivery:
    """Land every table's file as received; a query_reply feed first puts its request file.

    Raises ``NotYetDelivered`` (file, flag or digest file missing), ``BatchRejected`` (digest or
    archive) or ``SourceUnavailable`` (network, login, host key, not done by the deadline).
    """
    request_id = request_id_of(feed, as_of)
    if feed.request and not subjects:
        return delivery_of(feed.feed_id, as_of, (), request_id)
    folder = batch_folder(landing_dir, feed.feed_id, as_of)
    deadline = Deadline(feed.feed_id, connection)

    def attempt() -> list[LandedPart]:
        with deadline.kept(), _session(feed, connection, deadline) as sftp:
            if feed.request:
                deadline.path = request_path(feed, as_of)
                upload_request(sftp, deadline.path, build_request(feed, as_of, subjects))
            parts = []
            for table in feed.tables:
                deadline.path = dated(table.source.path or "", as_of)
                parts.append(_receive(feed, table, as_of, sftp, folder, connection))
            return parts

    return delivery_of(feed.feed_id, as_of, retry.call(feed.feed_id, "sftp", attempt), request_id)


@contextmanager
def _session(feed: Feed, connection: Connection, deadline: Deadline) -> Iterator[paramiko.SFTPClient]:
    """A session with the host whose key we know. Network failures inside become ``Transient``."""
    client = paramiko.SSHClient()
    try:
        _connect(feed, connection, client)
        with deadline.hanging_up(client.get_transport().close), client.open_sftp() as sftp:  # type: ignore[union-attr]
            sftp.get_channel().settimeout(timeout_of(connection))  # type: ignore[union-attr]
            yield sftp
    except (paramiko.SSHException, EOFError, TimeoutError, ConnectionError) as error:
        raise Transient(f"the connection failed ({type(error).__name__})") from error
    except PermissionError as error:
        if _is_ours(error):
            raise
        raise SourceUnavailable(
            feed.feed_id, "the server denies access to the path; ask the publisher"
        ) from error
    except OSError as error:
        if _is_ours(error):
            raise
        raise Transient(f"the server reported a failure ({type(error).__name__})") from error
    finally:
        client.close()


def _is_ours(error: OSError) -> bool:
    """Whether our own disk failed, not the server: asking again does not help a full disk."""
    return error.filename is not None or error.errno in _LOCAL_ERRORS


def _connect(feed: Feed, connection: Connection, client: paramiko.SSHClient) -> None:
    if not connection.host:
        raise ConnectionMissing(f"connection {feed.connection_id!r} has no host")
    port = connection.port or 22
    patience = timeout_of(connection)
    key = _known_key(feed, connection)
    name = connection.host if port == 22 else f"[{connection.host}]:{port}"
    client.get_host_keys().add(name, key.get_name(), key)
    client.set_missing_host_key_policy(_RefuseOthers(feed.feed_id, key))
    try:
        client.connect(
            connection.host,
            port,
            connection.login,
            connection.password,
            allow_agent=False,
            look_for_keys=False,
            timeout=patience,
            banner_timeout=patience,
            auth_timeout=patience,
            channel_timeout=patience,
        )
    except paramiko.BadHostKeyException as error:
        raise _wrong_host(feed.feed_id, key, error.key) from error
    except paramiko.AuthenticationException as error:
        raise SourceUnavailable(
            feed.feed_id, f"login refused; check login and password of {feed.connection_id}"
        ) from error


def _known_key(feed: Feed, connection: Connection) -> paramiko.PKey:
    """The host key in ``extra.host_key``: ``ssh-ed25519 AAAA..`` as in a known_hosts line."""
    words = str(connection.extra.get("host_key") or "").split()
    try:
        return paramiko.PKey.from_type_string(words[0], base64.b64decode(words[1]))
    except (IndexError, binascii.Error, ValueError, UnknownKeyType, paramiko.SSHException) as error:
        raise ConnectionMissing(
            f"connection {feed.connection_id!r} needs extra.host_key as 'type base64' (see ssh-keyscan); "
            "without it nobody can say who answers"
        ) from error


def _fingerprint(key: paramiko.PKey) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


def _wrong_host(feed_id: str, known: paramiko.PKey, found: paramiko.PKey) -> SourceUnavailable:
    return SourceUnavailable(
        feed_id,
        f"host key {_fingerprint(found)} found, {_fingerprint(known)} expected; no password was sent. "
        "Ask the publisher by telephone before changing extra.host_key",
    )


class _RefuseOthers(paramiko.MissingHostKeyPolicy):
    """A host that shows a key of another type than the known one is another host."""

    def __init__(self, feed_id: str, known: paramiko.PKey) -> None:
        self._feed_id = feed_id
        self._known = known

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        raise _wrong_host(self._feed_id, self._known, key)


def _receive(
    feed: Feed,
    table: Table,
    as_of: date,
    sftp: paramiko.SFTPClient,
    folder: Path,
    connection: Connection,
) -> LandedPart:
    path = dated(table.source.path or "", as_of)
    layout = feed.format
    if layout and layout.flag_suffix:
        _size(feed, sftp, path + layout.flag_suffix, "the flag file")
    digest = _announced(feed, sftp, path + layout.digest_suffix) if layout and layout.digest_suffix else None
    with LandingFile(folder, table.name, posixpath.splitext(path)[1] or ".dat") as landing:
        found = _copy(feed, sftp, path, landing)
        if digest is not None and found != digest:
            raise BatchRejected(
                feed.feed_id,
                f"{path}: md5 {found} found, {digest} announced; ask for the file to be sent again",
            )
        kept = landing.keep()
        if layout and layout.archive:
            kept = extract_only_member(feed.feed_id, kept, connection.extra.get("archive_password"))
        return LandedPart(table.name, kept, landing.digest, None)


def _copy(feed: Feed, sftp: paramiko.SFTPClient, path: str, landing: LandingFile) -> str:
    """Stream the file into the landing area. Returns its md5 (hex)."""
    size = _size(feed, sftp, path, "the file")
    md5 = hashlib.md5(usedforsecurity=False)
    with sftp.open(path, "rb") as source:
        source.prefetch(size, _READ_AHEAD)
        while block := source.read(_BLOCK):
            md5.update(block)
            landing.write(block)
    after = _size(feed, sftp, path, "the file")
    if not landing.size == size == after:
        raise Transient(
            f"{path}: {landing.size} bytes received, {size} announced, {after} there now: "
            "cut off or still being written"
        )
    return md5.hexdigest()


def _announced(feed: Feed, sftp: paramiko.SFTPClient, path: str) -> str:
    """The md5 the digest file announces; ``md5sum`` writes the file's name behind it."""
    _size(feed, sftp, path, "the digest file")
    with sftp.open(path, "rb") as source:
        words = source.read(4096).decode("ascii", errors="replace").split()
    if not words or len(words[0]) != 32:
        raise BatchRejected(feed.feed_id, f"{path} holds no md5 (32 hex digits)")
    return words[0].lower()


def _size(feed: Feed, sftp: paramiko.SFTPClient, path: str, what: str) -> int:
    """The size of a plain file. A link may point at anything, a pipe never ends: both are refused."""
    try:
        found = sftp.lstat(path)
    except FileNotFoundError as error:
        raise NotYetDelivered(
            feed.feed_id, f"{what} {path} is not there yet; the run may be retried later"
        ) from error
    if found.st_mode and not stat.S_ISREG(found.st_mode):
        raise BatchRejected(
            feed.feed_id, f"{what} {path} is a link, a folder or a device, expected a file; ask the publisher"
        )
    return int(found.st_size or 0)

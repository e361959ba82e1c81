"""Pulls files from a department's SFTP server: the flag first, then the file, then its digest."""

from __future__ import annotations

import base64
import binascii
import errno
import hashlib
import posixpath
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import paramiko
from paramiko.pkey import UnknownKeyType
from paramiko.ssh_exception import IncompatiblePeer, NoValidConnectionsError

from connectors.catalogue.model import Feed, Table
from connectors.connections import Connection, ConnectionMissing, timeout_of
from connectors.delivery import AskedPerson, Delivery, LandedPart, Window
from connectors.errors import BatchRejected, SourceUnavailable
from connectors.protocols.archive import extract_only_member
from connectors.protocols.deadline import Deadline
from connectors.protocols.file_kind import refuse_other_kinds
from connectors.protocols.landing import LandingFile, batch_folder, delivery_of
from connectors.protocols.naming import dated_path, request_id_of
from connectors.protocols.request_file import build_request, request_path, upload_request
from connectors.protocols.retry import Retry, Transient
from connectors.protocols.sftp.digest import LARGEST, announced_md5
from connectors.protocols.sftp.remote_file import RemoteFiles
from connectors.protocols.sftp.ssh_key import key_of

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
    people: Sequence[AskedPerson],
    retry: Retry,
) -> Delivery:
    """Lands every table's file as received; a query_reply feed first uploads its request file.

    Raises ``NotYetDelivered`` (file, flag or digest file missing), ``BatchRejected`` (digest or archive) or
    ``SourceUnavailable`` (network, login, host key, not done by the deadline).
    """
    request_id = request_id_of(feed, as_of)
    if feed.request and not people:
        return delivery_of(feed.feed_id, as_of, (), request_id)
    folder = batch_folder(landing_dir, feed.feed_id, as_of)
    deadline = Deadline(feed.feed_id, connection)

    def attempt() -> list[LandedPart]:
        with deadline.enforced(), _session(feed, connection, deadline) as sftp:
            if feed.request:
                deadline.path = request_path(feed, as_of)
                there = RemoteFiles(feed.feed_id, sftp).as_spelled_there(deadline.path)
                upload_request(sftp, there, build_request(feed, as_of, people))
            parts = []
            for table in feed.tables:
                deadline.path = dated_path(table.source.path or "", as_of)
                parts.append(_receive(feed, table, as_of, sftp, folder, connection))
            return parts

    return delivery_of(feed.feed_id, as_of, retry.call(feed.feed_id, "sftp", attempt), request_id)


@contextmanager
def _session(feed: Feed, connection: Connection, deadline: Deadline) -> Iterator[paramiko.SFTPClient]:
    """Opens a session with the host whose key we know. Network failures inside become ``Transient``."""
    client = paramiko.SSHClient()
    try:
        _connect(feed, connection, client)
        with deadline.hanging_up_at_end(client.get_transport().close), client.open_sftp() as sftp:  # type: ignore[union-attr]
            sftp.get_channel().settimeout(timeout_of(connection))  # type: ignore[union-attr]
            yield sftp
    except IncompatiblePeer as error:
        raise SourceUnavailable(
            feed.feed_id,
            "the server and we share no SSH algorithm (key exchange, ciphers or kind of host key): its SSH "
            "is too old, or extra.host_key is of another kind; no password was sent, ask the publisher",
        ) from error
    except NoValidConnectionsError as error:
        raise Transient(
            f"nobody answers on port {connection.port or 22}; check host and port of the connection and this "
            "network"
        ) from error
    except socket.gaierror as error:
        raise Transient(
            "the host's name is not known; check host of the connection and this network"
        ) from error
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
    """Tells whether our own disk failed, not the server: asking again does not help a full disk."""
    return error.filename is not None or error.errno in _LOCAL_ERRORS


def _connect(feed: Feed, connection: Connection, client: paramiko.SSHClient) -> None:
    if not connection.host:
        raise ConnectionMissing(f"connection {feed.connection_id!r} has no host")
    port = connection.port or 22
    patience = timeout_of(connection)
    known = _known_key(feed, connection)
    ours = key_of(connection, feed.connection_id)
    if ours is None and connection.password is None:
        raise ConnectionMissing(
            f"connection {feed.connection_id!r} has neither a password nor a key "
            "(extra.private_key or extra.key_file)"
        )
    name = connection.host if port == 22 else f"[{connection.host}]:{port}"
    client.get_host_keys().add(name, known.get_name(), known)
    client.set_missing_host_key_policy(_RefuseOthers(feed.feed_id, known))
    try:
        client.connect(
            connection.host,
            port,
            connection.login,
            connection.password,
            pkey=ours,
            allow_agent=False,
            look_for_keys=False,
            timeout=patience,
            banner_timeout=patience,
            auth_timeout=patience,
            channel_timeout=patience,
        )
    except paramiko.BadHostKeyException as error:
        raise _wrong_host(feed.feed_id, known, error.key) from error
    except paramiko.AuthenticationException as error:
        # four wrong passwords lock an account: it is not tried again
        why = _refused(error, ours, connection.password is not None, feed.connection_id)
        raise SourceUnavailable(feed.feed_id, f"login refused; {why}") from error


def _refused(
    error: paramiko.AuthenticationException, ours: paramiko.PKey | None, password: bool, connection_id: str
) -> str:
    """Returns what to check: the server may accept keys only, passwords only, or have refused ours."""
    takes = set(error.allowed_types) if isinstance(error, paramiko.BadAuthenticationType) else set()
    shown = ", ".join(sorted(takes))
    if takes and ours is None and "publickey" in takes:
        return (
            f"the server takes public keys only ({shown}), the connection has none: set extra.private_key or "
            f"extra.key_file of {connection_id}, and ask the publisher to register its public half"
        )
    if takes and ours is not None and "publickey" not in takes:
        return (
            f"the server takes no key (it takes {shown}), ask the publisher for one and set it: the password "
            f"of {connection_id}"
        )
    if ours is None:
        return f"check login and password of {connection_id}"
    registered = f"our public key {_fingerprint(ours)} is registered for the login of {connection_id}"
    if password and not takes:
        return f"the server took neither key nor password: check password and login, and whether {registered}"
    return f"the server did not take the key: check the login, ask the publisher whether {registered}"


def _known_key(feed: Feed, connection: Connection) -> paramiko.PKey:
    """Reads the host key in ``extra.host_key``: ``ssh-ed25519 AAAA..`` as in a known_hosts line."""
    parts = str(connection.extra.get("host_key") or "").split()
    try:
        return paramiko.PKey.from_type_string(parts[0], base64.b64decode(parts[1]))
    except (IndexError, binascii.Error, ValueError, UnknownKeyType, paramiko.SSHException) as error:
        raise ConnectionMissing(
            f"connection {feed.connection_id!r} needs extra.host_key as 'type base64' (see ssh-keyscan); "
            "without it nobody can say who answers"
        ) from error


def _fingerprint(key: paramiko.PKey) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


def _wrong_host(feed_id: str, expected: paramiko.PKey, found: paramiko.PKey) -> SourceUnavailable:
    return SourceUnavailable(
        feed_id,
        f"host key {_fingerprint(found)} found, {_fingerprint(expected)} expected; no password was sent. "
        "Ask the publisher by telephone before changing extra.host_key",
    )


class _RefuseOthers(paramiko.MissingHostKeyPolicy):
    """Refuses a host whose key is of another type than the known one: it is another host."""

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
    path = dated_path(table.source.path or "", as_of)
    layout = feed.format
    files = RemoteFiles(feed.feed_id, sftp)
    if layout and layout.flag_suffix:
        files.size(files.locate(path + layout.flag_suffix, "the flag file"), "the flag file")
    digest = (
        _announced(feed, files, sftp, path + layout.digest_suffix)
        if layout and layout.digest_suffix
        else None
    )
    with LandingFile(folder, table.name, posixpath.splitext(path)[1] or ".dat") as landing:
        there = files.locate(path, "the file")
        found = _copy(files, sftp, there, landing)
        if digest is not None and found != digest:
            raise BatchRejected(
                feed.feed_id,
                f"{there}: md5 {found} found, {digest} announced; ask for the file to be sent again",
            )
        kept = landing.keep()
        if layout and layout.archive:
            kept = extract_only_member(feed.feed_id, kept, connection.extra.get("archive_password"))
        refuse_other_kinds(feed, kept, f"the file in {there}" if layout and layout.archive else there)
        return LandedPart(table.name, kept, landing.digest, None, tuple(files.notes))


def _copy(files: RemoteFiles, sftp: paramiko.SFTPClient, path: str, landing: LandingFile) -> str:
    """Streams the file into the landing area. Returns its md5 (hex)."""
    before = files.state(path, "the file")
    size = before.size
    md5 = hashlib.md5(usedforsecurity=False)
    with sftp.open(path, "rb") as source:
        source.prefetch(size, _READ_AHEAD)
        while block := source.read(_BLOCK):
            md5.update(block)
            landing.write(block)
    after = files.state(path, "the file")
    if not landing.size == size == after.size:
        raise Transient(
            f"{path}: {landing.size} bytes received, {size} announced, {after.size} there now: "
            "cut off or still being written"
        )
    if after != before:
        raise Transient(f"{path} was written again while it was read: still being written")
    return md5.hexdigest()


def _announced(feed: Feed, files: RemoteFiles, sftp: paramiko.SFTPClient, path: str) -> str:
    """Reads the md5 from the digest file."""
    there = files.locate(path, "the digest file")
    files.size(there, "the digest file")
    with sftp.open(there, "rb") as source:
        return announced_md5(feed.feed_id, there, source.read(LARGEST + 1))

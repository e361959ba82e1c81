"""SFTP boxes, misbehaving: plain files, files with a flag, and files that change while they are read."""

from __future__ import annotations

import asyncio
import io
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from connectors.errors import BatchRejected, NotYetDelivered, SourceUnavailable
from tests.hostile.protocol_harness import Case, Hub, Loaded, Refused, names
from tests.hostile.sftp_world import FLAGGED, PLAIN, ROWS, SftpWorld

pytestmark = pytest.mark.slow

ALL = (ROWS, ROWS, 0, 0)


def _file(world: SftpWorld) -> Path:
    return world.root / world.plain_path().lstrip("/")


def _host_key_changed(world: SftpWorld) -> None:
    world.put_plain()
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode()
    world.connect(world.server.connection(host_key=other))


def _login_refused(world: SftpWorld) -> None:
    world.connect(replace(world.server.connection(), password="wrong"))


def _keys_only(*, with_key: bool) -> Any:
    def behave(world: SftpWorld) -> None:
        world.put_plain()
        key = asyncssh.generate_private_key("ssh-ed25519")
        world.server.passwords, world.server.known_keys = False, [key]
        extra = {"private_key": key.export_private_key().decode()} if with_key else {}
        world.connect(world.server.connection(**extra))

    return behave


def _name_twice(world: SftpWorld) -> None:
    world.server.put(world.plain_path().replace("csv", "CSV"), world.plain())
    world.server.put(world.plain_path().replace("QYXX", "qyxx"), world.plain())


def _nobody_listens(world: SftpWorld) -> None:
    world.connect(replace(world.server.connection(), port=1))


def _silent(world: SftpWorld) -> None:
    """A port that takes the connection and never says a word."""
    listener = socket.create_server(("127.0.0.1", 0))
    world.hub.environ.setattr(world, "listener", listener, raising=False)
    world.connect(replace(world.server.connection(), port=listener.getsockname()[1]), timeout=0.1)


def _lost(times: int) -> Any:
    """The connection is lost in the middle of the first so many transfers."""

    def behave(world: SftpWorld) -> None:
        world.put_plain()
        left = [times]

        def read(self: Any, file_obj: object, offset: int, size: int) -> object:
            if left[0]:
                left[0] -= 1
                self.channel.get_connection().abort()
                return b""
            return asyncssh.SFTPServer.read(self, file_obj, offset, size)

        world.lie(read=read)

    return behave


def _hang(world: SftpWorld) -> None:
    world.put_plain()
    world.connect(world.server.connection(), timeout=0.3)

    async def read(self: Any, file_obj: object, offset: int, size: int) -> bytes:
        await asyncio.Event().wait()
        return b""

    world.lie(read=read)


def _drips(world: SftpWorld) -> None:
    """Each byte comes in time, and is an answer of its own."""
    world.put_plain()
    world.connect(world.server.connection(), transfer_timeout=0.5)

    async def read(self: Any, file_obj: object, offset: int, size: int) -> object:
        await asyncio.sleep(0.1)
        return asyncssh.SFTPServer.read(self, file_obj, offset, 1)

    world.lie(read=read)


def _drips_inside_a_packet(world: SftpWorld) -> None:
    """A packet of 32 KiB is announced and comes byte by byte: no read ever ends."""
    world.put_plain()
    world.connect(world.server.connection(), transfer_timeout=0.5)

    async def read(self: Any, file_obj: object, offset: int, size: int) -> object:
        self.channel.write((32 * 1024).to_bytes(4, "big"))
        for _ in range(50):
            await asyncio.sleep(0.1)
            self.channel.write(b"x")
        return b""

    world.lie(read=read)


def _stalls_at_the_flag(world: SftpWorld) -> None:
    """Nothing is read yet: the deadline is there for every question, not only for the file."""
    world.put_flagged()
    world.connect(world.server.connection(), transfer_timeout=0.5)

    async def lstat(self: Any, path: bytes) -> object:
        await asyncio.sleep(3)
        return asyncssh.SFTPServer.lstat(self, path)

    world.lie(lstat=lstat)


def _cut_once(world: SftpWorld) -> None:
    world.put_plain()
    opened: list[bytes] = []

    def open_(self: Any, path: bytes, pflags: int, attrs: Any) -> object:
        opened.append(path)
        if len(opened) == 1:
            return io.BytesIO(world.plain()[:40])
        return asyncssh.SFTPServer.open(self, path, pflags, attrs)

    world.lie(open=open_)


def _vanishes(world: SftpWorld) -> None:
    world.put_plain()

    def open_(self: Any, path: bytes, pflags: int, attrs: Any) -> object:
        _file(world).unlink()
        raise asyncssh.SFTPNoSuchFile("gone")

    world.lie(open=open_)


def _grows(times: int) -> Any:
    """A writer appends rows while the file is read, so many times."""

    def behave(world: SftpWorld) -> None:
        world.server.put(world.plain_path(), world.plain(1))
        left = [times]

        def close(self: Any, file_obj: object) -> None:
            asyncssh.SFTPServer.close(self, file_obj)
            if left[0]:
                left[0] -= 1
                with _file(world).open("ab") as file:
                    file.write(world.plain(times - left[0] + 1).splitlines(keepends=True)[-1])

        world.lie(close=close)

    return behave


def _size_lies(world: SftpWorld) -> None:
    world.put_plain()

    def lstat(self: Any, path: bytes) -> object:
        attributes = asyncssh.SFTPAttrs.from_local(asyncssh.SFTPServer.lstat(self, path))
        attributes.size += 10
        return attributes

    world.lie(lstat=lstat)


def _denied(method: str) -> Any:
    def behave(world: SftpWorld) -> None:
        world.put_plain()

        def refuse(self: Any, *args: object) -> None:
            raise asyncssh.SFTPPermissionDenied("no")

        world.lie(**{method: refuse})

    return behave


def _failure(world: SftpWorld) -> None:
    world.put_plain()

    def open_(self: Any, *args: object) -> None:
        raise asyncssh.SFTPFailure("disk")

    world.lie(open=open_)


def _link(target: str) -> Any:
    def behave(world: SftpWorld) -> None:
        _file(world).parent.mkdir(parents=True)
        os.symlink(target, _file(world))

    return behave


def _pipe(world: SftpWorld) -> None:
    """A named pipe: whoever opens it to read waits for ever."""
    _file(world).parent.mkdir(parents=True)
    os.mkfifo(_file(world))


def _other_date(world: SftpWorld) -> None:
    tomorrow = world.day + timedelta(days=1)
    world.server.put(f"/ga/migration/{world.day:%Y%m%d}/QYXX_{tomorrow:%Y%m%d}.csv", world.plain())


def _flag_first(world: SftpWorld) -> None:
    world.server.put(world.flagged_path() + ".ok", b"")


def _flag_missing(world: SftpWorld) -> None:
    world.server.put(world.flagged_path(), world.flagged()[:60])


def _flag_is_folder(world: SftpWorld) -> None:
    world.server.put(world.flagged_path(), world.flagged())
    (world.root / (world.flagged_path() + ".ok").lstrip("/")).mkdir()


def _plain(name: str, behave: Any, outcome: Loaded | Refused) -> Case:
    return Case(f"sftp-{name}", PLAIN, behave, outcome)


NOT_THERE = Refused(NotYetDelivered, r"the file /ga/migration/.* is not there yet")
#: One attempt: after the deadline none follows.
OVERDUE = Refused(
    SourceUnavailable, r"was not received 0\.5 s after .*extra\.transfer_timeout.* retried later"
)
LINKED = Refused(BatchRejected, "is a link, a folder or a device")
CASES = [
    _plain("host-key-changed", _host_key_changed, Refused(SourceUnavailable, "host key SHA256:.* telephone")),
    _plain(
        "login-refused", _login_refused, Refused(SourceUnavailable, "check login and password of ga_sftp")
    ),
    _plain(
        "keys-only-and-none-given",
        _keys_only(with_key=False),
        Refused(SourceUnavailable, r"takes public keys only \(publickey\), the connection has none: set"),
    ),
    _plain("keys-only-and-ours-known", _keys_only(with_key=True), Loaded(ALL)),
    _plain(
        "name-in-capitals",
        lambda world: world.server.put(world.plain_path().replace("csv", "CSV"), world.plain()),
        Loaded(ALL),
    ),
    _plain("name-twice", _name_twice, Refused(BatchRejected, "is there 2 times, in other letters' case")),
    _plain("port-nobody-listens-on", _nobody_listens, Refused(SourceUnavailable, r"\(4 attempts\)", 3)),
    _plain("silent-port", _silent, Refused(SourceUnavailable, r"connection failed .*\(4 attempts\)", 3)),
    _plain("connection-lost-once", _lost(1), Loaded(ALL, retries=1)),
    _plain("connection-lost-three-times", _lost(3), Loaded(ALL, retries=3)),
    _plain("connection-lost-always", _lost(99), Refused(SourceUnavailable, "connection failed", 3)),
    _plain("read-hangs", _hang, Refused(SourceUnavailable, r"connection failed .*\(4 attempts\)", 3)),
    _plain("drips", _drips, replace(OVERDUE, says=rf"/ga/migration/.*\.csv {OVERDUE.says}")),
    _plain("drips-inside-a-packet", _drips_inside_a_packet, OVERDUE),
    Case("sftp-stalls-at-the-flag", FLAGGED, _stalls_at_the_flag, OVERDUE),
    _plain("transfer-cut-once", _cut_once, Loaded(ALL, retries=1)),
    _plain("file-vanishes-before-it-is-opened", _vanishes, replace(NOT_THERE, retries=1)),
    _plain("file-grows-once", _grows(1), Loaded((2, 2, 0, 0), retries=1)),
    _plain("file-grows-on-and-on", _grows(99), Refused(SourceUnavailable, "still being written", 3)),
    _plain("size-is-a-lie", _size_lies, Refused(SourceUnavailable, "cut off or still being written", 3)),
    _plain("reading-denied", _denied("open"), Refused(SourceUnavailable, "denies access.*ask the publisher")),
    _plain("folder-denied", _denied("lstat"), Refused(SourceUnavailable, "denies access.*ask the publisher")),
    _plain("server-fails", _failure, Refused(SourceUnavailable, "server reported a failure", 3)),
    _plain("folder-missing", lambda world: None, NOT_THERE),
    _plain("file-of-another-date", _other_date, NOT_THERE),
    _plain("link-to-outside", _link("/etc/passwd"), LINKED),
    _plain("link-upwards", _link("../../../../etc/passwd"), LINKED),
    _plain("folder-in-place-of-file", lambda world: _file(world).mkdir(parents=True), LINKED),
    _plain("pipe-in-place-of-file", _pipe, LINKED),
    _plain(
        "empty-file",
        lambda world: world.server.put(world.plain_path(), b""),
        Refused(BatchRejected, "empty|header"),
    ),
    Case("sftp-flag-of-no-bytes", FLAGGED, SftpWorld.put_flagged, Loaded(ALL)),
    Case(
        "sftp-flag-before-data", FLAGGED, _flag_first, Refused(NotYetDelivered, r"the file .*GJJ_\d+\.txt is")
    ),
    Case("sftp-flag-missing", FLAGGED, _flag_missing, Refused(NotYetDelivered, r"flag file .*\.ok is not")),
    Case(
        "sftp-flag-is-a-folder", FLAGGED, _flag_is_folder, Refused(BatchRejected, "the flag file .*is a link")
    ),
]


@pytest.fixture(scope="module")
def world(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpWorld]:
    found = SftpWorld(hub, tmp_path_factory.mktemp("sftp") / "served")
    yield found
    found.close()


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_it_has_its_named_outcome(
    case: Case, hub: Hub, world: SftpWorld, caplog: pytest.LogCaptureFixture
) -> None:
    hub.prove(case, world, caplog)
    assert world.server.logins <= 4

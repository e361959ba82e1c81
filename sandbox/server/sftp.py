"""Serves SFTP: one login per connection id, each in its own folder."""

from __future__ import annotations

import asyncio
import hmac
import posixpath
from collections.abc import AsyncIterator
from typing import Any

import asyncssh

from sandbox.server.files import Files
from sandbox.server.key_store import Keys

_WRITING = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC


class _Door(asyncssh.SSHServer):  # type: ignore[misc]
    def __init__(self, passwords: dict[str, str]) -> None:
        self._passwords = passwords

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        known = self._passwords.get(username)
        return known is not None and hmac.compare_digest(known.encode(), password.encode())


class _Department(asyncssh.SFTPServer):  # type: ignore[misc]
    """Makes a dated file when it is looked for; asyncssh confines every path to the folder."""

    def __init__(self, chan: Any, files: Files, connection_ids: dict[str, str]) -> None:
        self._files = files
        self._connection_id = connection_ids[chan.get_extra_info("username")]
        super().__init__(chan, chroot=str(files.folder(self._connection_id)).encode())

    async def stat(self, path: bytes) -> Any:
        await self._look_for(path)
        return super().stat(path)

    async def lstat(self, path: bytes) -> Any:
        await self._look_for(path)
        return super().lstat(path)

    async def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        if pflags & _WRITING:
            self._check_write(path)
        else:
            await self._look_for(path)
        return super().open(path, pflags, attrs)

    async def scandir(self, path: bytes) -> AsyncIterator[Any]:
        await asyncio.to_thread(self._files.prepare_folder, self._connection_id, _absolute(path))
        async for entry in super().scandir(path):
            yield entry

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        self._check_write(newpath)
        return super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        self._check_write(newpath)
        return super().posix_rename(oldpath, newpath)

    async def _look_for(self, path: bytes) -> None:
        await asyncio.to_thread(self._files.prepare, self._connection_id, _absolute(path))

    def _check_write(self, path: bytes) -> None:
        if not self._files.may_write(_absolute(path)):
            raise asyncssh.SFTPPermissionDenied("only request folders take files")


def _absolute(path: bytes) -> str:
    return posixpath.normpath(posixpath.join("/", path.decode("utf-8", errors="replace")))


async def listen(files: Files, keys: Keys, host_key: asyncssh.SSHKey) -> Any:
    """Starts the server on a free port of this machine and returns it."""
    ids = {keys.login(name): name for name in files.connection_ids}
    passwords = {login: keys.password(name) for login, name in ids.items()}
    return await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[host_key],
        server_factory=lambda: _Door(passwords),
        sftp_factory=lambda chan: _Department(chan, files, ids),
        allow_pty=False,
        line_editor=False,
    )

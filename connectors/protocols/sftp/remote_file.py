"""Finds a file on a department's server: under its agreed name, or under it in other letters' case."""

from __future__ import annotations

import posixpath
import stat
from dataclasses import dataclass

import paramiko

from connectors.errors import BatchRejected, NotYetDelivered

#: So many names are shown of those that look like the one that is missing.
_SHOWN = 3


@dataclass(frozen=True)
class FileState:
    """Size and time of change that a server reports.

    Another time means it was written again, even with the same size.
    """

    size: int
    changed: int | None


class RemoteFiles:
    """The files of one session. ``notes`` names those that were found in another case than agreed."""

    def __init__(self, feed_id: str, sftp: paramiko.SFTPClient) -> None:
        self._feed_id = feed_id
        self._sftp = sftp
        self.notes: list[str] = []

    def locate(self, path: str, what: str) -> str:
        """Returns the path under which ``path`` is found on the server.

        Raises ``NotYetDelivered`` if it is missing, and ``BatchRejected`` if several names differ from it by
        case only: nobody can say which one is meant.
        """
        found = self._find(path)
        if found is None:
            raise NotYetDelivered(
                self._feed_id,
                f"{what} {path} is not there yet{self._beside(path)}; the run may be retried later",
            )
        if found != path:
            self.notes.append(f"{what} {path} was found as {found}")
        return found

    def as_spelled_there(self, path: str) -> str:
        """Returns ``path`` as it is spelled on the server, as far as it exists there; the rest as agreed."""
        found = self._find(path)
        folder, name = posixpath.split(path)
        return found if found is not None else posixpath.join(self.as_spelled_there(folder), name)

    def size(self, path: str, what: str) -> int:
        """Returns the size of a plain file in bytes. Raises like ``state``."""
        return self.state(path, what).size

    def state(self, path: str, what: str) -> FileState:
        """Returns size and time of change of a plain file.

        Raises ``NotYetDelivered`` if it is missing and ``BatchRejected`` for anything else: a link may point
        at anything, and a pipe never ends.
        """
        try:
            found = self._sftp.lstat(path)
        except FileNotFoundError as error:
            raise NotYetDelivered(
                self._feed_id, f"{what} {path} is not there yet; the run may be retried later"
            ) from error
        if found.st_mode and not stat.S_ISREG(found.st_mode):
            raise BatchRejected(
                self._feed_id,
                f"{what} {path} is a link, a folder or a device, expected a file; ask the publisher",
            )
        return FileState(int(found.st_size or 0), found.st_mtime)

    def _beside(self, path: str) -> str:
        """Lists names in its folder that contain its own without the ending: half-written, packed,
        misspelt.
        """
        folder, name = posixpath.split(path)
        stem = name.partition(".")[0].casefold()
        there = self._find(folder)
        try:
            names = sorted(self._sftp.listdir(there)) if there and stem else []
        except OSError:
            return ""
        alike = [n for n in names if stem in n.casefold()]
        shown = ", ".join(alike[:_SHOWN])
        return f" (beside it: {shown}; ask the publisher if that is it)" if alike else ""

    def _find(self, path: str) -> str | None:
        """Returns the path as it is spelled on the server: an exact match goes before all others."""
        if path in ("", "/"):
            return path
        try:
            self._sftp.lstat(path)
        except FileNotFoundError:
            folder = self._find(posixpath.dirname(path))
            return None if folder is None else self._in_other_case(folder, posixpath.basename(path))
        return path

    def _in_other_case(self, folder: str, name: str) -> str | None:
        try:
            alike = sorted(n for n in self._sftp.listdir(folder or ".") if n.casefold() == name.casefold())
        except OSError:
            return None  # no folder, or one that may not be looked into
        if len(alike) > 1:
            raise BatchRejected(
                self._feed_id,
                f"{posixpath.join(folder, name)} is there {len(alike)} times, in other letters' case "
                f"({', '.join(alike[:5])}); ask the publisher which one counts",
            )
        return posixpath.join(folder, alike[0]) if alike else None

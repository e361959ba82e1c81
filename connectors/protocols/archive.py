"""Takes the one file out of a password-protected archive, without trusting the archive."""

from __future__ import annotations

import lzma
import os
import re
import stat
import struct
import zlib
from pathlib import Path, PurePosixPath
from typing import Any

import pyzipper

from connectors.archive_limits import LARGEST_MEMBER, is_out_of_proportion
from connectors.errors import BatchRejected
from connectors.protocols.file_kind import kind_of
from connectors.protocols.landing import sync_folder

_BLOCK = 256 * 1024
#: The flag of a member whose name is UTF-8.
_NAME_IS_UTF8 = 0x800
_ZIP_BEGINS = b"PK\x03\x04"
_PLAIN_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


def extract_only_member(feed_id: str, archive: Path, password: str | None) -> Path:
    """Extracts the archive's single file beside it, under the archive's own name. Returns the path.

    Raises ``BatchRejected`` for: not a zip, no or several files, a name with a path, an unencrypted file, a
    wrong password, damage, or a size out of proportion. Nothing is left behind then.
    """
    try:
        with pyzipper.AESZipFile(archive) as opened:
            member = _only_member(feed_id, opened.infolist())
            opened.setpassword((password or "").encode())
            return _extract(feed_id, opened, member, archive.with_suffix(_suffix(member.filename)))
    except pyzipper.BadZipFile as error:
        raise BatchRejected(feed_id, f"the archive is {_no_zip(archive)}; ask for it again") from error
    except NotImplementedError as error:
        raise _refused(feed_id, "is packed in a way we cannot read, expected AES") from error
    except RuntimeError as error:
        raise BatchRejected(
            feed_id, "the archive's password does not fit; check extra.archive_password of the connection"
        ) from error
    except (zlib.error, lzma.LZMAError, struct.error, EOFError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # our own disk, not the archive
        raise BatchRejected(
            feed_id, f"the archive is damaged ({type(error).__name__}); ask for it again"
        ) from error


def _suffix(name: str) -> str:
    """Returns the part of the sender's suffix that is safe to keep."""
    found = PurePosixPath(name).suffix
    return found if _PLAIN_SUFFIX.fullmatch(found) else ".dat"


def _only_member(feed_id: str, members: list[Any]) -> Any:
    """Returns the directory's only entry, if it is the agreed one. Raises ``BatchRejected`` otherwise."""
    if len(members) != 1:
        raise _refused(feed_id, f"holds {len(members)} entries, expected exactly one file")
    member = members[0]
    name = _name_of(member)
    if member.is_dir() or not _is_bare(name):
        raise _refused(feed_id, "has a path in its name, expected a bare file name")
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
        raise _refused(feed_id, "holds a link or a device, expected a file")
    if PurePosixPath(name).suffix.lower() == ".zip":
        raise _refused(feed_id, "holds another archive, expected a data file")
    if not member.flag_bits & 0x1:
        raise _refused(feed_id, "is not encrypted, agreed is AES with a password")
    if is_out_of_proportion(member.file_size, member.compress_size):
        raise _refused(feed_id, f"would grow from {member.compress_size} to {member.file_size} bytes")
    return member


def _no_zip(archive: Path) -> str:
    kind = kind_of(archive)
    return "damaged or not a zip" + (f": it is {kind}" if kind and "zip" not in kind.split() else "")


def _name_of(member: Any) -> str:
    """Returns the name as it was written.

    In GBK, which Windows writes, half a character may be a backslash.
    """
    name = str(member.filename)
    if member.flag_bits & _NAME_IS_UTF8:
        return name
    try:
        return name.encode("cp437").decode("gb18030")
    except UnicodeError:
        return name


def _is_bare(name: str) -> bool:
    return name not in ("", "..") and PurePosixPath(name).name == name and not any(c in name for c in "\\:\0")


def _refused(feed_id: str, why: str) -> BatchRejected:
    return BatchRejected(feed_id, f"the archive {why}; ask the publisher")


def _private(path: Path) -> int:
    """Opens a new file that only its owner can read: it holds personal data."""
    path.unlink(missing_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _extract(feed_id: str, opened: Any, member: Any, target: Path) -> Path:
    temporary = target.with_name(f".{target.name}.part")
    size, declared = 0, member.file_size
    # reading stops at the directory's size, silently: read on to the true end of the data instead
    member.file_size = LARGEST_MEMBER
    try:
        with opened.open(member) as source, os.fdopen(_private(temporary), "wb") as out:
            while block := source.read(_BLOCK):
                if not size and block.startswith(_ZIP_BEGINS):
                    raise _refused(feed_id, "holds another archive, expected a data file")
                size += len(block)
                # the directory's sizes are the sender's word: count what really comes out
                if is_out_of_proportion(size, member.compress_size):
                    raise _refused(feed_id, "grows out of proportion")
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
        if size != declared:
            raise _refused(feed_id, f"unpacks to {size} bytes, declared {declared}")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(target.parent)
    return target

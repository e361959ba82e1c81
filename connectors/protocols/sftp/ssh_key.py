"""Reads the private key of a connection, under the names of Airflow's SSH and SFTP connections.

``extra.private_key`` is the key itself, ``extra.key_file`` the path of one; ``extra.private_key_passphrase``
opens it. RSA, Ed25519 and ECDSA, in OpenSSH's form or as PEM. No message shows any of it.
"""

from __future__ import annotations

import io
import logging
import os
import re
import stat
from pathlib import Path
from typing import IO

import paramiko
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from connectors.connections import Connection, ConnectionMissing

log = logging.getLogger(__name__)
_KINDS: tuple[tuple[type, type[paramiko.PKey]], ...] = (
    (RSAPrivateKey, paramiko.RSAKey),
    (Ed25519PrivateKey, paramiko.Ed25519Key),
    (EllipticCurvePrivateKey, paramiko.ECDSAKey),
)
#: A key whose line breaks were lost on the way through a form or a URI.
_ON_ONE_LINE = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----")
_LARGEST = 64 * 1024
#: How things begin that are taken for a private key, and what to say about them.
_NOT_PRIVATE = (
    ("PuTTY-User-Key-File", "is in PuTTY's own form, export it as an OpenSSH key"),
    ("ssh-", "is a public key, expected the private one"),
    ("ecdsa-sha2-", "is a public key, expected the private one"),
    ("-----BEGIN PUBLIC KEY", "is a public key, expected the private one"),
    ("-----BEGIN RSA PUBLIC KEY", "is a public key, expected the private one"),
    ("---- BEGIN SSH2 PUBLIC KEY", "is a public key, expected the private one"),
    ("-----BEGIN CERTIFICATE", "is a certificate, expected a private key"),
)


def key_of(connection: Connection, connection_id: str) -> paramiko.PKey | None:
    """Returns the key of the connection, None if it has none.

    Raises ``ConnectionMissing`` for an unusable one.
    """
    text, path = connection.extra.get("private_key"), connection.extra.get("key_file")
    if text and path:
        raise ConnectionMissing(
            f"connection {connection_id!r} has extra.private_key and extra.key_file; keep one of the two"
        )
    if not text and not path:
        return None
    where = f"{'extra.private_key' if text else 'extra.key_file'} of connection {connection_id!r}"
    content = str(text) if text else _file(str(path), where)
    passphrase = str(connection.extra.get("private_key_passphrase") or "").encode() or None
    return _paramiko(_read(_lines(content), passphrase, where), where)


def _file(path: str, where: str) -> str:
    try:
        with Path(path).expanduser().open("rb") as file:
            _refuse_open(file, path, where)
            return file.read(_LARGEST).decode("utf-8-sig", errors="replace")
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConnectionMissing(f"{where} cannot be read: {path} ({reason}); check path and owner") from None


def _refuse_open(file: IO[bytes], path: str, where: str) -> None:
    """Refuses a key of ours that others may read, as OpenSSH does; warns about another user's file.

    A mounted secret belongs to another user, often with a mode we cannot change.
    """
    found = os.fstat(file.fileno())
    mode = stat.S_IMODE(found.st_mode)
    if not stat.S_ISREG(found.st_mode):
        return
    if found.st_uid == os.geteuid() and mode & 0o077:
        raise ConnectionMissing(
            f"{where} is open to others: {path} has mode {mode:04o}, expected 0600. Others may have copied "
            f"the key: run chmod 600 {path}, and ask the publisher for a new key if others use this machine"
        )
    if mode & 0o007:
        log.warning(
            "%s: %s belongs to another user and has mode %04o: everybody on this machine may use the key; "
            "mount it with mode 0440 or 0400",
            where,
            path,
            mode,
        )


def _lines(text: str) -> str:
    """Returns the key with the line breaks it needs."""
    text = text.strip().lstrip("\ufeff").replace("\r\n", "\n")
    if "\n" not in text:
        text = text.replace("\\r", "").replace("\\n", "\n")
    found = _ON_ONE_LINE.fullmatch(text)
    if found is None or "\n" in text:
        return text + "\n"
    body = "\n".join(found[2].split())
    return f"-----BEGIN {found[1]}-----\n{body}\n-----END {found[1]}-----\n"


def _read(text: str, passphrase: bytes | None, where: str) -> object:
    for beginning, why in _NOT_PRIVATE:
        if text.startswith(beginning):
            raise ConnectionMissing(f"{where} {why}")
    load = load_ssh_private_key if "OPENSSH PRIVATE KEY" in text else load_pem_private_key
    try:
        return load(text.encode(), passphrase)
    except TypeError:
        if passphrase is None:
            raise ConnectionMissing(
                f"{where} is encrypted; set extra.private_key_passphrase to its passphrase"
            ) from None
        return _read(text, None, where)  # it is not encrypted: the passphrase is one too many
    except (ValueError, InvalidTag, UnsupportedAlgorithm) as error:
        # the library's words may quote the key
        also = ", or extra.private_key_passphrase does not fit" if passphrase else ""
        raise ConnectionMissing(
            f"{where} is no private key that can be read ({type(error).__name__}){also}; expected RSA, "
            "Ed25519 or ECDSA in OpenSSH's form or as PEM, from BEGIN to END"
        ) from None


def _paramiko(key: object, where: str) -> paramiko.PKey:
    if isinstance(key, RSAPrivateKey | Ed25519PrivateKey | EllipticCurvePrivateKey):
        loader = next(loader for kind, loader in _KINDS if isinstance(key, kind))
        try:
            plain = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
            return loader.from_private_key(io.StringIO(plain))
        except (ValueError, UnsupportedAlgorithm, paramiko.SSHException):
            raise ConnectionMissing(
                f"{where} is of a kind SSH does not use; expected RSA, Ed25519, or ECDSA on NIST P-256, "
                "P-384 or P-521"
            ) from None
    raise ConnectionMissing(f"{where} is of kind {type(key).__name__}; expected RSA, Ed25519 or ECDSA")

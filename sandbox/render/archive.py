"""Writes a password-protected archive whose bytes depend on its content and password only."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pyzipper
from Cryptodome.Cipher import AES
from Cryptodome.Hash import HMAC, SHA1
from Cryptodome.Protocol.KDF import PBKDF2
from Cryptodome.Util import Counter
from pyzipper.zipfile_aes import AESZipEncrypter

_STAMP = (2020, 1, 1, 0, 0, 0)
_KEY = 32


class _SaltedByContent(AESZipEncrypter):  # type: ignore[misc]
    """Salts by content: with a random salt, each archive of the same file would differ."""

    def __init__(self, pwd: bytes, salt: bytes, **rest: Any) -> None:
        super().__init__(pwd, **rest)
        self.salt = salt[: self.salt_length]
        keys = PBKDF2(pwd, self.salt, count=1000, dkLen=2 * _KEY + 2)  # type: ignore[arg-type]
        self.encpwdverify = keys[2 * _KEY :]
        counter = Counter.new(nbits=128, little_endian=True)
        self.encrypter = AES.new(keys[:_KEY], AES.MODE_CTR, counter=counter)
        self.hmac = HMAC.new(keys[_KEY : 2 * _KEY], digestmod=SHA1)


class _Archive(pyzipper.AESZipFile):  # type: ignore[misc]
    content_salt = b""

    def get_encrypter(self) -> Any:
        return _SaltedByContent(pwd=self.pwd, salt=self.content_salt, **self.encryption_kwargs or {})


def zip_aes_bytes(member: str, content: bytes, password: str) -> bytes:
    """Returns a zip archive with one AES-encrypted member."""
    out = io.BytesIO()
    with _Archive(out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.content_salt = hashlib.sha256(content).digest()
        archive.setpassword(password.encode())
        archive.writestr(pyzipper.zipfile_aes.AESZipInfo(member, _STAMP), content)
    return out.getvalue()

"""Encrypted archives as they come broken or as an attack: paths, members, passwords, sizes."""

# ruff: noqa: E501 -- one case a line: damage and outcome side by side

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable

import pytest
import pyzipper

from connectors.errors import BatchRejected, ColumnsMissing
from tests.hostile.file_world import ALL, PASSWORD, ROWS, ZIP, FileWorld, aside, served
from tests.hostile.protocol_harness import SURNAME, Case, Hub, Loaded, Refused, id_of, names

pytestmark = pytest.mark.slow
_PATH = Refused(BatchRejected, "has a path in its name")
_DAMAGED = Refused(BatchRejected, "the archive is damaged")
_PASSWORD = Refused(BatchRejected, "the archive's password does not fit")
_OTHER_ARCHIVE = Refused(BatchRejected, "holds another archive")
_MISSING = Refused(ColumnsMissing, "required columns .* are missing")
_HEAD = "姓名,证件号码,收监日期,刑期起日,刑期止日,释放日期,监狱名称\n"


def _rows() -> list[str]:
    return [f"{SURNAME}文,{id_of(n)},2019-01-02,2019-01-02,2021-01-02,,第一监狱\n" for n in range(ROWS)]


def _text() -> bytes:
    return (_HEAD + "".join(_rows())).encode("gbk")


def _packed(members: dict[str, bytes], password: str = PASSWORD, *, mode: int | None = None) -> bytes:
    """An archive as agreed; ``mode`` is what its entries say they are on a Unix machine."""
    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        for name, content in members.items():
            info = archive.zipinfo_cls(name)
            info.compress_type = pyzipper.ZIP_DEFLATED
            info.external_attr = (mode or stat.S_IFREG | 0o600) << 16
            archive.writestr(info, content)
    return out.getvalue()


def _plain(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _said_size(archive: bytes, size: int, name: str = "data.csv") -> bytes:
    """The same archive, whose directory says that the file has ``size`` bytes."""
    changed = bytearray(archive)
    struct.pack_into("<I", changed, changed.find(name.encode()) - 30 + 22, size)
    struct.pack_into("<I", changed, changed.rfind(name.encode()) - 46 + 24, size)
    return bytes(changed)


def _flipped(archive: bytes, at: int) -> bytes:
    changed = bytearray(archive)
    changed[at] ^= 0xFF
    return bytes(changed)


def _of_method(archive: bytes, method: int) -> bytes:
    """Says that what is encrypted was packed in another way."""
    tag = b"\x01\x99\x07\x00"
    changed = bytearray(archive)
    for at in (changed.find(tag), changed.rfind(tag)):
        struct.pack_into("<H", changed, at + 9, method)
    return bytes(changed)


def _case(name: str, content: Callable[[], bytes], outcome: Loaded | Refused) -> Case:
    return Case(f"zip-{name}", ZIP, served(ZIP, lambda _: content()), outcome)


def _named(case: str, name: str, outcome: Loaded | Refused) -> Case:
    """A good file under another name in the archive."""
    return _case(case, lambda: _packed({name: _text()}), outcome)


def _text_case(name: str, text: Callable[[], bytes], outcome: Loaded | Refused) -> Case:
    """A good archive of a damaged file."""
    return _case(name, lambda: _packed({"data.csv": text()}), outcome)


def _good() -> bytes:
    return _packed({"data.csv": _text()})


def _connects(name: str, password: str | None, outcome: Refused) -> Case:
    """A good archive; the connection holds another password, or none."""

    def behave(world: FileWorld) -> None:
        world.put(ZIP, _good())
        connection = world.server.connection()
        connection.extra.update(timeout=5)
        if password is not None:
            connection.extra.update(archive_password=password)
        world.hub.connect("ga_prison", connection)

    return Case(f"zip-{name}", ZIP, behave, outcome)


CASES = [
    _case("good", _good, ALL),
    _named("name-in-chinese", "服刑人员.csv", ALL),
    _named("name-without-a-suffix", "data", ALL),
    _named("suffix-of-300-characters", "data." + "x" * 300, ALL),
    _named("suffix-of-control-bytes", "data.c\nsv\x1b", ALL),
    _named("path-upwards", "../../../../tmp/evil.csv", _PATH),
    _named("path-upwards-of-windows", "..\\..\\evil.csv", _PATH),
    _named("absolute-path", "/tmp/evil.csv", _PATH),
    _named("absolute-path-of-windows", "C:evil.csv", _PATH),
    _named("in-a-folder", "folder/data.csv", _PATH),
    _named("named-upwards", "..", _PATH),
    _named("folder", "data.csv/", _PATH),
    _case("link", lambda: _packed({"data.csv": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777), Refused(BatchRejected, "holds a link or a device")),
    _case("device", lambda: _packed({"data.csv": b""}, mode=stat.S_IFCHR | 0o666), Refused(BatchRejected, "holds a link or a device")),
    _case("two-members", lambda: _packed({"data.csv": _text(), "more.csv": _text()}), Refused(BatchRejected, "holds 2 entries")),
    _case("same-name-twice", lambda: _twice(), Refused(BatchRejected, "holds 2 entries")),
    _case("member-missing", lambda: _packed({}), Refused(BatchRejected, "holds 0 entries")),
    _named("nested-archive", "data.zip", _OTHER_ARCHIVE),
    _case("nested-archive-in-disguise", lambda: _packed({"data.csv": _good()}), _OTHER_ARCHIVE),
    _case("not-encrypted", lambda: _plain({"data.csv": _text()}), Refused(BatchRejected, "is not encrypted")),
    _case("wrong-password", lambda: _packed({"data.csv": _text()}, "another"), _PASSWORD),
    _connects("password-not-configured", None, _PASSWORD),
    _connects("password-in-chinese", "密码", _PASSWORD),
    _case("of-no-bytes", lambda: b"", _DAMAGED),
    _case("no-archive", _text, _DAMAGED),
    _case("page-of-a-proxy", lambda: b"<html><body>login</body></html>", _DAMAGED),
    _case("truncated", lambda: _good()[:-30], _DAMAGED),
    _case("truncated-by-half", lambda: _good()[:100], _DAMAGED),
    _case("content-damaged", lambda: _flipped(_good(), 90), _DAMAGED),
    _case("directory-damaged", lambda: _flipped(_good(), _good().rfind(b"PK\x01\x02")), _DAMAGED),
    _case("packed-in-an-unknown-way", lambda: _of_method(_good(), 97), Refused(BatchRejected, "is packed in a way we cannot read")),
    _case("bytes-before-the-archive", lambda: b"MZ" * 100 + _good(), ALL),
    _case("bomb", lambda: _packed({"data.csv": bytes(20 << 20)}), Refused(BatchRejected, "would grow from")),
    _case("bomb-that-lies-about-its-size", lambda: _said_size(_packed({"data.csv": bytes(20 << 20)}), 1000), Refused(BatchRejected, "grows out of proportion")),
    _case("shorter-than-said", lambda: _said_size(_good(), 100_000), Refused(BatchRejected, "declared 100000")),
    _case("longer-than-said", lambda: _said_size(_good(), 50), Refused(BatchRejected, "declared 50")),
    _case("said-to-be-4-gigabytes", lambda: _said_size(_good(), 0xFFFFFFFE), Refused(BatchRejected, "would grow from")),
    _text_case("file-of-no-bytes", lambda: b"", Refused(BatchRejected, "no header line")),
    _text_case("column-renamed", lambda: _text().replace("刑期起日".encode("gbk"), "刑起".encode("gbk")), _MISSING),
    _text_case("header-lost", lambda: "".join(_rows()).encode("gbk"), _MISSING),
    _text_case("file-in-utf-8", lambda: _text().decode("gbk").encode(), Refused(BatchRejected, "is UTF-8, the declaration says gbk")),
    _text_case("period-reversed", lambda: _text().replace(b"2021-01-02", b"2018-01-02", 1), aside("period_reversed")),
    _text_case("byte-of-no-character", lambda: _text().replace("第一监狱".encode("gbk"), b"\xff\xff", 1), aside("encoding_invalid")),
]  # fmt: skip


def _twice() -> bytes:
    """Two files of one name: which of them counts would depend on who unpacks."""
    return _packed({"data.csv": _text(), "date.csv": _text()}).replace(b"date.csv", b"data.csv")


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_an_archive_has_its_named_outcome(
    hub: Hub, world: FileWorld, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    hub.prove(case, world, caplog)

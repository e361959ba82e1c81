"""Files that are another thing than agreed, names that come near, and files written while they are read."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from connectors.delivery import Delivery, Window
from connectors.errors import BatchRejected, NotYetDelivered, SourceUnavailable
from connectors.protocols import pull
from connectors.protocols.file_kind import kind_of, refuse_other_kinds
from connectors.protocols.retry import Retry
from tests.connectors.protocols.test_sftp import DAY, PLAIN, PLAIN_PATH, ZIPPED, ZIPPED_PATH, zipped
from tests.support.protocol_servers import SftpServer

ROWS = "公民身份号码,姓名\n".encode("gb18030") * 5
FORMAT = PLAIN.format


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as opened:
        opened.addfile(tarfile.TarInfo("a.csv"))
    return buffer.getvalue()


PACKED = {
    "gzip": (gzip.compress(ROWS), "a gzip archive"),
    "tar.gz": (tarred(), "a gzip archive"),
    "bzip2": (bz2.compress(ROWS), "a bzip2 archive"),
    "xz": (lzma.compress(ROWS), "an xz archive"),
    "RAR": (b"Rar!\x1a\x07\x01\x00" + ROWS, "a RAR archive"),
    "7z": (b"7z\xbc\xaf\x27\x1c\x00\x04" + ROWS, "a 7z archive"),
    "zstd": (b"\x28\xb5\x2f\xfd" + ROWS, "a zstd archive"),
    "PDF": (b"%PDF-1.4\n" + ROWS, "a PDF"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + ROWS, "a document of old Office"),
}
ZIP = (zipped({"a.csv": ROWS}), r"a zip archive \(or a workbook\)")


@pytest.fixture
def take(sftp_server: SftpServer, retry: Retry, window: Window, landing: Path) -> Callable[..., Delivery]:
    def _take(feed: Any = PLAIN) -> Delivery:
        connection = sftp_server.connection(archive_password="pw-2020")
        return pull(feed, DAY, window, connection, landing, retry=retry)

    return _take


@pytest.mark.parametrize(("content", "kind"), [*PACKED.values(), ZIP], ids=[*PACKED, "zip"])
def test_a_file_of_another_kind_is_named(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "main.csv").write_bytes(content)
    with pytest.raises(BatchRejected, match=f"/x.csv is {kind}.*, expected csv; .*ask the publisher"):
        refuse_other_kinds(PLAIN, tmp_path / "main.csv", "/x.csv")


@pytest.mark.parametrize(
    "content", [b"", b"P", b"PK,1\n", b"BZh9,1\n", b"Rar!,1\n", b"%PDF,1\n", b"\x1f\x8b", ROWS]
)
def test_a_text_is_no_other_kind(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "main.csv").write_bytes(content)
    assert kind_of(tmp_path / "main.csv") is None
    refuse_other_kinds(PLAIN, tmp_path / "main.csv", "/x.csv")


def test_a_workbook_is_a_zip(tmp_path: Path) -> None:
    assert FORMAT is not None
    feed = replace_format(PLAIN, "xlsx")
    (tmp_path / "main.xlsx").write_bytes(ZIP[0])
    refuse_other_kinds(feed, tmp_path / "main.xlsx", "/x.xlsx")
    (tmp_path / "main.xlsx").write_bytes(PACKED["gzip"][0])
    with pytest.raises(BatchRejected, match="is a gzip archive, expected xlsx"):
        refuse_other_kinds(feed, tmp_path / "main.xlsx", "/x.xlsx")


def replace_format(feed: Any, kind: str) -> Any:
    return feed.model_copy(update={"format": feed.format.model_copy(update={"kind": kind})})


def test_a_packed_file_is_refused_when_it_comes(
    take: Callable[..., Delivery], sftp_server: SftpServer
) -> None:
    sftp_server.put(PLAIN_PATH, PACKED["gzip"][0])
    with pytest.raises(BatchRejected, match=f"{PLAIN_PATH} is a gzip archive, expected csv"):
        take()
    sftp_server.put(ZIPPED_PATH, zipped({"a.csv.gz": PACKED["gzip"][0]}))
    with pytest.raises(BatchRejected, match=f"the file in {ZIPPED_PATH} is a gzip archive, expected csv"):
        take(ZIPPED)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        *(
            (content, f"damaged or not a zip: it is {kind}.*; ask for it again")
            for content, kind in PACKED.values()
        ),
        (b"", "the archive is damaged or not a zip; ask for it again"),
        (ROWS, "damaged or not a zip"),
        (b"<html>", "damaged or not a zip"),
        (ZIP[0][:-40], "damaged or not a zip"),
    ],
    ids=[*PACKED, "empty", "rows", "page", "cut"],
)
def test_what_stands_in_place_of_an_archive_is_named(
    take: Callable[..., Delivery], sftp_server: SftpServer, content: bytes, says: str
) -> None:
    sftp_server.put(ZIPPED_PATH, content)
    with pytest.raises(BatchRejected, match=says):
        take(ZIPPED)


@pytest.mark.parametrize("name", ["服刑.csv".encode("gbk"), b"\x95\x5c\xb7\xfe.csv", "服刑.csv".encode()])
def test_a_name_in_gbk_is_a_bare_name(
    take: Callable[..., Delivery], sftp_server: SftpServer, name: bytes
) -> None:
    placeholder = "Q" * len(name)
    sftp_server.put(ZIPPED_PATH, zipped({placeholder: ROWS}).replace(placeholder.encode(), name))
    assert take(ZIPPED).parts[0].path.read_bytes() == ROWS


@pytest.mark.parametrize(
    "beside",
    [
        "QYXX_20200512.csv.filepart",
        "QYXX_20200512.csv.tmp",
        ".QYXX_20200512.csv.swp",
        "QYXX_20200512.csv.gz",
        "QYXX_20200512.zip",
        "QYXX_20200512.txt",
        "QYXX_20200512 .csv",
        "QYXX_20200512(1).csv",
        "qyxx_20200512_01.CSV",
        "全部QYXX_20200512.csv",
    ],
)
def test_names_that_come_near_are_told_and_not_taken(
    take: Callable[..., Delivery], sftp_server: SftpServer, pauses: list[float], beside: str
) -> None:
    sftp_server.put(PLAIN_PATH.replace("QYXX_20200512.csv", beside), ROWS)
    with pytest.raises(NotYetDelivered, match=r"is not there yet \(beside it: ") as caught:
        take()
    assert f"(beside it: {beside}; ask the publisher if that is it)" in str(caught.value)
    assert pauses == []


def test_only_a_few_names_are_told(take: Callable[..., Delivery], sftp_server: SftpServer) -> None:
    for number in range(9):
        sftp_server.put(f"{PLAIN_PATH}.{number}", b"")
    sftp_server.put(PLAIN_PATH.replace("QYXX", "OTHER"), b"")
    with pytest.raises(NotYetDelivered, match=r"beside it: \S+\.0, \S+\.1, \S+\.2; ask"):
        take()


def writes_again(target: Path, when: Callable[[int], bool], content: bytes) -> type[asyncssh.SFTPServer]:
    """A server whose department writes the file once more, in the same size, while it is read."""
    closed = []

    class Writes(asyncssh.SFTPServer):
        def close(self, file_obj: object) -> None:
            super().close(file_obj)
            closed.append(file_obj)
            if when(len(closed)):
                target.write_bytes(content)
                os.utime(target, (0, 1_600_000_000 + len(closed)))

    return Writes


def test_a_file_written_again_in_the_same_size_is_read_again(
    take: Callable[..., Delivery], sftp_server: SftpServer, pauses: list[float]
) -> None:
    sftp_server.put(PLAIN_PATH, b"first,")
    target = sftp_server.root / PLAIN_PATH.lstrip("/")
    sftp_server.sftp_class = writes_again(target, lambda n: n == 1, b"second")
    assert take().parts[0].path.read_bytes() == b"second"
    assert pauses == [0.5]


def test_a_file_written_without_end_is_refused(
    take: Callable[..., Delivery], sftp_server: SftpServer, pauses: list[float]
) -> None:
    sftp_server.put(PLAIN_PATH, b"first,")
    target = sftp_server.root / PLAIN_PATH.lstrip("/")
    sftp_server.sftp_class = writes_again(target, lambda n: True, b"second")
    with pytest.raises(SourceUnavailable, match=r"was written again while it was read.*\(4 attempts\)"):
        take()
    assert len(pauses) == 3

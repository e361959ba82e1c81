"""Names on the server in other letters' case: Windows machines and old exports write them as they like."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.catalogue.load import load_feed
from connectors.delivery import AskedPerson, Delivery, Window
from connectors.errors import BatchRejected, NotYetDelivered
from connectors.protocols import pull
from connectors.protocols.retry import Retry
from connectors.protocols.sftp.remote_file import RemoteFiles
from tests.support.protocol_servers import SftpServer

DAY = date(2020, 5, 12)
BANK = load_feed("finance__icbc")
REPLY = "/bk_icbc/reply/20200512/RSP_20200512.txt"


@pytest.fixture
def take(
    sftp_server: SftpServer, retry: Retry, window: Window, landing: Path, people: list[AskedPerson]
) -> Callable[..., Delivery]:
    def _take() -> Delivery:
        return pull(BANK, DAY, window, sftp_server.connection(), landing, people, retry=retry)

    return _take


def put(server: Any, path: str, content: bytes = b"reply") -> None:
    server.put(path, content)
    server.put(path + ".ok", b"")
    server.put(path + ".md5", hashlib.md5(content).hexdigest().encode())


@pytest.mark.parametrize(
    "path",
    [
        "/bk_icbc/reply/20200512/RSP_20200512.TXT",
        "/bk_icbc/reply/20200512/rsp_20200512.txt",
        "/bk_icbc/REPLY/20200512/Rsp_20200512.Txt",
        "/BK_ICBC/Reply/20200512/RSP_20200512.txt",
    ],
)
def test_the_one_file_in_another_case_is_taken_and_told(
    take: Callable[..., Delivery], sftp_server: SftpServer, path: str
) -> None:
    put(sftp_server, path)
    delivery = take()
    assert delivery.parts[0].path.read_bytes() == b"reply"
    assert delivery.parts[0].path.suffix == ".txt"
    assert f"the file {REPLY} was found as {path}" in delivery.notes
    # the request went into the folder that was there: no second one beside it
    assert len(list(sftp_server.root.iterdir())) == 1


@pytest.mark.parametrize("suffix", [".OK", ".MD5"])
def test_flag_and_digest_may_have_another_case_of_their_own(
    take: Callable[..., Delivery], sftp_server: SftpServer, suffix: str
) -> None:
    put(sftp_server, REPLY)
    former = sftp_server.root / (REPLY + suffix.lower()).lstrip("/")
    former.rename(former.with_suffix(suffix))
    (note,) = take().notes
    assert note.endswith(f"was found as {REPLY}{suffix}")


def test_the_agreed_name_goes_before_all_others(
    take: Callable[..., Delivery], sftp_server: SftpServer
) -> None:
    put(sftp_server, REPLY)
    put(sftp_server, REPLY.replace(".txt", ".TXT"), b"other")
    delivery = take()
    assert delivery.parts[0].path.read_bytes() == b"reply"
    assert delivery.notes == ()


def test_two_names_that_differ_by_case_are_refused(
    take: Callable[..., Delivery], sftp_server: SftpServer, landing: Path
) -> None:
    put(sftp_server, REPLY)
    (sftp_server.root / REPLY.lstrip("/")).unlink()
    sftp_server.put(REPLY.replace(".txt", ".TXT"), b"one")
    sftp_server.put(REPLY.replace("RSP", "rsp"), b"two")
    with pytest.raises(BatchRejected, match=r"RSP_20200512\.txt is there 2 times, in other letters' case"):
        take()
    assert not [p for p in landing.rglob("*") if p.is_file()]


def test_a_folder_that_may_not_be_looked_into_holds_nothing(
    take: Callable[..., Delivery], sftp_server: SftpServer
) -> None:
    put(sftp_server, REPLY.replace(".txt", ".TXT"))

    class Closed(asyncssh.SFTPServer):
        def scandir(self, path: bytes) -> Any:
            raise asyncssh.SFTPPermissionDenied("no")

    sftp_server.sftp_class = Closed
    with pytest.raises(NotYetDelivered, match=r"the flag file .*\.ok is not there yet"):
        take()


class _Folder:
    """What the finder asks of a session."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def lstat(self, path: str) -> None:
        if path != "/out" and path.removeprefix("/out/") not in self._names:
            raise FileNotFoundError

    def listdir(self, folder: str) -> list[str]:
        assert folder == "/out"
        return list(self._names)


_NAME = st.text(st.characters(codec="gbk", exclude_characters="/\0"), min_size=1, max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=_NAME, others=st.sets(_NAME, max_size=3))
def test_any_name_is_found_in_capitals_if_it_is_the_only_one(name: str, others: set[str]) -> None:
    spelt = name.swapcase()
    there = {spelt, *(o for o in others if o.casefold() != name.casefold())}
    files = RemoteFiles("a__b", _Folder(*there))  # type: ignore[arg-type]
    if spelt.casefold() != name.casefold():  # a few letters have no way back
        return
    assert files.locate(f"/out/{name}", "the file") == f"/out/{spelt}"

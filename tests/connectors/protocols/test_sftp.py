"""Files from an SFTP box: what is taken, in which order, and what is refused.

Longer than 300 lines: every case stands on the one server set up here.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import pyzipper

from connectors import archive_limits
from connectors.catalogue.load import load_feed
from connectors.connections import Connection, ConnectionMissing
from connectors.delivery import AskedPerson, Delivery
from connectors.errors import BatchRejected, NotYetDelivered, SourceUnavailable
from connectors.protocols import pull

DAY = date(2020, 5, 12)
PLAIN = load_feed("public_security__migration")
PLAIN_PATH = "/ga/migration/20200512/QYXX_20200512.csv"
FLAGGED = load_feed("provident_fund__provincial_branch")
FLAGGED_PATH = "/gjj/prov/20200512/GJJ_20200512.txt"
BANK = load_feed("finance__icbc")
BANK_REPLY = "/bk_icbc/reply/20200512/RSP_20200512.txt"
BANK_REQUEST = "bk_icbc/request/20200512/REQ_20200512.txt"
ZIPPED = load_feed("public_security__prison")
ZIPPED_PATH = "/ga/prison/20200512/FXRY_20200512.zip"


@pytest.fixture
def take(sftp_server, retry, window, landing):  # type: ignore[no-untyped-def]
    def _take(
        feed: Any, subjects: list[AskedPerson] | None = None, connection: Connection | None = None
    ) -> Delivery:
        return pull(
            feed, DAY, window, connection or sftp_server.connection(), landing, subjects or [], retry=retry
        )

    return _take


def landed(landing: Path) -> list[Path]:
    return [p for p in landing.rglob("*") if p.is_file()]


def test_a_file_lands_byte_for_byte(take, sftp_server) -> None:
    content = ("姓名,证件号码\n".encode("gb18030") + b"\x00\xff\r\n") * 50_000
    sftp_server.put(PLAIN_PATH, content)
    (part,) = take(PLAIN).parts
    assert part.path.read_bytes() == content
    assert part.path.suffix == ".csv"
    assert part.sha256 == hashlib.sha256(content).hexdigest()


def test_a_file_sent_again_under_its_name_is_new_content(take, sftp_server) -> None:
    sftp_server.put(PLAIN_PATH, b"first")
    first = take(PLAIN)
    sftp_server.put(PLAIN_PATH, b"second")
    second = take(PLAIN)
    assert first.sha256 != second.sha256
    assert first.parts[0].path.read_bytes() == b"first"


def test_an_empty_file_is_a_delivery(take, sftp_server) -> None:
    sftp_server.put(PLAIN_PATH, b"")
    assert take(PLAIN).parts[0].path.read_bytes() == b""


def test_a_missing_file_is_not_yet_delivered(take, landing, pauses) -> None:
    with pytest.raises(NotYetDelivered, match=f"the file {PLAIN_PATH} is not there yet"):
        take(PLAIN)
    assert pauses == []
    assert landed(landing) == []


def test_without_its_flag_a_file_is_not_touched(take, sftp_server) -> None:
    sftp_server.put(FLAGGED_PATH, b"half")
    with pytest.raises(NotYetDelivered, match=r"flag file .*\.txt\.ok"):
        take(FLAGGED)
    sftp_server.put(FLAGGED_PATH + ".ok", b"")
    assert take(FLAGGED).parts[0].path.read_bytes() == b"half"


def md5(content: bytes) -> bytes:
    return hashlib.md5(content).hexdigest().upper().encode()


def test_the_digest_must_fit(take, sftp_server, people, landing) -> None:
    sftp_server.put(BANK_REPLY, b"reply")
    sftp_server.put(BANK_REPLY + ".ok", b"")
    with pytest.raises(NotYetDelivered, match="digest file"):
        take(BANK, people)
    sftp_server.put(BANK_REPLY + ".md5", md5(b"other"))
    with pytest.raises(BatchRejected, match=r"md5 .* found, .* announced"):
        take(BANK, people)
    assert landed(landing) == []
    sftp_server.put(BANK_REPLY + ".md5", b"not a digest")
    with pytest.raises(BatchRejected, match="holds no md5"):
        take(BANK, people)
    sftp_server.put(BANK_REPLY + ".md5", md5(b"reply") + b"  RSP_20200512.txt\n")
    delivery = take(BANK, people)
    assert delivery.request_id == "bk_icbc-20200512"


def test_the_request_is_there_before_the_reply_is_looked_for(take, sftp_server) -> None:
    people = [AskedPerson(1, "210102198001011234", "张·三"), AskedPerson(2, "21010219800101123X", "李𠮷|\n")]
    with pytest.raises(NotYetDelivered):
        take(BANK, people)
    request = sftp_server.root / BANK_REQUEST
    assert request.read_bytes().decode("gbk") == (
        "bk_icbc-20200512|1|张·三|1|210102198001011234\nbk_icbc-20200512|2|李?|1|21010219800101123X\n"
    )
    assert list(request.parent.iterdir()) == [request]


def test_the_same_request_is_not_sent_twice_and_another_replaces_it(take, sftp_server, people) -> None:
    request = sftp_server.root / BANK_REQUEST
    moments = []
    for subjects in (people, people, people[:2]):
        with pytest.raises(NotYetDelivered):
            take(BANK, subjects)
        moments.append(request.stat().st_ino)
    assert moments[0] == moments[1] != moments[2]
    assert len(request.read_bytes().splitlines()) == 2


def test_nobody_to_ask_sends_nothing(take, sftp_server) -> None:
    assert take(BANK).parts == ()
    assert sftp_server.logins == 0


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256"])
def test_another_host_key_gets_no_password(take, sftp_server, kind) -> None:
    other = asyncssh.generate_private_key(kind).export_public_key("openssh").decode()
    connection = sftp_server.connection(host_key=other)
    with pytest.raises(SourceUnavailable, match=r"host key SHA256:\S+ found, SHA256:\S+ expected"):
        take(PLAIN, connection=connection)
    assert sftp_server.logins == 0


@pytest.mark.parametrize("key", ["", "ssh-ed25519", "ssh-ed25519 ???", "nonsense AAAA", "ssh-ed25519 AAAA"])
def test_without_a_readable_host_key_nobody_is_asked(take, sftp_server, key) -> None:
    with pytest.raises(ConnectionMissing, match=r"extra\.host_key"):
        take(PLAIN, connection=sftp_server.connection(host_key=key))
    assert sftp_server.logins == 0


def test_a_refused_login_says_what_to_check(take, sftp_server, pauses) -> None:
    wrong = replace(sftp_server.connection(), password="canary-password")
    with pytest.raises(
        SourceUnavailable, match="login refused; check login and password of ga_sftp"
    ) as caught:
        take(PLAIN, connection=wrong)
    assert "canary" not in str(caught.value)
    assert pauses == []


def test_a_server_that_is_down_is_retried(take, sftp_server, pauses) -> None:
    with pytest.raises(SourceUnavailable, match=r"4 attempts"):
        take(PLAIN, connection=replace(sftp_server.connection(), port=1))
    assert len(pauses) == 3


def test_a_file_cut_off_on_the_way_is_retried(take, sftp_server, pauses) -> None:
    content = b"0123456789" * 100_000
    sftp_server.put(PLAIN_PATH, content)

    class Cuts(asyncssh.SFTPServer):
        """The first read session ends early, as a full buffer on the way makes it do."""

        opened = 0

        def open(self, path: bytes, pflags: int, attrs: Any) -> object:
            Cuts.opened += 1
            if Cuts.opened == 1:
                return io.BytesIO(content[:400_000])
            return super().open(path, pflags, attrs)

    sftp_server.sftp_class = Cuts
    assert take(PLAIN).parts[0].path.read_bytes() == content
    assert pauses == [0.5]


def test_a_file_still_growing_is_not_taken(take, sftp_server, landing) -> None:
    sftp_server.put(PLAIN_PATH, b"half")
    target = sftp_server.root / PLAIN_PATH.lstrip("/")

    class Grows(asyncssh.SFTPServer):
        def close(self, file_obj: object) -> None:
            super().close(file_obj)
            with target.open("ab") as file:
                file.write(b" more")

    sftp_server.sftp_class = Grows
    with pytest.raises(SourceUnavailable, match="cut off or still being written"):
        take(PLAIN)
    assert landed(landing) == []


def test_our_own_full_disk_is_not_the_departments_fault(take, sftp_server, monkeypatch) -> None:
    sftp_server.put(PLAIN_PATH, b"x")

    def full(self: Any, block: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("connectors.protocols.landing.LandingFile.write", full)
    with pytest.raises(OSError, match="No space"):
        take(PLAIN)


# --- archives


def zipped(members: dict[str, bytes], password: str | None = "pw-2020") -> bytes:
    buffer = io.BytesIO()
    encryption = pyzipper.WZ_AES if password else None
    with pyzipper.AESZipFile(buffer, "w", compression=pyzipper.ZIP_DEFLATED, encryption=encryption) as opened:
        if password:
            opened.setpassword(password.encode())
        for name, content in members.items():
            opened.writestr(name, content)
    return buffer.getvalue()


def understated(content: bytes) -> bytes:
    """The same archive, whose directory says the file has 1000 bytes."""
    changed = bytearray(content)
    where = changed.rindex(b"PK\x01\x02") + 24
    changed[where : where + 4] = (1000).to_bytes(4, "little")
    return bytes(changed)


@pytest.fixture
def take_zip(take, sftp_server) -> Callable[[bytes], Delivery]:  # type: ignore[no-untyped-def]
    def _take(content: bytes, password: str = "pw-2020") -> Delivery:
        sftp_server.put(ZIPPED_PATH, content)
        return take(ZIPPED, connection=sftp_server.connection(archive_password=password))

    return _take


def test_the_only_member_lands_beside_its_archive(take_zip, landing) -> None:
    rows = "姓名,证件号码\n".encode("gbk") * 10
    content = zipped({"FXRY_20200512.csv": rows})
    (part,) = take_zip(content).parts
    assert part.path.read_bytes() == rows
    assert part.sha256 == hashlib.sha256(content).hexdigest()
    assert part.path.with_suffix(".zip").read_bytes() == content
    assert len(landed(landing)) == 2
    assert {p.stat().st_mode & 0o077 for p in landed(landing)} == {0}


def plain_zip(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name in names:
            opened.writestr(name, b"x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zipped({"a.csv": b"1", "b.csv": b"2"}), "holds 2 entries"),
        (zipped({}), "holds 0 entries"),
        (zipped({"../../etc/cron.d/x": b"1"}), "path in its name"),
        (zipped({"/etc/passwd": b"1"}), "path in its name"),
        (zipped({"..\\x.csv": b"1"}), "path in its name"),
        (zipped({"folder/": b""}), "path in its name"),
        (zipped({"inner.zip": b"PK"}), "another archive"),
        (plain_zip("a.csv"), "not encrypted"),
        (zipped({"a.csv": b"0" * 5_000_000}), "would grow from"),
        (b"PK\x03\x04 not a zip", "damaged or not a zip"),
        (zipped({"a.csv": bytes(range(256)) * 40})[:-60], "damaged"),
    ],
)
def test_an_archive_that_is_not_one_plain_file_is_rejected(take_zip, landing, content, message) -> None:
    with pytest.raises(BatchRejected, match=message):
        take_zip(content)
    assert [p.suffix for p in landed(landing)] == [".zip"]


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_archive_password_names_its_setting(take_zip, password) -> None:
    with pytest.raises(BatchRejected, match=r"extra\.archive_password"):
        take_zip(zipped({"a.csv": b"1"}), password)


def test_damaged_content_is_noticed(take_zip) -> None:
    content = bytearray(zipped({"a.csv": bytes(range(256)) * 40}))
    content[80] ^= 0xFF
    with pytest.raises(BatchRejected, match="damaged"):
        take_zip(bytes(content))


def test_a_bomb_that_lies_about_its_size_is_stopped_while_it_grows(take_zip, landing, monkeypatch) -> None:
    monkeypatch.setattr(archive_limits, "SMALL", 1024)
    monkeypatch.setattr(archive_limits, "HIGHEST_RATIO", 5)
    with pytest.raises(BatchRejected, match="grows out of proportion"):
        take_zip(understated(zipped({"a.csv": b"0" * 900_000})))
    assert [p.suffix for p in landed(landing)] == [".zip"]


def test_a_file_larger_than_declared_is_not_cut_to_size(take_zip) -> None:
    with pytest.raises(BatchRejected, match="10240 bytes, declared 1000"):
        take_zip(understated(zipped({"a.csv": bytes(range(256)) * 40})))

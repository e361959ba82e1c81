"""Logging in to an SFTP box: by password, by the connection's key, and what is said when neither helps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncssh
import pytest

from connectors.catalogue.load import load_feed
from connectors.connections import Connection, ConnectionMissing, resolve
from connectors.delivery import Delivery, Window
from connectors.errors import SourceUnavailable
from connectors.protocols import pull
from connectors.protocols.retry import Retry
from connectors.protocols.sftp.ssh_key import key_of
from tests.support.protocol_servers import SftpServer

DAY = date(2020, 5, 12)
FEED = load_feed("public_security__migration")
PATH = "/ga/migration/20200512/QYXX_20200512.csv"
PASSPHRASE = "canary-passphrase"
KINDS = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"]


@pytest.fixture(scope="module")
def keys() -> dict[str, asyncssh.SSHKey]:
    return {kind: asyncssh.generate_private_key(kind) for kind in KINDS}


@pytest.fixture
def ours(keys: dict[str, asyncssh.SSHKey]) -> asyncssh.SSHKey:
    return keys["ssh-ed25519"]


@pytest.fixture
def box(sftp_server: SftpServer, ours: asyncssh.SSHKey) -> SftpServer:
    """A server that takes public keys only, and knows ours."""
    sftp_server.passwords = False
    sftp_server.known_keys = [ours]
    sftp_server.put(PATH, b"content")
    return sftp_server


@pytest.fixture
def take(retry: Retry, window: Window, landing: Path) -> Callable[..., Delivery]:
    def _take(connection: Connection) -> Delivery:
        return pull(FEED, DAY, window, connection, landing, retry=retry)

    return _take


def written(key: asyncssh.SSHKey, form: str = "openssh", **options: Any) -> str:
    if form == "openssh" and options:
        options["rounds"] = 1  # what makes a passphrase slow to guess makes tests slow
    return bytes(key.export_private_key(form, **options)).decode()


def filed(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_bytes(text.encode())
    path.chmod(mode)
    return path


def by_key(server: SftpServer, **extra: str) -> Connection:
    return replace(server.connection(**extra), password=None)


@pytest.mark.parametrize("kind", KINDS)
def test_the_key_of_the_connection_is_used(
    take: Callable[..., Delivery], box: SftpServer, keys: dict[str, asyncssh.SSHKey], kind: str
) -> None:
    box.known_keys = [keys[kind]]
    assert take(by_key(box, private_key=written(keys[kind]))).parts[0].path.read_bytes() == b"content"


def test_the_file_of_the_connection_is_used(
    take: Callable[..., Delivery], box: SftpServer, ours: asyncssh.SSHKey, tmp_path: Path
) -> None:
    file = filed(tmp_path / "id_hub", written(ours, passphrase=PASSPHRASE))
    taken = take(by_key(box, key_file=str(file), private_key_passphrase=PASSPHRASE))
    assert taken.parts[0].path.read_bytes() == b"content"


def test_a_key_goes_before_the_password(
    take: Callable[..., Delivery], box: SftpServer, ours: asyncssh.SSHKey
) -> None:
    box.passwords = True
    take(box.connection(private_key=written(ours)))
    assert box.logins == 0


def test_a_key_comes_through_the_uri_airflow_writes(
    take: Callable[..., Delivery], box: SftpServer, ours: asyncssh.SSHKey
) -> None:
    value = f"sftp://hub@h:22/?{urlencode({'private_key': written(ours)})}"
    found = resolve("x", {"AIRFLOW_CONN_X": value})
    taken = take(by_key(box, private_key=found.extra["private_key"]))
    assert taken.parts[0].path.read_bytes() == b"content"


FORMS: dict[str, Any] = {
    "PKCS8": lambda key: (written(key, "pkcs8-pem"), ""),
    "PKCS8, encrypted": lambda key: (written(key, "pkcs8-pem", passphrase=PASSPHRASE), PASSPHRASE),
    "PKCS1": lambda key: (written(key, "pkcs1-pem"), ""),
    "PKCS1, encrypted": lambda key: (written(key, "pkcs1-pem", passphrase=PASSPHRASE), PASSPHRASE),
    "OpenSSH, encrypted": lambda key: (written(key, passphrase=PASSPHRASE), PASSPHRASE),
    "a passphrase too many": lambda key: (written(key), PASSPHRASE),
    "a passphrase too many, PEM": lambda key: (written(key, "pkcs1-pem"), PASSPHRASE),
    "CRLF": lambda key: (written(key).replace("\n", "\r\n"), ""),
    "no line end": lambda key: (written(key).rstrip(), ""),
    "blanks around": lambda key: (f"\n  {written(key)}\n\n", ""),
    "line breaks written as \\n": lambda key: (written(key).replace("\n", "\\n"), ""),
    "line breaks lost": lambda key: (written(key).replace("\n", " "), ""),
    "line breaks lost, PEM": lambda key: (written(key, "pkcs8-pem").replace("\n", " "), ""),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("as_file", [False, True], ids=["text", "file"])
def test_every_form_of_a_key_is_read(
    keys: dict[str, asyncssh.SSHKey], form: Callable[..., Any], as_file: bool, tmp_path: Path
) -> None:
    text, passphrase = form(keys["ssh-rsa"])
    extra = {"private_key": text, "private_key_passphrase": passphrase}
    if as_file:
        extra = {"key_file": str(filed(tmp_path / "key", text)), "private_key_passphrase": passphrase}
    found = key_of(Connection("sftp", extra=extra), "ga_sftp")
    assert found is not None
    assert found.asbytes() == keys["ssh-rsa"].public_data


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o640, 0o620, 0o610, 0o777, 0o400, 0o600, 0o700])
def test_a_key_file_that_others_may_read_is_not_used(
    ours: asyncssh.SSHKey, tmp_path: Path, mode: int
) -> None:
    file = filed(tmp_path / "key", written(ours), mode)
    connection = Connection("sftp", extra={"key_file": str(file)})
    if not mode & 0o077:
        assert key_of(connection, "ga_sftp") is not None
        return
    with pytest.raises(ConnectionMissing, match=rf"mode {mode:04o}, expected 0600.*run chmod 600 {file}"):
        key_of(connection, "ga_sftp")


@pytest.mark.parametrize(("mode", "warned"), [(0o440, False), (0o444, True)])
def test_a_mounted_key_of_another_user_is_used_and_told(
    ours: asyncssh.SSHKey,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    mode: int,
    warned: bool,
) -> None:
    file = filed(tmp_path / "key", written(ours), mode)
    monkeypatch.setattr("connectors.protocols.sftp.ssh_key.os.geteuid", lambda: file.stat().st_uid + 1)
    assert key_of(Connection("sftp", extra={"key_file": str(file)}), "ga_sftp") is not None
    assert ("everybody on this machine may use the key" in caplog.text) is warned


def test_no_key_is_no_key() -> None:
    assert key_of(Connection("sftp", extra={"private_key": "", "key_file": None}), "ga_sftp") is None


UNUSABLE: dict[str, Any] = {
    "words": (lambda key: {"private_key": "canary"}, "no private key that can be read"),
    "cut": (lambda key: {"private_key": written(key)[:300]}, "no private key that can be read"),
    "header only": (
        lambda key: {"private_key": "-----BEGIN OPENSSH PRIVATE KEY-----"},
        "no private key that can be read",
    ),
    "public": (
        lambda key: {"private_key": key.export_public_key("openssh").decode()},
        "is a public key, expected the private one",
    ),
    "public PEM": (
        lambda key: {"private_key": key.export_public_key("pkcs8-pem").decode()},
        "is a public key, expected the private one",
    ),
    "PuTTY": (
        lambda key: {"private_key": "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none"},
        "PuTTY's own form, export it as an OpenSSH key",
    ),
    "no passphrase": (
        lambda key: {"private_key": written(key, passphrase=PASSPHRASE)},
        r"is encrypted; set extra\.private_key_passphrase",
    ),
    "no passphrase, PEM": (
        lambda key: {"private_key": written(key, "pkcs8-pem", passphrase=PASSPHRASE)},
        r"is encrypted; set extra\.private_key_passphrase",
    ),
    "other passphrase": (
        lambda key: {
            "private_key": written(key, passphrase=PASSPHRASE),
            "private_key_passphrase": "canary-other",
        },
        r"or extra\.private_key_passphrase does not fit",
    ),
    "both": (
        lambda key: {"private_key": written(key), "key_file": "/x"},
        r"has extra\.private_key and extra\.key_file; keep one",
    ),
    "no file": (
        lambda key: {"key_file": "/nowhere/id_hub"},
        r"cannot be read: /nowhere/id_hub \(No such file or directory\)",
    ),
    "folder": (lambda key: {"key_file": "/tmp"}, r"cannot be read: /tmp \(Is a directory\)"),
    "NUL in the path": (lambda key: {"key_file": "/tmp/\0"}, "cannot be read"),
    "DSA": (
        lambda key: {"private_key": written(asyncssh.generate_private_key("ssh-dss"), "pkcs8-pem")},
        "expected RSA, Ed25519 or ECDSA",
    ),
    "ECDSA on another curve": (
        lambda key: {
            "private_key": written(asyncssh.generate_private_key("ecdsa-sha2-1.3.132.0.10"), "pkcs8-pem")
        },
        "of a kind SSH does not use",
    ),
    "Ed448": (
        lambda key: {"private_key": written(asyncssh.generate_private_key("ssh-ed448"), "pkcs8-pem")},
        "is of kind .*; expected RSA, Ed25519 or ECDSA",
    ),
}


@pytest.mark.parametrize(("extra", "says"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_key_of_no_use_is_named_and_never_shown(
    keys: dict[str, asyncssh.SSHKey], extra: Callable[..., Any], says: str
) -> None:
    given = extra(keys["ssh-rsa"])
    with pytest.raises(ConnectionMissing, match=says) as caught:
        key_of(Connection("sftp", extra=given), "ga_sftp")
    told = str(caught.value)
    assert "'ga_sftp'" in told
    assert "canary" not in told
    assert not any(line in told for line in str(given.get("private_key")).splitlines()[1:-1])
    assert caught.value.__cause__ is None


def test_a_server_that_takes_keys_only_says_so(
    take: Callable[..., Delivery], box: SftpServer, pauses: list[float]
) -> None:
    with pytest.raises(
        SourceUnavailable,
        match=r"the server takes public keys only \(publickey\), the connection has none: set "
        r"extra\.private_key or extra\.key_file of ga_sftp",
    ):
        take(box.connection())
    assert pauses == []


def test_a_wrong_key_is_told_apart_from_a_wrong_password(
    take: Callable[..., Delivery], box: SftpServer, keys: dict[str, asyncssh.SSHKey], pauses: list[float]
) -> None:
    stranger = written(keys["ssh-rsa"])
    with pytest.raises(SourceUnavailable, match=r"did not take the key: .*our public key SHA256:\S+ is reg"):
        take(by_key(box, private_key=stranger))
    box.passwords = True
    wrong = replace(box.connection(private_key=stranger), password="canary-password")
    with pytest.raises(SourceUnavailable, match="took neither key nor password: check password") as caught:
        take(wrong)
    assert "canary" not in str(caught.value)
    with pytest.raises(SourceUnavailable, match="login refused; check login and password of ga_sftp"):
        take(replace(wrong, extra=box.connection().extra))
    assert pauses == []


def test_a_key_where_only_passwords_are_taken_says_so(
    take: Callable[..., Delivery], sftp_server: SftpServer, ours: asyncssh.SSHKey, pauses: list[float]
) -> None:
    with pytest.raises(
        SourceUnavailable, match=r"takes no key \(it takes .*password.*\).*set it: the password of ga_sftp"
    ):
        take(by_key(sftp_server, private_key=written(ours)))
    assert pauses == []


def test_without_password_and_key_nobody_is_asked(take: Callable[..., Delivery], box: SftpServer) -> None:
    with pytest.raises(ConnectionMissing, match="'ga_sftp' has neither a password nor a key"):
        take(by_key(box))


@pytest.mark.parametrize(
    "algorithms",
    [
        {"kex_algs": ["diffie-hellman-group1-sha1"]},
        {"encryption_algs": ["chacha20-poly1305@openssh.com"]},
    ],
    ids=["key exchange", "ciphers"],
)
def test_a_server_too_old_for_us_is_named_at_once(
    take: Callable[..., Delivery], tmp_path: Path, pauses: list[float], algorithms: dict[str, Any]
) -> None:
    (tmp_path / "old").mkdir()
    server = SftpServer(tmp_path / "old", **algorithms)
    try:
        with pytest.raises(SourceUnavailable, match=r"share no SSH algorithm.*too old.*ask the publisher"):
            take(server.connection())
    finally:
        server.close()
    assert pauses == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"port": 1}, "nobody answers on port 1; check host and port"),
        ({"host": "nobody.invalid"}, "not known"),
    ],
)
def test_who_does_not_answer_is_asked_again(
    take: Callable[..., Delivery],
    sftp_server: SftpServer,
    pauses: list[float],
    changed: dict[str, Any],
    says: str,
) -> None:
    with pytest.raises(SourceUnavailable, match=rf"{says}.*\(4 attempts\)"):
        take(replace(sftp_server.connection(), **changed))
    assert len(pauses) == 3

"""TLS that does not come about: each cause is told apart, and what cannot pass is not tried again."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.catalogue.load import load_feed
from connectors.connections import Connection, ConnectionMissing
from connectors.errors import SourceUnavailable
from connectors.protocols import pull
from connectors.protocols.tls import permanent_failure
from tests.support.protocol_servers import Answer, HttpServer, certificate

FEED = load_feed("social_security__employment_register")
DAY = date(2020, 5, 12)
EMPTY = b'{"code":"0000","msg":"","data":{"total":0,"pageNo":1,"rows":[]}}'


@pytest.fixture
def secure(http_server, tmp_path: Path) -> Callable[..., Connection]:  # type: ignore[no-untyped-def]
    """The server over TLS; the connection trusts its certificate."""

    def _secure(change: Callable[[ssl.SSLContext], None] = lambda c: None, **of: Any) -> Connection:
        pem = certificate(tmp_path / "server.pem", **of)
        http_server.wrap(pem, change)
        http_server.script = lambda asked: Answer(EMPTY)
        return replace(http_server.connection(), schema="https", extra={"ca_file": str(pem)})

    return _secure


@pytest.fixture
def refused(retry, window, landing, pauses):  # type: ignore[no-untyped-def]
    def _refused(connection: Connection, times: int = 1) -> str:
        with pytest.raises(SourceUnavailable) as caught:
            pull(FEED, DAY, window, connection, landing, retry=retry)
        assert len(pauses) == times - 1
        return str(caught.value)

    return _refused


def _only(version: ssl.TLSVersion) -> Callable[[ssl.SSLContext], None]:
    def change(context: ssl.SSLContext) -> None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version

    return change


def _one_cipher(name: str) -> Callable[[ssl.SSLContext], None]:
    def change(context: ssl.SSLContext) -> None:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(name)

    return change


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize(
    "change",
    [
        _only(ssl.TLSVersion.TLSv1),
        _only(ssl.TLSVersion.TLSv1_1),
        _one_cipher("NULL:@SECLEVEL=0"),
        _one_cipher("ECDHE-ECDSA-CAMELLIA128-SHA256:@SECLEVEL=0"),
    ],
    ids=["TLS 1.0", "TLS 1.1", "no encryption", "cipher of its own"],
)
def test_a_version_or_cipher_that_does_not_fit_is_named_at_once(secure, refused, change) -> None:
    told = refused(secure(change))
    assert "TLS version or ciphers do not fit" in told
    assert "Ask the publisher to renew its server" in told


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_version_that_fits_is_a_connection(secure, retry, window, landing, version) -> None:
    delivery = pull(FEED, DAY, window, secure(_only(version)), landing, retry=retry)
    assert delivery.parts[0].rows_expected == 0


@pytest.mark.parametrize(
    ("of", "says"),
    [
        ({"ends": date(2020, 2, 1)}, r"certificate has expired; ask the publisher to renew it"),
        ({"begins": date(2119, 1, 1)}, r"certificate is not valid yet; check this machine's clock"),
        ({"host": "10.0.0.1"}, r"certificate is for another host; check host of the connection"),
        ({"host": "elsewhere"}, r"certificate is for another host; check host of the connection"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_named_at_once(secure, refused, of, says) -> None:
    assert says in refused(secure(**of))


def test_a_certificate_of_nobody_is_named_at_once(secure, refused) -> None:
    told = refused(replace(secure(), extra={}))
    assert "certificate is not trusted (self-signed certificate" in told
    assert "extra.ca_file" in told


def test_a_server_that_wants_our_certificate_says_so(secure, refused) -> None:
    def change(context: ssl.SSLContext) -> None:
        context.verify_mode = ssl.CERT_REQUIRED

    assert "wants a certificate of ours" in refused(secure(change))


def test_http_where_tls_is_asked_is_named_at_once(http_server, refused) -> None:
    told = refused(replace(http_server.connection(), schema="https"))
    assert "does not speak TLS" in told
    assert "schema" in told


def _answering(content: bytes) -> Iterator[int]:
    """A port that gives everybody these bytes and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            with caller:
                caller.recv(4096)
                caller.sendall(content)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


@pytest.fixture
def tls_alert() -> Iterator[int]:
    yield from _answering(b"\x15\x03\x01\x00\x02\x02\x46")


@pytest.fixture
def ssh_banner() -> Iterator[int]:
    yield from _answering(b"SSH-2.0-OpenSSH_7.4\r\n")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (2, r"leaves out the certificates between; put .* into extra\.ca_file"),
        (20, r"leaves out the certificates between; put .* into extra\.ca_file"),
        (21, r"leaves out the certificates between; put .* into extra\.ca_file"),
        (23, "has been revoked; ask the publisher"),
        (10, "has expired"),
        (18, "is not trusted"),
        (19, "is not trusted"),
    ],
)
def test_what_openssl_says_of_a_certificate_leads_to_its_cause(code: int, says: str) -> None:
    error = ssl.SSLCertVerificationError(1, "why")
    error.verify_code, error.verify_message = code, "why"
    told = permanent_failure(error)
    assert told is not None
    assert re.search(rf"the server's certificate .*{says}", told)
    assert "(why)" in told


NOT_HTTP = "does not speak HTTP; check schema (http or https) and port"


def test_tls_where_http_is_asked_is_named_at_once(tls_alert, refused) -> None:
    assert NOT_HTTP in refused(Connection("http", "127.0.0.1", tls_alert, "k", "s", "http"))


def test_another_protocol_that_hangs_up_is_named_after_the_retries(ssh_banner, refused) -> None:
    assert NOT_HTTP in refused(Connection("http", "127.0.0.1", ssh_banner, "k", "s", "http"), times=4)


def test_an_alert_of_an_old_server_is_the_same_cause(tls_alert, refused) -> None:
    told = refused(Connection("http", "127.0.0.1", tls_alert, "k", "s", "https"))
    assert "TLS version or ciphers do not fit" in told


def test_a_handshake_that_is_hung_up_may_pass(refused) -> None:
    for port in _answering(b""):
        assert "(4 attempts)" in refused(Connection("http", "127.0.0.1", port, "k", "s", "https"), times=4)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_authority_that_cannot_be_read_is_a_setting(
    http_server: HttpServer, tmp_path: Path, retry, window, landing, content
) -> None:
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    connection = replace(http_server.connection(), schema="https", extra={"ca_file": str(path)})
    with pytest.raises(ConnectionMissing, match=r"extra\.ca_file cannot be used: .*ca\.pem"):
        pull(FEED, DAY, window, connection, landing, retry=retry)


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("UNSUPPORTED_PROTOCOL", "do not fit"),
        ("TLSV1_ALERT_PROTOCOL_VERSION", "do not fit"),
        ("NO_PROTOCOLS_AVAILABLE", "do not fit"),
        ("VERSION_TOO_LOW", "do not fit"),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", "do not fit"),
        ("SSL/TLS_ALERT_HANDSHAKE_FAILURE", "do not fit"),
        ("TLSV1_ALERT_INSUFFICIENT_SECURITY", "do not fit"),
        ("NO_SHARED_CIPHER", "do not fit"),
        ("NO_CIPHERS_AVAILABLE", "do not fit"),
        ("DH_KEY_TOO_SMALL", "do not fit"),
        ("UNSAFE_LEGACY_RENEGOTIATION_DISABLED", "do not fit"),
        ("WRONG_SIGNATURE_TYPE", "do not fit"),
        ("WRONG_VERSION_NUMBER", "does not speak TLS"),
        ("HTTP_REQUEST", "does not speak TLS"),
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "certificate of ours"),
        ("SSLV3_ALERT_BAD_CERTIFICATE", "certificate of ours"),
        ("TLSV1_ALERT_UNKNOWN_CA", "certificate of ours"),
        ("SSLV3_ALERT_CERTIFICATE_UNKNOWN", "certificate of ours"),
        ("TLSV1_ALERT_ACCESS_DENIED", "does not let this machine in"),
        ("TLSV1_UNRECOGNIZED_NAME", "does not know the host's name"),
        ("UNEXPECTED_EOF_WHILE_READING", None),
        ("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", None),
        ("TLSV1_ALERT_INTERNAL_ERROR", None),
        (None, None),
    ],
)
def test_reasons_of_openssl(reason: str | None, says: str | None) -> None:
    error = ssl.SSLError(1, "canary")
    error.reason = reason  # type: ignore[assignment]
    told = permanent_failure(error)
    assert (told is None) == (says is None)
    assert says is None or (told is not None and says in told and "canary" not in told)

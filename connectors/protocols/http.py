"""HTTP as REST and SOAP share it: bounded bodies, deadlines, and which failures may pass."""

from __future__ import annotations

import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from connectors.connections import Connection, ConnectionMissing, timeout_of
from connectors.errors import BatchRejected, SourceUnavailable
from connectors.protocols.retry import Transient, parse_retry_after

#: The largest answer taken (bytes). A page of 500 rows is well under 1 MiB.
LARGEST_BODY = 64 * 1024 * 1024
#: One whole answer may take this many times the connection's timeout: a slow drip ends although each read
#: is in time.
WHOLE_ANSWER = 4
#: Clocks that differ by less (seconds) are not worth a word.
_SKEW_TOLD = 60
_GZIP = 16 + zlib.MAX_WBITS
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


def base_url(connection: Connection, connection_id: str) -> str:
    """``http(s)://host:port`` of the connection. Raises ``ConnectionMissing`` without a host."""
    if not connection.host:
        raise ConnectionMissing(f"connection {connection_id!r} has no host")
    scheme = connection.schema or connection.conn_type
    if scheme not in ("http", "https"):
        scheme = "http"
    port = f":{connection.port}" if connection.port else ""
    return f"{scheme}://{connection.host}{port}"


def open_client(connection: Connection) -> httpx.Client:
    """A client for this connection only: no proxy or credentials from the environment, no redirects.

    ``extra.ca_file`` names the certificate authority of a government network, ``extra.timeout`` the seconds
    without a sign of life after which an attempt has failed.
    """
    ca_file = connection.extra.get("ca_file")
    verify = ssl.create_default_context(cafile=str(ca_file)) if ca_file else True
    patience = timeout_of(connection)
    return httpx.Client(
        timeout=httpx.Timeout(patience, connect=min(patience, 10.0)),
        verify=verify,
        trust_env=False,
        follow_redirects=False,
        headers={"Accept-Encoding": "gzip"},
    )


def fetch(
    client: httpx.Client,
    feed_id: str,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> bytes:
    """The body of one request.

    Raises ``Transient`` (429, 5xx, reset, timeout), ``SourceUnavailable`` (any other status, a certificate
    nobody vouches for) or ``BatchRejected`` (a body beyond ``LARGEST_BODY``). Bodies are never quoted: they
    hold people.
    """
    deadline = WHOLE_ANSWER * (client.timeout.read or 0.0)
    started = time.monotonic()
    try:
        with client.stream(method, url, params=params, headers=headers, content=content) as response:
            _check_status(feed_id, response)
            blocks, size = [], 0
            for block in _plain(feed_id, response):
                size += len(block)
                if size > LARGEST_BODY:
                    raise BatchRejected(
                        feed_id,
                        f"an answer exceeds {LARGEST_BODY} bytes; ask the publisher for smaller pages",
                    )
                if time.monotonic() - started > deadline:
                    raise Transient(f"the answer was not complete after {deadline:g} s")
                blocks.append(block)
            return b"".join(blocks)
    except httpx.HTTPError as error:
        raise _failure(feed_id, error) from error


def _plain(feed_id: str, response: httpx.Response) -> Iterator[bytes]:
    """The body, unpacked by us: a library unpacks a block at once, and one packed twice fills the memory."""
    packing = response.headers.get("content-encoding", "identity").strip().lower()
    if packing in ("identity", ""):
        yield from response.iter_raw()
        return
    if packing != "gzip":
        raise BatchRejected(
            feed_id, "the answer is packed in a way we did not offer (only gzip); ask the publisher"
        )
    unpacker = zlib.decompressobj(_GZIP)
    try:
        for block in response.iter_raw():
            # never more than the caller takes: it ends there
            yield unpacker.decompress(block, LARGEST_BODY + 1)
    except zlib.error as error:
        raise Transient("the answer says it is gzip and is not") from error
    if not unpacker.eof:
        raise Transient("the packed answer was cut off")


def _failure(feed_id: str, error: httpx.HTTPError) -> Exception:
    """What a failed request means: most may pass, a certificate nobody vouches for needs a person."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return SourceUnavailable(
                feed_id,
                f"the server's certificate is not trusted ({cause.verify_message}); nothing was sent. "
                "Check host and extra.ca_file of the connection, ask the publisher before trusting it",
            )
        if isinstance(cause, ssl.SSLError):
            return Transient("no TLS connection; check schema (http or https) and port of the connection")
        if isinstance(cause, socket.gaierror):
            return Transient("the host's name is not known; check host of the connection and this network")
        cause = cause.__cause__ or cause.__context__
    return Transient(f"no answer ({type(error).__name__})")


def _check_status(feed_id: str, response: httpx.Response) -> None:
    status = response.status_code
    if status == 200:
        return
    if status in _PASSING:
        raise Transient(f"HTTP {status}", parse_retry_after(response.headers.get("retry-after")))
    hint = "check host and path, or ask the publisher"
    if status in (401, 403):
        hint = "check the connection's login and password, and this machine's clock" + _skew(response)
    elif response.is_redirect:
        hint = "it points elsewhere, and no signature follows a redirect; ask the publisher"
    raise SourceUnavailable(feed_id, f"HTTP {status} from {response.url.path}, expected 200; {hint}")


def _skew(response: httpx.Response) -> str:
    """How far the server's clock is from ours, where that may be why it refused."""
    try:
        theirs = parsedate_to_datetime(response.headers.get("date", ""))
    except (TypeError, ValueError, OverflowError):
        return ""
    if theirs.tzinfo is None:
        return ""
    seconds = (theirs - datetime.now(UTC)).total_seconds()
    return f" (theirs differs by {seconds:.0f} s)" if abs(seconds) > _SKEW_TOLD else ""

"""Speaks HTTP for REST and SOAP: bounded bodies, deadlines, and which failures may pass."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from connectors.connections import Connection, ConnectionMissing, timeout_of
from connectors.errors import BatchRejected, SourceUnavailable
from connectors.protocols.packing import unpack
from connectors.protocols.retry import Transient, parse_retry_after
from connectors.protocols.tls import permanent_failure

#: The largest answer taken (bytes). A page of 500 rows is well under 1 MiB.
LARGEST_BODY = 64 * 1024 * 1024
#: One whole answer may take this many times the connection's timeout: a slow drip ends although each read
#: is in time.
WHOLE_ANSWER = 4
#: Clocks that differ by less (seconds) are not worth a word.
_SKEW_TOLD = 60
#: Of 5xx, all that are not said to be for ever: not implemented, no such version, loops, a network that wants
#: a login.
_PASSING = frozenset({408, 425, 429, *range(500, 600)}) - {501, 505, 506, 508, 510, 511}


def base_url(connection: Connection, connection_id: str) -> str:
    """Returns ``http(s)://host:port`` of the connection. Raises ``ConnectionMissing`` without a host."""
    if not connection.host:
        raise ConnectionMissing(f"connection {connection_id!r} has no host")
    scheme = connection.schema or connection.conn_type
    if scheme not in ("http", "https"):
        scheme = "http"
    port = f":{connection.port}" if connection.port else ""
    return f"{scheme}://{connection.host}{port}"


def open_client(connection: Connection) -> httpx.Client:
    """Opens a client for this connection only: no proxy or credentials from the environment, no redirects.

    ``extra.ca_file`` names the certificate authority of a government network, ``extra.timeout`` the seconds
    without a sign of life after which an attempt fails.
    """
    ca_file = connection.extra.get("ca_file")
    verify = _authority(str(ca_file)) if ca_file else True
    patience = timeout_of(connection)
    return httpx.Client(
        timeout=httpx.Timeout(patience, connect=min(patience, 10.0)),
        verify=verify,
        trust_env=False,
        follow_redirects=False,
        headers={"Accept-Encoding": "gzip"},
    )


def _authority(path: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=path)
    except OSError as error:  # also what is no certificate
        raise ConnectionMissing(
            f"extra.ca_file cannot be used: {path} ({error.strerror or type(error).__name__}); "
            "expected certificates as PEM"
        ) from None


@dataclass(frozen=True)
class Reply:
    """One answer: its body, unpacked, and what its head says of it."""

    body: bytes
    status: int
    content_type: str


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
    """Returns the body of one request. See ``exchange``."""
    return exchange(client, feed_id, method, url, params=params, headers=headers, content=content).body


def exchange(
    client: httpx.Client,
    feed_id: str,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    also: frozenset[int] = frozenset(),
) -> Reply:
    """Sends one request and returns the answer, if its status is 200 or one of ``also``.

    Raises ``Transient`` (429, 5xx, reset, timeout), ``SourceUnavailable`` (any other status, failed TLS) or
    ``BatchRejected`` (a body beyond ``LARGEST_BODY``). Bodies are never quoted: they hold personal data.
    """
    deadline = WHOLE_ANSWER * (client.timeout.read or 0.0)
    started = time.monotonic()
    try:
        with client.stream(method, url, params=params, headers=headers, content=content) as response:
            if response.status_code not in also:
                _check_status(feed_id, response)
            blocks, size = [], 0
            for block in response.iter_raw():
                size = _bounded(feed_id, size + len(block))
                if time.monotonic() - started > deadline:
                    raise Transient(f"the answer was not complete after {deadline:g} s")
                blocks.append(block)
            packing = response.headers.get("content-encoding", "")
            body = unpack(feed_id, packing, b"".join(blocks), LARGEST_BODY)
            _bounded(feed_id, len(body))
            return Reply(body, response.status_code, response.headers.get("content-type", ""))
    except httpx.HTTPError as error:
        raise _failure(feed_id, error) from error


def _bounded(feed_id: str, size: int) -> int:
    if size > LARGEST_BODY:
        raise BatchRejected(
            feed_id, f"an answer exceeds {LARGEST_BODY} bytes; ask the publisher for smaller pages"
        )
    return size


def _failure(feed_id: str, error: httpx.HTTPError) -> Exception:
    """Explains a failed request: most failures may pass; TLS that does not fit and other protocols need a
    person.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            explanation = permanent_failure(cause)
            if explanation is not None:
                return SourceUnavailable(feed_id, explanation)
            return Transient("no TLS connection; check schema (http or https) and port of the connection")
        if isinstance(cause, socket.gaierror):
            return Transient("the host's name is not known; check host of the connection and this network")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.RemoteProtocolError):
        other = "does not speak HTTP; check schema (http or https) and port of the connection"
        if "illegal" in str(error):
            return SourceUnavailable(feed_id, f"what answers there {other}")
        return Transient(f"no answer ({type(error).__name__}): it hung up, or {other}")
    return Transient(f"no answer ({type(error).__name__})")


def _check_status(feed_id: str, response: httpx.Response) -> None:
    status = response.status_code
    if status == 200:
        return
    if status in _PASSING:
        wait = parse_retry_after(response.headers.get("retry-after"))
        raise Transient(f"HTTP {status}" + (f", it asks for a pause of {wait:.0f} s" if wait else ""), wait)
    hint = "check host and path, or ask the publisher"
    if status in (401, 403):
        hint = "check the connection's login and password, and this machine's clock" + _skew(response)
    elif status in (204, 205):
        hint = "an answer without content says nothing, not even that there are no rows; ask the publisher"
    elif status in (407, 511):
        hint = "the network between us wants a login; ask who runs it, no password was sent"
    elif status == 413:
        hint = "our question is too large for it; set a smaller extra.page_size, or ask the publisher"
    elif response.has_redirect_location:
        hint = "it points elsewhere, and no signature follows a redirect; ask the publisher"
    raise SourceUnavailable(feed_id, f"HTTP {status} from {response.url.path}, expected 200; {hint}")


def _skew(response: httpx.Response) -> str:
    """Returns how far the server's clock is from ours, where that may be why it refused."""
    try:
        theirs = parsedate_to_datetime(response.headers.get("date", ""))
    except (TypeError, ValueError, OverflowError):
        return ""
    if theirs.tzinfo is None:
        return ""
    seconds = (theirs - datetime.now(UTC)).total_seconds()
    return f" (theirs differs by {seconds:.0f} s)" if abs(seconds) > _SKEW_TOLD else ""

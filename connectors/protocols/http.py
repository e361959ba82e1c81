"""HTTP as REST and SOAP share it: bounded bodies, deadlines, and which failures may pass."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping

import httpx

from connectors.connections import Connection, ConnectionMissing
from connectors.errors import BatchRejected, SourceUnavailable
from connectors.protocols.retry import Transient, parse_retry_after

#: The largest answer taken (bytes). A page of 500 rows is well under 1 MiB.
LARGEST_BODY = 64 * 1024 * 1024
#: Seconds for one whole answer, so that a slow drip ends although each read is in time.
DEADLINE = 120.0
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
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

    ``extra.ca_file`` names the certificate authority of a government network.
    """
    ca_file = connection.extra.get("ca_file")
    verify = ssl.create_default_context(cafile=str(ca_file)) if ca_file else True
    return httpx.Client(timeout=_TIMEOUT, verify=verify, trust_env=False, follow_redirects=False)


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

    Raises ``Transient`` (429, 5xx, reset, timeout), ``SourceUnavailable`` (any other status) or
    ``BatchRejected`` (a body beyond ``LARGEST_BODY``). Bodies are never quoted: they hold people.
    """
    started = time.monotonic()
    try:
        with client.stream(method, url, params=params, headers=headers, content=content) as response:
            _check_status(feed_id, response)
            blocks, size = [], 0
            for block in response.iter_bytes():
                size += len(block)
                if size > LARGEST_BODY:
                    raise BatchRejected(
                        feed_id,
                        f"an answer exceeds {LARGEST_BODY} bytes; ask for smaller pages",
                    )
                if time.monotonic() - started > DEADLINE:
                    raise Transient(f"the answer was not complete after {DEADLINE:.0f} s")
                blocks.append(block)
            return b"".join(blocks)
    except httpx.HTTPError as error:
        raise Transient(f"no answer ({type(error).__name__})") from error


def _check_status(feed_id: str, response: httpx.Response) -> None:
    status = response.status_code
    if status == 200:
        return
    if status in _PASSING:
        raise Transient(f"HTTP {status}", parse_retry_after(response.headers.get("retry-after")))
    hint = "check the connection's login and password" if status in (401, 403) else "check host and path"
    raise SourceUnavailable(feed_id, f"HTTP {status} from {response.url.path}, expected 200; {hint}")

"""WebServices that take XML text and give XML text: one call per person, or one per page.

The question is ``<REQUEST>`` with, for a person, requestId, asOf, seq, idNumber, name; for a page asOf,
until, pageNo, pageSize. Characters GBK does not know may occur in it: it is text inside a UTF-8 envelope.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from xml.sax.saxutils import escape

import httpx
import zeep
from lxml import etree
from zeep.exceptions import Error as ZeepError

from connectors.catalogue.model import Feed, Table
from connectors.connections import Connection, page_size_of
from connectors.decode.readers.xml import carried
from connectors.envelope import whole_number
from connectors.errors import BatchRejected, SourceUnavailable
from connectors.masking import mask_quoted
from connectors.protocols.http import Reply, base_url, exchange, fetch, open_client
from connectors.protocols.landing import LandingFile, batch_folder, delivery_of
from connectors.protocols.naming import request_id_of
from connectors.protocols.paging import Pages, PageSize
from connectors.protocols.retry import Retry, Transient
from connectors.protocols.soap_answer import FAULT, envelope_of, refuse_page
from connectors.types import Delivery, LandedPart, Subject, Window

PAGE_SIZE = 500
CALLERS = 4
_IN_FLIGHT = 64
#: The status that SOAP sends its faults with.
_FAULTS = frozenset({500})
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


class _Transport:
    """What zeep needs of a transport, over httpx: bounded, timed, nothing cached on disk."""

    def __init__(self, feed_id: str, client: httpx.Client) -> None:
        self._feed_id = feed_id
        self._client = client

    def load(self, url: str) -> bytes:
        # only the WSDL's own host: an import must not send us elsewhere
        found = fetch(self._client, self._feed_id, "GET", self._own_host(url))
        refuse_page(found[:4000].decode("utf-8", errors="replace"), "the WSDL")
        return found

    def post_xml(self, address: str, envelope: Any, headers: dict[str, str]) -> Any:
        body = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
        reply = exchange(
            self._client,
            self._feed_id,
            "POST",
            self._own_host(address),
            headers=headers,
            content=body,
            also=_FAULTS,
        )
        if reply.status in _FAULTS:
            raise self._failed(reply)
        return _Answer(envelope_of(self._feed_id, reply))

    def _failed(self, reply: Reply) -> Exception:
        """What stands behind a status 500: SOAP sends its faults with it."""
        try:
            envelope_of(self._feed_id, reply)
        except SourceUnavailable as error:
            if FAULT in str(error):
                return error
        except (Transient, BatchRejected) as error:
            if FAULT in str(error):
                return Transient(f"HTTP {reply.status}, {error}")
        return Transient(f"HTTP {reply.status}")

    def _own_host(self, url: str) -> str:
        """The URL on the connection's host: a WSDL often names a host that exists only over there."""
        base = self._client.base_url
        return urlunsplit(urlsplit(url)._replace(scheme=base.scheme, netloc=base.netloc.decode()))


@dataclass(frozen=True)
class _Answer:
    """The parts of an HTTP response that zeep reads."""

    content: bytes
    status_code: int = 200
    encoding: str = "utf-8"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/xml; charset=utf-8"})


@dataclass
class _Service:
    """One operation of one WSDL. zeep clients are not shared between threads: each thread has its own."""

    feed: Feed
    operation: str
    url: str
    http: httpx.Client
    retry: Retry
    _local: threading.local = field(default_factory=threading.local)

    def ask(self, doing: str, request: str, name: str = "") -> tuple[str, etree._Element]:
        """The inner XML text and its root, with CODE checked. ``name`` is of the person asked about."""
        return self.retry.call(self.feed.feed_id, doing, partial(self._attempt, doing, request, name))

    def _attempt(self, doing: str, request: str, name: str) -> tuple[str, etree._Element]:
        client = self._described()
        try:
            if self.operation not in client.service._operations:
                raise SourceUnavailable(
                    self.feed.feed_id,
                    f"the WSDL offers no operation {self.operation}; it offers "
                    f"{', '.join(sorted(client.service._operations))}. Ask the publisher",
                )
            text = client.service[self.operation](request=request)
        except (ZeepError, etree.LxmlError, AttributeError, LookupError, TypeError, ValueError) as error:
            # the library's words may repeat the answer, and the answer names a person
            raise SourceUnavailable(
                self.feed.feed_id,
                f"{doing}: the answer's envelope is built otherwise than the WSDL says "
                f"({type(error).__name__}); ask the publisher",
            ) from None
        return str(text or ""), _result(self.feed, doing, str(text or ""), name)

    def _described(self) -> Any:
        try:
            return self._client()
        except (ZeepError, etree.LxmlError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise Transient(f"the WSDL cannot be read ({type(error).__name__})") from None

    def _client(self) -> Any:
        if not hasattr(self._local, "client"):
            settings = zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, xml_huge_tree=False)
            transport = _Transport(self.feed.feed_id, self.http)
            self._local.client = zeep.Client(self.url, transport=transport, settings=settings)
        return self._local.client


def pull_soap(
    feed: Feed,
    as_of: date,
    window: Window,
    connection: Connection,
    landing_dir: Path,
    subjects: Sequence[Subject],
    retry: Retry,
) -> Delivery:
    """Land every table of a SOAP feed: one line per answer. See ``landing`` for the file's shape."""
    size = PageSize(page_size_of(connection, PAGE_SIZE), feed.connection_id)
    request_id = request_id_of(feed, as_of)
    if feed.request and not subjects:
        return delivery_of(feed.feed_id, as_of, (), request_id)
    parts = []
    with ExitStack() as stack:
        http = stack.enter_context(open_client(connection))
        http.base_url = httpx.URL(base_url(connection, feed.connection_id))
        if connection.login:
            http.auth = httpx.BasicAuth(connection.login, connection.password or "")
        path = str(connection.extra.get("wsdl") or f"/soap/{feed.connection_id}?wsdl")
        for table in feed.tables:
            operation = table.source.operation or ""
            service = _Service(feed, operation, f"{http.base_url}".rstrip("/") + path, http, retry)
            answers = (
                _ask_each(service, request_id, as_of, subjects)
                if request_id
                else _read_pages(service, as_of, window, size)
            )
            parts.append(_land(feed, table, as_of, answers, landing_dir))
    return delivery_of(feed.feed_id, as_of, parts, request_id)


def _land(
    feed: Feed, table: Table, as_of: date, answers: Iterator[tuple[str, int]], landing_dir: Path
) -> LandedPart:
    rows = 0
    with LandingFile(batch_folder(landing_dir, feed.feed_id, as_of), table.name, ".jsonl") as landing:
        for text, count in answers:
            landing.write(json.dumps(text, ensure_ascii=False).encode() + b"\n")
            rows += count
        return LandedPart(table.name, landing.keep(), landing.digest, rows)


def _request(fields: dict[str, str]) -> str:
    """The question as XML text: ``<REQUEST><name>value</name>..</REQUEST>``."""
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    return f'<?xml version="1.0" encoding="GBK"?><REQUEST>{inner}</REQUEST>'


def _ask_each(
    service: _Service, request_id: str, as_of: date, subjects: Sequence[Subject]
) -> Iterator[tuple[str, int]]:
    """A few calls at a time; answers come out in the order of the subjects, so the bytes are the same.

    Where one is given up nobody else is asked any more: the batch is lost, and the service most likely down.
    """
    given_up = threading.Event()

    def ask(subject: Subject) -> tuple[str, int]:
        if given_up.is_set():
            raise CancelledError
        question = {
            "requestId": request_id,
            "asOf": as_of.isoformat(),
            "seq": str(subject.seq),
            "idNumber": subject.id_number,
            "name": subject.full_name,
        }
        try:
            text, result = service.ask(f"query {subject.seq}", _request(question), subject.full_name)
        except BaseException:
            given_up.set()
            raise
        return text, _count(result)

    with ThreadPoolExecutor(CALLERS, thread_name_prefix="soap") as pool:
        for start in range(0, len(subjects), _IN_FLIGHT):
            yield from pool.map(ask, subjects[start : start + _IN_FLIGHT])


def _read_pages(service: _Service, as_of: date, window: Window, size: PageSize) -> Iterator[tuple[str, int]]:
    fields = {"asOf": as_of.isoformat(), "until": window.until.isoformat()}

    def ask(number: int) -> tuple[str, etree._Element]:
        page = {**fields, "pageNo": str(number), "pageSize": str(size.rows)}
        return service.ask(f"page {number}", _request(page))

    number, seen, total = 1, 0, None
    pages = Pages(service.feed.feed_id)
    while True:
        text, result = ask(number)
        said = _total(service.feed, number, result)
        total = said if total is None else total
        rows = _count(result)
        if said != total:
            raise BatchRejected(
                service.feed.feed_id,
                f"partial page {number}: {rows} rows of TOTAL {said}, page 1 said {total}; nothing was "
                "loaded, pull again",
            )
        if rows != size.expected(number, total):
            raise BatchRejected(service.feed.feed_id, size.partial(number, rows, total, "TOTAL"))
        pages.take(number, _row_texts(result))
        yield text, rows
        seen, number = seen + rows, number + 1
        if seen >= total:
            if rows == size.rows:
                pages.refuse_more(number - 1, total, lambda n: _row_texts(ask(n)[1]))
            pages.prove(lambda n: _row_texts(ask(n)[1]))
            return


def _total(feed: Feed, number: int, result: etree._Element) -> int:
    total = whole_number(result.findtext("TOTAL") or "")
    if total is None or not 0 <= total < 10**9:
        raise BatchRejected(
            feed.feed_id, f"page {number} has no TOTAL; expected a number of rows, ask the publisher"
        )
    return total


def _row_texts(result: etree._Element) -> list[bytes]:
    return [etree.tostring(row, with_tail=False) for row in result.iterfind("ROWS/ROW")]


def _count(result: etree._Element) -> int:
    return sum(1 for _ in result.iterfind("ROWS/ROW"))


def _result(feed: Feed, doing: str, text: str, name: str) -> etree._Element:
    """The root of an inner answer. Entities are refused, not resolved: they are how XML bombs go off."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BatchRejected(
            feed.feed_id, f"{doing}: the answer declares a DOCTYPE, which is never agreed; ask the publisher"
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(carried(_DECLARATION.sub("", text, count=1)), parser)
    except etree.XMLSyntaxError as error:
        what = "not XML" if text.strip() else "empty, not XML"
        raise Transient(f"the inner answer is {what} ({len(text)} characters)") from error
    code = (root.findtext("CODE") or "").strip()
    if code == "0000" or (code == "0001" and feed.request):
        return root
    message = f"code {code or 'missing'} ({mask_quoted(root.findtext('MSG') or '', [name])[:200]})"
    if code.startswith("5"):
        raise Transient(message)
    raise SourceUnavailable(feed.feed_id, f"{doing}: {message}, expected 0000; ask the publisher")

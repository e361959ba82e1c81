"""Pulls from WebServices that take and give XML text: one call per person, or one per page.

The question is ``<REQUEST>`` with, for a person, requestId, asOf, seq, idNumber, name; for a page asOf,
until, pageNo, pageSize. Characters unknown to GBK may occur in it: it is text inside a UTF-8 envelope.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

import httpx
from lxml import etree

from connectors.catalogue.model import Feed, Table
from connectors.connections import Connection, calls_at_once_of, page_size_of
from connectors.delivery import AskedPerson, Delivery, LandedPart, Window
from connectors.envelope import parse_whole_number
from connectors.errors import BatchRejected
from connectors.protocols.calls import ask_in_order
from connectors.protocols.http import base_url, open_client
from connectors.protocols.landing import LandingFile, batch_folder, delivery_of
from connectors.protocols.naming import request_id_of
from connectors.protocols.paging import Pages, PageSize
from connectors.protocols.retry import Retry
from connectors.protocols.soap.service import Service

PAGE_SIZE = 500


def pull_soap(
    feed: Feed,
    as_of: date,
    window: Window,
    connection: Connection,
    landing_dir: Path,
    people: Sequence[AskedPerson],
    retry: Retry,
) -> Delivery:
    """Lands every table of a SOAP feed: one line per answer. See ``landing`` for the file's format."""
    size = PageSize(page_size_of(connection, PAGE_SIZE), feed.connection_id)
    at_once = calls_at_once_of(connection, feed.request.calls_at_once if feed.request else 1)
    request_id = request_id_of(feed, as_of)
    if feed.request and not people:
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
            service = Service(feed, operation, f"{http.base_url}".rstrip("/") + path, http, retry)
            answers = (
                _ask_each(service, request_id, as_of, people, at_once)
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
    """Writes the question as XML text: ``<REQUEST><name>value</name>..</REQUEST>``."""
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    return f'<?xml version="1.0" encoding="GBK"?><REQUEST>{inner}</REQUEST>'


def _ask_each(
    service: Service, request_id: str, as_of: date, people: Sequence[AskedPerson], at_once: int
) -> Iterator[tuple[str, int]]:
    """Asks one call per person; answers come out in the order of the people."""

    def ask(person: AskedPerson) -> tuple[str, int]:
        question = {
            "requestId": request_id,
            "asOf": as_of.isoformat(),
            "seq": str(person.seq),
            "idNumber": person.id_number,
            "name": person.full_name,
        }
        text, result = service.ask(f"query {person.seq}", _request(question), person.full_name)
        return text, _count(result)

    return ask_in_order(ask, people, at_once)


def _read_pages(service: Service, as_of: date, window: Window, size: PageSize) -> Iterator[tuple[str, int]]:
    fields = {"asOf": as_of.isoformat(), "until": window.until.isoformat()}

    def ask(number: int) -> tuple[str, etree._Element]:
        page = {**fields, "pageNo": str(number), "pageSize": str(size.rows)}
        return service.ask(f"page {number}", _request(page))

    number, seen, total = 1, 0, None
    pages = Pages(service.feed.feed_id)
    while True:
        text, result = ask(number)
        announced = _total(service.feed, number, result)
        total = announced if total is None else total
        rows = _count(result)
        if announced != total:
            raise BatchRejected(
                service.feed.feed_id,
                f"partial page {number}: {rows} rows of TOTAL {announced}, page 1 said {total}; nothing was "
                "loaded, pull again",
            )
        if rows != size.expected(number, total):
            raise BatchRejected(service.feed.feed_id, size.partial_page_message(number, rows, total, "TOTAL"))
        pages.add(number, _row_texts(result))
        yield text, rows
        seen, number = seen + rows, number + 1
        if seen >= total:
            if rows == size.rows:
                pages.check_nothing_follows(number - 1, total, lambda n: _row_texts(ask(n)[1]))
            pages.check_order(lambda n: _row_texts(ask(n)[1]))
            return


def _total(feed: Feed, number: int, result: etree._Element) -> int:
    total = parse_whole_number(result.findtext("TOTAL") or "")
    if total is None or not 0 <= total < 10**9:
        raise BatchRejected(
            feed.feed_id, f"page {number} has no TOTAL; expected a number of rows, ask the publisher"
        )
    return total


def _row_texts(result: etree._Element) -> list[bytes]:
    return [etree.tostring(row, with_tail=False) for row in result.iterfind("ROWS/ROW")]


def _count(result: etree._Element) -> int:
    return sum(1 for _ in result.iterfind("ROWS/ROW"))

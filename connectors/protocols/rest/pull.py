"""Pulls signed and paged JSON over HTTP; the business code is in the body while HTTP says 200."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from pathlib import Path
from typing import Any

import httpx

from connectors.catalogue.model import Feed, Table
from connectors.connections import Connection, ConnectionMissing, calls_at_once_of, page_size_of
from connectors.delivery import AskedPerson, Delivery, LandedPart, Window
from connectors.envelope import parse_whole_number, rows_in
from connectors.errors import BatchRejected, SourceUnavailable
from connectors.json_lines import to_one_line
from connectors.masking import mask_quoted
from connectors.protocols.calls import ask_in_order
from connectors.protocols.charset import to_utf8
from connectors.protocols.http import base_url, exchange, open_client
from connectors.protocols.landing import LandingFile, batch_folder, delivery_of
from connectors.protocols.naming import request_id_of
from connectors.protocols.paging import Pages, PageSize
from connectors.protocols.rest.json_body import parse_document, strip_padding
from connectors.protocols.rest.signing import signed_headers
from connectors.protocols.retry import Retry, Transient

PAGE_SIZE = 500
#: More pages than any department has rows for: a wrong total must not make us page for ever.
MOST_ROWS = 50_000_000


@dataclass(frozen=True)
class _Page:
    body: bytes
    total: int
    number: int | None
    rows: list[Any]

    def row_texts(self) -> list[bytes]:
        return [json.dumps(row, sort_keys=True).encode() for row in self.rows]


@dataclass(frozen=True)
class _Endpoint:
    """One feed's REST endpoint: signs, sends, retries, and opens the envelope."""

    feed_id: str
    client: httpx.Client
    url: str
    app_key: str
    secret: str
    retry: Retry

    def get(self, params: dict[str, str]) -> _Page:
        return self._ask(f"page {params['pageNo']}", lambda: self._send("GET", params, None), ())

    def post(self, number: int, question: dict[str, Any]) -> _Page:
        body = json.dumps(question, ensure_ascii=False, separators=(",", ":")).encode()
        names = [str(person["name"]) for person in question["persons"]]
        return self._ask(f"query {number}", lambda: self._send("POST", {}, body), names)

    def _ask(self, doing: str, send: Callable[[], bytes], names: Sequence[str]) -> _Page:
        hidden = (self.app_key, self.secret, *names)
        return self.retry.call(self.feed_id, doing, lambda: _open(self.feed_id, doing, send(), hidden))

    def _send(self, method: str, params: dict[str, str], body: bytes | None) -> bytes:
        headers = signed_headers(self.app_key, self.secret, params, body)
        if body is not None:
            headers["Content-Type"] = "application/json"
        reply = exchange(
            self.client, self.feed_id, method, self.url, params=params, headers=headers, content=body
        )
        return to_utf8(self.feed_id, reply)


def pull_rest(
    feed: Feed,
    as_of: date,
    window: Window,
    connection: Connection,
    landing_dir: Path,
    people: Sequence[AskedPerson],
    retry: Retry,
) -> Delivery:
    """Lands every table of a REST feed: one line per page. See ``landing`` for the file's format.

    Raises ``ConnectionMissing`` without appKey and secret, and the errors of ``pull``.
    """
    if not connection.login or not connection.password:
        raise ConnectionMissing(
            f"connection {feed.connection_id!r} needs login (appKey) and password (secret)"
        )
    size = PageSize(page_size_of(connection, PAGE_SIZE), feed.connection_id)
    at_once = calls_at_once_of(connection, feed.request.calls_at_once if feed.request else 1)
    request_id = request_id_of(feed, as_of)
    if feed.request and not people:
        return delivery_of(feed.feed_id, as_of, (), request_id)
    parts = []
    with open_client(connection) as client:
        for table in feed.tables:
            endpoint = _Endpoint(
                feed_id=feed.feed_id,
                client=client,
                url=base_url(connection, feed.connection_id) + (table.source.path or "/"),
                app_key=connection.login,
                secret=connection.password,
                retry=retry,
            )
            pages = (
                _ask_about(endpoint, request_id, as_of, people, size.rows, at_once)
                if request_id
                else _read_pages(endpoint, as_of, window, size)
            )
            parts.append(_land(feed, table, as_of, pages, landing_dir))
    return delivery_of(feed.feed_id, as_of, parts, request_id)


def _land(feed: Feed, table: Table, as_of: date, pages: Iterator[_Page], landing_dir: Path) -> LandedPart:
    rows = 0
    with LandingFile(batch_folder(landing_dir, feed.feed_id, as_of), table.name, ".jsonl") as landing:
        for page in pages:
            landing.write(to_one_line(page.body) + b"\n")
            rows += len(page.rows)
        return LandedPart(table.name, landing.keep(), landing.digest, rows)


def _read_pages(endpoint: _Endpoint, as_of: date, window: Window, size: PageSize) -> Iterator[_Page]:
    """Yields pages 1.. of one read. The upper bound is the same in every request, so the set stands still.

    A comparison with the whole source asks without one: a row of a later day must not be taken for deleted.
    """
    params = {"asOf": as_of.isoformat(), "pageSize": str(size.rows)}
    if not window.whole:
        params["until"] = window.until.isoformat()
    if window.since is not None:
        params["since"] = window.since.isoformat()

    def read(number: int) -> list[bytes]:
        return endpoint.get({**params, "pageNo": str(number)}).row_texts()

    first = endpoint.get({**params, "pageNo": "1"})
    number, page = 1, first
    pages = Pages(endpoint.feed_id)
    while True:
        _check_page(endpoint.feed_id, page, number, first.total, size)
        pages.add(number, page.row_texts())
        yield page
        if number * size.rows >= first.total:
            if len(page.rows) == size.rows:
                pages.check_nothing_follows(number, first.total, read)
            pages.check_order(read)
            return
        number += 1
        page = endpoint.get({**params, "pageNo": str(number)})


def _check_page(feed_id: str, page: _Page, number: int, total: int, size: PageSize) -> None:
    if not 0 <= total <= MOST_ROWS:
        raise BatchRejected(feed_id, f"total {total} is not believable (0 to {MOST_ROWS}); ask the publisher")
    if page.total != total:
        raise BatchRejected(
            feed_id,
            f"page {number} says total {page.total}, page 1 said {total}: the data changed while paging; "
            "pull again, and ask the publisher to honour 'until'",
        )
    if page.number is not None and page.number != number:
        raise BatchRejected(
            feed_id,
            f"asked for page {number}, got page {page.number}; pull again, if it stays so ask the publisher",
        )
    if len(page.rows) != size.expected(number, total):
        raise BatchRejected(feed_id, size.partial_page_message(number, len(page.rows), total, "total"))


def _ask_about(
    endpoint: _Endpoint,
    request_id: str,
    as_of: date,
    people: Sequence[AskedPerson],
    size: int,
    at_once: int,
) -> Iterator[_Page]:
    """Asks about ``size`` people a call; answers come out in the order of the people."""

    def ask(number: int) -> _Page:
        persons = [
            {"seq": s.seq, "idNumber": s.id_number, "name": s.full_name}
            for s in people[(number - 1) * size : number * size]
        ]
        question = {"requestId": request_id, "asOf": as_of.isoformat(), "persons": persons}
        page = endpoint.post(number, question)
        if len(page.rows) != page.total:
            raise BatchRejected(
                endpoint.feed_id,
                f"partial page: answer {number} holds {len(page.rows)} rows but says total {page.total}; "
                "nothing was loaded, pull again",
            )
        return page

    return ask_in_order(ask, range(1, ceil(len(people) / size) + 1), at_once)


def _open(feed_id: str, doing: str, body: bytes, hidden: Sequence[str]) -> _Page:
    """Opens the envelope of one answer. A gateway's HTML page may pass, a bad structure does not.

    ``hidden`` are words of ours that the platform may repeat in its message.
    """
    body = strip_padding(body)
    answer = parse_document(feed_id, doing, body)
    if not isinstance(answer, dict) or "code" not in answer:
        raise BatchRejected(
            feed_id,
            f"{doing}: {_kind(answer)} found, expected an object with code, msg and data; ask the publisher",
        )
    code = str(answer["code"])
    if code != "0000":
        message = f"business code {code} ({mask_quoted(str(answer.get('msg') or ''), hidden)[:200]})"
        # 5xxx is the platform's "busy, come again"; others (key, signature, right) need a person
        if code.startswith("5"):
            raise Transient(message)
        raise SourceUnavailable(
            feed_id, f"{doing}: {message}, expected 0000; check appKey, secret, clock and grant"
        )
    return _page(feed_id, doing, body, answer.get("data"))


def _kind(answer: Any) -> str:
    """Returns what kind of JSON it is, never what it says."""
    if answer is None:
        return "null"
    if isinstance(answer, dict):
        return "an object without code" if answer else "an empty object"
    names: dict[type, str] = {list: "list", str: "text"}
    name = names.get(type(answer), "number or flag")
    return f"{'a' if answer or name.startswith('number') else 'an empty'} {name}"


def _page(feed_id: str, doing: str, body: bytes, data: Any) -> _Page:
    if not isinstance(data, dict):
        raise BatchRejected(
            feed_id,
            f"{doing}: data.rows is missing, for data is {_kind(data)}, expected an object with total and "
            "rows; ask the publisher",
        )
    rows = rows_in(data)
    if rows is None:
        raise BatchRejected(
            feed_id,
            f"{doing}: data.rows is missing or not a list, and the total is not 0; ask the publisher",
        )
    total, number = parse_whole_number(data.get("total")), data.get("pageNo")
    page = None if number is None else parse_whole_number(number)
    if total is None or (page is None and number is not None):
        raise BatchRejected(
            feed_id,
            f"{doing}: data.total or data.pageNo is not a number, expected a whole one; ask the publisher",
        )
    return _Page(body, total, page, rows)

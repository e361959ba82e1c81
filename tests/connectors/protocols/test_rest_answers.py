"""Answers of a REST interface that are empty, packed, or cut into other pages than were asked for."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.catalogue.load import load_feed
from connectors.connections import Connection
from connectors.decode import decode
from connectors.delivery import Delivery, Window
from connectors.errors import BatchRejected, SourceUnavailable
from connectors.protocols import pull
from connectors.protocols.retry import Retry
from tests.connectors.protocols.test_rest import envelope
from tests.support.protocol_servers import Answer, HttpServer

DELTA = load_feed("social_security__employment_register")
DAY = date(2020, 5, 12)


@pytest.fixture
def take(http_server: HttpServer, retry: Retry, window: Window, landing: Path) -> Callable[..., Delivery]:
    def _take(connection: Connection | None = None) -> Delivery:
        return pull(DELTA, DAY, window, connection or http_server.connection(), landing, retry=retry)

    return _take


QUIET = [
    '"rows":null',
    '"rows":[]',
    '"rows":""',
    '"rows":{}',
    '"pageNo":1',
]


@pytest.mark.parametrize("rows", QUIET)
@pytest.mark.parametrize("total", ["0", '"0"'])
def test_a_total_of_zero_without_rows_is_an_empty_delivery(
    take: Callable[..., Delivery], http_server: HttpServer, answer: type[Answer], rows: str, total: str
) -> None:
    body = f'{{"code":"0000","msg":"","data":{{"total":{total},{rows}}}}}'.encode()
    http_server.script = lambda asked: answer(body)
    delivery = take()
    assert delivery.parts[0].rows_expected == 0
    assert sum(chunk.received for chunk in decode(DELTA, delivery)) == 0


@pytest.mark.parametrize(
    ("total", "rows"),
    [
        (total, rows)
        for total in ("1", "7", "null", '""', '"none"', "false", "[]")
        for rows in (*QUIET, '"rows":0', '"rows":false', '"rows":[{}]')
        if (total, rows) != ("1", '"rows":[{}]')  # one row, and one is there
    ],
)
def test_rows_that_are_missing_below_another_total_are_refused(
    take: Callable[..., Delivery],
    http_server: HttpServer,
    answer: type[Answer],
    pauses: list[float],
    rows: str,
    total: str,
) -> None:
    body = f'{{"code":"0000","msg":"","data":{{"total":{total},{rows}}}}}'.encode()
    http_server.script = lambda asked: answer(body)
    with pytest.raises(
        BatchRejected, match=r"data\.rows is missing|partial page 1|is not a number|believable"
    ):
        take()
    assert pauses == []


@pytest.mark.parametrize(
    ("body", "error", "says", "tries"),
    [
        (b"", SourceUnavailable, "the answer is empty: HTTP 200 without a body", 4),
        (b" \r\n", SourceUnavailable, "the answer is empty", 4),
        (b"\xef\xbb\xbf", SourceUnavailable, "the answer is empty", 4),
        (b'""', BatchRejected, "an empty text found, expected an object with code, msg and data", 1),
        (b'"canary"', BatchRejected, "a text found", 1),
        (b"null", BatchRejected, "null found", 1),
        (b"[]", BatchRejected, "an empty list found", 1),
        (b"{}", BatchRejected, "an empty object found", 1),
        (b"0", BatchRejected, "a number or flag found", 1),
        (b"false", BatchRejected, "a number or flag found", 1),
        (b'{"msg":"canary"}', BatchRejected, "an object without code found", 1),
        (b'{"code":"0000"}', BatchRejected, r"data\.rows is missing", 1),
        (b'{"code":"0000","data":null}', BatchRejected, r"data\.rows is missing", 1),
        (b'{"code":"0000","data":{}}', BatchRejected, r"data\.rows is missing", 1),
        (b'{"code":"0000","data":[]}', BatchRejected, r"data\.rows is missing", 1),
    ],
)
def test_every_empty_answer_has_its_named_outcome(
    take: Callable[..., Delivery],
    http_server: HttpServer,
    answer: type[Answer],
    pauses: list[float],
    body: bytes,
    error: type[Exception],
    says: str,
    tries: int,
) -> None:
    http_server.script = lambda asked: answer(body)
    with pytest.raises(error, match=says) as caught:
        take()
    assert "canary" not in str(caught.value)
    assert len(pauses) == tries - 1


def test_an_answer_without_content_is_named_at_once(
    take: Callable[..., Delivery], http_server: HttpServer, answer: type[Answer], pauses: list[float]
) -> None:
    http_server.script = lambda asked: answer(status=204)
    with pytest.raises(SourceUnavailable, match=r"HTTP 204 .*says nothing, not even that there are no rows"):
        take()
    assert pauses == []


@pytest.fixture
def capped(http_server: HttpServer, answer: type[Answer]) -> Callable[..., Connection]:
    """250 rows from a server that gives at most so many a page, whatever it is asked for."""

    def _capped(most: int, least: int = 1) -> Connection:
        rows = [{"djbh": str(n)} for n in range(250)]

        def script(asked: Any) -> Any:
            page, size = int(asked.params["pageNo"]), int(asked.params["pageSize"])
            size = max(least, min(size, most))
            return answer(envelope(rows[(page - 1) * size : page * size], 250, page))

        http_server.script = script
        connection: Connection = http_server.connection()
        return connection

    return _capped


@pytest.mark.parametrize("most", [1, 99, 100, 249])
def test_a_server_with_smaller_pages_is_named_with_the_setting(
    take: Callable[..., Delivery],
    capped: Callable[..., Connection],
    pauses: list[float],
    landing: Path,
    most: int,
) -> None:
    connection = capped(most)
    with pytest.raises(
        BatchRejected,
        match=rf"partial page 1: {most} rows, expected 250 of total 250; .*returned {most} rows per page "
        rf"although 500 were asked for: .*smaller.*set extra\.page_size of rs_employ to {most}",
    ):
        take(connection=connection)
    assert pauses == []
    assert not [p for p in landing.rglob("*") if p.is_file()]


@pytest.mark.parametrize("size", [100, "100", 60, 7])
def test_with_its_page_size_all_rows_come(
    take: Callable[..., Delivery], capped: Callable[..., Connection], size: int | str
) -> None:
    connection = replace(capped(100), extra={"page_size": size})
    part = take(connection=connection).parts[0]
    rows = [
        r["djbh"] for line in part.path.read_bytes().splitlines() for r in json.loads(line)["data"]["rows"]
    ]
    assert rows == [str(n) for n in range(250)]


def test_larger_pages_are_named_as_well(
    take: Callable[..., Delivery], capped: Callable[..., Connection]
) -> None:
    connection = replace(capped(200, least=200), extra={"page_size": 100})
    with pytest.raises(BatchRejected, match=r"200 rows per page although 100 .* larger.*page_size .* to 200"):
        take(connection=connection)


def test_who_compares_the_whole_asks_without_an_end(
    take: Callable[..., Delivery],
    http_server: HttpServer,
    answer: type[Answer],
    retry: Retry,
    window: Window,
    landing: Path,
) -> None:
    http_server.script = lambda asked: answer(envelope([]))
    whole = Window(None, window.until, whole=True)
    pull(DELTA, DAY, whole, http_server.connection(), landing, retry=retry)
    pull(DELTA, DAY, Window(None, window.until), http_server.connection(), landing, retry=retry)
    assert [a.params.get("until") for a in http_server.asked] == [None, "2020-05-13T00:00:00"]


@pytest.mark.parametrize("spoil", ["members", "deflate"])
def test_packed_pages_are_unpacked_whole(
    take: Callable[..., Delivery], http_server: HttpServer, answer: type[Answer], spoil: str
) -> None:
    body = envelope([{"djbh": str(n)} for n in range(9)])
    packed = (
        gzip.compress(body[:50]) + gzip.compress(body[50:]) if spoil == "members" else zlib.compress(body)
    )
    encoding = "gzip" if spoil == "members" else "deflate"
    http_server.script = lambda asked: answer(packed, headers={"Content-Encoding": encoding})
    part = take().parts[0]
    assert part.path.read_bytes() == body + b"\n"


@pytest.mark.parametrize("total", ["2.5", '"2.5"', '"0_2"', '"2,"', "true", "Infinity", '"2 rows"', "[2]"])
def test_a_total_that_is_no_whole_number_is_refused(
    take: Callable[..., Delivery],
    http_server: HttpServer,
    answer: type[Answer],
    pauses: list[float],
    total: str,
) -> None:
    body = f'{{"code":"0000","msg":"","data":{{"total":{total},"rows":[{{}},{{}}]}}}}'.encode()
    http_server.script = lambda asked: answer(body)
    with pytest.raises(BatchRejected, match="is not a number, expected a whole one; ask the publisher"):
        take()
    assert pauses == []


@pytest.mark.parametrize(
    ("data", "found"), [('"{}"', "a text"), ("[1]", "a list"), ("null", "null"), ("7", "a number or flag")]
)
def test_data_of_another_kind_is_named(
    take: Callable[..., Delivery], http_server: HttpServer, answer: type[Answer], data: str, found: str
) -> None:
    http_server.script = lambda asked: answer(f'{{"code":"0000","data":{data}}}'.encode())
    with pytest.raises(BatchRejected, match=f"data is {found}, expected an object with total and rows"):
        take()


@pytest.mark.parametrize("status", [500, 502, 503, 504, 507, 520, 522, 529, 408, 425, 429])
def test_a_status_that_may_pass_is_tried_again(
    take: Callable[..., Delivery],
    http_server: HttpServer,
    answer: type[Answer],
    pauses: list[float],
    status: int,
) -> None:
    http_server.script = lambda asked: answer(status=status, headers={"Retry-After": "86400"})
    with pytest.raises(SourceUnavailable, match=rf"HTTP {status}, it asks for a pause of 86400 s \(4 att"):
        take()
    assert pauses == [30.0] * 3


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (201, "ask the publisher"),
        (206, "ask the publisher"),
        (304, "check host and path"),
        (308, "it points elsewhere"),
        (400, "check host and path"),
        (407, "the network between us wants a login"),
        (413, r"set a smaller extra\.page_size"),
        (501, "check host and path"),
        (511, "the network between us wants a login"),
    ],
)
def test_a_status_that_stays_is_refused_at_once(
    take: Callable[..., Delivery],
    http_server: HttpServer,
    answer: type[Answer],
    pauses: list[float],
    status: int,
    says: str,
) -> None:
    heads = {"Location": "http://elsewhere.invalid/"} if status == 308 else {}
    http_server.script = lambda asked: answer(status=status, headers=heads)
    with pytest.raises(SourceUnavailable, match=f"HTTP {status} .*{says}"):
        take()
    assert pauses == []

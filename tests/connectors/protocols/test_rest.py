from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.catalogue.load import load_feed
from connectors.connections import Connection, ConnectionMissing
from connectors.delivery import AskedPerson, Delivery, Window
from connectors.errors import BatchRejected, SourceUnavailable
from connectors.protocols import pull
from connectors.protocols.http import fetch
from connectors.protocols.retry import Retry
from tests.support.protocol_servers import Answer, HttpServer

DELTA = load_feed("social_security__employment_register")
QUERY = load_feed("finance__chinaclear")
DAY = date(2020, 5, 12)


def envelope(rows: list[Any], total: int | None = None, page: int | None = 1, code: str = "0000") -> bytes:
    data = {"total": len(rows) if total is None else total, "pageNo": page, "rows": rows}
    return json.dumps({"code": code, "msg": "", "data": data}, ensure_ascii=False).encode()


@pytest.fixture
def take(http_server: HttpServer, retry: Retry, window: Window, landing: Path) -> Callable[..., Delivery]:
    def _take(
        feed: Any = DELTA, subjects: list[AskedPerson] | None = None, connection: Connection | None = None
    ) -> Delivery:
        return pull(
            feed, DAY, window, connection or http_server.connection(), landing, subjects or [], retry=retry
        )

    return _take


@pytest.fixture
def city(http_server: HttpServer, answer: type[Answer]) -> dict[int, Answer]:
    """1,203 rows served in pages, with a hook that may spoil an answer."""
    rows = [{"djbh": str(n), "xm": "张三"} for n in range(1203)]
    spoil: dict[int, Any] = {}

    def script(asked: Any) -> Any:
        number = len(http_server.asked)
        page = int(asked.params["pageNo"])
        good = answer(envelope(rows[(page - 1) * 500 : page * 500], 1203, page))
        return spoil.get(number, good)

    http_server.script = script
    return spoil


def test_all_pages_are_landed_one_line_each(
    take: Callable[..., Delivery], city: dict[int, Answer], http_server: HttpServer
) -> None:
    delivery = take()
    (part,) = delivery.parts
    lines = part.path.read_bytes().splitlines()
    assert [len(json.loads(line)["data"]["rows"]) for line in lines] == [500, 500, 203]
    assert part.rows_expected == 1203
    assert part.sha256 == hashlib.sha256(part.path.read_bytes()).hexdigest()
    assert {a.params["until"] for a in http_server.asked} == {"2020-05-13T00:00:00"}
    assert http_server.asked[0].params == {
        "asOf": "2020-05-12",
        "since": "2020-05-10T00:00:00",
        "until": "2020-05-13T00:00:00",
        "pageNo": "1",
        "pageSize": "500",
    }
    assert take().sha256 == delivery.sha256


def check_signature(asked: Any) -> None:
    fields = {**asked.params, **{k: asked.headers[k.lower()] for k in ("appKey", "timestamp", "nonce")}}
    if asked.method == "POST":
        fields["bodySha256"] = hashlib.sha256(asked.body).hexdigest()
    text = "&".join(f"{k}={v}" for k, v in sorted(fields.items()))
    assert asked.headers["sign"] == hmac.new(b"app-secret", text.encode(), hashlib.sha256).hexdigest()


def test_every_request_is_signed_with_its_own_nonce(
    take: Callable[..., Delivery], city: dict[int, Answer], http_server: HttpServer, answer: type[Answer]
) -> None:
    city[1] = answer(status=500)
    take()
    for asked in http_server.asked:
        check_signature(asked)
    assert len({a.headers["nonce"] for a in http_server.asked}) == 4


@pytest.mark.parametrize(
    "spoiled",
    [
        {"status": 500},
        {"status": 503},
        {"fault": "reset"},
        {"body": b'{"code":"0000', "fault": "short"},
        {"body": envelope([], code="5001")},
        {"body": "<html>系统维护</html>".encode()},
        {"body": "<html>系统维护</html>".encode("gbk")},
        {"body": b"[" * 200_000},
    ],
    ids=["500", "503", "reset", "cut off", "busy code", "html", "gbk html", "nested"],
)
def test_a_passing_failure_is_retried(
    take: Callable[..., Delivery],
    city: dict[int, Answer],
    answer: type[Answer],
    pauses: list[float],
    spoiled: dict[str, Any],
) -> None:
    city[2] = answer(**spoiled)
    assert take().parts[0].rows_expected == 1203
    assert pauses == [0.5]


def test_429_waits_as_long_as_asked(
    take: Callable[..., Delivery], city: dict[int, Answer], answer: type[Answer], pauses: list[float]
) -> None:
    city[1] = answer(status=429, headers={"Retry-After": "12"})
    take()
    assert pauses == [12.0]


def test_a_failure_that_stays_ends_the_pull_and_lands_nothing(
    take: Callable[..., Delivery], http_server: HttpServer, answer: type[Answer], landing: Path
) -> None:
    http_server.script = lambda asked: answer(status=500)
    with pytest.raises(SourceUnavailable, match=r"employment_register: page 1: HTTP 500 \(4 attempts\)"):
        take()
    assert not [p for p in landing.rglob("*") if p.is_file()]


def test_a_refusal_is_not_retried_and_masks_what_it_quotes(
    take: Callable[..., Delivery], http_server: HttpServer, answer: type[Answer], pauses: list[float]
) -> None:
    body = {"code": "4012", "msg": "210102198001011234 签名过期", "data": None}
    http_server.script = lambda asked: answer(json.dumps(body).encode())
    with pytest.raises(SourceUnavailable, match=r"code 4012 \(210102\*+1234 签名过期\), expected 0000"):
        take()
    assert pauses == []


def test_a_login_refused_by_http_says_what_to_check(
    take: Callable[..., Delivery], http_server: HttpServer, answer: type[Answer], pauses: list[float]
) -> None:
    http_server.script = lambda asked: answer(status=401)
    with pytest.raises(SourceUnavailable, match=r"HTTP 401 .* login and password"):
        take()
    assert pauses == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (envelope([{"a": "1"}] * 499, 1203, 2), "partial page 2: 499 rows, expected 500 of total 1203"),
        (envelope([{"a": "1"}] * 500, 1204, 2), "page 2 says total 1204, page 1 said 1203"),
        (envelope([{"a": "1"}] * 500, 1203, 3), "asked for page 2, got page 3"),
        (b'{"code":"0000","data":{"total":1203}}', "data.rows is missing"),
        (b'{"code":"0000","data":{"total":"many","rows":[]}}', "not a number"),
        (b"[]", "expected an object"),
        (b'{"code":"0000","data":{"total":Infinity,"rows":[]}}', "not a number"),
        (b'{"code":"0000","data":{"total":null,"rows":[]}}', "not a number"),
    ],
)
def test_a_page_that_contradicts_itself_rejects_the_batch(
    take: Callable[..., Delivery],
    city: dict[int, Answer],
    answer: type[Answer],
    landing: Path,
    body: bytes,
    message: str,
) -> None:
    city[2] = answer(body)
    with pytest.raises(BatchRejected, match=message):
        take()
    assert not [p for p in landing.rglob("*") if p.is_file()]


@pytest.mark.parametrize("total", [10**12, -1])
def test_a_total_beyond_belief_is_refused(
    take: Callable[..., Delivery], http_server: HttpServer, answer: type[Answer], total: int
) -> None:
    http_server.script = lambda asked: answer(envelope([{"a": "1"}] * 500, total))
    with pytest.raises(BatchRejected, match="not believable"):
        take()


def test_an_empty_delta_is_a_delivery(
    take: Callable[..., Delivery], http_server: HttpServer, answer: type[Answer]
) -> None:
    http_server.script = lambda asked: answer(envelope([]))
    assert take().parts[0].rows_expected == 0


def test_bom_and_line_breaks_between_tokens_are_only_layout(
    take: Callable[..., Delivery], http_server: HttpServer, answer: type[Answer]
) -> None:
    pretty = json.dumps(json.loads(envelope([{"xm": "张三"}])), indent=1).replace("\n", "\r\n")
    http_server.script = lambda asked: answer(b"\xef\xbb\xbf" + pretty.encode())
    (line,) = take().parts[0].path.read_bytes().splitlines()
    assert json.loads(line)["data"]["rows"] == [{"xm": "张三"}]


@pytest.mark.parametrize(
    ("said", "encoding"),
    [
        ("GBK", "gbk"), ("gb2312", "gbk"), ("GB18030", "gb18030"), ("utf-16", "utf-16"),
        ("utf-16le", "utf-16-le"), ("big5", "big5"), ("GBK", "utf-8"), ("iso-8859-1", "utf-8"),
        ("nobody-knows", "utf-8"),
    ],
)  # fmt: skip
def test_another_charset_is_read_where_it_is_named(
    take: Callable[..., Delivery], http_server: HttpServer, answer: type[Answer], said: str, encoding: str
) -> None:
    body = envelope([{"xm": "歐陽文"}]).decode().encode(encoding)
    http_server.script = lambda asked: answer(
        body, headers={"Content-Type": f"application/json; charset={said}"}
    )
    (line,) = take().parts[0].path.read_bytes().splitlines()
    assert json.loads(line)["data"]["rows"] == [{"xm": "歐陽文"}]


@pytest.mark.parametrize(
    ("said", "encoding", "says"),
    [
        ("", "gbk", "it looks like GBK"),
        ("; charset=utf-8", "gbk", "it looks like GBK"),
        ("", "utf-16", "it looks like UTF-16"),
        ("", "utf-16-be", "it looks like UTF-16"),
        ("; charset=euc-kr", "gbk", "Content-Type says euc_kr"),
    ],
)
def test_a_charset_that_nobody_can_tell_is_named_at_once(
    take: Callable[..., Delivery],
    http_server: HttpServer,
    answer: type[Answer],
    pauses: list[float],
    said: str,
    encoding: str,
    says: str,
) -> None:
    body = envelope([{"xm": "张三丰镕"}]).decode().encode(encoding)
    http_server.script = lambda asked: answer(body, headers={"Content-Type": f"application/json{said}"})
    with pytest.raises(BatchRejected, match=says):
        take()
    assert pauses == []


def test_an_answer_cut_within_a_character_may_be_whole_the_next_time(
    take: Callable[..., Delivery], http_server: HttpServer, answer: type[Answer]
) -> None:
    good = envelope([{"xm": "张三"}])
    cut = good[: good.index("三".encode()) + 1]
    http_server.script = lambda asked: answer(cut if len(http_server.asked) == 1 else good)
    assert take().parts[0].rows_expected == 1


@pytest.mark.parametrize("said", [500, 1000])
def test_a_total_that_counts_too_little_is_refused(
    take: Callable[..., Delivery],
    city: dict[int, Answer],
    http_server: HttpServer,
    answer: type[Answer],
    said: int,
) -> None:
    good = http_server.script

    def script(asked: Any) -> Any:
        found = json.loads(good(asked).body)
        found["data"]["total"] = said
        return answer(json.dumps(found).encode())

    http_server.script = script
    with pytest.raises(BatchRejected, match=rf"the total is {said}, and page \d has \d+ rows beyond it"):
        take()


@pytest.mark.parametrize("beyond", ["nothing", "the last page again", "a refusal", "HTTP 404"])
def test_a_full_last_page_may_be_the_last(
    take: Callable[..., Delivery], http_server: HttpServer, answer: type[Answer], beyond: str
) -> None:
    rows = [{"djbh": str(n)} for n in range(1000)]
    said = {
        "nothing": answer(envelope([], 1000, 3)),
        "the last page again": answer(envelope(rows[500:], 1000, 2)),
        "a refusal": answer(envelope([], 0, 3, "4004")),
        "HTTP 404": answer(b"", 404),
    }[beyond]

    def script(asked: Any) -> Any:
        page = int(asked.params["pageNo"])
        return said if page == 3 else answer(envelope(rows[(page - 1) * 500 : page * 500], 1000, page))

    http_server.script = script
    assert take().parts[0].rows_expected == 1000


def test_an_answer_without_end_is_refused(
    http_server: HttpServer, answer: type[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpx

    monkeypatch.setattr("connectors.protocols.http.LARGEST_BODY", 1000)
    http_server.script = lambda asked: answer(b"x" * 5000)
    with httpx.Client() as client, pytest.raises(BatchRejected, match="exceeds 1000 bytes"):
        fetch(client, "a__b", "GET", f"http://127.0.0.1:{http_server.port}/")


def test_a_slow_drip_ends_at_the_deadline(
    take: Callable[..., Delivery], city: dict[int, Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.protocols.http.WHOLE_ANSWER", -1.0)
    with pytest.raises(SourceUnavailable, match="not complete after"):
        take()


def test_people_are_asked_about_five_hundred_at_a_time(
    take: Callable[..., Delivery], http_server: HttpServer, answer: type[Answer]
) -> None:
    people = [AskedPerson(n, f"{n:018d}", "王·五") for n in range(1, 1002)]

    def script(asked: Any) -> Any:
        check_signature(asked)
        persons = json.loads(asked.body)["persons"]
        return answer(envelope([{"zjhm": p["idNumber"]} for p in persons[::2]], page=None))

    http_server.script = script
    delivery = take(QUERY, people)
    # several calls are under way: they arrive in any order
    asked = sorted((json.loads(a.body) for a in http_server.asked), key=lambda a: a["persons"][0]["seq"])
    assert delivery.request_id == "sec_chinaclear-20200512"
    assert [len(a["persons"]) for a in asked] == [500, 500, 1]
    assert {(a["requestId"], a["asOf"]) for a in asked} == {("sec_chinaclear-20200512", "2020-05-12")}
    assert asked[0]["persons"][0] == {"seq": 1, "idNumber": f"{1:018d}", "name": "王·五"}
    assert delivery.parts[0].rows_expected == 501


def test_an_answer_to_a_query_must_be_whole(
    take: Callable[..., Delivery], http_server: HttpServer, answer: type[Answer], people: list[AskedPerson]
) -> None:
    http_server.script = lambda asked: answer(envelope([{"a": "1"}], total=2))
    with pytest.raises(BatchRejected, match="1 rows but says total 2"):
        take(QUERY, people)


def test_nobody_to_ask_sends_nothing(take: Callable[..., Delivery], http_server: HttpServer) -> None:
    delivery = take(QUERY, [])
    assert delivery.parts == ()
    assert http_server.asked == []


def test_a_connection_without_secret_is_named(take: Callable[..., Delivery], http_server: HttpServer) -> None:
    with pytest.raises(ConnectionMissing, match="'rs_employ' needs login"):
        take(connection=replace(http_server.connection(), password=None))

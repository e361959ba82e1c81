"""The signed and paged REST interface, misbehaving in every way departments and gateways know."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.errors import BatchRejected, SourceUnavailable
from tests.hostile.protocol_harness import LOGIN, PASSWORD, Case, Hub, Loaded, Refused, id_of, names
from tests.hostile.rest_world import DELTA, PAGE, ROWS, RestWorld, envelope, packed
from tests.support.protocol_servers import Answer, Asked

pytestmark = pytest.mark.slow

ALL = (ROWS, ROWS, 0, 0)
GIVEN_UP = r"\(4 attempts\)"
LARGEST = 200_000


def _endless_pages(world: RestWorld) -> None:
    def spoil(asked: Asked, number: int, good: Answer) -> Answer:
        page = int(asked.params["pageNo"])
        rows = [{**world.rows[0], "djbh": f"E{page}-{n}"} for n in range(PAGE)]
        return Answer(envelope(rows, PAGE * (page + 1), page))

    world.spoil = spoil


def _page_repeated(world: RestWorld) -> None:
    world.on(2, Answer(envelope(world.rows[:PAGE], ROWS, 2)))


def _order_changed(world: RestWorld) -> None:
    """Row 2 moves behind row 3 while the second page is read: it comes twice, row 3 never."""
    turned = [*world.rows[:2], world.rows[3], world.rows[2], *world.rows[4:]]

    def spoil(asked: Asked, number: int, good: Answer) -> Answer:
        return good if number == 1 else Answer(world.page(int(asked.params["pageNo"]), turned))

    world.spoil = spoil


def _true_duplicate(world: RestWorld) -> None:
    world.rows[4] = world.rows[0]


def _total_changes(world: RestWorld) -> None:
    world.on(2, Answer(envelope(world.rows[PAGE : 2 * PAGE], ROWS + 1, 2)))


def _says(world: RestWorld, code: str, msg: str) -> None:
    world.always(Answer(envelope([], 0, 1, code, msg)))


def _echo(world: RestWorld) -> None:
    """A platform that quotes what it was sent, and whom it is about."""

    def spoil(asked: Asked, number: int, good: Answer) -> Answer:
        said = f"{asked.headers['sign']} {LOGIN} {PASSWORD} {id_of(7)}"
        return Answer(envelope([], 0, 1, "4001", said))

    world.spoil = spoil


def _clock(world: RestWorld) -> None:
    date = {"Date": "Tue, 12 May 2020 00:00:00 GMT"}
    world.always(Answer(status=401, headers=date))


def _bad_rows(world: RestWorld) -> None:
    rows = [dict(row) for row in world.rows]
    rows[1]["ygz"] = "12345678901234567890"
    rows[2]["gmsfhm"] = "\ud800"
    rows[3]["xm"] = "a\x00b"
    rows[4]["gmsfhm"] = {"no": ["id"]}
    body = json.dumps({"code": "0000", "data": {"total": ROWS, "pageNo": None, "rows": rows}}).encode()
    world.hub.environ.setattr("connectors.protocols.rest.pull.PAGE_SIZE", ROWS)
    world.always(Answer(body))


def _hang(world: RestWorld) -> None:
    world.connect(extra={"timeout": 0.1})
    world.always(Answer(fault="hang"))


def _drip(world: RestWorld) -> None:
    world.connect(extra={"timeout": 0.05})
    world.always(Answer(fault="drip"))


def _members(body: bytes) -> bytes:
    return packed(body[:40]).body + packed(body[40:]).body


def _smaller_pages(world: RestWorld) -> None:
    """A server that gives two rows a page, whatever it is asked for."""

    def spoil(asked: Asked, number: int, good: Answer) -> Answer:
        page = int(asked.params["pageNo"])
        return Answer(envelope(world.rows[(page - 1) * 2 : page * 2], ROWS, page))

    world.spoil = spoil


def _smaller_pages_asked(world: RestWorld) -> None:
    _smaller_pages(world)
    world.connect(extra={"timeout": 5, "page_size": 2})


def _always(**answer: Any) -> Any:
    return lambda world: world.always(Answer(**answer))


def _once(**answer: Any) -> Any:
    return lambda world: world.on(2, Answer(**answer))


def _to(**changed: Any) -> Any:
    return lambda world: world.connect(**changed)


def _case(name: str, behave: Any, outcome: Loaded | Refused) -> Case:
    return Case(f"rest-{name}", DELTA, behave, outcome)


RETRIED = Loaded(ALL, retries=1)
NO_ROWS = b'{"code":"0000","msg":"","data":{%s}}'
HTML = "<!DOCTYPE html><title>统一身份认证</title><form action=/login>".encode()
CASES = [
    _case("429-with-retry-after", _once(status=429, headers={"Retry-After": "86400"}), RETRIED),
    _case("429-without-retry-after", _once(status=429), RETRIED),
    _case("500-once", _once(status=500), RETRIED),
    _case("502-once", _once(status=502), RETRIED),
    _case("503-once", _once(status=503, body=HTML), RETRIED),
    _case("500-always", _always(status=500), Refused(SourceUnavailable, f"HTTP 500 {GIVEN_UP}", 3)),
    _case("429-always", _always(status=429), Refused(SourceUnavailable, f"HTTP 429 {GIVEN_UP}", 3)),
    _case("hang", _hang, Refused(SourceUnavailable, rf"ReadTimeout\) {GIVEN_UP}", 3)),
    _case("slow-drip", _drip, Refused(SourceUnavailable, "not complete after 0.2 s", 3)),
    _case("reset-once", _once(fault="reset"), RETRIED),
    _case("reset-always", _always(fault="reset"), Refused(SourceUnavailable, "no answer", 3)),
    _case("body-shorter-than-said", _once(body=b'{"code"', fault="short"), RETRIED),
    _case("chunked-body-cut", _once(body=b'{"code"', fault="chunk-cut"), RETRIED),
    _case("business-code-busy-in-200", _once(body=envelope([], 0, 1, "5001", "系统繁忙")), RETRIED),
    _case(
        "business-code-refused-in-200",
        lambda world: _says(world, "4005", "无权限"),
        Refused(SourceUnavailable, r"code 4005 \(无权限\).*grant"),
    ),
    _case("login-page-in-200", _always(body=HTML), Refused(SourceUnavailable, "web page.*login", 3)),
    _case(
        "redirect-elsewhere",
        _always(status=302, headers={"Location": "http://elsewhere.invalid/login"}),
        Refused(SourceUnavailable, "HTTP 302.*points elsewhere"),
    ),
    _case(
        "signature-expired",
        lambda world: _says(world, "4002", "请求时间戳已过期"),
        Refused(SourceUnavailable, "code 4002 .*clock"),
    ),
    _case("clock-skew-in-401", _clock, Refused(SourceUnavailable, r"401.*clock \(theirs differs by -\d+ s")),
    _case("secret-changed", _to(password="another"), Refused(SourceUnavailable, "code 4001.*secret")),
    _case("answer-quotes-our-secrets", _echo, Refused(SourceUnavailable, r"code 4001 \(\*\*\*")),
    _case("401", _always(status=401), Refused(SourceUnavailable, "HTTP 401.*login and password")),
    _case("403", _always(status=403), Refused(SourceUnavailable, "HTTP 403.*login and password")),
    _case("404", _always(status=404), Refused(SourceUnavailable, "HTTP 404.*check host and path")),
    _case(
        "body-in-gbk",
        _always(body=envelope([], 0, 1, "0000", "成功").decode().encode("gbk")),
        Refused(BatchRejected, "not in UTF-8: it looks like GBK"),
    ),
    _case(
        "body-in-utf-16",
        _always(body=envelope([], 0, 1).decode().encode("utf-16")),
        Refused(BatchRejected, "not in UTF-8: it looks like UTF-16"),
    ),
    _case(
        "content-type-wrong-body-right",
        lambda world: world.always(
            Answer(envelope([], 0, 1), headers={"Content-Type": "text/html; charset=gbk"})
        ),
        Loaded((0, 0, 0, 0)),
    ),
    _case(
        "page-missing",
        lambda world: world.on(2, Answer(envelope([], 0, None, "4004", "页码不存在"))),
        Refused(SourceUnavailable, "page 2: business code 4004"),
    ),
    _case("page-repeated", _page_repeated, Refused(BatchRejected, "page 2 repeats an earlier page")),
    _case("order-changed-while-paging", _order_changed, Refused(BatchRejected, "order changed while paging")),
    _case("true-duplicate-on-two-pages", _true_duplicate, Loaded((ROWS, ROWS - 1, 1, 0))),
    _case(
        "total-changed-while-paging", _total_changes, Refused(BatchRejected, "says total 8, page 1 said 7")
    ),
    _case(
        "page-longer-than-asked",
        lambda world: world.on(1, Answer(envelope(world.rows[: PAGE + 1], ROWS, 1))),
        Refused(BatchRejected, "page 1: 4 rows, expected 3"),
    ),
    _case(
        "page-shorter-than-asked",
        lambda world: world.on(1, Answer(envelope(world.rows[: PAGE - 1], ROWS, 1))),
        Refused(BatchRejected, "partial page 1: 2 rows, expected 3"),
    ),
    _case(
        "empty-page-in-the-middle",
        lambda world: world.on(2, Answer(envelope([], ROWS, 2))),
        Refused(BatchRejected, "partial page 2: 0 rows"),
    ),
    _case(
        "other-page-than-asked",
        lambda world: world.on(2, Answer(envelope(world.rows[PAGE : 2 * PAGE], ROWS, 3))),
        Refused(BatchRejected, "asked for page 2, got page 3"),
    ),
    _case("endless-pages", _endless_pages, Refused(BatchRejected, "the data changed while paging")),
    _case(
        "total-beyond-belief",
        _always(body=envelope([], 10**12, 1)),
        Refused(BatchRejected, "not believable"),
    ),
    _case(
        "gzip-bomb",
        lambda world: world.always(packed(b" " * (LARGEST * 50))),
        Refused(BatchRejected, f"exceeds {LARGEST} bytes"),
    ),
    _case(
        "gzip-within-gzip",
        lambda world: world.always(packed(b" " * (LARGEST * 50), "gzip,gzip")),
        Refused(BatchRejected, "packed in a way we did not offer"),
    ),
    _case(
        "gzip-cut-off",
        lambda world: world.on(1, Answer(packed(world.page(1)).body[:-4], 200, {"Content-Encoding": "gzip"})),
        RETRIED,
    ),
    _case(
        "gzip-of-several-members",
        lambda world: world.on(1, Answer(_members(world.page(1)), headers={"Content-Encoding": "gzip"})),
        Loaded(ALL),
    ),
    _case(
        "gzip-with-garbage-behind",
        lambda world: world.on(
            1, Answer(packed(world.page(1)).body + b"garbage", headers={"Content-Encoding": "gzip"})
        ),
        Refused(BatchRejected, "7 bytes behind its gzip data"),
    ),
    _case(
        "deflate-nobody-offered",
        lambda world: world.on(
            1, Answer(zlib.compress(world.page(1)), headers={"Content-Encoding": "deflate"})
        ),
        Loaded(ALL),
    ),
    _case("rows-null-and-total-0", _always(body=NO_ROWS % b'"rows":null,"total":0'), Loaded((0, 0, 0, 0))),
    _case("rows-left-out-and-total-0", _always(body=NO_ROWS % b'"total":0'), Loaded((0, 0, 0, 0))),
    _case(
        "rows-null-and-total-7",
        _always(body=NO_ROWS % b'"rows":null,"total":7'),
        Refused(BatchRejected, "data.rows is missing"),
    ),
    _case("empty-in-200", _always(body=b""), Refused(SourceUnavailable, "the answer is empty", 3)),
    _case("204", _always(status=204), Refused(SourceUnavailable, "HTTP 204.*without content says nothing")),
    _case(
        "empty-object",
        _always(body=b"{}"),
        Refused(BatchRejected, "an empty object found, expected an object"),
    ),
    _case(
        "pages-smaller-than-asked",
        _smaller_pages,
        Refused(BatchRejected, r"returned 2 rows per page although 3.*extra\.page_size of rs_employ to 2"),
    ),
    _case("pages-smaller-and-asked-so", _smaller_pages_asked, Loaded(ALL)),
    _case("gzip-good", lambda world: world.on(1, packed(world.page(1))), Loaded(ALL)),
    _case(
        "answer-beyond-all-measure",
        _always(body=b" " * (LARGEST + 1)),
        Refused(BatchRejected, f"exceeds {LARGEST} bytes"),
    ),
    _case(
        "rows-are-no-objects",
        _always(body=b'{"code":"0000","data":{"total":1,"rows":[7]}}'),
        Refused(BatchRejected, "no list data.rows of objects"),
    ),
    _case("nested-without-end", _always(body=b"[" * 100_000), Refused(SourceUnavailable, "not JSON", 3)),
    _case(
        "port-nobody-listens-on", _to(port=1), Refused(SourceUnavailable, rf"ConnectError\) {GIVEN_UP}", 3)
    ),
    _case(
        "https-asked-of-http", _to(schema="https"), Refused(SourceUnavailable, "no TLS connection.*schema")
    ),
    _case(
        "host-name-unknown", _to(host="nobody.invalid"), Refused(SourceUnavailable, "name is not known", 3)
    ),
    _case(
        "certificate-of-nobody",
        RestWorld.pretend,
        Refused(SourceUnavailable, r"certificate is not trusted \(self.signed certificate.*extra\.ca_file"),
    ),
    _case(
        "unusable-values",
        _bad_rows,
        Loaded(
            (ROWS, ROWS - 3, 0, 3),
            reasons=frozenset({"encoding_invalid", "control_character", "id_length"}),
        ),
    ),
]


@pytest.fixture(scope="module")
def world(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestWorld]:
    hub.environ.setattr("connectors.protocols.http.LARGEST_BODY", LARGEST)
    found = RestWorld(hub, tmp_path_factory.mktemp("tls"))
    yield found
    found.close()


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_it_has_its_named_outcome(
    case: Case, hub: Hub, world: RestWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hub.environ.setattr("connectors.protocols.rest.pull.PAGE_SIZE", PAGE)
    hub.prove(case, world, caplog)
    assert len(world.server.asked) <= 8
    assert world.pretender.asked == []

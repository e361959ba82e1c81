"""WebServices, misbehaving: a paged snapshot, and a query that is asked about one person at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

import pytest

from connectors.errors import BatchRejected, SourceUnavailable
from tests.hostile.people import PEOPLE, authorise
from tests.hostile.protocol_harness import SURNAME, Case, Hub, Loaded, Refused, id_of, names
from tests.hostile.soap_world import (
    PAGE,
    QUERY,
    ROWS,
    SNAPSHOT,
    Question,
    SoapWorld,
    fault,
    operation_of,
    result,
    wrapped,
    wsdl,
)
from tests.support.protocol_servers import Answer

pytestmark = pytest.mark.slow

ALL = (ROWS, ROWS, 0, 0)
EVERYBODY = (PEOPLE, PEOPLE, 0, 0)
ANSWERED = {"answered": PEOPLE}
BOMB = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


def _always(answer: str | Answer) -> Any:
    return lambda world: world.always(answer)


def _once(answer: str | Answer) -> Any:
    return lambda world: world.on(2, answer)


def _inner(feed_id: str, text: str, **envelope: Any) -> Answer:
    return Answer(wrapped(text, operation_of(feed_id), **envelope))


def _description(answer: Answer) -> Any:
    def behave(world: SoapWorld) -> None:
        world.description = answer

    return behave


def _hang(world: SoapWorld) -> None:
    world.connect(0.1)
    world.always(Answer(fault="hang"))


def _changed(change: Any) -> Any:
    """Each answer's envelope, changed on its way."""

    def behave(world: SoapWorld) -> None:
        world.spoil = lambda question, n, good: change(wrapped(good, operation_of(SNAPSHOT)))

    return behave


def _parts(envelope: bytes) -> bytes:
    return b"--b\r\nContent-Type: application/xop+xml; charset=UTF-8\r\n\r\n" + envelope + b"\r\n--b--\r\n"


MTOM = {"Content-Type": 'Multipart/Related; type="application/xop+xml"; boundary=b'}
_in_parts = _changed(lambda envelope: Answer(_parts(envelope), headers=MTOM))
_in_parts_cut = _changed(lambda envelope: Answer(_parts(envelope)[:-6], headers=MTOM))
GBK_DECLARED = '<?xml version="1.0" encoding="GBK"?>'


def _in_gbk(content_type: str, declaration: str) -> Any:
    return _changed(
        lambda envelope: Answer(
            (declaration + envelope.decode()).encode("gbk"), headers={"Content-Type": content_type}
        )
    )


def _one_name(name: str, *, cdata: bool = True) -> Any:
    """The name of the second of five has a character that XML cannot carry."""

    def behave(world: SoapWorld) -> None:
        rows = world.rows()
        rows[1] = rows[1].replace(f"{SURNAME}文", name)

        def spoil(question: Question, number: int, good: str) -> str | Answer:
            inner = world.page(int(question["pageNo"]), rows)
            if cdata:
                return inner
            whole = wrapped("?", operation_of(SNAPSHOT)).decode()
            return Answer(whole.replace("<![CDATA[?]]>", escape(inner).replace("&amp;#", "&#")).encode())

        world.spoil = spoil

    return behave


ONE_ASIDE = Loaded((ROWS, ROWS - 1, 0, 1), reasons=frozenset({"control_character"}))


def _order_changed(world: SoapWorld) -> None:
    rows = world.rows()
    turned = [*rows[:2], rows[3], rows[2], rows[4]]
    world.spoil = lambda question, n, good: good if n == 1 else world.page(int(question["pageNo"]), turned)


def _person(behave: Any) -> Any:
    """Spoils the answer about the third person only; the callers ask several at a time."""

    def install(world: SoapWorld) -> None:
        def spoil(question: Question, number: int, good: str) -> str:
            return str(behave(question, good)) if question["seq"] == "3" else good

        world.spoil = spoil

    return install


def _snapshot(name: str, behave: Any, outcome: Loaded | Refused) -> Case:
    return Case(f"soap-{name}", SNAPSHOT, behave, outcome)


def _query(name: str, behave: Any, outcome: Loaded | Refused) -> Case:
    return Case(f"soap-query-{name}", QUERY, behave, outcome)


def _refused(says: str) -> Refused:
    return Refused(SourceUnavailable, says, 3)


RETRIED = Loaded(ALL, retries=1)
ENVELOPE_BOMB = BOMB.encode() + wrapped("&b;", operation_of(SNAPSHOT))
CASES = [
    _snapshot("fault-once", _once(fault(200)), RETRIED),
    _snapshot("fault-always", _always(fault(200)), _refused(r"page 1: the service gave a fault")),
    _snapshot("500-with-fault-once", _once(fault(500)), RETRIED),
    _snapshot(
        "500-with-fault-always",
        _always(fault(500)),
        _refused(r"page 1: HTTP 500, the service gave a fault \(code Server\) \(4 att"),
    ),
    _snapshot("hang", _hang, _refused("ReadTimeout")),
    _snapshot("reset-once", _once(Answer(fault="reset")), RETRIED),
    _snapshot(
        "envelope-cut",
        _always(Answer(wrapped("x", "queryUnemployment")[:-40])),
        _refused(r"no well-formed XML \(\d+ bytes, line 1\): cut off"),
    ),
    _snapshot("inner-text-cut", _once("<RESULT><CODE>0000</CODE>"), RETRIED),
    _snapshot("inner-text-no-xml", _always("系统繁忙"), _refused("inner answer is not XML")),
    _snapshot(
        "html-in-200",
        _always(Answer(b"<html><body>login</body></html>")),
        _refused("the answer is a web page .login"),
    ),
    _snapshot(
        "entity-bomb-in-envelope",
        _always(Answer(ENVELOPE_BOMB)),
        Refused(BatchRejected, "declares a DOCTYPE"),
    ),
    _snapshot(
        "entity-bomb-inside",
        _always(BOMB + result([], total=0)),
        Refused(BatchRejected, "declares a DOCTYPE"),
    ),
    _snapshot(
        "other-namespace",
        _always(_inner(SNAPSHOT, result([], total=0), space="urn:other")),
        Refused(SourceUnavailable, "built otherwise than the WSDL says"),
    ),
    _snapshot(
        "return-element-missing",
        _always(Answer(wrapped("", "queryUnemployment").replace(b"return>", b"other>"))),
        Refused(SourceUnavailable, "built otherwise than the WSDL says"),
    ),
    _snapshot(
        "code-missing",
        _always("<RESULT><ROWS/></RESULT>"),
        Refused(SourceUnavailable, "code missing .*expected 0000"),
    ),
    _snapshot(
        "success-false",
        _always(result([], code="9001", msg=f"{id_of(1)}无权限")),
        Refused(SourceUnavailable, r"code 9001 \(2101.*无权限\)"),
    ),
    _snapshot("busy-once", _once(result([], code="5001")), RETRIED),
    _snapshot("total-missing", _always(result([])), Refused(BatchRejected, "page 1 has no TOTAL")),
    _snapshot(
        "partial-page", _always(result([], total=ROWS)), Refused(BatchRejected, "partial page 1: 0 rows")
    ),
    _snapshot(
        "page-repeated",
        lambda world: world.always(result(world.rows()[:PAGE], total=2 * PAGE)),
        Refused(BatchRejected, "page 2 repeats an earlier page"),
    ),
    _snapshot("order-changed-while-paging", _order_changed, Refused(BatchRejected, "the order changed")),
    _snapshot(
        "total-changed-while-paging",
        lambda world: world.on(2, result(world.rows()[PAGE:], total=ROWS + 1)),
        Refused(BatchRejected, "partial page 2"),
    ),
    _snapshot("wsdl-404", _description(Answer(status=404)), Refused(SourceUnavailable, "HTTP 404")),
    _snapshot("wsdl-503", _description(Answer(status=503)), _refused("page 1: HTTP 503")),
    _snapshot("wsdl-is-html", _description(Answer(b"<html/>")), _refused("the WSDL is a web page")),
    _snapshot(
        "wsdl-of-another-service",
        _description(Answer(wsdl("queryOther"))),
        Refused(SourceUnavailable, "no operation queryUnemployment; it offers queryOther"),
    ),
    _snapshot("empty-in-200", _always(Answer(b"")), _refused("the answer is empty")),
    _snapshot(
        "fault-of-ours",
        _always(Answer(fault(200).body.replace(b"e:Server", b"e:Client"))),
        Refused(SourceUnavailable, r"gave a fault \(code Client\): it does not take our question"),
    ),
    _snapshot(
        "500-with-fault-of-ours",
        _always(Answer(fault(500).body.replace(b"e:Server", b"e:Client.Authentication"), 500)),
        Refused(SourceUnavailable, r"gave a fault \(code Client\)"),
    ),
    _snapshot(
        "other-xml-in-200",
        _always(Answer(b"<RESULT/>")),
        Refused(SourceUnavailable, "XML and no SOAP envelope"),
    ),
    _snapshot("several-parts", _in_parts, Loaded(ALL)),
    _snapshot("several-parts-cut", _in_parts_cut, _refused("several parts .* was cut off")),
    _snapshot("answer-in-gbk-by-its-head", _in_gbk("text/xml; charset=GBK", ""), Loaded(ALL)),
    _snapshot("answer-in-gbk-by-its-declaration", _in_gbk("text/xml", GBK_DECLARED), Loaded(ALL)),
    _snapshot(
        "answer-in-gbk-under-a-default", _in_gbk("text/xml; charset=ISO-8859-1", GBK_DECLARED), Loaded(ALL)
    ),
    _snapshot("forbidden-character", _one_name("欧\x1f文"), ONE_ASIDE),
    _snapshot("forbidden-reference", _one_name("欧&#x1F;文"), ONE_ASIDE),
    _snapshot("forbidden-reference-decimal", _one_name("欧&#0031;文"), ONE_ASIDE),
    _snapshot("forbidden-reference-escaped-once", _one_name("欧&#x1F;文", cdata=False), ONE_ASIDE),
    _snapshot("forbidden-character-escaped-once", _one_name("欧\x1f文", cdata=False), ONE_ASIDE),
    _snapshot(
        "forbidden-character-outside-the-rows",
        lambda world: world.always(world.page(1, world.rows()[:2]).replace("<MSG>", "<MSG>\x0b")),
        Loaded((2, 2, 0, 0)),
    ),
    _query("fault-quotes-the-person", _always(fault(200)), _refused("gave a fault")),
    _query(
        "refusal-quotes-the-person",
        _always(result([], code="9001", msg=f"{SURNAME}文 {id_of(1)} 无权限")),
        Refused(SourceUnavailable, r"code 9001 \(\*\*\* "),
    ),
    _query(
        "reply-under-another-request",
        _person(lambda q, good: result([SoapWorld.car(q, QQBH="ga_vehicle-20200101")])),
        Loaded(
            (5, 4, 0, 1),
            reasons=frozenset({"reply_other_request"}),
            answers={"answered": 4, "no_answer": 1},
        ),
    ),
    _query(
        "reply-about-somebody-not-asked",
        _person(lambda q, good: result([SoapWorld.car(q, SFZMHM=id_of(77))])),
        Loaded((5, 4, 0, 1), reasons=frozenset({"reply_not_asked"}), answers={"answered": 4, "no_answer": 1}),
    ),
    _query(
        "person-missing-is-no-answer",
        _person(lambda q, good: result([])),
        Loaded((4, 4, 0, 0), answers={"answered": 4, "no_answer": 1}),
    ),
    _query(
        "nothing-on-record-is-none",
        _person(lambda q, good: result([], code="0001")),
        Loaded((4, 4, 0, 0), answers={"answered": 4, "none": 1}),
    ),
    _query(
        "nothing-on-record-with-a-row-is-none",
        _person(lambda q, good: result([SoapWorld.car(q, FKM="0001")], code="0001")),
        Loaded(EVERYBODY, answers={"answered": 4, "none": 1}),
    ),
    _query(
        "reply-doubled",
        _person(lambda q, good: result([SoapWorld.car(q), SoapWorld.car(q)])),
        Loaded((6, 5, 1, 0), answers=ANSWERED),
    ),
    _query(
        "one-person-never-answered",
        _person(lambda q, good: "<RESULT>"),
        Refused(SourceUnavailable, r"query 3: the inner answer is not XML .*\(4 attempts\)", 3),
    ),
]


@pytest.fixture(scope="module")
def world(hub: Hub) -> Iterator[SoapWorld]:
    authorise(hub)
    hub.environ.setattr("connectors.protocols.soap.pull.PAGE_SIZE", PAGE)
    # one caller: which of several fails first is chance
    hub.environ.setattr("connectors.protocols.soap.pull.calls_at_once_of", lambda connection, declared: 1)
    found = SoapWorld(hub)
    yield found
    found.close()


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_it_has_its_named_outcome(
    case: Case, hub: Hub, world: SoapWorld, caplog: pytest.LogCaptureFixture
) -> None:
    hub.prove(case, world, caplog)
    assert len(world.questions) <= PEOPLE + 3

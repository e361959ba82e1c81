from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from lxml import etree

from connectors.catalogue.load import load_feed
from connectors.connections import Connection
from connectors.delivery import AskedPerson, Delivery
from connectors.errors import BatchRejected, SourceUnavailable
from connectors.protocols import pull

SNAPSHOT = load_feed("social_security__unemployment_insurance")
QUERY = load_feed("public_security__vehicle")
DAY = date(2020, 5, 12)
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NS = "urn:department"


def wsdl(operation: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="{NS}" targetNamespace="{NS}">
<types><x:schema targetNamespace="{NS}" elementFormDefault="qualified">
<x:element name="{operation}"><x:complexType><x:sequence><x:element name="request" type="x:string"/>
</x:sequence></x:complexType></x:element>
<x:element name="{operation}Response"><x:complexType><x:sequence><x:element name="return" type="x:string"/>
</x:sequence></x:complexType></x:element></x:schema></types>
<message name="in"><part name="p" element="t:{operation}"/></message>
<message name="out"><part name="p" element="t:{operation}Response"/></message>
<portType name="P"><operation name="{operation}"><input message="t:in"/><output message="t:out"/></operation>
</portType><binding name="B" type="t:P"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
<operation name="{operation}"><s:operation soapAction=""/><input><s:body use="literal"/></input>
<output><s:body use="literal"/></output></operation></binding>
<service name="S"><port name="P" binding="t:B"><s:address location="http://only-inside.example/soap/here"/>
</port></service></definitions>""".encode()


def result(rows: list[str], code: str = "0000", total: int | None = None, msg: str = "") -> str:
    said = "" if total is None else f"<TOTAL>{total}</TOTAL>"
    return (
        f'<?xml version="1.0" encoding="GBK"?><RESULT><CODE>{code}</CODE><MSG>{msg}</MSG>{said}'
        f"<ROWS>{''.join(rows)}</ROWS></RESULT>"
    )


def wrapped(operation: str, inner: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{SOAP}"><e:Body>'
        f'<{operation}Response xmlns="{NS}"><return><![CDATA[{inner}]]></return></{operation}Response>'
        "</e:Body></e:Envelope>"
    ).encode()


def question(asked: Any) -> dict[str, str]:
    outer = etree.fromstring(asked.body)
    inner = outer.find(f".//{{{NS}}}request").text
    return {e.tag: e.text or "" for e in etree.fromstring(inner.encode("gbk", "xmlcharrefreplace"))}


@pytest.fixture
def serve(http_server, answer):  # type: ignore[no-untyped-def]
    """Serve the WSDL, and ``say(question, number)`` (inner text or a whole answer) for each call."""

    def _serve(operation: str, say: Any) -> list[dict[str, str]]:
        questions: list[dict[str, str]] = []
        lock = threading.Lock()

        def script(asked: Any) -> Any:
            if asked.method == "GET":
                return answer(wsdl(operation))
            assert asked.path == "/soap/here"
            with lock:
                questions.append(question(asked))
                number = len(questions)
            said = say(question(asked), number)
            return answer(wrapped(operation, said)) if isinstance(said, str) else said

        http_server.script = script
        return questions

    return _serve


@pytest.fixture
def take(http_server, retry, window, landing):  # type: ignore[no-untyped-def]
    def _take(
        feed: Any, subjects: list[AskedPerson] | None = None, connection: Connection | None = None
    ) -> Delivery:
        to = connection or http_server.connection()
        return pull(feed, DAY, window, to, landing, subjects or [], retry=retry)

    return _take


def page(asked: dict[str, str], total: int = 703, size: int = 500) -> str:
    start = (int(asked["pageNo"]) - 1) * size
    rows = [f"<ROW><GMSFHM>{n}</GMSFHM></ROW>" for n in range(start, min(start + size, total))]
    return result(rows, total=total)


def lines_of(delivery: Delivery) -> list[str]:
    return [json.loads(line) for line in delivery.parts[0].path.read_bytes().splitlines()]


def test_a_snapshot_is_read_page_by_page(take, serve) -> None:
    questions = serve("queryUnemployment", lambda asked, n: page(asked))
    delivery = take(SNAPSHOT)
    assert delivery.parts[0].rows_expected == 703
    assert [q["pageNo"] for q in questions] == ["1", "2"]
    assert {(q["asOf"], q["pageSize"]) for q in questions} == {("2020-05-12", "500")}
    assert lines_of(delivery)[0] == page({"pageNo": "1"})


def test_a_total_that_counts_too_little_is_refused(take, serve) -> None:
    serve("queryUnemployment", lambda asked, n: page(asked).replace("<TOTAL>703", "<TOTAL>500"))
    with pytest.raises(BatchRejected, match="the total is 500, and page 2 has 203 rows beyond it"):
        take(SNAPSHOT)


def test_a_full_last_page_may_be_the_last(take, serve) -> None:
    questions = serve("queryUnemployment", lambda asked, n: page(asked, total=500))
    assert take(SNAPSHOT).parts[0].rows_expected == 500
    assert [q["pageNo"] for q in questions] == ["1", "2"]


def test_a_page_with_too_few_rows_rejects_the_batch(take, serve) -> None:
    serve("queryUnemployment", lambda asked, n: page(asked).replace("<ROW><GMSFHM>7</GMSFHM></ROW>", ""))
    with pytest.raises(BatchRejected, match="partial page 1: 499 rows"):
        take(SNAPSHOT)


def test_a_server_with_smaller_pages_is_named_and_read_when_told(take, serve, http_server, pauses) -> None:
    serve("queryUnemployment", lambda asked, n: page({"pageNo": asked["pageNo"]}, 703, 100))
    with pytest.raises(
        BatchRejected, match=r"returned 100 rows per page although 500 .*extra\.page_size of rs_unemp to 100"
    ):
        take(SNAPSHOT)
    assert pauses == []
    told = replace(http_server.connection(), extra={"page_size": 100})
    assert take(SNAPSHOT, connection=told).parts[0].rows_expected == 703


@pytest.mark.parametrize("total", [None, "²", "-1", "9" * 5000])
def test_a_page_without_total_rejects_the_batch(take, serve, total) -> None:
    serve("queryUnemployment", lambda asked, n: result([], total=total))
    with pytest.raises(BatchRejected, match="no TOTAL"):
        take(SNAPSHOT)


def test_answers_stand_in_the_order_of_the_people(take, serve, people) -> None:
    def say(asked: dict[str, str], number: int) -> str:
        return result([f"<ROW><XM>{asked['name']}䶮</XM><FKM>0000</FKM></ROW>"])

    questions = serve("queryVehicle", say)
    delivery = take(QUERY, people)
    assert all(
        f"<XM>{p.full_name}䶮</XM>" in line for p, line in zip(people, lines_of(delivery), strict=True)
    )
    assert sorted(int(q["seq"]) for q in questions) == [1, 2, 3, 4, 5, 6]
    assert questions[0]["requestId"] == delivery.request_id == "ga_vehicle-20200512"
    assert delivery.parts[0].rows_expected == 6
    assert take(QUERY, people).sha256 == delivery.sha256


def test_a_name_with_markup_stays_a_name(take, serve) -> None:
    questions = serve("queryVehicle", lambda asked, n: result([]))
    take(QUERY, [AskedPerson(1, "210102198001011234", "<a>&𠮷")])
    assert questions[0]["name"] == "<a>&𠮷"


def test_passing_failures_are_retried(take, serve, answer, pauses) -> None:
    spoiled = {
        1: answer(status=500),
        2: answer(status=429, headers={"Retry-After": "9"}),
        3: result([], code="5002"),
    }
    serve("queryUnemployment", lambda asked, n: spoiled.get(n) or page(asked, 3))
    assert take(SNAPSHOT).parts[0].rows_expected == 3
    assert pauses == [0.5, 9.0, 2.0]


@pytest.mark.parametrize("broken", ["<RESULT>", "no xml at all", ""])
def test_an_inner_text_that_is_no_xml_is_retried_then_given_up(take, serve, broken, pauses) -> None:
    serve("queryUnemployment", lambda asked, n: broken)
    with pytest.raises(SourceUnavailable, match="not XML"):
        take(SNAPSHOT)
    assert len(pauses) == 3


@pytest.mark.parametrize(
    ("inner", "says"),
    [
        ("<RESULT><CODE>0000</CODE><MSG>A&B</MSG></RESULT>", r"whole and no well-formed XML \(line 1, ch"),
        ("<RESULT>\n<MSG>5 < 6</MSG></RESULT>", r"whole and no well-formed XML \(line 2, ch"),
        ("&lt;RESULT&gt;&lt;/RESULT&gt;", "escaped twice, expected once"),
        ("<RESULT><CODE>0000</CODE><CODE>5001</CODE></RESULT>", "has CODE twice; ask"),
        ("<RESULT><CODE>0000</CODE><TOTAL>0</TOTAL><TOTAL>9</TOTAL></RESULT>", "has TOTAL twice; ask"),
    ],
)
def test_an_inner_text_that_is_whole_and_wrong_is_refused_at_once(take, serve, inner, says, pauses) -> None:
    serve("queryUnemployment", lambda asked, n: inner)
    with pytest.raises(BatchRejected, match=f"page 1: the .*{says}"):
        take(SNAPSHOT)
    assert pauses == []


def test_an_answer_in_the_other_version_of_soap_is_read(take, serve, answer) -> None:
    def say(asked: dict[str, str], number: int) -> Any:
        body = wrapped("queryUnemployment", page(asked, 3))
        return answer(body.replace(SOAP.encode(), b"http://www.w3.org/2003/05/soap-envelope"))

    serve("queryUnemployment", say)
    assert take(SNAPSHOT).parts[0].rows_expected == 3


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", r"HTTP 400, no SOAP fault says why; check host and path"),
        (b"<html>", r"HTTP 400, no SOAP fault says why"),
        (b"Sender", r"HTTP 400, the service gave a fault \(code Sender\); check host"),
        (b"Receiver", r"HTTP 400, the service gave a fault \(code Receiver\)"),
    ],
)
def test_a_question_that_was_wrong_is_not_asked_again(take, serve, answer, pauses, content, says) -> None:
    space = "http://www.w3.org/2003/05/soap-envelope"
    code = f"<e:Code><e:Value>e:{content.decode()}</e:Value></e:Code>"
    fault = f'<e:Envelope xmlns:e="{space}"><e:Body><e:Fault>{code}</e:Fault></e:Body></e:Envelope>'
    body = fault.encode() if content.isalpha() else content
    serve("queryUnemployment", lambda asked, n: answer(body, 400))
    with pytest.raises(SourceUnavailable, match=says):
        take(SNAPSHOT)
    assert pauses == []


@pytest.mark.parametrize(
    ("described", "says", "times"),
    [
        (b"", r"WSDL cannot be read .*no XML, or cut off", 4),
        (wsdl("queryUnemployment")[:-30], r"WSDL cannot be read .*no XML, or cut off", 4),
        (b"<services/>", r"describes no service we can call .*extra\.wsdl", 1),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', r"describes no service we can call \(DTDForbidden", 1),
        (
            wsdl("queryUnemployment").replace(
                b"<service name", b'<import namespace="urn:x" location="http://x.invalid/b"/><service name'
            ),
            r"describes no service we can call \(RecursionError",
            1,
        ),
    ],
    ids=["empty", "cut", "list of services", "entities", "imports itself"],
)
def test_a_wsdl_of_no_use_is_named(take, http_server, answer, pauses, described, says, times) -> None:
    http_server.script = lambda asked: answer(described)
    with pytest.raises(SourceUnavailable, match=says):
        take(SNAPSHOT)
    assert len(pauses) == times - 1


def test_a_fault_does_not_repeat_the_question(take, serve, answer, people) -> None:
    fault = (
        f'<e:Envelope xmlns:e="{SOAP}"><e:Body><e:Fault><faultcode>e:Server</faultcode>'
        "<faultstring>210102198001011234</faultstring></e:Fault></e:Body></e:Envelope>"
    )
    serve("queryVehicle", lambda asked, n: answer(fault.encode()))
    with pytest.raises(SourceUnavailable, match=r"gave a fault \(code Server\) \(4 attempts\)") as caught:
        take(QUERY, people[:1])
    assert "210102" not in str(caught.value)


def test_an_entity_bomb_is_refused_unexploded(take, serve) -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><RESULT><CODE>0000</CODE>&b;</RESULT>'
    serve("queryUnemployment", lambda asked, n: bomb)
    with pytest.raises(BatchRejected, match="DOCTYPE"):
        take(SNAPSHOT)


def test_a_refusal_code_is_told_and_masked(take, serve, people, pauses) -> None:
    serve("queryVehicle", lambda asked, n: result([], code="9001", msg="210102198001011234无权限"))
    with pytest.raises(SourceUnavailable, match=r"code 9001 \(210102\*+1234无权限\)"):
        take(QUERY, people)
    assert pauses == []


def test_a_missing_operation_is_not_a_traceback(take, serve) -> None:
    serve("somethingElse", lambda asked, n: "")
    with pytest.raises(SourceUnavailable, match="queryUnemployment"):
        take(SNAPSHOT)


def test_nobody_to_ask_sends_nothing(take, http_server) -> None:
    assert take(QUERY).parts == ()
    assert http_server.asked == []

"""A WebService that answers well until a case spoils it: a paged snapshot, and a query about persons."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

from lxml import etree

from connectors.catalogue import load_feed
from connectors.connections import Connection
from tests.hostile.protocol_harness import LOGIN, PASSWORD, SURNAME, Hub, id_of
from tests.support.protocol_servers import Answer, Asked, HttpServer

SNAPSHOT = "social_security__unemployment_insurance"
QUERY = "public_security__vehicle"
PAGE = 3
ROWS = 5
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
SPACE = "urn:department"
_OPERATIONS = {"rs_unemp": "queryUnemployment", "ga_vehicle": "queryVehicle"}
Question = dict[str, str]
#: Given the question, its number within the case (from 1) and the good inner answer.
Spoil = Callable[[Question, int, str], str | Answer]


def wsdl(operation: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="{SPACE}" targetNamespace="{SPACE}">
<types><x:schema targetNamespace="{SPACE}" elementFormDefault="qualified">
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
<service name="S"><port name="P" binding="t:B"><s:address location="http://only-inside.example/call"/>
</port></service></definitions>""".encode()


def result(rows: list[str], code: str = "0000", total: int | None = None, msg: str = "") -> str:
    said = "" if total is None else f"<TOTAL>{total}</TOTAL>"
    return f"<RESULT><CODE>{code}</CODE><MSG>{msg}</MSG>{said}<ROWS>{''.join(rows)}</ROWS></RESULT>"


def wrapped(inner: str, operation: str, space: str = SPACE) -> bytes:
    return (
        f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Body><{operation}Response xmlns="{space}">'
        f"<return><![CDATA[{inner}]]></return></{operation}Response></e:Body></e:Envelope>"
    ).encode()


def fault(status: int) -> Answer:
    """A fault that repeats whom it was asked about."""
    body = f"<faultcode>e:Server</faultcode><faultstring>{id_of(1)} {SURNAME}</faultstring>"
    text = f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Body><e:Fault>{body}</e:Fault></e:Body></e:Envelope>'
    return Answer(text.encode(), status)


def row(**values: str) -> str:
    return "<ROW>" + "".join(f"<{name}>{value}</{name}>" for name, value in values.items()) + "</ROW>"


class SoapWorld:
    """Five unemployed; a car for everybody asked about. ``spoil`` is what a case does to the answers."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.server = HttpServer()
        self.server.script = self._answer
        self._lock = threading.Lock()

    def begin(self, day: date) -> None:
        self.day = day
        self.server.asked.clear()
        self.questions: list[Question] = []
        self.description: Answer | None = None
        self.spoil: Spoil = lambda question, number, good: good
        self.connect(5)

    def connect(self, timeout: float) -> None:
        for connection_id in _OPERATIONS:
            port, extra = self.server.port, {"timeout": timeout}
            self.hub.connect(
                connection_id, Connection("http", "127.0.0.1", port, LOGIN, PASSWORD, "http", extra)
            )

    def rows(self) -> list[str]:
        return [
            row(GMSFHM=id_of(n), XM=f"{SURNAME}文", SYJE="900.00", KSNY=f"{self.day:%Y%m}", JSNY="")
            for n in range(ROWS)
        ]

    def page(self, number: int, rows: list[str] | None = None) -> str:
        rows = self.rows() if rows is None else rows
        return result(rows[(number - 1) * PAGE : number * PAGE], total=len(rows))

    @staticmethod
    def car(question: Question, **changed: str) -> str:
        values = {
            "QQBH": question["requestId"],
            "SFZMHM": question["idNumber"],
            "XM": question["name"],
            "HPHM": f"辽A{question['seq']}",
            "FKM": "0000",
        }
        return row(**(values | changed))

    def _answer(self, asked: Asked) -> Answer:
        if asked.method == "GET":
            operation = _OPERATIONS[asked.path.rpartition("/")[2]]
            return self.description or Answer(wsdl(operation))
        call = etree.fromstring(asked.body).find(f"{{{ENVELOPE}}}Body/*")
        operation = etree.QName(call).localname
        inner = call.findtext(f"{{{SPACE}}}request").partition("?>")[2]
        question = {e.tag: e.text or "" for e in etree.fromstring(inner)}
        with self._lock:
            self.questions.append(question)
            number = len(self.questions)
        snapshot = operation == "queryUnemployment"
        good = self.page(int(question["pageNo"])) if snapshot else result([self.car(question)])
        said: Any = self.spoil(question, number, good)
        return said if isinstance(said, Answer) else Answer(wrapped(said, operation))

    def on(self, number: int, answer: str | Answer) -> None:
        self.spoil = lambda question, n, good: answer if n == number else good

    def always(self, answer: str | Answer) -> None:
        self.spoil = lambda question, n, good: answer

    def close(self) -> None:
        self.server.close()


def operation_of(feed_id: str) -> str:
    return load_feed(feed_id).tables[0].source.operation or ""

"""Serves WebServices: a WSDL per connection, XML text in, XML text in CDATA out; the text calls itself
GBK.
"""

from __future__ import annotations

import base64
import hmac
from datetime import date
from threading import Lock
from xml.sax.saxutils import escape

from lxml import etree
from starlette.responses import Response

from connectors.catalogue.model import Feed, Table
from sandbox.render.markup import records, result
from sandbox.render.sheet import sheet_of
from sandbox.server.key_store import Keys
from sandbox.server.store import Store

MOST_ROWS = 500
#: Stands in prepared records where the request's own number comes.
_REQUEST_ID, _SEQ = "@@REQUEST@@", "@@SEQ@@"
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>{body}</soap:Body>'
    "</soap:Envelope>"
)
_WSDL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns="{space}" targetNamespace="{space}" name="Query">
<types><xs:schema targetNamespace="{space}" elementFormDefault="unqualified">{elements}</xs:schema></types>
{messages}<portType name="QueryPort">{operations}</portType>
<binding name="QueryBinding" type="tns:QueryPort">
<soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>{bound}</binding>
<service name="QueryService"><port name="QueryPort" binding="tns:QueryBinding">
<soap:address location="{address}"/></port></service>
</definitions>"""
_ELEMENT = (
    '<xs:element name="{name}"><xs:complexType><xs:sequence>'
    '<xs:element name="{field}" type="xs:string"/></xs:sequence></xs:complexType></xs:element>'
)
_MESSAGE = '<message name="{name}"><part name="parameters" element="tns:{name}"/></message>'
_OPERATION = (
    '<operation name="{name}"><input message="tns:{name}"/><output message="tns:{name}Response"/></operation>'
)
_BOUND = (
    '<operation name="{name}"><soap:operation soapAction=""/><input><soap:body use="literal"/></input>'
    '<output><soap:body use="literal"/></output></operation>'
)


class Services:
    """Answers for every SOAP feed. Blocking; called from worker threads."""

    def __init__(self, store: Store, keys: Keys) -> None:
        self._store = store
        self._keys = keys
        self._people: dict[tuple[str, date], dict[str, list[str]]] = {}
        self._lock = Lock()
        self._feeds: dict[str, dict[str, tuple[Feed, Table]]] = {}
        for feed in store.catalogue.values():
            if feed.protocol == "soap":
                operations = self._feeds.setdefault(feed.connection_id, {})
                operations.update({table.source.operation or "": (feed, table) for table in feed.tables})
        store.on_change(lambda _: self._people.clear())

    def admits(self, connection_id: str, authorization: str | None) -> bool:
        """Tells whether HTTP basic authentication fits the connection."""
        pair = f"{self._keys.login(connection_id)}:{self._keys.password(connection_id)}"
        expected = "Basic " + base64.b64encode(pair.encode()).decode()
        return hmac.compare_digest(expected.encode(), (authorization or "").encode())

    def wsdl(self, connection_id: str, base: str) -> Response | None:
        """Returns the WSDL of a connection, or None for an unknown one."""
        names = sorted(self._feeds.get(connection_id, {}))
        if not names:
            return None
        text = _WSDL.format(
            space=f"http://service.{connection_id.replace('_', '-')}.shenyang/",
            elements="".join(
                _ELEMENT.format(name=n, field="request")
                + _ELEMENT.format(name=f"{n}Response", field="return")
                for n in names
            ),
            messages="".join(_MESSAGE.format(name=n) + _MESSAGE.format(name=f"{n}Response") for n in names),
            operations="".join(_OPERATION.format(name=n) for n in names),
            bound="".join(_BOUND.format(name=n) for n in names),
            address=f"{base}/soap/{connection_id}",
        )
        return _xml(text)

    def call(self, connection_id: str, body: bytes) -> Response:
        """Answers one SOAP call."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            envelope = etree.fromstring(body, parser)
            call = next(envelope.iterfind("{http://schemas.xmlsoap.org/soap/envelope/}Body/*"))
            name = etree.QName(call)
            feed, table = self._feeds[connection_id][name.localname]
            asked = _fields("".join(call.xpath("*[local-name()='request']/text()")), parser)
        except (etree.XMLSyntaxError, StopIteration, KeyError):
            return _fault("请求格式错误")
        inner = self._answer(feed, table, asked)
        content = (
            f'<r:{name.localname}Response xmlns:r="{name.namespace}"><return><![CDATA[{inner}]]></return>'
        )
        return _xml(_ENVELOPE.format(body=f"{content}</r:{name.localname}Response>"))

    def _answer(self, feed: Feed, table: Table, asked: dict[str, str]) -> str:
        if self._store.first_call(feed.feed_id):
            return result([], code="5001", message="系统繁忙，请稍后重试")
        try:
            day = min(date.fromisoformat(asked["asOf"]), self._store.as_of)
            if feed.request:
                found = self._person(feed, table, day, asked)
                return _as_gbk(result(found))
            return _as_gbk(self._page(feed, table, day, int(asked["pageNo"]), int(asked["pageSize"])))
        except (KeyError, ValueError):
            return result([], code="4004", message="请求参数错误")

    def _person(self, feed: Feed, table: Table, day: date, asked: dict[str, str]) -> list[str]:
        prepared = self._prepared(feed, table, day).get(asked["idNumber"], [])
        request_id, seq = escape(asked["requestId"]), escape(asked.get("seq", ""))
        return [record.replace(_REQUEST_ID, request_id).replace(_SEQ, seq) for record in prepared]

    def _prepared(self, feed: Feed, table: Table, day: date) -> dict[str, list[str]]:
        """Makes the records of that day for everybody once: thousands of calls each ask for one person."""
        with self._store.feed_lock(feed.feed_id):
            key = (feed.feed_id, day)
            with self._lock:
                if key in self._people:
                    return self._people[key]
            text = self._store.text(feed, table, day)
            marked = {"request_id": _REQUEST_ID, "sequence_no": _SEQ}
            for column in table.columns:
                if column.name in marked:
                    text = text.with_columns(
                        text[column.name]
                        .clear()
                        .extend_constant(marked[column.name], text.height)
                        .alias(column.name)
                    )
            sheet = sheet_of(feed, table, text, day, self._store.habits(feed.feed_id))
            people: dict[str, list[str]] = {}
            for person, record in zip(sheet.asked, records(sheet, _record_tag(feed)), strict=True):
                people.setdefault(person or "", []).append(record)
            with self._lock:
                if len(self._people) > 4:
                    self._people.clear()
                self._people[key] = people
            return people

    def _page(self, feed: Feed, table: Table, day: date, number: int, size: int) -> str:
        if not 1 <= size <= MOST_ROWS or number < 1:
            raise ValueError("pageSize")
        habits = self._store.habits(feed.feed_id)
        sheet = sheet_of(feed, table, self._store.text(feed, table, day), day, habits)
        items = records(sheet, _record_tag(feed))
        page = items[(number - 1) * size : number * size]
        return result(page[:-1] if "partial_page" in habits else page, total=len(items))


def _record_tag(feed: Feed) -> str:
    return (feed.format.record if feed.format else None) or "ROW"


def _as_gbk(text: str) -> str:
    """Returns the text as it survives GBK; a mark of damage stays one."""
    parts = text.split("\ufffd")
    return "\ufffd".join(part.encode("gbk", errors="replace").decode("gbk") for part in parts)


def _fields(request: str, parser: etree.XMLParser) -> dict[str, str]:
    """Parses ``<REQUEST><asOf>..</asOf>..</REQUEST>`` into a dict; its declared encoding is ignored."""
    text = request.strip()
    if text.startswith("<?xml"):
        text = text.partition("?>")[2]
    return {str(child.tag): child.text or "" for child in etree.fromstring(text, parser)}


def _xml(text: str) -> Response:
    return Response(text.encode("utf-8"), media_type="text/xml; charset=utf-8")


def _fault(message: str) -> Response:
    fault = f"<soap:Fault><faultcode>soap:Client</faultcode><faultstring>{message}</faultstring></soap:Fault>"
    response = _xml(_ENVELOPE.format(body=fault))
    response.status_code = 500
    return response

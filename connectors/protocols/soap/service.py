"""Calls one operation of a department's WebService: its WSDL, the call, and the code inside the answer."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import zeep
from lxml import etree
from zeep.exceptions import Error as ZeepError
from zeep.exceptions import XMLSyntaxError as ZeepSyntaxError

from connectors.catalogue.model import Feed
from connectors.decode.readers.xml import replace_forbidden
from connectors.errors import BatchRejected, SourceUnavailable
from connectors.masking import mask_quoted
from connectors.protocols.http import Reply, exchange, fetch
from connectors.protocols.retry import Retry, Transient
from connectors.protocols.soap.answer import DECLARATION, FAULT, envelope_of, refuse_page, refuse_whole

#: The statuses that SOAP sends its faults with: 1.2 has one of its own for a question that was wrong.
_FAULTS = frozenset({400, 500})
#: What the library raises, among others, for a document that is built otherwise than it expects.
_BUILT_OTHERWISE = (AttributeError, LookupError, TypeError, ValueError)


class _Transport:
    """Gives zeep a transport over httpx: bounded, timed, without a cache on disk."""

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
        return _Answer(_in_version_of(envelope, envelope_of(self._feed_id, reply)))

    def _failed(self, reply: Reply) -> Exception:
        """Explains a status with which SOAP sends its faults."""
        if reply.status == 400:
            return self._not_ours(reply)
        try:
            envelope_of(self._feed_id, reply)
        except SourceUnavailable as error:
            if FAULT in str(error):
                return error
        except (Transient, BatchRejected) as error:
            if FAULT in str(error):
                return Transient(f"HTTP {reply.status}, {error}")
        return Transient(f"HTTP {reply.status}")

    def _not_ours(self, reply: Reply) -> Exception:
        """Explains a status 400: our question is at fault, whether SOAP says so or not."""
        told = "no SOAP fault says why"
        try:
            envelope_of(self._feed_id, reply)
        except (Transient, SourceUnavailable, BatchRejected) as error:
            if FAULT in str(error):
                told = str(error).removeprefix(f"{self._feed_id}: ").partition(":")[0]
        return SourceUnavailable(
            self._feed_id,
            f"HTTP 400, {told}; check host and path of the connection and the WSDL, or ask the publisher",
        )

    def _own_host(self, url: str) -> str:
        """Returns the URL on the connection's host: a WSDL often names a host that exists only on their
        side.
        """
        base = self._client.base_url
        return urlunsplit(urlsplit(url)._replace(scheme=base.scheme, netloc=base.netloc.decode()))


def _in_version_of(question: Any, answer: bytes) -> bytes:
    """Returns the answer in the SOAP version of the question: some servers know only one, whatever their WSDL
    says.
    """
    space = etree.QName(question).namespace
    root = etree.fromstring(answer)
    theirs = etree.QName(root).namespace
    if theirs == space:
        return answer
    for element in (root, *root):
        if etree.QName(element).namespace == theirs:
            element.tag = f"{{{space}}}{etree.QName(element).localname}"
    return bytes(etree.tostring(root, encoding="utf-8"))


@dataclass(frozen=True)
class _Answer:
    """The parts of an HTTP response that zeep reads."""

    content: bytes
    status_code: int = 200
    encoding: str = "utf-8"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/xml; charset=utf-8"})


@dataclass
class Service:
    """One operation of one WSDL. zeep clients are not shared between threads: each thread has its own."""

    feed: Feed
    operation: str
    url: str
    http: httpx.Client
    retry: Retry
    _local: threading.local = field(default_factory=threading.local)

    def ask(self, doing: str, request: str, name: str = "") -> tuple[str, etree._Element]:
        """Returns the inner XML text and its root, with CODE checked.

        ``name`` is that of the person asked about.
        """
        return self.retry.call(self.feed.feed_id, doing, partial(self._attempt, doing, request, name))

    def _attempt(self, doing: str, request: str, name: str) -> tuple[str, etree._Element]:
        service = self._described()
        if self.operation not in service._operations:
            raise SourceUnavailable(
                self.feed.feed_id,
                f"the WSDL offers no operation {self.operation}; it offers "
                f"{', '.join(sorted(service._operations))}. Ask the publisher",
            )
        try:
            text = service[self.operation](request=request)
        except (ZeepError, etree.LxmlError, *_BUILT_OTHERWISE) as error:
            # the library's words may repeat the answer, and the answer names a person
            raise SourceUnavailable(
                self.feed.feed_id,
                f"{doing}: the answer's envelope is built otherwise than the WSDL says "
                f"({type(error).__name__}); ask the publisher",
            ) from None
        return str(text or ""), _result(self.feed, doing, str(text or ""), name)

    def _described(self) -> Any:
        """Returns the operations that the WSDL describes."""
        try:
            return self._client().service
        except (ZeepSyntaxError, etree.XMLSyntaxError) as error:
            raise Transient(f"the WSDL cannot be read ({type(error).__name__}): no XML, or cut off") from None
        except (ZeepError, etree.LxmlError, RecursionError, *_BUILT_OTHERWISE) as error:
            raise SourceUnavailable(
                self.feed.feed_id,
                f"the WSDL is XML and describes no service we can call ({type(error).__name__}); check "
                "extra.wsdl of the connection, ask the publisher",
            ) from None

    def _client(self) -> Any:
        if not hasattr(self._local, "client"):
            settings = zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, xml_huge_tree=False)
            transport = _Transport(self.feed.feed_id, self.http)
            self._local.client = zeep.Client(self.url, transport=transport, settings=settings)
        return self._local.client


def _result(feed: Feed, doing: str, text: str, name: str) -> etree._Element:
    """Returns the root of an inner answer. Entities are refused, not resolved: XML bombs use them."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BatchRejected(
            feed.feed_id, f"{doing}: the answer declares a DOCTYPE, which is never agreed; ask the publisher"
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    bare = DECLARATION.sub("", text.lstrip("\ufeff"), count=1)
    try:
        root = etree.fromstring(replace_forbidden(bare), parser)
    except etree.XMLSyntaxError as error:
        refuse_whole(feed.feed_id, bare, error, f"{doing}: the inner answer")
        if bare.lstrip().startswith("&lt;"):
            raise BatchRejected(
                feed.feed_id, f"{doing}: the inner answer is escaped twice, expected once; ask the publisher"
            ) from None
        what = "not XML" if text.strip() else "empty, not XML"
        raise Transient(f"the inner answer is {what} ({len(text)} characters)") from error
    for name_of_one in ("CODE", "TOTAL"):
        if len(root.findall(name_of_one)) > 1:
            raise BatchRejected(
                feed.feed_id, f"{doing}: the answer has {name_of_one} twice; ask the publisher which counts"
            )
    code = (root.findtext("CODE") or "").strip()
    if code == "0000" or (code == "0001" and feed.request):
        return root
    message = f"code {code or 'missing'} ({mask_quoted(root.findtext('MSG') or '', [name])[:200]})"
    if code.startswith("5"):
        raise Transient(message)
    raise SourceUnavailable(feed.feed_id, f"{doing}: {message}, expected 0000; ask the publisher")

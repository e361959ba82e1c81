"""Returns the envelope of a SOAP answer as clean text, whatever it came wrapped in, or explains why it is
none.

**Charset**: a byte order mark counts first. Then Content-Type, then the XML declaration, else UTF-8. If the
two differ, UTF-8 counts if one of them names it and the bytes fit; else the first one that the bytes fit.
ISO-8859-1 and US-ASCII do not count: they are the defaults of servers that were not configured. A byte that
does not fit costs its row.

**Characters XML cannot carry** cost their row as in files: they become the sentinel before all parsing.
"""

from __future__ import annotations

import codecs
import re
from urllib.parse import unquote

from lxml import etree

from connectors.decode.readers.blocks import refuse_utf8
from connectors.decode.readers.xml import replace_forbidden
from connectors.errors import BatchRejected, SourceUnavailable
from connectors.protocols.charset import codec_of
from connectors.protocols.http import Reply
from connectors.protocols.retry import Transient
from connectors.protocols.soap.multipart import Part, multipart_type, parameter, parts_of

FAULT = "the service gave a fault"
_SPACES = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_FIRST = re.compile(r"\s*(?:<!--.*?-->\s*)?<([\w.:-]+)", re.DOTALL)
_PAGE = re.compile(r"\s*(?:<!--.{0,2000}?-->\s*)?<(?:!DOCTYPE\s+html|html)\b", re.IGNORECASE | re.DOTALL)
#: Faults that say the question was wrong: the same question gets them again.
_OUR_FAULTS = frozenset(
    {
        *("Client", "Sender", "VersionMismatch", "MustUnderstand", "DataEncodingUnknown"),
        # of WS-Security: four wrong logins lock an account
        *("FailedAuthentication", "FailedCheck", "InvalidSecurity", "InvalidSecurityToken"),
        *("UnsupportedSecurityToken", "UnsupportedAlgorithm", "MessageExpired"),
    }
)
_THEIR_FAULTS = frozenset({"Server", "Receiver"})


def envelope_of(feed_id: str, reply: Reply) -> bytes:
    """Returns the envelope in UTF-8, without what XML cannot carry, with its attachments put in.

    Raises ``Transient`` for a web page, an empty or a cut answer and a fault of the server;
    ``SourceUnavailable`` for a fault of ours and other XML; ``BatchRejected`` for what is never agreed.
    """
    part = Part(reply.body, reply.content_type, "")
    parts: list[Part] = []
    several = multipart_type(reply.body, reply.content_type)
    if several:
        part, parts = parts_of(feed_id, reply.body, several)
    text = text_of(feed_id, part.body, part.content_type)
    if not text.strip():
        raise Transient("the answer is empty: HTTP says all is well, and there is no SOAP envelope")
    refuse_page(text, "the answer")
    root = _root(feed_id, text, len(part.body))
    _refuse_fault(feed_id, root)
    _include(feed_id, root, parts)
    _refuse_elements(feed_id, root)
    return bytes(etree.tostring(root, encoding="utf-8"))


def refuse_page(text: str, what: str) -> None:
    """Raises ``Transient`` for a web page: a login or a maintenance page stands where the answer should."""
    if _PAGE.match(DECLARATION.sub("", text, count=1)):
        raise Transient(f"{what} is a web page (login? maintenance?), no SOAP answer")


def refuse_whole(feed_id: str, text: str, error: etree.XMLSyntaxError, what: str) -> None:
    """Raises ``BatchRejected`` for bad XML that ends as it should: it was not cut off, the same comes
    again.
    """
    begins = _FIRST.match(text)
    if begins and re.search(rf"</{re.escape(begins[1])}\s*>\s*\Z", text):
        line, column = error.position
        raise BatchRejected(
            feed_id,
            f"{what} is whole and no well-formed XML (line {line}, character {column}; a bare & or < in a "
            "value?); nothing was loaded, ask the publisher",
        ) from None


def _root(feed_id: str, text: str, size: int) -> etree._Element:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BatchRejected(
            feed_id, "the answer's envelope declares a DOCTYPE, which is never agreed; ask the publisher"
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    try:
        root = etree.fromstring(replace_forbidden(text).encode(), parser)
    except etree.XMLSyntaxError as error:
        refuse_whole(feed_id, text, error, "the answer's envelope")
        raise Transient(
            f"the answer is no well-formed XML ({size} bytes, line {error.lineno}): cut off, or no SOAP"
        ) from None
    if root.tag not in [f"{{{space}}}Envelope" for space in _SPACES]:
        raise SourceUnavailable(
            feed_id,
            "the answer is XML and no SOAP envelope; check host and path of the connection, or ask the "
            "publisher",
        )
    return root


def _refuse_fault(feed_id: str, root: etree._Element) -> None:
    """Raises the meaning of a SOAP fault. Only its code is repeated: its text may name a person."""
    for space in _SPACES:
        fault = root.find(f"{{{space}}}Body/{{{space}}}Fault")
        if fault is None:
            continue
        fault_code = fault.findtext("faultcode") or fault.findtext(f"{{{space}}}Code/{{{space}}}Value") or ""
        code = fault_code.strip().rpartition(":")[2].partition(".")[0]
        if code in _OUR_FAULTS:
            raise SourceUnavailable(
                feed_id,
                f"{FAULT} (code {code}): it does not take our question; check the WSDL and the login, ask "
                "the publisher",
            )
        raise Transient(f"{FAULT} (code {code if code in _THEIR_FAULTS else 'of its own'})")


def _include(feed_id: str, root: etree._Element, parts: list[Part]) -> None:
    """Puts the text of an attachment where the envelope refers to it (XOP)."""
    by_name = {part.name: part for part in parts if part.name}
    for reference in list(root.iter(_INCLUDE)):
        name = unquote(str(reference.get("href") or "").removeprefix("cid:"))
        holder = reference.getparent()
        if holder is None or len(holder) != 1 or name not in by_name:
            raise BatchRejected(
                feed_id,
                "the answer refers to a part (xop:Include) that it does not have, or not in place of a text; "
                "nothing was loaded, ask the publisher",
            )
        part = by_name[name]
        holder.remove(reference)
        holder.text = replace_forbidden(text_of(feed_id, part.body, part.content_type))


def _refuse_elements(feed_id: str, root: etree._Element) -> None:
    """Raises ``BatchRejected`` where elements stand in place of the agreed text: it would count as empty."""
    for space in _SPACES:
        for holder in root.iterfind(f"{{{space}}}Body/*/*"):
            if len(holder):
                raise BatchRejected(
                    feed_id,
                    "the answer's envelope holds elements where a text is agreed (XML inside XML, not "
                    "escaped); nothing was loaded, ask the publisher",
                )


def text_of(feed_id: str, body: bytes, content_type: str) -> str:
    """Returns the text of an XML document, in the charset that counts (see above), without its
    declaration.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _without_declaration(body[len(mark) :].decode(encoding, errors="replace"))
    named = _DECLARED.match(body[:400])
    said = [codec_of(parameter(content_type, "charset")), codec_of(named[1].decode() if named else None)]
    encodings = [encoding for encoding in said if encoding] or ["utf-8"]
    encodings.sort(key=lambda encoding: encoding != "utf-8")
    fitting = next((encoding for encoding in encodings if _fits(body, encoding)), encodings[0])
    refuse_utf8(body, fitting, "the answer", feed_id)
    return _without_declaration(body.decode(fitting, errors="replace"))


def _without_declaration(text: str) -> str:
    return DECLARATION.sub("", text, count=1).lstrip()


def _fits(body: bytes, encoding: str) -> bool:
    try:
        body.decode(encoding)
    except UnicodeError:
        return False
    return True

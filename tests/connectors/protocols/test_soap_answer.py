"""What a SOAP answer may come wrapped in: parts, charsets, characters XML cannot carry."""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Callable
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.decode.text import SENTINEL
from connectors.errors import BatchRejected, SourceUnavailable
from connectors.protocols.http import Reply
from connectors.protocols.retry import Transient
from connectors.protocols.soap.answer import envelope_of
from connectors.protocols.soap.multipart import parts_of

SPACE = "http://schemas.xmlsoap.org/soap/envelope/"
SPACE_12 = "http://www.w3.org/2003/05/soap-envelope"
NAME = "欧阳文"
XOP = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:{}"/>'


def envelope(inner: str = escape(f"<XM>{NAME}</XM>"), declaration: str = "", space: str = SPACE) -> str:
    body = f"<e:Body><r><return>{inner}</return></r></e:Body>"
    return f'{declaration}<e:Envelope xmlns:e="{space}">{body}</e:Envelope>'


def inner_of(body: bytes, content_type: str = "text/xml") -> str:
    root = etree.fromstring(envelope_of("a__b", Reply(body, 200, content_type)))
    return root.findtext(".//return") or ""


def declared(encoding: str) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>\n'


@pytest.mark.parametrize(
    ("content_type", "declaration", "encoding"),
    [
        ("text/xml", "", "utf-8"),
        ("", "", "utf-8"),
        ("text/xml; charset=utf-8", "", "utf-8"),
        ('text/xml; charset="UTF-8"', "utf-8", "utf-8"),
        ("text/xml; charset=GBK", "", "gbk"),
        ("text/xml; charset=gb2312", "GB2312", "gbk"),
        ("text/xml;charset='gb18030'", "", "gb18030"),
        ("text/xml", "GBK", "gbk"),
        ("text/xml", "gb18030", "gb18030"),
        # where the two differ, the bytes decide
        ("text/xml; charset=utf-8", "GBK", "gbk"),
        ("text/xml; charset=utf-8", "GBK", "utf-8"),
        ("text/xml; charset=GBK", "UTF-8", "gbk"),
        ("text/xml; charset=GBK", "UTF-8", "utf-8"),
        # a server that was told nothing says so
        ("text/xml; charset=ISO-8859-1", "", "utf-8"),
        ("text/xml; charset=ISO-8859-1", "GBK", "gbk"),
        ("text/xml; charset=us-ascii", "UTF-8", "utf-8"),
        ("text/xml; charset=windows-1252", "gb2312", "gbk"),
        ("text/xml; charset=nobody-knows", "GBK", "gbk"),
        ("text/xml; charset=", "GBK", "gbk"),
        # a byte order mark counts first
        ("text/xml; charset=GBK", "GBK", "utf-8-sig"),
        ("text/xml", "", "utf-16"),
        ("text/xml; charset=utf-8", "UTF-16", "utf-16"),
        ("text/xml; charset=utf-16le", "", "utf-16-le"),
        ("text/xml; charset=big5", "", "big5"),
    ],
)
def test_the_charset_that_counts(content_type: str, declaration: str, encoding: str) -> None:
    text = envelope(declaration=declared(declaration) if declaration else "")
    if encoding == "big5":
        text = text.replace(NAME, "歐陽文")
    body = text.encode(encoding)
    assert inner_of(body, content_type) in (f"<XM>{NAME}</XM>", "<XM>歐陽文</XM>")


def test_utf_8_that_all_say_is_gbk_is_refused() -> None:
    body = envelope(escape(f"<XM>{NAME * 4}</XM>"), declared("GBK")).encode()
    with pytest.raises(BatchRejected, match="the answer is UTF-8, the declaration says gb18030; ask"):
        inner_of(body, "text/xml; charset=GBK")


def test_a_byte_of_no_charset_costs_its_row_only() -> None:
    body = envelope().encode().replace("文".encode(), b"\xff")
    assert inner_of(body) == "<XM>欧阳\ufffd</XM>"


@pytest.mark.parametrize("code", [*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])
def test_no_character_xml_cannot_carry_comes_through(code: int) -> None:
    damaged = f"<XM>欧{SENTINEL}文</XM>"
    written = f"<XM>欧{chr(code)}文</XM>"
    for inner in (escape(written), f"<![CDATA[{written}]]>"):
        assert inner_of(envelope(inner).encode()) == damaged
        assert inner_of(envelope(inner, declared("gb18030")).encode("gb18030")) == damaged
    for reference in (f"&#{code};", f"&#{code:05};", f"&#x{code:X};", f"&#x{code:04x};"):
        assert inner_of(envelope(escape("<XM>欧?文</XM>").replace("?", reference)).encode()) == damaged
        # escaped twice, it is for the inner document to read; where that is CDATA it is the same
        twice = f"<XM>欧{reference}文</XM>"
        assert inner_of(envelope(escape(twice)).encode()) in (twice, damaged)
        assert inner_of(envelope(f"<![CDATA[{twice}]]>").encode()) == damaged


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_an_envelope_of_which_nothing_but_the_forbidden_is_lost(text: str) -> None:
    found = inner_of(envelope(escape(text)).encode())
    expected = text.replace("\r\n", "\n").replace("\r", "\n")
    assert len(found) == len(expected)
    assert all(f in (e, SENTINEL) for f, e in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("body", "error", "says"),
    [
        ("", Transient, "the answer is empty"),
        ("\n ", Transient, "the answer is empty"),
        (declared("utf-8"), Transient, "the answer is empty"),
        ("<html><body>登录</body></html>", Transient, "web page"),
        ('<!DOCTYPE html><html lang="zh">', Transient, "web page"),
        (
            '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x"><html/>',
            Transient,
            "web p",
        ),
        ("<!-- nginx --><HTML><HEAD>", Transient, "web page"),
        ("系统繁忙", Transient, "no well-formed XML"),
        (envelope()[:-9], Transient, r"no well-formed XML \(\d+ bytes, line 1\): cut off"),
        ('{"code":"0000"}', Transient, "no well-formed XML"),
        # whole, and the same comes again
        (envelope("canary & 1"), BatchRejected, r"envelope is whole and no well-formed XML \(line 1, char"),
        (envelope("\ncanary <5"), BatchRejected, r"no well-formed XML \(line 2, char"),
        (envelope("<a></b>"), BatchRejected, "no well-formed XML"),
        (envelope("<RESULT><CODE>0000</CODE></RESULT>"), BatchRejected, "elements where a text is agreed"),
        ("<RESULT/>", SourceUnavailable, "XML and no SOAP envelope"),
        ("<Envelope/>", SourceUnavailable, "XML and no SOAP envelope"),
        (envelope(space="urn:other"), SourceUnavailable, "XML and no SOAP envelope"),
        ("<!DOCTYPE r [<!ENTITY a 'a'>]>" + envelope("&a;"), BatchRejected, "declares a DOCTYPE"),
    ],
)
def test_what_is_no_envelope_is_named(body: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        inner_of(body.encode())


def fault(code: str, space: str = SPACE) -> bytes:
    said = f"<faultcode>{code}</faultcode><faultstring>canary</faultstring>"
    if space == SPACE_12:
        said = f"<e:Code><e:Value>{code}</e:Value></e:Code><e:Reason>canary</e:Reason>"
    return f'<e:Envelope xmlns:e="{space}"><e:Body><e:Fault>{said}</e:Fault></e:Body></e:Envelope>'.encode()


@pytest.mark.parametrize(
    ("body", "error", "says"),
    [
        (fault("e:Server"), Transient, "code Server"),
        (fault("Server.Busy"), Transient, "code Server"),
        (fault("e:Receiver", SPACE_12), Transient, "code Receiver"),
        (fault("ORA-canary"), Transient, "code of its own"),
        (fault(""), Transient, "code of its own"),
        (fault("e:Client"), SourceUnavailable, "code Client"),
        (fault("soap:Client.Authentication"), SourceUnavailable, "code Client"),
        (fault("e:MustUnderstand"), SourceUnavailable, "code MustUnderstand"),
        (fault("e:VersionMismatch"), SourceUnavailable, "code VersionMismatch"),
        (fault("e:Sender", SPACE_12), SourceUnavailable, "code Sender"),
        # a login that is refused four times is locked
        (fault("wsse:FailedAuthentication"), SourceUnavailable, "code FailedAuthentication"),
        (fault("wsse:InvalidSecurity"), SourceUnavailable, "code InvalidSecurity"),
        (fault("wsse:InvalidSecurityToken", SPACE_12), SourceUnavailable, "code InvalidSecurityToken"),
        (fault("wsse:FailedCheck"), SourceUnavailable, "code FailedCheck"),
        (fault("wsse:MessageExpired"), SourceUnavailable, "code MessageExpired"),
        (fault("wsse:SecurityTokenUnavailable"), Transient, "code of its own"),
    ],
)
def test_a_fault_is_told_by_its_code_and_who_is_at_fault(
    body: bytes, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=rf"gave a fault \({says}\)") as caught:
        inner_of(body)
    assert "canary" not in str(caught.value)


# --- several parts


def mime(*parts: bytes, boundary: str = "b", end: str = "\r\n", preamble: str = "") -> bytes:
    mark = f"--{boundary}"
    whole = preamble.encode()
    for part in parts:
        whole += f"{mark}{end}".encode() + part + end.encode()
    return whole + f"{mark}--{end}".encode()


def part(body: bytes, end: str = "\r\n", **heads: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}{end}" for name, value in heads.items())
    return (lines + end).encode() + body


PLAIN = envelope().encode()
RELATED = 'multipart/related; type="application/xop+xml"; boundary=b'


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (RELATED, mime(part(PLAIN, Content_Type="application/xop+xml; charset=UTF-8"))),
        (RELATED, mime(part(PLAIN))),
        (RELATED.upper().replace("=B", "=b"), mime(part(PLAIN))),
        ('multipart/related; boundary="a b:c"', mime(part(PLAIN), boundary="a b:c")),
        ('multipart/related; boundary="----=_Part_1_2.3"', mime(part(PLAIN), boundary="----=_Part_1_2.3")),
        (RELATED, mime(part(PLAIN), preamble="to people without MIME\r\n")),
        (RELATED, mime(part(PLAIN, "\n", Content_Type="text/xml"), end="\n")),
        (RELATED, mime(part(PLAIN), part(b"\x00\xff--b"))),
        (RELATED, mime(part(PLAIN)) + b"epilogue"),
        (
            RELATED + '; start="<root>"',
            mime(part(b"other", Content_ID="<x>"), part(PLAIN, Content_ID="<root>")),
        ),
        # an attachment first, and no start
        (RELATED, mime(part(b"\x89PNG", Content_ID="<x>"), part(PLAIN, Content_Type="application/xop+xml"))),
        (RELATED + "; start=root", mime(part(b"other"), part(PLAIN, Content_ID="<root>"))),
        (RELATED, mime(part(base64.encodebytes(PLAIN), Content_Transfer_Encoding="BASE64"))),
        (RELATED, mime(part(quopri.encodestring(PLAIN), Content_Transfer_Encoding="quoted-printable"))),
        (RELATED, mime(part(PLAIN, Content_Transfer_Encoding="binary"))),
        (RELATED, mime(part(PLAIN, Content_Transfer_Encoding="8bit"))),
        (RELATED, mime(part(envelope().encode("gbk"), Content_Type="application/xop+xml; charset=GBK"))),
        (RELATED, mime(part(envelope(declaration=declared("GBK")).encode("gbk"), Content_Type="text/xml"))),
        (
            RELATED,
            mime(
                part(envelope(XOP.format("in@x")).encode()),
                part(f"<XM>{NAME}</XM>".encode(), Content_ID="<in@x>"),
            ),
        ),
        (
            RELATED,
            mime(
                part(envelope(XOP.format("in%40x")).encode()),
                part(
                    base64.b64encode(f"<XM>{NAME}</XM>".encode("gbk")),
                    Content_ID="<in@x>",
                    Content_Type="text/xml; charset=gbk",
                    Content_Transfer_Encoding="base64",
                ),
            ),
        ),
    ],
)
def test_the_root_part_is_the_envelope(content_type: str, body: bytes) -> None:
    assert inner_of(body, content_type) == f"<XM>{NAME}</XM>"


#: What is said of an answer, and what it is.
LIES = ("text/xml", "text/xml; charset=UTF-8", "application/soap+xml", "", "text/html", "multipart/related")
UUID = "uuid:0b1c-2d.3e_4f"


@pytest.mark.parametrize("content_type", LIES)
@pytest.mark.parametrize(
    "body",
    [
        mime(part(PLAIN, Content_Type="application/xop+xml; charset=UTF-8")),
        mime(part(PLAIN)),
        mime(part(PLAIN, "\n", content_type="text/xml"), end="\n"),
        mime(part(PLAIN), boundary=UUID, preamble="\r\n"),
        mime(part(PLAIN), boundary="----=_Part 1=(2)?", preamble="\n \r\n"),
        mime(
            part(envelope(XOP.format("in")).encode(), Content_ID="<root>"),
            part(f"<XM>{NAME}</XM>".encode(), Content_ID="<in>"),
        ),
        PLAIN,
    ],
)
def test_what_the_body_is_counts_and_not_what_is_said_of_it(content_type: str, body: bytes) -> None:
    assert inner_of(body, content_type) == f"<XM>{NAME}</XM>"


def test_one_part_that_says_it_is_several_is_one() -> None:
    assert inner_of(envelope("no line of its own: --b").encode(), RELATED) == "no line of its own: --b"


@pytest.mark.parametrize(
    ("content_type", "body", "error", "says"),
    [
        ("text/xml", mime(part(PLAIN))[:-6], Transient, "cut off before its end"),
        ("text/xml", mime(part(b"<RESULT/>")), SourceUnavailable, "XML and no SOAP envelope"),
        ("text/xml", b"--b\r\nno head and no blank line", Transient, "no well-formed XML"),
        ("multipart/related", b"x" + mime(part(PLAIN)), BatchRejected, "names no boundary"),
        (
            "multipart/related; boundary=other",
            mime(part(PLAIN)),
            BatchRejected,
            "its boundary occurs nowhere",
        ),
        (RELATED, b"", BatchRejected, "its boundary occurs nowhere"),
        (RELATED, mime(), BatchRejected, r"several parts \(multipart\) has none"),
        (RELATED, mime(part(PLAIN))[:-6], Transient, "cut off before its end"),
        (RELATED, mime(part(PLAIN))[:-60], Transient, "cut off before its end"),
        (RELATED + "; start=root", mime(part(PLAIN)), BatchRejected, "'start'. that is not among its parts"),
        (
            RELATED,
            mime(part(PLAIN, Content_Transfer_Encoding="x-uuencode")),
            BatchRejected,
            "transfer encoding we cannot read",
        ),
        (RELATED, mime(part(b"*?", Content_Transfer_Encoding="base64")), BatchRejected, "base64 and is not"),
        (RELATED, mime(part(envelope(XOP.format("no")).encode())), BatchRejected, "refers to a part"),
        (RELATED, mime(*[part(b"")] * 1001), BatchRejected, "over 1000 parts"),
        (RELATED, mime(part(b"<html>login</html>")), Transient, "web page"),
        ("text/xml", envelope(XOP.format("no")).encode(), BatchRejected, "refers to a part"),
    ],
)
def test_parts_that_do_not_fit_are_refused_by_name(
    content_type: str, body: bytes, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says) as caught:
        inner_of(body, content_type)
    assert NAME not in str(caught.value)


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "binary": bytes,
    "base64": base64.encodebytes,
    "quoted-printable": quopri.encodestring,
}


@given(
    contents=st.lists(st.binary(max_size=80).filter(lambda b: b"--b" not in b), min_size=1, max_size=4),
    packing=st.sampled_from(list(PACKINGS)),
)
def test_parts_come_out_byte_for_byte(contents: list[bytes], packing: str) -> None:
    pack = PACKINGS[packing]
    body = mime(*(part(pack(content), Content_Transfer_Encoding=packing) for content in contents))
    root, parts = parts_of("a__b", body, RELATED)
    assert [found.body for found in parts] == contents
    begins = rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<"  # a byte order mark or none, blanks or none
    documents = [content for content in contents if re.match(begins, content)]
    assert root.body == (documents or contents)[0]

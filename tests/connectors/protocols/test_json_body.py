"""JSON answers: what may pass is told from what comes again, and damage from another charset."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import BatchRejected
from connectors.protocols.charset import to_utf8
from connectors.protocols.http import Reply
from connectors.protocols.rest.json_body import parse_document, strip_padding
from connectors.protocols.retry import Transient

BOM = b"\xef\xbb\xbf"
NAME = "欧阳文"
GOOD = {"code": "0000", "msg": "成功", "data": {"rows": [{"xm": NAME, "dw": "某某公司", "n": 7.5}]}}
BODY = json.dumps(GOOD, ensure_ascii=False, indent=1).encode()


def read(body: bytes, content_type: str = "application/json") -> object:
    return parse_document("a__b", "page 1", strip_padding(to_utf8("a__b", Reply(body, 200, content_type))))


@pytest.mark.parametrize(
    "body", [BODY, BOM + BODY, BOM * 3 + BODY, b"\n" + BOM + b" " + BODY, BODY + bytes(9), BODY + b"\r\n\0"]
)
def test_what_stands_around_a_document_does_not_count(body: bytes) -> None:
    assert read(body) == GOOD


@given(st.integers(1, len(BODY) - 1))
def test_what_was_cut_off_anywhere_may_pass(size: int) -> None:
    with pytest.raises(Transient):
        read(BODY[:size])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "the answer is empty"),
        (BOM, "the answer is empty"),
        ("系统繁忙".encode(), "is not JSON, or was cut off"),
        ("系统繁忙".encode("gbk"), "is not JSON, or was cut off"),
        (b"<br /><b>Warning</b>" + BODY, "web page .login. maintenance.. or XML"),
        (b"[" * 100_000, "nested without end"),
    ],
)
def test_what_is_no_json_at_all_may_pass(body: bytes, says: str) -> None:
    with pytest.raises(Transient, match=says):
        read(body)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (BODY + BODY, r"goes on behind its JSON document, expected one document: line 13, character 2"),
        (b'{"xm":"canary"}\n{"xm":"canary"}\n', "expected one document: line 2, character 1"),
        (BODY + b"\n<!-- 12 ms -->", "goes on behind its JSON document"),
        (BODY.replace(b'"', b"'"), "no well-formed JSON .Expecting property name"),
        (b'{"xm":"canary","yl":07,"dwmc":"canary"}', "no well-formed JSON .Expecting ',' delimiter"),
        (b'{"xm":"canary" "dwmc":"canary","n":1}', "no well-formed JSON"),
        (b'{"xm":canary,"dwmc":"canary","n":1}', "no well-formed JSON .Expecting value"),
        (rb'{"xm":"C:\canary","dwmc":"canary","n":1}', r"no well-formed JSON .Invalid \\escape"),
        (b'{"n":' + b"9" * 5000 + b',"dwmc":"canary"}', "a number of too many digits"),
    ],
)
def test_what_is_whole_and_written_wrong_is_refused_at_once(body: bytes, says: str) -> None:
    with pytest.raises(BatchRejected, match=f"page 1: .*{says}") as caught:
        read(body)
    assert "ask the publisher" in str(caught.value)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [
        ("application/json", "utf-8"),
        ("application/json; charset=utf-8", "utf-8"),
        ("application/json; charset=gbk", "utf-8"),
        ("application/json; charset=gbk", "gbk"),
    ],
)
def test_a_damaged_byte_costs_its_value_only(content_type: str, encoding: str) -> None:
    body = BODY.decode().encode(encoding).replace(f'"{NAME}"'.encode(encoding), b'"\xff"')
    found = read(body, content_type)
    assert isinstance(found, dict)
    assert found["data"]["rows"] == [{"xm": "\ufffd", "dw": "某某公司", "n": 7.5}]


@pytest.mark.parametrize(
    ("content_type", "encoding", "says"),
    [
        ("application/json", "gbk", "it looks like GBK"),
        ("application/json; charset=utf-8", "gbk", "it looks like GBK"),
        ("application/json; charset=gbk", "latin-1", "its Content-Type says gb18030, and its bytes are not"),
        ("application/json", "utf-16", "it looks like UTF-16"),
        ("application/json", "latin-1", "too many of its bytes are none"),
    ],
)
def test_another_charset_is_refused_by_name(content_type: str, encoding: str, says: str) -> None:
    text = BODY.decode() if encoding != "latin-1" else '{"xm":"\xe9\xe8","dw":"\xff\xff\xff \xfe"}'
    with pytest.raises(BatchRejected, match=says):
        read(text.encode(encoding), content_type)

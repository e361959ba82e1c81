"""XML replies as banks break them: entities, encodings, records that are built otherwise."""

# ruff: noqa: E501 -- one case a line: damage and outcome side by side

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from connectors.errors import BatchRejected, ColumnsMissing
from tests.hostile.file_world import XML, FileWorld, served
from tests.hostile.people import PEOPLE, authorise
from tests.hostile.protocol_harness import SURNAME, Case, Hub, Loaded, Refused, id_of, names

pytestmark = pytest.mark.slow
_ANSWERED = {"answered": PEOPLE}
_ALL = Loaded((PEOPLE, PEOPLE, 0, 0), answers=_ANSWERED)
_NO_XML = Refused(BatchRejected, "no well-formed XML, line")
_NO_CODE = Refused(BatchRejected, "no response code <code>")
_DOCTYPE = Refused(BatchRejected, "declares a document type")
_STRUCTURE = Refused(BatchRejected, "record 1 is built otherwise than agreed")
_UTF8 = Refused(BatchRejected, "is UTF-8, the declaration says gb18030")


def _item(day: date, seq: int, **changed: str) -> str:
    values = {
        "QQBH": f"bk_bocom-{day:%Y%m%d}",
        "XH": str(seq),
        "XM": f"{SURNAME}文",
        "ZJLX": "1",
        "ZJHM": id_of(seq),
        "KHYH": "和平支行",
        "YHDM": "102221000012",
        "ZHLX": "1",
        "ZH": "6222********4000",
        "CKZE": "715.00",
        "BNDEZC": "0.00",
        "LCJE": "0.00",
        "FKM": "0000",
        "CXRQ": "2020-05-06",
    } | changed
    return "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in values.items()) + "</item>"


def _document(items: str, total: str = f"<total>{PEOPLE}</total>", encoding: str = "GB18030") -> str:
    head = f'<?xml version="1.0" encoding="{encoding}"?>\n'
    return f"{head}<resp><code>0000</code><msg/>{total}<list>{items}</list></resp>"


def _good(day: date, **first: str) -> str:
    return _document("".join(_item(day, n, **(first if n == 1 else {})) for n in range(1, PEOPLE + 1)))


def _case(name: str, damage: Callable[[str], str | bytes], outcome: Loaded | Refused) -> Case:
    """``damage`` takes a good document and gives another, or the file's bytes."""

    def content(day: date) -> bytes:
        damaged = damage(_good(day))
        return damaged if isinstance(damaged, bytes) else damaged.encode("gb18030")

    return Case(f"xml-{name}", XML, served(XML, content), outcome)


def _first(name: str, outcome: Loaded | Refused, **changed: str) -> Case:
    """Elements of the first record hold something else."""
    return Case(f"xml-{name}", XML, served(XML, lambda day: _good(day, **changed).encode("gb18030")), outcome)


def _swap(old: str, new: str, count: int = 1) -> Callable[[str], str]:
    def damage(text: str) -> str:
        assert old in text
        return text.replace(old, new, count)

    return damage


def _bytes(old: str, new: bytes) -> Callable[[str], bytes]:
    return lambda text: text.encode("gb18030").replace(old.encode("gb18030"), new, 1)


def _aside(reason: str, count: int = 1) -> Loaded:
    """So many people's records are set aside; they count as not answered."""
    rest = PEOPLE - count
    answers = {"answered": rest, "no_answer": count}
    return Loaded((PEOPLE, rest, 0, count), reasons=frozenset({reason}), answers=answers)


def _one(condition: str) -> Loaded:
    return Loaded((PEOPLE, PEOPLE, 0, 0), answers=_ANSWERED, one_row=condition)


def _behind(doctype: str) -> Callable[[str], str]:
    """Between the declaration and the root; the first branch is ``&x;``."""
    return lambda text: text.replace("<resp>", f"{doctype}<resp>").replace("和平支行", "&x;", 1)


def _laughs() -> str:
    lines = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE resp [<!ENTITY x0 "lol">{lines}<!ENTITY x "&x9;">]>'


def _utf16(text: str) -> bytes:
    return text.replace("GB18030", "UTF-16").encode("utf-16")


CASES = [
    _case("good", lambda text: text, _ALL),
    _case("entity-bomb", _behind(_laughs()), _DOCTYPE),
    _case("quadratic-entity", _behind(f'<!DOCTYPE resp [<!ENTITY x "{"a" * 100_000}">]>'), _DOCTYPE),
    _case("external-entity-file", _behind('<!DOCTYPE resp [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), _DOCTYPE),
    _case("external-entity-web", _behind('<!DOCTYPE resp [<!ENTITY x SYSTEM "http://127.0.0.1:1/x">]>'), _DOCTYPE),
    _case("external-document-type", _behind('<!DOCTYPE resp SYSTEM "http://127.0.0.1:1/x.dtd">'), _DOCTYPE),
    _case("entity-never-declared", _swap("和平支行", "&x;"), _NO_XML),
    _case("inclusion-of-a-file", _swap("和平支行", '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'), _aside("row_malformed")),
    _case("wrong-root", lambda _: "<html><body>login</body></html>", _NO_CODE),
    _case("root-renamed", lambda text: text.replace("resp>", "answer>"), _ALL),
    _case("code-missing", _swap("<code>0000</code>", ""), Refused(BatchRejected, "records before its response code")),
    _case("code-behind-the-records", lambda text: text.replace("<code>0000</code>", "").replace("</resp>", "<code>0000</code></resp>"), Refused(BatchRejected, "records before its response code")),
    _case("code-of-a-failure", _swap("0000", "9999"), Refused(BatchRejected, "answers code '9999'")),
    _case("namespace-for-everything", _swap("<resp>", '<resp xmlns="urn:bank">'), _ALL),
    _case("total-does-not-match", _swap("<total>5", "<total>6"), Refused(BatchRejected, "announces 6 records and has 5")),
    _case("total-missing", _swap("<total>5</total>", ""), _ALL),
    _case("record-renamed", lambda text: text.replace("item>", "row>"), Refused(BatchRejected, "announces 5 records and has 0")),
    _case("record-renamed-and-no-total", lambda text: text.replace("item>", "row>").replace("<total>5</total>", ""), Refused(BatchRejected, "neither a <item> nor a total of 0")),
    _case("nobody-on-record", lambda text: text[: text.index("<total>")] + "<total>0</total><list/></resp>", Loaded((0, 0, 0, 0), answers={"no_answer": PEOPLE})),
    _case("truncated-in-a-record", lambda text: text[: len(text) // 2], _NO_XML),
    _case("truncated-before-the-end", lambda text: text.removesuffix("</list></resp>"), _NO_XML),
    _case("of-no-bytes", lambda _: b"", _NO_XML),
    _case("two-documents", lambda text: text + text[text.index("<resp>") :], _NO_XML),
    _case("text-behind-the-end", lambda text: text + "over", _NO_XML),
    _case("required-element-missing", lambda text: text.replace("<XM>", "<!--").replace("</XM>", "-->"), Refused(ColumnsMissing, "required columns .*'XM'.* are missing")),
    _case("required-element-missing-once", _swap(f"<XM>{SURNAME}文</XM>", ""), _aside("required_missing")),
    _case("required-element-empty-once", _swap(f"<XM>{SURNAME}文</XM>", "<XM/>"), _aside("required_missing")),
    _case("optional-element-missing", lambda text: text.replace("<KHYH>和平支行</KHYH>", ""), _ALL),
    _case("unknown-element", _swap("</item>", "<BZ>新</BZ></item>"), _one("extra::jsonb ->> 'BZ' = '新'")),
    _case("elements-reordered", lambda text: text.replace("<FKM>0000</FKM><CXRQ>2020-05-06</CXRQ>", "<CXRQ>2020-05-06</CXRQ><FKM>0000</FKM>"), _ALL),
    _case("attributes-instead-of-elements", lambda text: text[: text.index("<item>")] + '<item XH="1"/>' * PEOPLE + "</list></resp>", Refused(ColumnsMissing, "required columns .* are missing")),
    _case("attribute-instead-of-an-element", lambda text: text.replace("<CKZE>715.00</CKZE>", "", 1).replace("<item>", '<item CKZE="715.00">', 1), _one("balance is null and extra::jsonb ->> '@CKZE' = '715.00'")),
    _case("attribute-on-an-element", _swap("<CKZE>", '<CKZE unit="fen">'), _one("balance is null and extra::jsonb ->> 'CKZE@unit' = 'fen'")),
    _case("record-in-a-record", lambda text: text.replace("<XH>1</XH>", "<XH>1</XH><item><XM>x</XM></item>", 1), _STRUCTURE),
    _case("element-with-elements", _swap(f"<XM>{SURNAME}文</XM>", f"<XM><a>{SURNAME}</a><b>文</b></XM>"), _aside("row_malformed")),
    _case("element-with-markup", _swap(f"<XM>{SURNAME}文</XM>", f"<XM>{SURNAME}<br/>文</XM>"), _aside("row_malformed")),
    _case("element-twice", _swap("<CKZE>715.00</CKZE>", "<CKZE>715.00</CKZE><CKZE>9.00</CKZE>"), _aside("row_malformed")),
    _case("text-between-elements", _swap("<XH>1</XH>", "<XH>1</XH>9"), _aside("row_malformed")),
    _case("comment-in-a-value", _swap(f"<XM>{SURNAME}文</XM>", f"<XM>{SURNAME}<!-- x -->文甲</XM>"), _one(f"full_name = '{SURNAME}文甲'")),
    _case("instruction-in-a-value", _swap(f"<XM>{SURNAME}文</XM>", f"<XM>{SURNAME}<?x y?>文甲</XM>"), _one(f"full_name = '{SURNAME}文甲'")),
    _case("section-of-text", _swap("和平支行", "<![CDATA[和平<&>支行]]>"), _one("branch_name = '和平<&>支行'")),
    _case("says-it-is-utf-8", _swap("GB18030", "UTF-8"), _ALL),
    _case("says-nothing-of-its-encoding", _swap(' encoding="GB18030"', ""), _ALL),
    _case("is-utf-8-and-says-so", lambda text: text.replace("GB18030", "UTF-8").encode(), _UTF8),
    _case("is-utf-8-and-says-gb18030", lambda text: text.encode(), _UTF8),
    _case("utf-8-with-mark", lambda text: text.encode("utf-8-sig"), Refused(BatchRejected, "byte order mark")),
    _case("utf-16", _utf16, _NO_XML),
    _case("one-value-in-utf-8", _bytes("和平支行", "和平支行".encode()[:-1]), _aside("encoding_invalid")),
    _case("character-cut-in-two", _bytes("支行<", "支行".encode("gb18030")[:-1] + b"<"), _aside("encoding_invalid")),
    _case("nul", _bytes("和平", b"\0"), _aside("control_character")),
    _case("escape", _bytes("和平", b"\x1b[31m"), _aside("control_character")),
    _case("nul-as-reference", _swap("和平", "&#0;"), _aside("control_character")),
    *(
        _case(f"forbidden-{reference[1:-1]}", _swap("和平", reference), _aside("control_character"))
        for reference in ("&#x1F;", "&#31;", "&#x0001f;", "&#X1F;", "&#xD800;", "&#57343;", "&#x110000;", "&#9999999999;", "&#xFFFE;", "&#65535;")
    ),
    _case("unit-separator", _bytes("和平", b"\x1f"), _aside("control_character")),
    _case("reference-to-a-rare-character", _swap("和平", "&#x20000;"), _one("branch_name = '𠀀支行'")),
    _case("carriage-return-as-reference", _swap("和平", "&#13;"), _one("branch_name = '支行'")),
    _case("ampersand-not-escaped", _swap("和平", "和&平"), _NO_XML),
    _case("less-than-not-escaped", _swap("和平", "和<平"), _NO_XML),
    _case("value-of-eleven-megabytes", _swap("和平", "平" * 5_500_000), _NO_XML),
    _case("ten-thousand-levels", _swap("和平", "<a>" * 10_000 + "</a>" * 10_000), _NO_XML),
    _first("id-in-scientific-text", _aside("id_digits_lost"), ZJHM="2.10102E+17"),
    _first("date-zeros", _aside("required_missing"), CXRQ="00000000"),
    _first("code-unknown", _aside("code_unknown"), FKM="0099"),
    _first("amount-negative-sign-behind", _one("balance is null and as_received::jsonb ->> 'balance' = '715.00-'"), CKZE="715.00-"),
    _first("about-somebody-not-asked", _aside("reply_not_asked"), ZJHM=id_of(99)),
    _case("duplicate-record", lambda text: text.replace("<total>5", "<total>6").replace("</list>", text[text.index("<item>") : text.index("</item>") + 7] + "</list>"), Loaded((PEOPLE + 1, PEOPLE, 1, 0), answers=_ANSWERED)),
]  # fmt: skip


@pytest.fixture(scope="module")
def world(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileWorld]:
    authorise(hub)
    found = FileWorld(hub, tmp_path_factory.mktemp("box") / "root")
    yield found
    found.close()


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_a_document_has_its_named_outcome(
    hub: Hub, world: FileWorld, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    hub.prove(case, world, caplog)

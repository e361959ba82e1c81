"""Other units than the declared ones, namespaces, counts in other forms, and records that are none."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from connectors.catalogue.model import Feed
from connectors.decode import decode
from connectors.delivery import DecodedChunk, Delivery, LandedPart
from connectors.envelope import parse_whole_number, rows_in
from connectors.errors import BatchRejected
from tests.connectors.decode.test_readers import feed

ROW = "<item><ZJHM>210102194803050411</ZJHM><JE{}>715.00</JE></item>"


def declared(kind: str, unit: str = "yuan") -> Feed:
    columns: list[dict[str, Any]] = [
        {"name": "id_number", "source": "ZJHM", "type": "id_number", "required": True},
        {"name": "amount", "source": "JE", "type": "amount", "unit": unit},
    ]
    more = {"record": "item", "code": "code"} if kind == "xml" else {}
    return feed(kind, columns=columns, **more)


def decoded(form: Feed, text: str, folder: Path) -> DecodedChunk:
    path = folder / "x"
    path.write_text(text, encoding="utf-8")
    part = LandedPart("main", path, "0" * 64, None)
    (chunk,) = decode(form, Delivery("x", date(2020, 5, 12), (part,), "0" * 64, None), apart=False)
    return chunk


def document(items: str, total: str = "1", root: str = "", around: str = "") -> str:
    return f"<resp{root}><code>0000</code><total>{total}</total><list{around}>{items}</list></resp>"


@pytest.mark.parametrize(
    "said",
    ['unit="fen"', 'UNIT="Fen "', 'unit="万元"', 'currency="USD"', 'dw="千元"', 'x="万元"', 'unit="bushel"',
     '单位="分"', 'factor="100"', '币种="卢布"'],
)  # fmt: skip
def test_an_amount_in_another_unit_is_not_taken_for_yuan(said: str, tmp_path: Path) -> None:
    for text in (
        document(ROW.format(f" {said}")),
        document(ROW.format("").replace("<item>", f"<item {said}>")),
        document(ROW.format(""), around=f" {said}"),
        document(ROW.format(""), root=f" {said}"),
    ):
        chunk = decoded(declared("xml"), text, tmp_path)
        (row,) = chunk.good.to_dicts()
        assert row["amount"] is None
        assert json.loads(row["as_received"])["amount"].startswith("715.00 ")
        assert chunk.observed is not None
        assert chunk.observed.types.filter(column="amount")["unread"].to_list() == [1]


@pytest.mark.parametrize(
    "said",
    [
        'unit="yuan"',
        'unit=" 元 "',
        'currency="CNY"',
        'ccy="人民币"',
        'factor="1"',
        'unit=""',
        'seq="4"',
        'dw="民政局"',
        'bz="无"',
    ],
)
def test_a_unit_that_is_the_declared_one_changes_nothing(said: str, tmp_path: Path) -> None:
    for text in (document(ROW.format(f" {said}")), document(ROW.format(""), root=f" {said}")):
        assert decoded(declared("xml"), text, tmp_path).good["amount"].to_list() == [Decimal("715.00")]


def test_the_nearest_unit_counts(tmp_path: Path) -> None:
    text = document(ROW.format(' unit="元"'), root=' unit="万元"')
    assert decoded(declared("xml"), text, tmp_path).good["amount"].to_list() == [Decimal("715.00")]
    fen = document(ROW.format(' unit="fen"').replace("715.00", "71500"))
    assert decoded(declared("xml", "fen"), fen, tmp_path).good["amount"].to_list() == [Decimal("715.00")]
    assert (
        decoded(declared("xml", "fen"), document(ROW.format(' unit="元"')), tmp_path).good["amount"][0]
        is None
    )


@pytest.mark.parametrize("root", [' xmlns="urn:bank"', ' xmlns="a" xmlns:b="b"'])
def test_names_with_a_namespace_are_the_agreed_ones(root: str, tmp_path: Path) -> None:
    text = document(ROW.format(""), root=root)
    assert decoded(declared("xml"), text, tmp_path).good["amount"].to_list() == [Decimal("715.00")]


def test_two_names_that_differ_by_their_namespace_cost_their_row(tmp_path: Path) -> None:
    two = ROW.format("").replace("</item>", '<b:JE xmlns:b="b">9</b:JE></item>')
    chunk = decoded(declared("xml"), document(two + ROW.format(""), total="2"), tmp_path)
    assert chunk.good["row_no"].to_list() == [2]
    assert chunk.quarantined.select("row_no", "reason_code").rows() == [(1, "row_malformed")]
    assert "210102194803050411" not in str(chunk.quarantined.rows())


@pytest.mark.parametrize("total", ["01", " 1 ", "1.0", "1e0", "+1", "１", "1."])
def test_a_count_is_compared_as_a_number(total: str, tmp_path: Path) -> None:
    assert decoded(declared("xml"), document(ROW.format(""), total), tmp_path).received == 1


@pytest.mark.parametrize("total", ["1.5", "x", "", "²", "1 0", "1,0", "NaN"])
def test_a_count_that_is_none_is_refused_by_name(total: str, tmp_path: Path) -> None:
    with pytest.raises(BatchRejected, match="expected a number of records"):
        decoded(declared("xml"), document(ROW.format(""), total), tmp_path)


NO_COUNTS = [
    None,
    True,
    False,
    7.5,
    "7.5",
    "",
    "x",
    "1,23",
    "12,34",
    ",1",
    "1e999999999",
    "9" * 99,
    [],
    {},
    "²",
]


@pytest.mark.parametrize("value", NO_COUNTS)
def test_what_is_no_count_is_none(value: Any) -> None:
    assert parse_whole_number(value) is None


@given(st.integers(0, 10**15), st.sampled_from(["{}", "{:,}", "0{}", " {} ", "{}.0", "{}.", "+{}", "{}E0"]))
def test_a_count_is_read_in_each_form(number: int, form: str) -> None:
    assert parse_whole_number(form.format(number)) == number
    assert parse_whole_number(number) == number


@pytest.mark.parametrize("total", [0, "0", "00", " 0 ", "0.0", 0.0])
def test_no_rows_are_none_where_the_total_is_nought_in_any_form(total: Any) -> None:
    assert rows_in({"total": total}) == []
    assert rows_in({"total": 1}) is None


@pytest.mark.parametrize("none", ["null", "7", '"210102194803050411"', "[]", "true", "[{}]"])
@pytest.mark.parametrize("at", [0, 1])
def test_a_row_that_is_no_object_costs_itself_only(none: str, at: int, tmp_path: Path) -> None:
    rows = ['{"ZJHM": "210102194803050411", "JE": 7}']
    rows.insert(at, none)
    text = f'{{"code": "0000", "data": {{"total": 2, "rows": [{", ".join(rows)}]}}}}\n'
    chunk = decoded(declared("json"), text, tmp_path)
    assert (chunk.received, chunk.good["row_no"].to_list()) == (2, [2 - at])
    ((row_no, reason, payload),) = chunk.quarantined.select("row_no", "reason_code", "payload").rows()
    assert (row_no, reason) == (at + 1, "row_malformed")
    assert "210102194803050411" not in payload


@pytest.mark.parametrize("depth", range(4))
@pytest.mark.parametrize("code", ["#x1F;", "#31;", "#x0;", "lt;"])
def test_a_reference_that_was_escaped_again_is_no_part_of_a_name(
    depth: int, code: str, tmp_path: Path
) -> None:
    name = f"王&{'amp;' * (depth + 1)}{code}五"
    item = f"<item><ZJHM>210102194803050411</ZJHM><XM>{name}</XM></item>"
    chunk = decoded(feed("xml", record="item", code="code"), document(item), tmp_path)
    assert chunk.quarantined.select("column_name", "reason_code").rows() == [("full_name", "name_invalid")]


@pytest.mark.parametrize(
    ("title", "amount"),
    [("单位：万元", None), ("（单位: 分）", None), ("金额单位：千元", None), ("单 位：人、万元", None),
     ("单位：元", 715), ("单位：人、元", 715), ("填报单位：市民政局", 715), ("名单", 715)],
)  # fmt: skip
def test_a_title_that_says_another_unit_is_heard(title: str, amount: int | None, tmp_path: Path) -> None:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "S"
    for row in (["名单", title], ["ZJHM", "JE"], ["210102194803050411", 715]):
        sheet.append(row)
    path = tmp_path / "x"
    made.save(path)
    base = declared("json")
    form = feed("xlsx", columns=[c.model_dump(exclude_defaults=True) for c in base.tables[0].columns],
                source={"path": "/x", "sheet": "S", "header_row": 2})  # fmt: skip
    part = LandedPart("main", path, "0" * 64, None)
    (chunk,) = decode(form, Delivery("x", date(2020, 5, 12), (part,), "0" * 64, None), apart=False)
    assert chunk.good["amount"].to_list() == [amount]
    assert (chunk.good["as_received"][0] is None) == (amount is not None)


@pytest.mark.parametrize(
    ("said", "amount"), [('"unit": "fen"', None), ('"unit": "元"', 715), ('"unit": null', 715)]
)
def test_an_envelope_that_says_another_unit_is_heard(said: str, amount: int | None, tmp_path: Path) -> None:
    text = f'{{"code": "0000", "data": {{{said}, "rows": [{{"ZJHM": "210102194803050411", "JE": 715}}]}}}}'
    assert decoded(declared("json"), text, tmp_path).good["amount"].to_list() == [amount]

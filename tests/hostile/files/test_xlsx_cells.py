"""Workbooks with cells far out, and with formulas that nobody computed."""

# ruff: noqa: E501 -- one case a line: damage and outcome side by side

from __future__ import annotations

import random

import pytest

from connectors.decode.readers.workbook.cells import column_letters
from connectors.errors import BatchRejected
from tests.hostile.file_world import ALL, ROWS, XLSX, FileWorld, aside, one, served
from tests.hostile.protocol_harness import Case, Hub, Loaded, Refused, names
from tests.hostile.workbooks import good_cells, styled, text, workbook
from warehouse.intake.load_feed import load_feed

pytestmark = pytest.mark.slow
_LAST = "XFD1048576"
_UNREAD = "facility is null and as_received::jsonb ->> 'facility' = '#FORMULA'"
_ONE_ASIDE = Loaded((ROWS + 1, ROWS, 0, 1), reasons=frozenset({"required_missing"}))


def _case(name: str, content: bytes, outcome: Loaded | Refused) -> Case:
    return Case(f"xlsx-{name}", XLSX, served(XLSX, lambda _: content), outcome)


def _with(
    cells: dict[str, str], outcome: Loaded | Refused, name: str, dimension: str = "", calc: str = ""
) -> Case:
    """The good table with these cells beside it, or in place of its own."""
    return _case(name, workbook(good_cells() | cells, dimension, calc), outcome)


def _far(name: str, places: list[str], value: str, outcome: Loaded | Refused) -> Case:
    return _with({place: text(place, value) for place in places}, outcome, f"far-{name}")


def _strewn(count: int) -> list[str]:
    """Places that have no row and no column in common."""
    rng = random.Random(1)
    columns = rng.sample(range(1000, 16384), count)
    return [
        f"{column_letters(c)}{r}"
        for c, r in zip(columns, rng.sample(range(1000, 1048576), count), strict=True)
    ]


def _formula(name: str, place: str, cell: str, outcome: Loaded | Refused, calc: str = "") -> Case:
    return _with({place: cell.replace("<c ", f'<c r="{place}" ')}, outcome, f"formula-{name}", calc=calc)


_ON_LOAD = '<calcPr calcId="124519" fullCalcOnLoad="1"/>'
CASES = [
    _with({}, ALL, "by-hand"),
    # far cells
    _far("blank-in-the-last-cell", [_LAST], " ", ALL),
    _far("blank-in-the-last-column", ["XFD4"], "\u3000", ALL),
    _far("blank-in-the-last-row", ["A1048576"], " ", ALL),
    _far("value-in-the-last-cell", [_LAST], "新", _ONE_ASIDE),
    _far("value-in-the-last-column-of-a-row", ["XFD4"], "新", one("extra::jsonb ->> '第16384列' = '新'")),
    _far("value-in-two-far-columns-and-rows", ["XFD4", "ABC5", "A900000"], "新", Loaded((ROWS + 1, ROWS, 0, 1), reasons=frozenset({"required_missing"}))),
    _far("blanks-in-many-places", _strewn(50), " ", ALL),
    _far("values-everywhere", _strewn(9000), "新", Refused(BatchRejected, "strewn over .* ask the publisher")),
    _with({"XFD3": text("XFD3", "备注"), _LAST: text(_LAST, " ")}, ALL, "far-name-above"),
    _with({f"{column_letters(n)}4": styled(f"{column_letters(n)}4") for n in range(6, 16385)} | {_LAST: styled(_LAST)}, ALL, "far-formats-only"),
    _with({_LAST: f'<c r="{_LAST}" t="e"><v>#REF!</v></c>'}, _ONE_ASIDE, "far-error"),
    _with({"E4": '<c r="E4"><f>A1</f></c>', _LAST: text(_LAST, " ")}, one(_UNREAD), "far-blank-and-a-formula"),
    _with({}, ALL, "dimension-that-lies", dimension="A1:XFD1048576"),
    _with({}, ALL, "dimension-too-small", dimension="A1:B2"),
    # names
    _with({"B3": text("B3", "证件\n号码")}, ALL, "name-with-a-line-end"),
    _with({"A3": text("A3", "姓 \u200b名"), "C3": text("C3", "入所\u3000日期")}, ALL, "name-with-blanks-and-no-width"),
    _with({f"{c}7": cell.replace(f"{c}3", f"{c}7") for c in "ABCDE" for cell in [good_cells()[f"{c}3"]]}, Loaded((ROWS + 1, ROWS, 0, 1), reasons=frozenset({"row_malformed"})), "header-again"),
    # formulas
    _formula("without-a-result", "E4", "<c ><f>SUM(A1:A2)</f></c>", one(_UNREAD)),
    _formula("with-an-empty-result", "E4", "<c ><f>SUM(A1:A2)</f><v></v></c>", one(_UNREAD)),
    _formula("with-an-empty-result-closed", "E4", "<c ><f>SUM(A1:A2)</f><v/></c>", one(_UNREAD)),
    _formula("with-an-empty-number", "E4", '<c t="n"><f>SUM(A1:A2)</f><v> </v></c>', Refused(BatchRejected, "no readable workbook")),
    _formula("text-without-a-result", "E4", '<c t="str"><f>A1</f></c>', one(_UNREAD)),
    _formula("with-an-empty-text", "E4", '<c t="str"><f>A1</f><v></v></c>', one("facility is null and as_received is null")),
    _formula("with-a-text", "E4", '<c t="str"><f>A1</f><v>第二所</v></c>', one("facility = '第二所'")),
    _formula("with-a-number", "E4", "<c ><f>1+1</f><v>2</v></c>", one("facility = '2'")),
    _formula("with-a-zero", "E4", "<c ><f>1-1</f><v>0</v></c>", one("facility = '0'")),
    _formula("shared-without-a-result", "E4", '<c ><f t="shared" si="0"/></c>', one(_UNREAD)),
    _formula("failed", "E4", '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>', one("facility is null and as_received::jsonb ->> 'facility' = '#DIV/0!'")),
    _formula("in-a-required-cell", "B4", "<c ><f>A1</f></c>", aside("required_missing")),
    _formula("in-a-required-date", "C4", "<c ><f>TODAY()</f><v></v></c>", aside("required_missing")),
    _formula("of-a-date-with-its-result", "C4", "<c ><f>TODAY()</f><v>43957</v></c>", one("custody_start = date '2020-05-06'")),
    _formula("zero-still-to-be-computed", "E4", "<c ><f>A1</f><v>0</v></c>", one(_UNREAD), _ON_LOAD),
    _formula("value-though-to-be-computed", "E4", "<c ><f>A1</f><v>7</v></c>", one("facility = '7'"), _ON_LOAD),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_a_cell_has_its_named_outcome(
    hub: Hub, world: FileWorld, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    hub.prove(case, world, caplog)


def test_a_column_of_formulas_is_told_by_row(hub: Hub, world: FileWorld) -> None:
    """The last column holds nothing but an array formula that stands for all rows."""
    cells = good_cells() | {
        "E4": '<c r="E4"><f t="array" ref="E4:E6">A4:A6</f></c>',
        "E5": '<c r="E5"/>',
        "E6": text("E6", "第一看守所"),
    }
    day = hub.next_day()
    world.begin(day)
    world.put(XLSX, workbook(cells))
    result = load_feed(XLSX, day, hub.settings)
    with hub.session.cursor() as cursor:
        cursor.execute(
            "select facility, as_received::jsonb ->> 'facility' from raw.public_security__detention "
            "where batch_id = %s order by row_no",
            (str(result.batch_id),),
        )
        assert cursor.fetchall() == [(None, "#FORMULA"), (None, "#FORMULA"), ("第一看守所", None)]

"""Blanks around quotes, quotes nobody agreed on, and delimiters behind the last column."""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.decode import decode
from connectors.decode.raw import RawChunk
from connectors.decode.readers.delimited import pipe
from connectors.delivery import Delivery, LandedPart
from connectors.errors import BatchRejected
from tests.connectors.decode.test_dialects import COLUMNS, HEAD, VALUES, WIDTH, chunks_of, is_blank
from tests.connectors.decode.test_readers import feed

NAMES = ",".join(HEAD)
PADDING = st.text(" \t\u3000\xa0", max_size=2)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(VALUES, min_size=WIDTH, max_size=WIDTH), min_size=1, max_size=4),
    st.lists(st.tuples(PADDING, PADDING), min_size=WIDTH * 4, max_size=WIDTH * 4),
)
def test_blanks_around_quotes_are_no_part_of_a_value(
    table: list[list[str]], padding: list[tuple[str, str]]
) -> None:
    flat = [[value.replace("\n", "") for value in row] for row in table if not is_blank(row)]
    flat = [row for row in flat if not is_blank(row)]
    pads = iter(padding)
    lines = [",".join(_quoted(value, *next(pads)) for value in row) for row in flat]
    rows, broken = chunks_of("\n".join([NAMES, *lines, ""]).encode(), 1 << 20)
    assert broken == []
    assert rows == [(number, *row) for number, row in enumerate(flat, start=1)]


def _quoted(value: str, before: str, after: str) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="").writerow([value])
    return before + out.getvalue() + after


def test_a_padded_value_may_hold_lines() -> None:
    rows, broken = chunks_of(f'{NAMES}\n1, "甲,\n乙" ,3,4\n5,6,7,8\n'.encode(), 40)
    assert (rows, broken) == ([(1, "1", "甲,\n乙", "3", "4"), (2, "5", "6", "7", "8")], [])


@pytest.mark.parametrize("end", [",", ",,,", ", ,", ',""', ',"" ,\u3000'])
def test_empty_fields_behind_the_last_column_are_read_over_and_told(end: str) -> None:
    text = f"{NAMES}\n1,2,3,4\n5,6,7,8{end}\n9,9,9,9\n"
    chunk = _delimited("csv", text)
    assert chunk.malformed.is_empty()
    assert chunk.frame.select(HEAD).rows()[1] == ("5", "6", "7", "8")
    assert chunk.frame["第5列"].to_list() == [None, "", None]


@pytest.mark.parametrize("more", ["x", ",x", " x "])
def test_a_value_behind_the_last_column_costs_its_row(more: str) -> None:
    """Then a delimiter may stand in any value: an empty field at the end is no proof of where it stands."""
    rows, broken = chunks_of(f"{NAMES}\n1,2,3,4\n5,6,7,8,{more}\n5,6,7,\n5,6,7,8,\n".encode(), 1 << 20)
    assert [row[0] for row in rows] == [1, 3]
    assert [number for number, _ in broken] == [2, 4]


def test_without_quotes_a_longer_row_costs_itself() -> None:
    """Nothing protects a delimiter in a value: 甲|乙 and no last value looks the same."""
    chunk = _delimited("pipe", "C0|C1|C2|C3\n1|2|3|4\n1|甲|乙|3|\n5|6|7|8\n")
    assert chunk.malformed["row_no"].to_list() == [2]


def test_what_is_told_of_a_longer_row_is_kept_with_it(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"ID,{NAMES}\n1,2,3,4,5\n2,2,3,4,5,\n", encoding="utf-8")
    delivery = Delivery("x", date(2020, 5, 12), (LandedPart("main", path, "0" * 64, None),), "0" * 64, None)
    columns = [{"name": "id_number", "source": "ID", "type": "text"}, *COLUMNS]
    (chunk,) = decode(feed("csv", header=True, columns=columns), delivery)
    assert chunk.good["extra"].to_list() == [None, '{"第6列":""}']
    assert chunk.observed is not None
    assert "第6列" in chunk.observed.found


@pytest.mark.parametrize("end", ["\r", "\r\r"])
@pytest.mark.parametrize("delimiter", [",", "|"])
def test_lines_that_end_with_cr_alone_are_no_empty_file(end: str, delimiter: str) -> None:
    text = end.join([NAMES, "1,2,3,4", "5,6,7,8", ""]).replace(",", delimiter)
    # the column at the line's end is one nobody needs: no name that is missing tells of it
    text = text.replace("C3", f"C3{delimiter}BZ").replace("4", f"4{delimiter}x")
    with pytest.raises(BatchRejected, match="CR"):
        _delimited("pipe" if delimiter == "|" else "csv", text)


@pytest.mark.parametrize(("end", "broken"), [("\x1a", 0), ("\x1a\n", 0), ("\r\n\x1a\r\n", 0), ("\0\0\n", 1)])
def test_the_mark_of_dos_for_the_end_is_no_row(end: str, broken: int) -> None:
    rows, told = chunks_of(f"{NAMES}\n1,2,3,4\n{end}".encode(), 1 << 20)
    assert (len(rows), len(told)) == (1, broken)


PIPE = [
    ('1|"张三"|x|y\n2|"李四"|x|y\n', [("1", "张三", "x", "y"), ("2", "李四", "x", "y")]),
    ('1|"张三"|x|y\n2||x|y\n3|"李|四"|"x"|y\n4|"五"|x|\n', [
        ("1", "张三", "x", "y"), ("2", "", "x", "y"), ("3", "李|四", "x", "y"), ("4", "五", "x", ""),
    ]),
    # one of many may be called so
    ('1|"张三"|x|y\n2|李四|x|y\n', [("1", '"张三"', "x", "y"), ("2", "李四", "x", "y")]),
    ('1|甲"乙"|x|y\n2|"丙|x|y\n', [("1", '甲"乙"', "x", "y"), ("2", '"丙', "x", "y")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), PIPE)
def test_quotes_around_all_values_of_a_column_are_none_of_theirs(
    text: str, expected: list[tuple[str, ...]]
) -> None:
    chunk = _delimited("pipe", "|".join(HEAD) + "\n" + text)
    assert chunk.malformed.is_empty()
    assert chunk.frame.select(HEAD).rows() == expected


@pytest.mark.parametrize("head", ['"C0"|C1|C2|C3', '"C0"|"C1"|"C2"|"C3"', 'C0| "C1" |C2|"C3"'])
@pytest.mark.parametrize(("kind", "delimiter"), [("pipe", "|"), ("csv", ","), ("csv", "\t")])
def test_names_in_quotes_are_names(head: str, kind: str, delimiter: str) -> None:
    chunk = _delimited(kind, f"{head}\n1|2|3|4\n".replace("|", delimiter), delimiter)
    assert chunk.frame.select(HEAD).rows() == [("1", "2", "3", "4")]


def _delimited(kind: str, text: str, delimiter: str | None = None) -> RawChunk:
    columns = [{"name": "id_number", "source": "ID", "type": "text"}, *COLUMNS]
    delimiter = delimiter or ("|" if kind == "pipe" else ",")
    form = feed(kind, header=True, delimiter=delimiter, columns=columns)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.txt"
        path.write_text(text, encoding="utf-8")
        (chunk,) = pipe.read_delimited_file(form, form.tables[0], path)
    return chunk

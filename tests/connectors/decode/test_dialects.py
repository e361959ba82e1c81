"""What no value of a delimited, XML, JSON or workbook file may become: another value, without a word."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.catalogue.load import load_feed
from connectors.catalogue.model import Feed
from connectors.decode.apart import read_in_own_process
from connectors.decode.raw import RawChunk
from connectors.decode.readers import json_pages, xml
from connectors.decode.readers.delimited import pipe
from connectors.decode.readers.delimited.fields import BLANKS
from connectors.decode.readers.workbook import read
from connectors.decode.readers.workbook.cells import column_letters, column_number
from connectors.decode.text import SENTINEL
from connectors.errors import BatchRejected
from tests.connectors.decode.test_readers import feed
from tests.hostile.workbooks import good_cells, text, workbook

WIDTH = 4
HEAD = [f"C{i}" for i in range(WIDTH)]
COLUMNS = [{"name": name.lower(), "source": name, "type": "text", "required": True} for name in HEAD]
#: What makes quotes and lines hard, and a letter of each kind.
PIECES = st.sampled_from(
    ['"', '""', "\\", '\\"', ",", "\n", " ", "a", "社", "'", "=", "\t", "\u2028", "\u3000"]
)
VALUES = st.lists(PIECES, max_size=6).map("".join)
STRAY = st.tuples(st.integers(0, 200), st.sampled_from(['"', "\\", '\\"', '""']))
TABLES = st.lists(st.lists(VALUES, min_size=WIDTH, max_size=WIDTH), min_size=1, max_size=6)


def declared() -> Feed:
    columns = [{"name": "id_number", "source": "ID", "type": "text"}, *COLUMNS]
    return feed("csv", header=True, delimiter=",", columns=columns)


def chunks_of(content: bytes, block: int) -> tuple[list[tuple[int, ...]], list[tuple[int, str]]]:
    """Rows (number and values) and broken ones (number and text)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(content)
        found = list(pipe.read_delimited_file(declared(), declared().tables[0], path, block))
    return _rows(found), [row for c in found for row in c.malformed.select("row_no", "text").rows()]


def _rows(found: list[RawChunk]) -> list[tuple[int, ...]]:
    return [row for chunk in found for row in chunk.frame.select("row_no", *HEAD).rows()]


def is_blank(row: list[str]) -> bool:
    return not any(value.strip(BLANKS) for value in row)


@settings(max_examples=150, deadline=None)
@given(
    TABLES,
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n", "\r\r\n"]),
    st.sampled_from([40, 1 << 20]),
)
def test_what_a_csv_writer_wrote_is_read_back(
    table: list[list[str]], quoting: int, end: str, block: int
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, quoting=quoting, lineterminator=end)
    writer.writerow(HEAD)
    writer.writerows(table)
    rows, broken = chunks_of(out.getvalue().encode(), block)
    expected = [row for row in table if not is_blank(row)]
    if any(could_be_rows(row) for row in expected):
        assert {tuple(values) for _, *values in rows} <= {tuple(row) for row in expected}
        return
    assert broken == []
    assert rows == [(number, *row) for number, row in enumerate(expected, start=1)]


def could_be_rows(row: list[str]) -> bool:
    """Whether a value of it spreads over lines that look like rows, each with a lone quote: nobody can tell
    the two apart, so it may be set aside, but never be read as something else."""
    return any("\n" in value for value in row) and sum(value.count(",") for value in row) >= WIDTH - 1


@settings(max_examples=250, deadline=None)
@given(
    TABLES, st.lists(st.tuples(st.integers(0, 200), st.sampled_from(['"', "\\", '\\"', '""'])), max_size=4)
)
def test_a_stray_quote_never_alters_a_value(table: list[list[str]], put: list[tuple[int, str]]) -> None:
    """Each line is a row. A row is what the csv module reads strictly, or it is set aside as it came."""
    flat = [[value.replace("\n", "") for value in row] for row in table]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(flat)
    lines = out.getvalue().removesuffix("\n").split("\n")
    for place, what in put:
        line = lines[place % len(lines)]
        at = place % (len(line) + 1)
        lines[place % len(lines)] = line[:at] + what + line[at:]
    rows, broken = chunks_of("".join(f"{line}\n" for line in [",".join(HEAD), *lines]).encode(), 1 << 20)
    told = " ".join(line for _, line in broken)
    for line in lines:
        fields = _strict(line)
        if fields is None or len(fields) != WIDTH:
            assert _is_told(line, told, rows), line
        elif not is_blank(fields):
            assert line in told or tuple(fields) in [row[1:] for row in rows] or _is_told(line, told, rows)
    for _, *values in rows:
        spans = [lines[i:j] for i in range(len(lines)) for j in range(i + 1, len(lines) + 1)]
        assert any(values == _strict("\n".join(span)) for span in spans)


def _strict(line: str) -> list[str] | None:
    """What the csv module reads, without blanks around quotes and empty fields at the end."""
    bare = re.sub(r'(^|,)[ \t\u3000]*("(?:[^"]|"")*")[ \t\u3000]*(?=,|$)', r"\1\2", line)
    try:
        fields = next(csv.reader([bare], strict=True), [])
    except csv.Error:
        return None
    while len(fields) > WIDTH and not fields[-1].strip(BLANKS):
        fields.pop()
    return fields


def _is_told(line: str, told: str, rows: list[tuple[int, ...]]) -> bool:
    """Set aside, empty, or one line of a value of several lines (two broken rows can make a good one)."""
    return line in told or not line.strip(' ,\u3000\t"') or any("\n" in "".join(row[1:]) for row in rows)


REFUSED = [
    '"a"b', '""b', '"a" x', ' "a"b', '\u3000"a" "', '"a"" b"c', '"\\"a\\""', '"a\\"b"', 'a\\"b\\"', '"a,"b',
]  # fmt: skip
KEPT = {
    'a"b"': 'a"b"', '5"': '5"', '"a""b"': 'a"b', '"a\\"': "a\\", '"a\\""b"': 'a\\"b', "a\\b": "a\\b",
    '"a,b"': "a,b", '""': "", '""""': '"', '" a "': " a ", "'a'": "'a'", 'a""b': 'a""b', '"\n"': "\n",
    '"a" ': "a", ' "a"': "a", '\u3000"a,\t""b"" "\t': 'a,\t"b" ', '\xa0"" ': "",
}  # fmt: skip


@pytest.mark.parametrize("value", REFUSED)
@pytest.mark.parametrize("place", range(WIDTH))
def test_a_value_out_of_form_costs_its_row_only(value: str, place: int) -> None:
    line = ",".join(value if i == place else "x" for i in range(WIDTH))
    rows, broken = chunks_of(f"C0,C1,C2,C3\n1,2,3,4\n{line}\n5,6,7,8\n".encode(), 1 << 20)
    assert [row[0] for row in rows] == [1, 3]
    assert broken == [(2, line)]


@pytest.mark.parametrize("value", KEPT)
@pytest.mark.parametrize("place", range(WIDTH))
def test_a_value_that_can_be_read_in_one_way_is(value: str, place: int) -> None:
    line = ",".join(value if i == place else "x" for i in range(WIDTH))
    rows, broken = chunks_of(f"C0,C1,C2,C3\n1,2,3,4\n{line}\n5,6,7,8\n".encode(), 1 << 20)
    assert broken == []
    assert rows[1] == (2, *(KEPT[value] if i == place else "x" for i in range(WIDTH)))


@pytest.mark.parametrize(("end", "block"), [("", 20), ("", 1 << 20), ("|", 1 << 20), ("||", 1 << 20)])
def test_a_reply_without_names_has_no_empty_rows_and_columns(tmp_path: Path, end: str, block: int) -> None:
    reply = feed(
        "pipe", header=False, columns=[{"name": "id_number", "source": "ID", "type": "text"}, *COLUMNS]
    )
    lines = ["||||", "1|a|b|c|d", "| ||\u3000|", "2|a||c|", "|||||||", "3||||", ""]
    path = tmp_path / "x.txt"
    path.write_text("".join(f"{line}{end}\n" for line in lines), encoding="utf-8")
    found = list(pipe.read_delimited_file(reply, reply.tables[0], path, block))
    wide = pl.concat([c.frame.select("row_no", "ID", *HEAD) for c in found])
    assert wide.rows() == [
        (1, "1", "a", "b", "c", "d"),
        (2, "2", "a", "", "c", ""),
        (3, "3", "", "", "", ""),
    ]
    assert all(c.malformed.is_empty() for c in found)
    assert {name for c in found for name in c.frame.columns} == {"row_no", "ID", *HEAD}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 0x120000), st.booleans(), st.integers(0, 3))
def test_a_reference_is_its_character_or_costs_its_row(code: int, decimal: bool, zeros: int) -> None:
    bank = load_feed("finance__bocom")
    digits = f"{'0' * zeros}{code}" if decimal else f"x{'0' * zeros}{code:X}"
    source = bank.tables[0].columns[0].source
    item = f"<item><{source}>a&#{digits};b</{source}></item>"
    value = next(_xml_values(bank, item))
    is_character = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE
    is_character = is_character or 0x10000 <= code <= 0x10FFFF
    assert value == f"a{chr(code) if is_character else SENTINEL}b"


def _xml_values(bank: Feed, item: str) -> Iterator[str | None]:
    document = f"<resp><code>0000</code><total>1</total><list>{item}</list></resp>"
    pieces = [document[i : i + 7] for i in range(0, len(document), 7)]
    for record in xml._document(bank, "x", pieces, ("0000",)):
        assert isinstance(record, dict)
        yield from record.values()


def test_a_document_without_records_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "_MOST_ELEMENTS", 100)
    bank = load_feed("finance__bocom")
    renamed = "<row><a>1</a></row>" * 60
    with pytest.raises(BatchRejected, match="without the end of a <item>"):
        list(_xml_values(bank, renamed))


NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)


@settings(max_examples=60, deadline=None)
@given(st.one_of(NUMBERS, st.sampled_from(["NaN", "Infinity", "-Infinity", "5.9999997E7", "1.0", "1e400"])))
def test_a_json_number_stays_as_it_is_written(number: str) -> None:
    assert _json_value(f'{{"C0": {number}}}') == number


@pytest.mark.parametrize("raw", ["\t", "\x01", "\x1f", "\u2028", "\x85"])
def test_a_raw_character_in_a_json_text_stays(raw: str) -> None:
    assert _json_value(f'{{"C0": "a{raw}b"}}') == f"a{raw}b"


def test_a_json_name_in_another_case_is_the_declared_one() -> None:
    assert _json_value('{"c0": "x"}') == "x"
    assert _json_value('{"C0": "x", "c0": "y"}') == "x"


def _json_value(row: str) -> str | None:
    columns = [{**COLUMNS[0], "name": "id_number"}]
    form = feed("json", columns=columns)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.jsonl"
        path.write_text(f'{{"code": "0000", "data": {{"rows": [{row}]}}}}\n', encoding="utf-8")
        (chunk,) = json_pages.read_json_pages(form, form.tables[0], path)
    value = chunk.frame["C0"][0]
    assert value is None or isinstance(value, str)
    assert json.loads(json.dumps(value)) == value
    return value


def test_letters_of_columns() -> None:
    for number in (1, 26, 27, 52, 53, 702, 703, 16384):
        assert column_number(column_letters(number)) == number
    assert column_letters(16384) == "XFD"


@pytest.mark.parametrize("seed", range(6))
def test_cells_anywhere_end_no_process(tmp_path: Path, seed: int) -> None:
    """Blank cells wherever they are change nothing of the table."""
    rng = random.Random(seed)
    detention = load_feed("public_security__detention")
    places = [
        f"{column_letters(rng.randrange(6, 16385))}{rng.randrange(7, 1048577)}"
        for _ in range(rng.randrange(60))
    ]
    path = tmp_path / "x.xlsx"
    cells = good_cells() | {place: text(place, rng.choice([" ", "\u3000", ""])) for place in places}
    path.write_bytes(workbook(cells, dimension=rng.choice(["", "A1:XFD1048576", "A1"])))
    (chunk,) = read_in_own_process(read.read_workbook, detention, detention.tables[0], path)
    path.write_bytes(workbook(good_cells()))
    (plain,) = read.read_workbook(detention, detention.tables[0], path)
    assert chunk.frame.equals(plain.frame)
    assert isinstance(chunk.malformed, pl.DataFrame)


@pytest.mark.parametrize("block", [1 << 20, 40])
def test_two_lone_quotes_join_no_rows(block: int) -> None:
    """Each line is a row: what lies between the quotes is no value, however well its end would fit."""
    lines = [",".join(HEAD), '1,"甲,3,4', "5,6,7,8", '9,乙",11,12', "13,14,15,16"]
    rows, broken = chunks_of(("\n".join(lines) + "\n").encode(), block)
    assert broken == [(1, '1,"甲,3,4')]
    assert rows == [(2, "5", "6", "7", "8"), (3, "9", '乙"', "11", "12"), (4, "13", "14", "15", "16")]


def test_a_value_with_lines_that_are_no_rows_is_one() -> None:
    rows, broken = chunks_of((",".join(HEAD) + '\n1,"甲,\n乙,\n丙",3,4\n').encode(), 1 << 20)
    assert (rows, broken) == ([(1, "1", "甲,\n乙,\n丙", "3", "4")], [])

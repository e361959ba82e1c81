"""Layouts: what a reader keeps, what it sets aside, and when it refuses the batch.

Longer than 300 lines: one table of inputs and verdicts per layout, read side by side.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from connectors.catalogue.model import Feed
from connectors.decode import decode
from connectors.decode.no_value import UNKNOWN
from connectors.decode.readers.delimited import pipe
from connectors.delivery import Delivery, LandedPart
from connectors.errors import BatchRejected

AS_OF = date(2020, 5, 12)
IDS = ["210102194803050411", "210103196209181027", "21010619711123100X"]


def feed(
    kind: str | None,
    encoding: str = "utf-8",
    *,
    protocol: str = "sftp",
    mode: str = "snapshot",
    columns: list[dict[str, Any]] | None = None,
    source: dict[str, Any] | None = None,
    **form: Any,
) -> Feed:
    """A feed of three columns (or those given) in the layout ``kind``."""
    default = [
        {
            "name": "id_number",
            "source": "ZJHM",
            "type": "id_number",
            "required": True,
            "sensitive": "identity",
        },
        {"name": "full_name", "source": "XM", "type": "name", "required": True, "sensitive": "name"},
        {"name": "address", "source": "DZ", "type": "text"},
    ]
    table = {
        "name": "main",
        "source": source or {"path": "/x"},
        "key": ["id_number"],
        "volume": {"expected": 1, "min": 0, "max": 9},
        "columns": [{"label_zh": "列", **c} for c in columns or default],
    }
    declared: dict[str, Any] = {
        "feed_id": "test__feed",
        "department_code": "t",
        "kind": "department",
        "name": {"zh": "测", "en": "t"},
        "publisher": {"zh": "测", "en": "t"},
        "owner": "o",
        "legal_basis": ["x"],
        "protocol": protocol,
        "connection_id": "x",
        "encoding": encoding,
        "cadence": "daily",
        "schedule": "0 0 * * *",
        "mode": mode,
        "freshness": {"warn_days": 1, "error_days": 2},
        "tables": [table],
    }
    if kind:
        declared["format"] = {"kind": kind, **form}
    if mode == "query_reply":
        declared["request"] = {"kind": "soap"}
    return Feed.model_validate(declared)


Run = Callable[..., tuple[pl.DataFrame, pl.DataFrame]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def decoded(declared: Feed, content: bytes, rows: int | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
        path = tmp_path / "landed"
        path.write_bytes(content)
        part = LandedPart("main", path, "0" * 64, rows)
        chunks = list(decode(declared, Delivery(declared.feed_id, AS_OF, (part,), "0" * 64, None)))
        return pl.concat(c.good for c in chunks), pl.concat(c.quarantined for c in chunks)

    return decoded


def csv_bytes(*lines: str, encoding: str = "utf-8") -> bytes:
    return ("\n".join(("ZJHM,XM,DZ", *lines)) + "\n").encode(encoding)


def test_quotes_line_ends_and_row_numbers(run: Run) -> None:
    content = csv_bytes(
        f'{IDS[0]},王德福,"南京街101号\n2单元"',
        "",
        f"{IDS[1]},李桂兰",
        f'{IDS[1]},李桂兰,"五""里""河"',
        f'{IDS[2]},赵淑琴,5"管',
        f'{IDS[2]},"赵淑琴,没有收尾',
        f'="{IDS[0]}",王德福,a,b',
        f'="{IDS[0]}",王德福,末行',
    ).replace(b"\n", b"\r\n")
    good, aside = run(feed("csv", header=True, delimiter=","), content)
    assert good.select("row_no", "address").rows() == [
        (1, "南京街101号\n2单元"), (3, '五"里"河'), (4, '5"管'), (7, "末行"),
    ]  # fmt: skip
    assert aside.select("row_no", "reason_code").rows() == [(n, "row_malformed") for n in (2, 5, 6)]
    assert "found 2 fields, expected 3" in aside["message"][0]
    assert IDS[1] not in aside["payload"][0]
    assert "李桂兰" not in aside["payload"][0]


def test_small_blocks_give_the_same_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    lines = [
        f'{IDS[i % 3]},王{i},"甲\n乙{i}"' if i % 7 == 0 else f"{IDS[i % 3]},李{i},街{i}" for i in range(500)
    ]
    path.write_bytes(csv_bytes(*lines, encoding="gb18030"))
    declared = feed("csv", "gb18030", header=True, delimiter=",")
    frames = [
        pl.concat(c.frame for c in pipe.read_delimited_file(declared, declared.tables[0], path, size))
        for size in (64, 1000, 1 << 20)
    ]
    assert frames[0].height == 500
    assert frames[0].equals(frames[1])
    assert frames[1].equals(frames[2])


def test_header_in_any_order_unknown_columns_kept(run: Run) -> None:
    content = f"备注,XM,ZJHM,DZ\n新,王德福,{IDS[0]},a\n,李桂兰,{IDS[1]},b\n".encode()
    good, aside = run(feed("csv", header=True), content)
    assert good["full_name"].to_list() == ["王德福", "李桂兰"]
    assert json.loads(good["extra"][0]) == {"备注": "新"}
    assert aside.height == 0


@pytest.mark.parametrize(
    ("header", "words"),
    [("ZJHM,XINGMING,DZ", ["XM", "XINGMING"]), ("ZJHM,XM,XM", ["twice", "XM"]), ("", ["no header"])],
)
def test_a_wrong_header_refuses_the_batch(run: Run, header: str, words: list[str]) -> None:
    with pytest.raises(BatchRejected) as refused:
        run(feed("csv", header=True), f"{header}\n".encode() + (b"1,2,3\n" if header else b""))
    assert all(word in str(refused.value) for word in words)


def test_bad_bytes_cost_their_row_only(run: Run) -> None:
    content = csv_bytes(
        f"{IDS[0]},王德福,a", f"{IDS[1]},李@,b", f"{IDS[2]},赵\x01,c", f"{IDS[0]},王德福,d", encoding="gbk"
    )
    good, aside = run(feed("csv", "gbk", header=True), content.replace(b"@", b"\xff"))
    assert good["row_no"].to_list() == [1, 4]
    assert aside.select("row_no", "column_name", "reason_code").rows() == [
        (2, "full_name", "encoding_invalid"),
        (3, "full_name", "control_character"),
    ]


@pytest.mark.parametrize("character", ["\x00", "\x1f", "\x7f", "\x85", "\ufdd0"])
def test_control_characters_in_any_column(run: Run, character: str) -> None:
    _, aside = run(feed("csv", header=True), csv_bytes(f"{IDS[0]},王德福,a{character}b"))
    assert aside["reason_code"].to_list() == ["control_character"]
    assert json.loads(aside["payload"][0])["address"] == "a␀b"


def test_byte_order_marks(run: Run) -> None:
    content = b"\xef\xbb\xbf" + csv_bytes(f"{IDS[0]},王德福,a")
    good, _ = run(feed("csv", "utf-8-sig", header=True), content)
    assert good.height == 1
    with pytest.raises(BatchRejected, match="byte order mark"):
        run(feed("csv", "gb18030", header=True), content)


def test_pipe_is_split_after_decoding(run: Run) -> None:
    name = b"\x81\x7c".decode("gbk")  # a character whose second byte is the delimiter
    content = f'{IDS[0]}|{name}某|a\n{IDS[1]}|李桂兰|"b\n'.encode("gbk")
    good, aside = run(feed("pipe", "gbk", header=False), content)
    assert good["full_name"].to_list() == [f"{name}某", "李桂兰"]
    assert good["address"].to_list() == ["a", '"b']
    assert aside.height == 0


FIXED = [
    {"name": "id_number", "source": "ZJHM", "type": "id_number", "required": True, "width": 18},
    {"name": "full_name", "source": "XM", "type": "name", "required": True, "width": 12},
    {"name": "balance", "source": "YE", "type": "amount", "unit": "fen", "width": 15},
]


def fixed(*rows: tuple[str, str, int], count: int | None = None, total: int | None = None) -> bytes:
    lines = [b"H20200512BANK"]
    for number, name, fen in rows:
        lines.append(b"D" + number.encode() + name.encode("gbk").ljust(12) + b"%015d" % fen)
    count = len(rows) if count is None else count
    total = sum(fen for *_, fen in rows) if total is None else total
    return b"\n".join([*lines, b"T%010d%018d" % (count, total)]) + b"\n"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(IDS),
            st.text("王李张㐂欧阳娜|儿丂", min_size=1, max_size=6),
            st.integers(0, 10**12),
        ),
        max_size=20,
    )
)
def test_fixed_width_round_trip(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, int]]
) -> None:
    rows = [(n, name.encode("gbk", "replace").decode("gbk"), fen) for n, name, fen in rows]
    rows = [(n, name if set(name) - {"|"} else "王", fen) for n, name, fen in rows]
    path = tmp_path_factory.mktemp("fixed") / "x.dat"
    path.write_bytes(fixed(*rows))
    declared = feed("fixed_width", "gbk", columns=FIXED, trailer_total="balance")
    part = LandedPart("main", path, "0", None)
    chunks = list(decode(declared, Delivery("test__feed", AS_OF, (part,), "0", None)))
    good = pl.concat(c.good for c in chunks)
    found = [
        (n, name, int(fen * 100)) for n, name, fen in good.select("id_number", "full_name", "balance").rows()
    ]
    assert found == rows


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (fixed((IDS[0], "王德福", 100), count=2), "announces 2 rows"),
        (fixed((IDS[0], "王德福", 100), total=99), "announces 99 fen"),
        (fixed((IDS[0], "王德福", 100)).rsplit(b"T", 1)[0], "no trailer"),
        (fixed((IDS[0], "王德福", 100)) + b"D\n", "after the trailer"),
        (b"D123\n", "no header"),
    ],
)
def test_fixed_width_that_contradicts_itself(run: Run, content: bytes, words: str) -> None:
    with pytest.raises(BatchRejected, match=words):
        run(feed("fixed_width", "gbk", columns=FIXED, trailer_total="balance"), content)


def test_a_short_fixed_line_is_set_aside(run: Run) -> None:
    lines = fixed((IDS[0], "王德福", 100), (IDS[1], "李桂兰", 50)).split(b"\n")
    lines[1] = lines[1][:-3]
    good, aside = run(feed("fixed_width", "gbk", columns=FIXED, trailer_total="balance"), b"\n".join(lines))
    assert good["row_no"].to_list() == [2]
    assert aside.select("row_no", "reason_code").rows() == [(1, "row_malformed")]


def xml(rows: str, code: str = "0000", head: str = "", total: str = "") -> bytes:
    body = f"{head}<resp><code>{code}</code>{total}<list>{rows}</list></resp>"
    return f'<?xml version="1.0" encoding="GBK"?>{body}'.encode("gbk")


ITEM = f"<item><ZJHM>{IDS[0]}</ZJHM><XM>王德福</XM><DZ/></item>"


def test_xml(run: Run) -> None:
    declared = feed("xml", "gbk", record="item", code="code")
    good, _ = run(declared, xml(ITEM * 3, total="<total>3</total>"))
    assert good["full_name"].to_list() == ["王德福"] * 3
    bad = ITEM.replace("王德福", "王@") + ITEM.replace("王德福", "王&#1;") + ITEM
    good, aside = run(declared, xml(bad).replace(b"@", b"\xff"))
    assert good["row_no"].to_list() == [3]
    assert aside["reason_code"].to_list() == ["encoding_invalid", "control_character"]


BOMB = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
REMOTE = '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (xml(ITEM, head=BOMB), "document type"),
        (xml(ITEM, head=REMOTE), "document type"),
        (xml(ITEM, code="9001"), "9001"),
        (xml(ITEM, total="<total>2</total>"), "announces 2"),
        (xml(ITEM)[:-9], "well-formed"),
        (xml(ITEM + "&nope;"), "well-formed"),
        (b"<resp><list/></resp>", "no response code"),
        (b"", "well-formed"),
    ],
)
def test_xml_that_is_refused(run: Run, content: bytes, words: str) -> None:
    with pytest.raises(BatchRejected, match=words):
        run(feed("xml", "gbk", record="item", code="code"), content)


def test_soap_answers(run: Run) -> None:
    def answer(code: str, rows: str) -> str:
        head = '<?xml version="1.0" encoding="GBK"?>'
        inner = f"{head}<RESULT><CODE>{code}</CODE><MSG/><ROWS>{rows}</ROWS></RESULT>"
        return json.dumps(inner, ensure_ascii=False)

    row = ITEM.replace("item>", "ROW>")
    declared = feed(
        "xml", "gbk", protocol="soap", mode="query_reply", source={"operation": "q"}, record="ROW"
    )
    good, _ = run(
        declared, "\n".join([answer("0000", row), answer("0001", ""), answer("0000", row)]).encode()
    )
    assert good["row_no"].to_list() == [1, 2]
    with pytest.raises(BatchRejected, match="answer 2 answers code '5000'"):
        run(declared, "\n".join([answer("0000", row), answer("5000", "")]).encode())


def test_json_pages(run: Run) -> None:
    columns = [
        {"name": "id_number", "source": "zjhm", "type": "id_number", "required": True},
        {"name": "amount", "source": "je", "type": "amount"},
    ]
    declared = feed("json", protocol="rest", columns=columns)
    pages = [
        f'{{"code":"0000","msg":"","data":{{"rows":[{{"zjhm":"{IDS[0]}","je":1234567.89}}]}}}}',
        f'{{"code":"0000","msg":"","data":{{"rows":[{{"zjhm":"{IDS[1]}","je":null}},{{"zjhm":210102194803050411}}]}}}}',
    ]
    good, _ = run(declared, "\n".join(pages).encode())
    assert [str(a) for a in good["amount"]] == ["1234567.89", "None", "None"]
    assert good["id_number"][2] == IDS[0]  # a number in JSON keeps its digits
    for broken, words in (
        ('{"code":"5001","msg":"忙"}', "5001"),
        ("<html>", "no JSON"),
        ('{"code":"0000"}', "data.rows"),
    ):
        with pytest.raises(BatchRejected, match=words):
            run(declared, broken.encode())


def test_workbooks(run: Run, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.create_sheet("明细")
    sheet["A1"] = "标题"
    sheet.merge_cells("A1:C1")
    for line in (
        ["ZJHM", "XM", "DZ"],
        [IDS[0], "王德福", 12.0],
        [None, None, None],
        [2.10102194803050411e17, "李桂兰", 0.1 + 0.2],
    ):
        sheet.append(line)
    book.save(tmp_path / "b.xlsx")
    declared = feed("xlsx", source={"path": "/x", "sheet": "明细", "header_row": 2})
    content = (tmp_path / "b.xlsx").read_bytes()
    good, aside = run(declared, content)
    assert good.select("row_no", "address").rows() == [(1, "12")]
    assert aside.select("row_no", "reason_code").rows() == [(2, "id_digits_lost")]
    with pytest.raises(BatchRejected, match="none named '别的'"):
        run(feed("xlsx", source={"path": "/x", "sheet": "别的", "header_row": 2}), content)
    with pytest.raises(BatchRejected, match="no readable workbook"):
        run(declared, b"PK not a workbook")


def test_sql_rows_tell_null_from_text(run: Run) -> None:
    content = f'ZJHM,XM,DZ,BZ\n"{IDS[0]}  ","王德福","\\N",\\N\n"{IDS[1]}","李桂兰",\\N,"x\n""y"""\n'.encode()
    good, _ = run(feed(None, protocol="sql", source={"schema": "S", "table": "T"}), content)
    assert good["address"].to_list() == [None, None]
    assert json.loads(good["extra"][1]) == {"BZ": 'x\n"y"'}
    assert good["extra"][0] is None
    # the word that some program wrote into the table is no address; a null was never there
    assert good["as_received"].to_list() == ['{"address":"\\\\N"}', None]


def test_announced_rows_must_come(run: Run) -> None:
    with pytest.raises(BatchRejected, match="has 1 rows, 2 were announced"):
        run(feed("csv", header=True), csv_bytes(f"{IDS[0]},王德福,a"), 2)


def test_an_empty_batch_is_one_empty_chunk(run: Run) -> None:
    good, aside = run(feed("csv", header=True), csv_bytes())
    assert (good.height, aside.height) == (0, 0)
    assert good.columns == ["id_number", "full_name", "address", "row_no", "as_received", "extra"]


#: Written as the character they stand for: that is tested in test_values.
COMPATIBILITY = "".join(map(chr, range(0xF900, 0xFB00)))
gbk_text = st.text(
    st.characters(
        codec="gbk",
        exclude_categories=["Cc", "Cf", "Cn", "Co", "Zs", "Zl", "Zp"],
        exclude_characters=COMPATIBILITY,
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(gbk_text, min_size=1, max_size=20))
def test_gbk_text_round_trip(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    texts = [t.strip("'=\"") or "甲" for t in texts]
    texts = ["甲" if any(word in t.upper() for word in UNKNOWN["text"]) else t for t in texts]
    path = tmp_path_factory.mktemp("gbk") / "x.csv"
    quoted = ['"' + t.replace('"', '""') + '"' for t in texts]
    path.write_bytes(csv_bytes(*(f"{IDS[0]},王德福,{q}" for q in quoted), encoding="gbk"))
    part = LandedPart("main", path, "0", None)
    declared = feed("csv", "gbk", header=True)
    chunks = list(decode(declared, Delivery("test__feed", AS_OF, (part,), "0", None)))
    assert pl.concat(c.good for c in chunks)["address"].to_list() == texts

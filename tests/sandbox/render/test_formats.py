"""The bytes of every format, read back by the plainest means there are."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import polars as pl
import pytest
import pyzipper

from connectors.catalogue.load import load_feed
from connectors.catalogue.model import Feed, Table
from sandbox.render.archive import zip_aes_bytes
from sandbox.render.files import companions, content_of
from sandbox.render.fixed_width import fit
from sandbox.render.served import rows_for
from sandbox.render.sheet import answers, sheet_of, worded_rows
from tests.support import small_city

DAY = date(2020, 5, 12)


def _feed_and_table(feed_id: str) -> tuple[Feed, Table]:
    feed = load_feed(feed_id)
    return feed, feed.tables[0]


def rendered(feed_id: str, *habits: str, day: date = DAY) -> tuple[Feed, Table, bytes]:
    feed = load_feed(feed_id)
    table = feed.tables[0]
    sheet = sheet_of(feed, table, worded_rows(feed, table, small_city.rows_of(feed, table)), day, habits)
    return feed, table, content_of(feed, table, sheet, day, habits, "secret")


def test_csv_in_gb18030_with_chinese_header_and_crlf() -> None:
    _, table, data = rendered("public_security__migration")
    rows = list(csv.reader(io.StringIO(data.decode("gb18030"), newline="")))
    assert rows[0] == [c.source for c in table.columns]
    assert len(rows) == 1 + small_city.ROWS
    assert rows[1][0] == small_city.number_of(0)
    assert rows[5][1] == "张䶮"
    moved_on = small_city.rows_of(*_feed_and_table("public_security__migration"))["moved_on"][0]
    assert rows[1][3] == f"{moved_on.year}/{moved_on.month}/{moved_on.day}"
    assert b"\r\n" in data


def test_utf8_feed_begins_with_a_byte_order_mark() -> None:
    _, _, data = rendered("social_security__public_payroll")
    assert data.startswith(b"\xef\xbb\xbf")


def test_rare_characters_are_lost_in_gbk() -> None:
    _, _, data = rendered("provident_fund__provincial_branch")
    names = [line.split("|")[1] for line in data.decode("gbk").splitlines()[1:]]
    assert names[4:6] == ["张?", "赵?"]


def test_column_order_changes_on_odd_days() -> None:
    even = rendered("social_security__work_injury_insurance")[2].decode("gb18030").split("\r\n")[0]
    odd = rendered("social_security__work_injury_insurance", day=date(2020, 5, 13))[2]
    assert sorted(even.split(",")) == sorted(odd.decode("gb18030").split("\r\n")[0].split(","))
    assert not odd.decode("gb18030").startswith(even)


@pytest.mark.parametrize("feed_id", ["finance__boc", "finance__ccb", "finance__shengjing"])
def test_fixed_width_lines_have_the_declared_bytes(feed_id: str) -> None:
    _, table, data = rendered(feed_id)
    header, *details, trailer = data.rstrip(b"\n").split(b"\n")
    assert header[:9] == b"H20200512"
    assert {len(d) for d in details} == {1 + sum(c.width or 0 for c in table.columns)}
    start = 1 + sum(c.width or 0 for c in table.columns[:9])
    total = sum(int(d[start : start + 15]) for d in details)
    assert trailer == f"T{small_city.ROWS:010d}{total:018d}".encode()


def test_a_fixed_field_is_cut_between_characters() -> None:
    assert fit("沈阳市和平区", 5, "gbk") == "沈阳".encode("gbk") + b" "


def test_workbook_has_titles_serials_and_a_second_sheet() -> None:
    _, table, data = rendered("public_security__detention")
    book = openpyxl.load_workbook(io.BytesIO(data))
    page = book["羁押人员"]
    assert len(book.sheetnames) == 2
    assert [c.value for c in page[3]] == [c.source for c in table.columns]
    assert page.cell(4, 3).value == (date(2015, 1, 1) - date(1899, 12, 30)).days
    assert page.cell(4, 2).value == small_city.number_of(0)
    assert {str(r) for r in page.merged_cells.ranges} == {"A1:E1", "A2:E2"}


def test_xml_declares_its_encoding_and_total() -> None:
    _, _, data = rendered("finance__bocom")
    assert data.startswith(b'<?xml version="1.0" encoding="GB18030"?>')
    text = data.decode("gb18030").partition("?>")[2]
    root = ElementTree.fromstring(text)
    assert root.findtext("total") == str(len(root.findall("list/item"))) == str(small_city.ROWS)


def test_pipe_reply_without_header_and_in_fen_where_declared() -> None:
    assert rendered("finance__icbc")[2].count(b"\n") == small_city.ROWS
    lines = rendered("finance__cmb")[2].decode("gb18030").splitlines()
    assert lines[0].startswith("REQ_NO|SEQ_NO|CUST_NAME")
    assert lines[2].split("|")[9] == "201"  # 2.01 yuan


def test_archive_is_the_same_every_time_and_opens_with_its_password() -> None:
    first = rendered("public_security__prison")[2]
    assert first == rendered("public_security__prison")[2]
    with pyzipper.AESZipFile(io.BytesIO(first)) as archive:
        (name,) = archive.namelist()
        with pytest.raises(RuntimeError):
            archive.read(name, pwd=b"wrong")
        assert archive.read(name, pwd=b"secret").decode("gbk").startswith("姓名,证件号码")
    assert zip_aes_bytes("a.csv", b"x", "p") != zip_aes_bytes("a.csv", b"x", "q")


def test_workbook_bytes_do_not_know_when_they_were_written() -> None:
    data = rendered("finance__jinzhou")[2]
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert {i.date_time for i in book.infolist()} == {(2020, 1, 1, 0, 0, 0)}
        assert b"2020-01-01T00:00:00Z" in book.read("docProps/core.xml")


def test_switched_habits() -> None:
    plain = rendered("finance__boc")[2]
    assert rendered("finance__boc", "trailer_mismatch")[2] != plain
    assert rendered("finance__boc", "truncated_file")[2] == plain[: len(plain) // 2]
    assert rendered("finance__boc", "empty_file")[2] == b""
    header = rendered("market_regulation__farmer_cooperative", "column_renamed")[2].decode("gb18030")
    assert header.startswith("统一社会信用代码_NEW,")
    added = rendered("market_regulation__farmer_cooperative", "column_added")[2].decode("gb18030")
    assert added.split("\r\n")[0].endswith(",BZ")
    poisoned = rendered("market_regulation__farmer_cooperative", "poison")[2].decode("gb18030")
    assert poisoned.count("\r\n") == 1 + small_city.ROWS // 10
    feed = load_feed("finance__icbc")
    assert set(companions(feed, "a.txt", b"x", set())) == {".ok", ".md5"}
    assert set(companions(feed, "a.txt", b"x", {"flag_missing"})) == {".md5"}
    good = companions(feed, "a.txt", b"x", set())[".md5"]
    assert companions(feed, "a.txt", b"x", {"digest_mismatch"})[".md5"] != good


def test_only_people_with_a_row_are_answered_and_in_the_order_asked() -> None:
    feed = load_feed("finance__icbc")
    table = feed.tables[0]
    text = worded_rows(feed, table, small_city.rows_of(feed, table))
    asked = [
        (1, small_city.number_of(7)),
        (2, "nobody"),
        (3, small_city.number_of(2)),
        (4, small_city.number_of(7)),
    ]
    found = answers(table, text, "bk_icbc-20200512", asked)
    assert found["sequence_no"].to_list() == ["1", "3", "4"]
    assert found["request_id"].unique().to_list() == ["bk_icbc-20200512"]


def test_rows_come_and_go_with_the_clock(tmp_path: Path) -> None:
    feed = load_feed("social_security__public_payroll")
    table = feed.tables[0]
    frame = small_city.rows_of(feed, table, 3).with_columns(
        pl.Series("_published_on", [date(2020, 5, 1), date(2020, 5, 12), date(2020, 5, 13)]),
        pl.Series("_withdrawn_on", [date(2020, 5, 12), None, None], dtype=pl.Date),
    )
    path = tmp_path / "feeds" / feed.feed_id / "main.parquet"
    path.parent.mkdir(parents=True)
    frame.write_parquet(path)
    held = [rows_for(tmp_path, feed, table, date(2020, 5, d))["id_number"].to_list() for d in (11, 12, 13)]
    numbers = [small_city.number_of(i) for i in range(3)]
    assert held == [numbers[:1], numbers[1:2], numbers[1:]]

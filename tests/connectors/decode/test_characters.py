"""Text that only looks right: what is cleaned, what is told."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.catalogue.column import Column
from connectors.catalogue.model import Table
from connectors.decode.characters import IDEOGRAPHS, RADICALS, UNKNOWN_BYTES, is_garbled, is_garbled_name
from connectors.decode.raw import RawChunk, empty_malformed
from connectors.decode.row_validation import validate
from connectors.decode.text import DecodeContext, trim
from connectors.decode.values import clean_column
from connectors.delivery import DecodedChunk

CONTEXT = DecodeContext(as_of=date(2020, 5, 12))
HIDDEN = "\u200b\u200c\u200d\u200e\u202a\u2060\u2066\ufeff\u00ad\ufe00\ufe0f\U000e0100\u034f\u180e\u061c"
VALUES = {
    "text": "A0012",
    "name": "王德福",
    "id_number": "210102194803050411",
    "uscc": "91350100M000100Y43",
    "certificate_no": "21010219480305041141",
    "account": "6222021234561234567",
    "region": "210102",
    "code": "在保",
    "flag": "是",
    "integer": "12",
    "decimal": "1.25",
    "amount": "1234.50",
    "date": "2020-05-12",
    "month": "202005",
    "timestamp": "2020-05-12 08:00:00",
}


def _clean(kind: str, text: str) -> tuple[Any, list[str]]:
    codes = {"在保": "active"} if kind == "code" else None
    column = Column.model_validate(
        {"name": "c", "source": "C", "type": kind, "label_zh": "列", "codes": codes}
    )
    cleaned = clean_column(trim(pl.Series([text])), column, CONTEXT)
    return cleaned.values[0], [reason for rows, reason in cleaned.problems if rows[0]]


@given(
    kind=st.sampled_from(sorted(VALUES)),
    places=st.lists(st.tuples(st.integers(0, 20), st.sampled_from(HIDDEN)), min_size=1, max_size=6),
)
@settings(max_examples=300, deadline=None)
def test_what_nobody_sees_changes_nothing(kind: str, places: list[tuple[int, str]]) -> None:
    text = VALUES[kind]
    for at, hidden in places:
        text = text[:at] + hidden + text[at:]
    value, reasons = _clean(kind, text)
    assert (value, reasons) == _clean(kind, VALUES[kind])
    assert value is not None


def _judged(*rows: tuple[str, str]) -> DecodedChunk:
    columns = [
        {"name": "case_id", "source": "K", "type": "text", "label_zh": "号", "required": True},
        {"name": "household_no", "source": "H", "type": "text", "label_zh": "户"},
        {"name": "opinion", "source": "O", "type": "text", "label_zh": "意见"},
    ]
    volume = {"expected": 1, "min": 0, "max": 9}
    table = Table.model_validate(
        {"name": "main", "source": {}, "key": ["case_id"], "columns": columns, "volume": volume}
    )
    data: dict[str, list[Any]] = {name: [dict([row]).get(name, "1") for row in rows] for name in "KHO"}
    frame = pl.DataFrame({"row_no": range(1, len(rows) + 1), **data}, schema_overrides={"row_no": pl.Int64})
    return validate(RawChunk(frame, empty_malformed()), table, CONTEXT)


def test_keys_that_look_alike_are_one_key() -> None:
    good = _judged(("K", "A1"), ("K", "A\u200b1"), ("K", "\ufeffA1"), ("K", "A1\u00ad")).good
    assert good["case_id"].to_list() == ["A1"] * 4
    assert [received is None for received in good["as_received"]] == [True, False, False, False]


@pytest.mark.parametrize("key", ["A〓1", "A□1", "A■1", "A?1", "A\ue863", "锟斤拷1"])
@pytest.mark.parametrize("column", ["K", "H"])
def test_a_damaged_number_is_set_aside(key: str, column: str) -> None:
    assert _judged((column, key)).quarantined["reason_code"].to_list() == ["encoding_invalid"]


@pytest.mark.parametrize("key", ["6.22848E+18", "6.22848E18", "2E+17"])
def test_a_number_without_its_digits_is_no_key(key: str) -> None:
    assert _judged(("K", key)).quarantined["reason_code"].to_list() == ["digits_lost"]


@pytest.mark.parametrize("key", ["3E12", "1E5", "6222****4567", "辽A·E12"])
def test_other_numbers_are_kept(key: str) -> None:
    assert _judged(("K", key)).good["case_id"].to_list() == [key]


def test_a_text_of_a_wrong_table_is_null_and_told() -> None:
    chunk = _judged(("O", "锟斤拷锟斤拷"), ("O", "和平区□□街"))
    assert chunk.good["opinion"].to_list() == [None, "和平区□□街"]
    assert chunk.good["as_received"][0] == '{"opinion":"锟斤拷锟斤拷"}'
    assert chunk.observed is not None
    assert chunk.observed.types.filter(pl.col("column") == "opinion")["unread"][0] == 1


def test_a_radical_is_the_character_people_see() -> None:
    assert len(RADICALS) == len(IDEOGRAPHS) == len(set(RADICALS))
    for radical, ideograph in zip(RADICALS, IDEOGRAPHS, strict=True):
        assert _clean("name", "王" + radical) == ("王" + ideograph, [])
    assert _clean("name", "\u2ee2\u2f42") == ("马文", [])
    assert _clean("text", "\u2ee2\u2f42") == ("马文", [])
    assert _clean("code", "在保\u200b") == ("active", [])
    assert _clean("date", "2020年5\u2f4912\u2f47") == (date(2020, 5, 12), [])


@pytest.mark.parametrize(
    "name",
    ["锟斤拷", "王锟斤拷", "烫烫烫", "屯屯屯", "æ¬§", "æ¬§é˜³", "å¼ä¸‰", "å¼", "娆ч槼",
      "寮犱笁", "鐜嬪痉绂?", "ÕÅÈý", "#N/A"],
)  # fmt: skip
def test_a_name_of_a_wrong_table_is_no_name(name: str) -> None:
    assert _clean("name", name)[1] == ["name_invalid"]


@pytest.mark.parametrize(
    "two", [b"\xaa\xa1", b"\xaf\xfe", b"\xf8\xa1", b"\xfe\xfe", b"\xa1\x40", b"\xa7\xa0"]
)
def test_a_user_defined_character_of_gbk_is_a_lost_one(two: bytes) -> None:
    told = ("王".encode("gbk") + two + "文".encode("gbk")).decode("gbk", UNKNOWN_BYTES)
    assert told == "王" + two.decode("gb18030") + "文"
    assert _clean("name", told) == (told, [])
    assert b"A\xffB\xaa".decode("gbk", UNKNOWN_BYTES) == "A\ufffdB\ufffd"


_COMMON = "王李张刘陈杨赵黄周吴欧阳德福国强军伟丽英华明玉兰建文海平春秀志"


@given(st.text(_COMMON, min_size=2, max_size=4))
@settings(max_examples=300, deadline=None)
def test_a_name_read_by_a_wrong_table_is_told_and_the_right_one_is_not(name: str) -> None:
    assert not is_garbled_name(pl.Series([name]))[0]
    latin = name.encode().decode("latin-1")
    windows = name.encode().decode("cp1252", "ignore")
    as_gbk = name.encode().decode("gb18030", "replace")
    as_gbk = (as_gbk[:-1] + as_gbk[-1].replace("\ufffd", "?")).replace("\ufffd", "€")  # as Windows does
    upper = name.encode("gbk").decode("latin-1")
    assert is_garbled(pl.Series([latin, as_gbk, upper])).tolist() == [True] * 3
    assert is_garbled_name(pl.Series([windows]))[0]


@pytest.mark.parametrize(
    "name",
    ["璩锋华", "瑾瑜", "杨锟", "滕璐", "André·Silva", "José", "Müller", "古丽·阿不都",
     "张*", "张〓", "王Y", "娆娜", "寮国强"],
)  # fmt: skip
def test_rare_and_damaged_names_are_names(name: str) -> None:
    assert _clean("name", name) == (name, [])


@pytest.mark.parametrize("name", ["***", "□□", "〓"])
def test_a_name_of_which_nothing_is_left_is_none(name: str) -> None:
    assert _clean("name", name)[1] == ["name_invalid"]

"""Dates, amounts, names, codes, accounts: every written form the departments use."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.catalogue.column import Column
from connectors.decode.text import DecodeContext, trim
from connectors.decode.values import clean_column

AS_OF = date(2020, 5, 12)


def one(kind: str, text: str | None, *, excel: bool = False, **more: Any) -> tuple[Any, str | None]:
    """(value, reason) of a single text."""
    column = Column(name="c", source="C", type=kind, label_zh="列", **more)
    cleaned = clean_column(trim(pl.Series([text], dtype=pl.String)), column, DecodeContext(AS_OF, excel))
    return cleaned.values[0], next((reason for rows, reason in cleaned.problems if rows[0]), None)


DAY = date(2020, 5, 12)


@pytest.mark.parametrize(
    "text",
    [
        "20200512",
        "2020-05-12",
        "2020/5/12",
        "2020/05/12",
        "2020.05.12",
        "2020年5月12日",
        "２０２００５１２",
        "2020-05-12 00:00:00",
        "2020-05-12T08:30:00",
        " 2020-5-12 ",
        "'20200512",
        '="20200512"',
    ],
)
def test_dates_in_every_form(text: str) -> None:
    assert one("date", text) == (DAY, None)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2020-05-11T16:00:00Z", DAY),
        ("2020-05-11T15:59:59.999Z", date(2020, 5, 11)),
        ("2020-05-12T15:59:59Z", DAY),
        ("2020-05-12 00:00:00+08:00", DAY),
        ("2020-05-12 23:59+0800", DAY),
        ("2020-05-13 00:30 +09:00", DAY),
        ("2020-05-11 20:00:00-05:00", DAY),
        ("2020年5月11日 16:00Z", DAY),
        ("20200511T16:00:00Z", DAY),
    ],
)
def test_a_date_with_a_zone_is_the_day_it_was_here(text: str, day: date) -> None:
    assert one("date", text) == (day, None)
    assert one("month", "2020-04-30T16:00:00Z") == (date(2020, 5, 1), None)
    assert one("date", "9999-12-31T16:00:00Z") == (None, None)


@pytest.mark.parametrize("text", ["00000000", "0000-00-00", "99991231", "9999-12-31", "", "   ", None])
def test_dates_that_mean_none(text: str | None) -> None:
    assert one("date", text) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "20200230",
        "2020-13-01",
        "43963",
        "202005",
        "昨天",
        "18491231",
        "1e8",
        "2020-05/12x",
        "2020-05-12 24:00:00",
        "2020-05-12 08:99",
    ],
)
def test_dates_that_are_none(text: str) -> None:
    assert one("date", text) == (None, "date_invalid")


def test_serial_numbers_are_dates_in_workbooks_only() -> None:
    assert one("date", "43963", excel=True) == (DAY, None)
    assert one("date", "20200512", excel=True) == (DAY, None)


@settings(max_examples=200, deadline=None)
@given(st.dates(date(1850, 1, 1), date(2100, 12, 31)))
def test_any_day_survives_any_form(day: date) -> None:
    forms = [f"{day:%Y%m%d}", f"{day:%Y-%m-%d}", f"{day.year}/{day.month}/{day.day}",
             f"{day.year}年{day.month}月{day.day}日"]  # fmt: skip
    column = Column(name="c", source="C", type="date", label_zh="列")
    assert clean_column(pl.Series(forms), column, DecodeContext(AS_OF)).values.to_list() == [day] * 4


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("202005", date(2020, 5, 1)),
        ("2020-05", date(2020, 5, 1)),
        ("2020年5月", date(2020, 5, 1)),
        ("20200531", date(2020, 5, 1)),
        ("2020/5", date(2020, 5, 1)),
        ("000000", None),
    ],
)
def test_months(text: str, value: date | None) -> None:
    assert one("month", text) == (value, None)
    assert one("month", "202013") == (None, "month_invalid")
    assert one("month", "20205") == (None, "month_invalid")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2020-05-12 01:02:03", datetime(2020, 5, 12, 1, 2, 3)),
        ("2020-05-12T01:02:03.5", datetime(2020, 5, 12, 1, 2, 3, 500000)),
        ("2020.05.12 01:02:03.5", datetime(2020, 5, 12, 1, 2, 3, 500000)),
        ("20200512010203", datetime(2020, 5, 12, 1, 2, 3)),
        ("2020/5/12 1:02", datetime(2020, 5, 12, 1, 2)),
        ("2020-05-12", datetime(2020, 5, 12)),
        ("2020-05-11T17:02:03Z", datetime(2020, 5, 12, 1, 2, 3)),
        ("2020-05-12 01:02:03+08:00", datetime(2020, 5, 12, 1, 2, 3)),
    ],
)
def test_timestamps(text: str, value: datetime) -> None:
    assert one("timestamp", text) == (value, None)
    assert one("timestamp", "昨天上午") == (None, "timestamp_invalid")


@pytest.mark.parametrize(
    ("text", "value", "reason"),
    [
        ("715", "715.00", None),
        ("1,234.50", "1234.50", None),
        ("￥12元", "12.00", None),
        ("100000000000", "100000000000.00", None),
        ("100000000000.01", None, "amount_out_of_range"),
        ("9" * 29, None, "amount_out_of_range"),
        ("-0.01", None, "amount_negative"),
        ("五百元", None, "number_invalid"),
        ("1e5", None, "number_invalid"),
        ("-¥1", None, "amount_negative"),
        ("¥ 1 234 567.8", "1234567.80", None),
        ("12,345,678", "12345678.00", None),
        ("1'000", "1000.00", None),
        ("1,5", None, "number_invalid"),
        ("1,50", None, "number_invalid"),
        ("1,2345", None, "number_invalid"),
        ("1.234,50", None, "number_invalid"),
        ("1,234,5", None, "number_invalid"),
        ("12 34", None, "number_invalid"),
        ("5元5", None, "number_invalid"),
        (None, None, None),
    ],
)
def test_amounts(text: str | None, value: str | None, reason: str | None) -> None:
    assert one("amount", text) == (Decimal(value) if value else None, reason)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**13))
def test_fen_and_yuan_agree(fen: int) -> None:
    yuan = Decimal(fen) / 100
    assert one("amount", f"{fen:015d}", unit="fen") == (yuan, None)
    assert one("amount", f"{yuan:.2f}") == (yuan, None)
    assert one("amount", "12.5", unit="fen") == (None, "number_invalid")
    assert one("amount", "12.00", unit="fen") == (None, "number_invalid")


@pytest.mark.parametrize("text", ["715元", "¥715", "7,15", "71 5"])
def test_yuan_are_not_taken_for_fen(text: str) -> None:
    assert one("amount", text, unit="fen") == (None, "number_invalid")
    assert one("amount", "71,500", unit="fen") == (Decimal("715.00"), None)


def test_other_numbers_know_no_decimal_comma() -> None:
    assert one("decimal", "1,5") == (None, "number_invalid")
    assert one("decimal", "1,234.5") == (Decimal("1234.5000"), None)
    assert one("integer", "1,2") == (None, "number_invalid")
    assert one("integer", "1,200") == (1200, None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("张 三", "张三"),
        ("买买提•艾力", "买买提·艾力"),
        ("买买提．艾力", "买买提·艾力"),
        ("买买提・艾力", "买买提·艾力"),
        ("买买提●艾力", "买买提·艾力"),
        ("买买提 · 艾力", "买买提·艾力"),
        ("JOHN  SMITH", "JOHN SMITH"),
        ("张?", "张?"),
        ("张\ue863", "张\ue863"),
        ("㛃𠅤", "㛃𠅤"),
        ("Ａｎｎａ", "Anna"),
    ],
)
def test_names(text: str, value: str) -> None:
    assert one("name", text) == (value, None)
    assert one("name", "12345")[1] == "name_invalid"
    assert one("name", "张" * 101)[1] == "name_invalid"


_DOTS = "·•‧∙・．.●･⋅⸱ꞏ⦁﹒\u0387\u2024"
_NAME_PARTS = st.text("张國䶮㛃艾力古丽AnB?\ue863", min_size=1, max_size=4)


@given(parts=st.lists(_NAME_PARTS, min_size=2, max_size=4), data=st.data())
@settings(max_examples=200, deadline=None)
def test_every_way_to_write_the_dot_is_one_name(parts: list[str], data: st.DataObject) -> None:
    joints = st.text(_DOTS, min_size=1, max_size=2)
    blanks = st.text(" \u3000\u200b", max_size=2)
    told = parts[0]
    for part in parts[1:]:
        told += data.draw(blanks) + data.draw(joints) + data.draw(blanks) + part
    assert one("name", told) == one("name", "·".join(parts))
    assert one("name", told)[0] == "·".join(parts)


@given(text=st.text("张國\uf9d1\uf90a李 \u3000·•.Ａa?\ue863\u200b", min_size=1, max_size=12))
@settings(max_examples=200, deadline=None)
def test_a_cleaned_name_is_clean(text: str) -> None:
    value, reason = one("name", text)
    if reason is None and value is not None:
        assert one("name", value) == (value, None)
        assert unicodedata.is_normalized("NFKC", str(value))


def test_compatibility_ideographs_are_the_characters_they_stand_for() -> None:
    for code in (*range(0xF900, 0xFA6E), *range(0xFA70, 0xFADA), *range(0x2F800, 0x2FA1E)):
        told = "王" + chr(code)
        assert one("name", told) == (unicodedata.normalize("NFKC", told), None), hex(code)


def test_traditional_characters_stay_as_they_were_written() -> None:
    assert one("name", "張國強") == ("張國強", None)


def test_codes_flags_regions_integers() -> None:
    codes = {"1": "living", "在保": "active", "A": "normal"}
    for text, code in (("1", "living"), ("１", "living"), ("a ", "normal"), ("在保", "active"), ("", None)):
        assert one("code", text, codes=codes) == (code, None)
    assert one("code", "2", codes=codes) == (None, "code_unknown")
    for text in ("是", "1", "y", "TRUE", "Ｙ"):
        assert one("flag", text) == (True, None)
    for text in ("否", "0", "n", "false"):
        assert one("flag", text) == (False, None)
    assert one("flag", "可能") == (None, "flag_invalid")
    assert one("region", "210102") == ("210102000000", None)
    assert one("region", "210102001") == ("210102001000", None)
    assert one("region", "21010")[1] == "region_invalid"
    assert one("integer", "007") == (7, None)
    assert one("integer", "3000000000") == (None, "number_invalid")
    assert one("decimal", "62.35") == (Decimal("62.3500"), None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6222021234561234567", "****4567"),
        ("6222 0212 3456 1234 567", "****4567"),
        ("６２２２０２１２３４５６１２３４５６７", "****4567"),
        ("6222.0212.3456.1234.567", "****4567"),
        ("6222_0212/3456–1234‑567", "****4567"),
        ("622202\u200b1234561234567", "****4567"),
        ("6222021234561234567（工资卡）", "****4567"),
        ("6222****4567", "6222****4567"),
        ("6222 **** 4567", "6222 **** 4567"),
        ("第3号-45", "第3号-45"),
        ("12345678", "12345678"),
        (None, None),
    ],
)
def test_whole_account_numbers_are_cut(text: str | None, value: str | None) -> None:
    assert one("account", text) == (value, None)

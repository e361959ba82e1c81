"""What stands for "no value": each type's words, a column's own, and the days that mean none."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.catalogue.column import Column
from connectors.catalogue.model import Table
from connectors.decode import no_value
from connectors.decode.raw import RawChunk, empty_malformed
from connectors.decode.row_validation import validate
from connectors.decode.text import DecodeContext, trim
from connectors.decode.values import clean_column
from connectors.delivery import DecodedChunk

CONTEXT = DecodeContext(as_of=date(2020, 5, 12))
_CODES = {"1": "active", "NA": "not_applicable"}
_WORDS = [(kind, word) for kind, words in no_value.UNKNOWN.items() for word in words]
_PAGE = Path(__file__).resolve().parents[3] / "docs" / "explain" / "values.md"


def _column(kind: str, **more: Any) -> Column:
    codes = {"1": "active"} if kind == "code" else None
    return Column.model_validate(
        {
            "name": "c",
            "source": str(more.get("name", "c")).upper(),
            "type": kind,
            "label_zh": "列",
            "codes": codes,
        }
        | more
    )


def _judged(columns: list[Column], *rows: tuple[str | None, ...]) -> DecodedChunk:
    table = Table.model_validate(
        {
            "name": "main",
            "source": {},
            "key": [columns[0].name],
            "columns": [c.model_dump() for c in columns],
            "volume": {"expected": 1, "min": 0, "max": 9},
        }
    )
    data = {c.source: pl.Series([row[i] for row in rows], dtype=pl.String) for i, c in enumerate(columns)}
    numbers = pl.Series("row_no", range(1, len(rows) + 1), dtype=pl.Int64)
    frame = pl.DataFrame([*(s.alias(n) for n, s in data.items()), numbers])
    return validate(RawChunk(frame, empty_malformed()), table, CONTEXT)


def _is_nothing(kind: str, text: str, **more: Any) -> bool:
    cleaned = clean_column(trim(pl.Series([text])), _column(kind, **more), CONTEXT)
    if cleaned.nothing is None or not cleaned.nothing[0]:
        return False
    assert cleaned.values[0] is None
    assert not any(rows[0] for rows, _ in cleaned.problems)
    assert cleaned.changed is not None
    assert cleaned.changed[0]
    return True


@pytest.mark.parametrize(
    "word", ["NULL", "(null)", "\\N", "None", "nan", "N/A", "<NA>", "NaT", "'null'", "nil"]
)
def test_the_words_of_machines_are_nothing_in_every_type(word: str) -> None:
    assert all(_is_nothing(kind, word) for kind in no_value.UNKNOWN)


@given(
    which=st.sampled_from(_WORDS),
    upper=st.booleans(),
    wide=st.booleans(),
    hidden=st.sampled_from(["", "\u200b", "\ufeff", "\u00ad", "\ufe0f", "\u2060"]),
    around=st.sampled_from([("", ""), (" ", "\u3000"), ("(", ")"), ("（", "）"), ("<", ">"), ("[", "]")]),
    at=st.integers(0, 9),
)
@settings(max_examples=300, deadline=None)
def test_a_word_is_nothing_in_any_dress(
    which: tuple[str, str], upper: bool, wide: bool, hidden: str, around: tuple[str, str], at: int
) -> None:
    kind, word = which
    told = word.upper() if upper else word.lower()
    if wide:
        told = told.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    told = told[:at] + hidden + told[at:]
    assert _is_nothing(kind, around[0] + told + around[1])


@pytest.mark.parametrize("word", ["长期", "永久", "至今", "长期有效", "无固定期限", "infinity"])
@pytest.mark.parametrize("kind", ["date", "month", "timestamp"])
def test_an_open_end_is_null_and_its_word_kept(kind: str, word: str) -> None:
    assert _is_nothing(kind, word)
    assert word.upper() not in no_value.UNKNOWN[kind]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("flag", "无", False),
        ("flag", "有", True),
        ("text", "无", "无"),
        ("text", "不详", "不详"),
        ("text", "长期", "长期"),
        ("name", "无名氏", "无名氏"),
        ("name", "南", "南"),
        ("name", "NANA", "NANA"),
        ("integer", "0", 0),
        ("amount", "0", Decimal("0.00")),
        ("account", "0000", "0000"),
    ],
)
def test_what_only_resembles_a_word_is_a_value(kind: str, text: str, value: object) -> None:
    cleaned = clean_column(pl.Series([text]), _column(kind), CONTEXT)
    assert cleaned.values[0] == value
    assert not cleaned.problems


def test_a_declared_code_is_that_code() -> None:
    cleaned = clean_column(pl.Series(["NA", "na", "null", "未知"]), _column("code", codes=_CODES), CONTEXT)
    assert cleaned.values.to_list() == ["not_applicable", "not_applicable", None, None]
    assert [(rows.tolist(), reason) for rows, reason in cleaned.problems] == [
        ([False, False, False, True], "code_unknown")
    ]


@pytest.mark.parametrize("word", ["NULL", "(null)", "\\N", "None", "nan", "无", "不详", "-"])
def test_in_a_name_they_are_no_name(word: str) -> None:
    columns = [_column("name", name="full_name", required=True)]
    chunk = _judged(columns, (word,), ("王文",))
    assert chunk.quarantined["reason_code"].to_list() == ["required_missing"]
    assert chunk.good["full_name"].to_list() == ["王文"]


def test_an_identifier_is_never_a_word() -> None:
    columns = [_column("text", name="case_id", required=True), _column("text", name="household_no")]
    chunk = _judged(columns, ("无", "1"), ("NULL", "1"), ("A1", "无"), ("A2", "空"))
    assert chunk.quarantined["reason_code"].to_list() == ["required_missing"] * 2
    assert chunk.good["household_no"].to_list() == [None, None]


def test_a_column_has_words_of_its_own() -> None:
    own = {"nothing": ["未登记", "0000"], "open_end": ["到老"]}
    assert _is_nothing("date", "未登记", **own)
    assert _is_nothing("date", "到老", **own)
    assert not _is_nothing("date", "未登记")
    for wrong in (
        {"open_end": ["长期"]},
        {"nothing": ["A"], "codes": {"A": "a"}, "type": "code"},
        {"nothing": ["A"], "open_end": ["A"], "type": "date"},
        {"nothing": [""]},
    ):
        with pytest.raises(ValidationError):
            _column(str(wrong.get("type", "text")), **wrong)


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01",
        "0001-01-01T00:00:00",
        "00010101",
        "0001/1/1",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+08:00",
        "0000-12-31T16:00:00Z",
        "0002-11-30",
        "1753-01-01",
        "0000-00-00 00:00:00",
        "9999-12-31",
        "9999-12-31T16:00:00Z",
        "9999-12-31 23:59:59.997",
        "2999-12-31",
        "4712-12-31",
    ],
)
@pytest.mark.parametrize("kind", ["date", "month", "timestamp"])
def test_days_of_none_are_nothing(kind: str, text: str) -> None:
    assert _is_nothing(kind, text)


def test_a_column_of_first_days_of_net_is_no_changed_type() -> None:
    columns = [_column("text", name="case_id", required=True), _column("date", name="decided_on")]
    chunk = _judged(columns, *((f"A{i}", "0001-01-01") for i in range(39)), ("B", "2020-05-06"))
    assert chunk.observed is not None
    types = chunk.observed.types.filter(pl.col("column") == "decided_on")
    assert types.select("failed", "unread").row(0) == (0, 0)
    assert chunk.good["decided_on"].null_count() == 39
    assert chunk.good["as_received"][0] == '{"decided_on":"0001-01-01"}'


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2019-01-01", "1900-01-01", None),
        ("2019-01-01", "1900-01-01 00:00:00.000", None),
        ("2019-01-01", "1899-12-30", None),
        ("2019-01-01", "1970-01-01", None),
        ("1969-05-01", "1970-01-01", date(1970, 1, 1)),
        ("2019-01-01", "2020-01-01", date(2020, 1, 1)),
    ],
)
def test_a_first_day_is_no_end(start: str, end: str, expected: date | None) -> None:
    columns = [
        _column("text", name="case_id", required=True),
        _column("date", name="custody_start"),
        _column("date", name="custody_end"),
    ]
    chunk = _judged(columns, ("A", start, end))
    assert chunk.good["custody_end"].to_list() == [expected]
    assert (chunk.good["as_received"][0] is None) == (expected is not None)
    assert chunk.observed is not None
    assert chunk.observed.types["unread"].sum() == 0


@pytest.mark.parametrize("name", ["valid_until", "stop_date", "cancelled_on", "released_on", "school_until"])
def test_an_optional_end_of_1900_is_none_also_without_a_start(name: str) -> None:
    columns = [_column("text", name="case_id", required=True), _column("date", name=name)]
    assert _judged(columns, ("A", "1900-01-01")).good[name].to_list() == [None]


@pytest.mark.parametrize("name", ["birth_date", "start_date", "established_on", "registered_on"])
def test_somebody_may_be_born_on_such_a_day(name: str) -> None:
    columns = [_column("text", name="case_id", required=True), _column("date", name=name)]
    assert _judged(columns, ("A", "1900-01-01")).good[name].to_list() == [date(1900, 1, 1)]


def test_what_is_no_end_is_still_set_aside_where_it_is_reversed() -> None:
    columns = [
        _column("text", name="case_id", required=True),
        _column("date", name="start_date"),
        _column("date", name="stop_date"),
    ]
    chunk = _judged(columns, ("A", "2019-01-02", "2019-01-01"))
    assert chunk.quarantined["reason_code"].to_list() == ["period_reversed"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("flag", "可能"),
        ("region", "21010"),
        ("uscc", "9135"),
        ("certificate_no", "123"),
        ("account", "6.22848E+18"),
        ("integer", "3000000000"),
        ("decimal", "1,5"),
        ("amount", "五百元"),
        ("date", "2020"),
        ("month", "20205"),
        ("timestamp", "昨天"),
        ("text", "锟斤拷锟斤拷"),
        ("name", "12345"),
    ],
)
def test_what_could_not_be_read_is_kept_and_counted(kind: str, text: str) -> None:
    columns = [_column("text", name="case_id", required=True), _column(kind, name="optional")]
    chunk = _judged(columns, ("A", text))
    assert chunk.good["optional"].to_list() == [None]
    assert "optional" in chunk.good["as_received"][0]
    assert chunk.observed is not None
    counted = chunk.observed.types.filter(pl.col("column") == "optional")["unread"][0]
    assert counted == 1


def test_the_page_has_the_vocabulary() -> None:
    text = _PAGE.read_text(encoding="utf-8")
    for kinds, words in no_value.documented_words():
        row = next(line for line in text.splitlines() if line.startswith(f"| {kinds} |"))
        assert re.findall(r"`([^`]+)`", row.split("|", 2)[2]) == list(words)
    assert np.all([kind in "".join(k for k, _ in no_value.documented_words()) for kind in no_value.UNKNOWN])

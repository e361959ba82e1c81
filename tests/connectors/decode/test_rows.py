"""Which rows are good, what decides against the others, and what of them may be seen."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import polars as pl
import pytest

from connectors.catalogue.load import load_catalogue
from connectors.catalogue.model import Table
from connectors.decode.raw import RawChunk, empty_malformed, malformed_rows, split_chunk
from connectors.decode.row_validation import validate
from connectors.decode.rules import _EXPECTED, PERIODS
from connectors.decode.text import DecodeContext
from connectors.delivery import DecodedChunk
from connectors.reasons import REASONS

CONTEXT = DecodeContext(as_of=date(2020, 5, 12))
OWNER = "210102194803050411"
COLUMNS: list[dict[str, Any]] = [
    {"name": "id_number", "type": "id_number", "required": True, "sensitive": "identity"},
    {"name": "full_name", "type": "name", "required": True, "sensitive": "name"},
    {"name": "certificate_no", "type": "certificate_no", "required": True},
    {"name": "status", "type": "code", "codes": {"1": "active"}},
    {"name": "account_no", "type": "account", "sensitive": "account"},
    {"name": "amount", "type": "amount"},
    {"name": "start_date", "type": "date", "required": True},
    {"name": "stop_date", "type": "date"},
    {"name": "death_date", "type": "date"},
]
GOOD = {"id_number": OWNER, "full_name": "王德福", "certificate_no": OWNER + "41", "status": "1",
        "account_no": "6222****0411", "amount": "715", "start_date": "20180701", "stop_date": "20200430",
        "death_date": None}  # fmt: skip


def table() -> Table:
    columns = [{"source": c["name"].upper(), "label_zh": "列", **c} for c in COLUMNS]
    declared = {"name": "main", "source": {}, "key": ["id_number"], "columns": columns}
    return Table.model_validate({**declared, "volume": {"expected": 1, "min": 0, "max": 9}})


def judged(*rows: dict[str, Any]) -> DecodedChunk:
    filled = [{**GOOD, **row} for row in rows]
    data = {name.upper(): pl.Series([r[name] for r in filled], dtype=pl.String) for name in GOOD}
    numbers = pl.Series("row_no", range(1, len(rows) + 1), dtype=pl.Int64)
    return validate(
        RawChunk(pl.DataFrame([*(s.alias(n) for n, s in data.items()), numbers]), empty_malformed()),
        table(),
        CONTEXT,
    )


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ({"id_number": OWNER[:-1] + "2", "full_name": ""}, "id_number", "id_check_digit"),
        ({"full_name": "  ", "status": "9"}, "full_name", "required_missing"),
        ({"status": "9", "amount": "x"}, "status", "code_unknown"),
        ({"id_number": "210102190001010000", "full_name": "张三"}, "id_number", "test_row"),
        ({"full_name": "测试一"}, "full_name", "test_row"),
        ({"id_number": "210102190001010000", "full_name": "张山"}, "id_number", "id_check_digit"),
        ({"amount": "7\ufffd5", "id_number": "1"}, "amount", "encoding_invalid"),
        ({"certificate_no": "21010619711123100X41"}, "certificate_no", "certificate_not_owner"),
        ({"start_date": "00000000"}, "start_date", "required_missing"),
        ({"stop_date": "20180630"}, "stop_date", "period_reversed"),
        ({"death_date": "19480304"}, "death_date", "date_impossible"),
    ],
)
def test_what_decides_against_a_row(row: dict[str, Any], column: str, reason: str) -> None:
    chunk = judged({}, row, {})
    assert chunk.good["row_no"].to_list() == [1, 3]
    assert chunk.quarantined.select("row_no", "column_name", "reason_code").rows() == [(2, column, reason)]
    assert chunk.quarantined["message"][0].startswith("found ")
    shown = chunk.quarantined["message"][0] + chunk.quarantined["payload"][0]
    assert OWNER not in shown
    assert "王德福" not in shown
    json.loads(chunk.quarantined["payload"][0])


def test_an_invalid_optional_value_becomes_null_and_is_kept_as_received() -> None:
    good = judged({"amount": "-5"}, {"stop_date": "99991231", "full_name": "王 德福"}, {}).good
    assert good["amount"].null_count() == 1
    assert json.loads(good["as_received"][0]) == {"amount": "-5"}
    assert json.loads(good["as_received"][1]) == {"stop_date": "99991231", "full_name": "王 德福"}
    assert good["as_received"][2] is None


def test_padding_and_form_are_not_kept() -> None:
    good = judged({"id_number": OWNER + "   ", "amount": "715.00", "start_date": "2018-07-01"}).good
    assert good["as_received"].to_list() == [None]


def test_a_whole_account_number_is_kept_nowhere() -> None:
    chunk = judged(
        {"account_no": "6222021234560411", "amount": "x"}, {"account_no": "6222021234560411", "status": "9"}
    )
    assert chunk.good["account_no"].to_list() == ["****0411"]
    assert "6222021234560411" not in chunk.good["as_received"][0] + chunk.quarantined["payload"][0]


def test_quotes_and_line_ends_survive_in_json() -> None:
    name = '王"德\\福\n'
    good = judged({"full_name": f'="{name}"'}).good
    assert json.loads(good["as_received"][0])["full_name"] == f'="{name}"'


def test_slices_keep_every_row() -> None:
    numbers = [n for n in range(1, 250_001) if n % 1000]
    frame = pl.DataFrame({"A": pl.Series(["x"] * len(numbers)), "row_no": pl.Series(numbers, dtype=pl.Int64)})
    bad = malformed_rows([(n, "m", "t") for n in range(1000, 250_001, 1000)])
    pieces = split_chunk(RawChunk(frame, bad))
    assert [p.frame.height + p.malformed.height for p in pieces] == [100_000, 100_000, 50_000]


def test_reasons_and_pairs_are_known() -> None:
    assert set(_EXPECTED) <= set(REASONS)
    declared = {c.name for feed in load_catalogue().values() for t in feed.tables for c in t.columns}
    assert {name for pair in PERIODS for name in pair} <= declared

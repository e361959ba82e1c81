"""Digests of account numbers: one for all spellings of a number, none for what is not the whole number."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.catalogue import load_feed
from connectors.decode import decode
from connectors.decode.accounts import digests
from connectors.decode.corrected_rows import rejudge
from connectors.decode.raw import RawChunk, empty_malformed
from connectors.decode.row_validation import validate
from connectors.decode.text import DecodeContext, trim
from connectors.delivery import Delivery, LandedPart

AS_OF = date(2020, 5, 12)
KEY, OTHER_KEY = b"k" * 32, b"o" * 32
FEED = load_feed("platform__payment_result")
TABLE = FEED.table("main")
WHOLE = "6222021234567890123"
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
ROW = {
    "FFBH": "FF1", "FFYF": "202005", "BZLX": "1", "AJBH": "DB1", "SFZHM": "210111195501025166",
    "HM": "刘长海", "ZH": WHOLE, "JE": "600.00", "FFRQ": "2020-05-09", "JG": "1",
    "CZLX": "I", "GXSJ": "2020-05-09 08:00:00",
}  # fmt: skip


def of(*texts: str | None, key: bytes | None = KEY) -> list[str | None]:
    received = trim(pl.Series(texts, dtype=pl.String))
    return digests(received, DecodeContext(AS_OF, account_key=key)).to_list()


def judged(*accounts: str | None, **cells: str | None) -> Any:
    rows = [{**ROW, **cells, "FFBH": f"FF{n}", "ZH": a} for n, a in enumerate(accounts, start=1)]
    frame = pl.DataFrame(rows, schema=dict.fromkeys((*ROW, *cells), pl.String))
    frame = frame.with_row_index("row_no", 1).cast({"row_no": pl.Int64})
    return validate(RawChunk(frame, empty_malformed()), TABLE, DecodeContext(AS_OF, account_key=KEY))


def in_groups(number: str, between: str) -> str:
    return between.join(number[i : i + 4] for i in range(0, len(number), 4))


@settings(max_examples=100, deadline=None)
@given(st.from_regex(r"\A[1-8][0-9]{13,17}[1-9]\Z"), st.sampled_from(" \u3000\t-－—–‐_"), st.data())
def test_all_spellings_of_a_number_have_one_digest(number: str, between: str, data: Any) -> None:
    spellings = [
        number, f" {number} ", in_groups(number, between), number.translate(FULL_WIDTH),
        in_groups(number, between).translate(FULL_WIDTH), f"'{number}", f'="{number}"',
        f"\u200b{number}\ufeff",
        *([f"{number}.0", f"{number}.00"] if len(number) < 16 else []),
    ]  # fmt: skip
    found = of(*spellings)
    assert set(found) == {found[0]}
    assert found[0] is not None
    assert len(bytes.fromhex(found[0])) >= 16
    place = data.draw(st.integers(0, len(number) - 2))
    other = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
    assert of(other) != of(number)
    assert of(number, key=OTHER_KEY) != of(number)


def test_letters_count_in_one_case() -> None:
    assert of("nra2101234567890") == of("NRA2101234567890")
    assert of("NRA2101234567890") != of("NRB2101234567890")


@pytest.mark.parametrize(
    "text",
    [
        *("************0123", "6222********0123", "6222＊＊＊＊＊＊＊＊0123", "622202***1234567890123"),
        *("6222XXXXXXXXXXX0123", "622202xxxxxxxxx0123", "622202••••••1234567", "622202######1234567"),
        *("622202……1234567", "6222021234?67890123", "6222021234\ufffd67890123", "622202----1234567"),
        *("62220212345", "0123", "无", "NULL", "", "   ", None),
        *("6.222021234567E+18", "6.222021234567e18", "6E18", "6222021234567E5"),
        *("622202123456789000", "6222021234567890000", "62220212345678900000"),
        "6222021234567890000".translate(FULL_WIDTH),
        *("6222021234567890123.0", "9222021234567890.0", "6222021234567890.5"),
        *("000000000000", "9999999999999999", "1" * 19),
        *("6222021234567890123/6222021234567890124", "6222021234567890123，工行", "9" * 20 + "1" * 20),
    ],
)  # fmt: skip
def test_what_is_not_the_whole_number_has_no_digest(text: str | None) -> None:
    assert of(text, WHOLE) == [None, of(WHOLE)[0]]


def test_without_a_key_nothing_is_told_apart() -> None:
    assert of(WHOLE, None, key=None) == [None, None]
    assert of(key=None) == of() == []


def test_the_digest_stands_beside_the_masked_number() -> None:
    chunk = judged(WHOLE, in_groups(WHOLE, " "), "************0123", BZ="备注")
    assert chunk.good["account_no"].to_list() == ["****0123", "****0123", "************0123"]
    assert chunk.good["account_digest"].to_list() == [*of(WHOLE), *of(WHOLE), None]
    # it is no column of the delivery: neither kept as received, nor unread, nor missing
    assert chunk.good["as_received"].to_list() == [None] * 3
    assert not any("account_digest" in (text or "") for text in chunk.good["extra"])
    assert chunk.observed is not None
    assert "account_digest" not in chunk.observed.types["column"].to_list()
    assert chunk.observed.types["unread"].sum() == 0


def test_the_quarantine_has_neither_number_nor_digest() -> None:
    chunk = judged(WHOLE, SFZHM="210111195501025161")
    (row,) = chunk.quarantined.to_dicts()
    assert row["reason_code"] == "id_check_digit"
    for text in (row["payload"], row["message"]):
        assert WHOLE not in text
        assert str(of(WHOLE)[0]) not in text
        assert "account_digest" not in text


def _landed(folder: Path) -> Delivery:
    path = folder / "main.csv"
    lines = [",".join(ROW), ",".join(f'"{value}"' for value in ROW.values())]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return Delivery(FEED.feed_id, AS_OF, (LandedPart("main", path, "0" * 64, 1),), "0" * 64, None)


def test_decoding_and_correcting_take_the_same_key(tmp_path: Path) -> None:
    delivery = _landed(tmp_path)
    (chunk,) = decode(FEED, delivery, account_key=KEY)
    assert chunk.good["account_digest"].to_list() == of(WHOLE)
    (without,) = decode(FEED, delivery)
    assert without.good["account_digest"].to_list() == [None]
    again = rejudge(FEED, delivery, TABLE, {1: {"account_no": in_groups(WHOLE, "-")}}, KEY)
    assert again.good["account_digest"].to_list() == of(WHOLE)


def test_the_key_is_not_shown() -> None:
    assert KEY.decode() not in repr(DecodeContext(AS_OF, account_key=KEY))

"""Every damage by name, in every format it can occur in: what the hub's decoder makes of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from connectors.catalogue.load import load_feed
from connectors.decode import decode
from connectors.delivery import DecodedChunk, Delivery, LandedPart
from sandbox.render.damage import DEFECTS
from sandbox.render.files import content_of
from sandbox.render.sheet import sheet_of, worded_rows
from tests.support import small_city

DAY = date(2020, 5, 12)
#: One feed per file format.
FEEDS = (
    "public_security__migration",
    "finance__cmb",
    "finance__boc",
    "finance__bocom",
    "finance__jinzhou",
    "market_regulation__farmer_cooperative",
    "public_security__detention",
)
REASONS = {
    "id_check_digit": "id_check_digit",
    "id_scientific": "id_digits_lost",
    "id_missing": "required_missing",
    "id_bad_date": "id_date",
    "id_short": "id_length",
    "id_zeros": "id_placeholder",
    "test_row": "test_row",
    "date_bad": "date_invalid",
    "code_unknown": "code_unknown",
    "control_char": "control_character",
    "bad_bytes": "encoding_invalid",
    "name_blank": "required_missing",
}
HARMLESS = (
    "id_15", "id_lower_x", "id_full_width", "id_blank_padded", "id_excel_text", "id_apostrophe",
    "name_dot_variant", "date_open_end", "date_zero",
)  # fmt: skip


def decoded(feed_id: str, defect: str, folder: Path, row: int = 3) -> tuple[pl.DataFrame, DecodedChunk]:
    """The clean rows and what the hub decodes when row ``row`` has the defect."""
    feed = load_feed(feed_id)
    table = feed.tables[0]
    clean = small_city.rows_of(feed, table, 10)
    if "sequence_no" in clean.columns:
        clean = clean.with_columns(pl.int_range(1, 11, dtype=pl.Int32).alias("sequence_no"))
    marks = [defect if i == row else None for i in range(10)]
    clean = clean.with_columns(pl.Series("_defect", marks, dtype=pl.String))
    sheet = sheet_of(feed, table, worded_rows(feed, table, clean), DAY)
    path = folder / "file"
    path.write_bytes(content_of(feed, table, sheet, DAY, frozenset(), "password"))
    delivery = Delivery(feed_id, DAY, (LandedPart(table.name, path, "", None),), "", None)
    (chunk,) = decode(feed, delivery)
    return small_city.through_encoding(feed, table, clean).select(c.name for c in table.columns), chunk


@pytest.mark.parametrize("defect", REASONS)
@pytest.mark.parametrize("feed_id", FEEDS)
def test_a_fatal_defect_sets_its_row_aside_and_no_other(feed_id: str, defect: str, tmp_path: Path) -> None:
    if defect == "code_unknown" and not any(c.codes for c in load_feed(feed_id).tables[0].columns):
        pytest.skip("the table has no code")
    clean, chunk = decoded(feed_id, defect, tmp_path)
    assert chunk.quarantined["reason_code"].to_list() == [REASONS[defect]]
    assert chunk.quarantined["row_no"].to_list() == [4]
    assert chunk.good.select(clean.columns).equals(clean.filter(pl.int_range(pl.len()) != 3))


@pytest.mark.parametrize("defect", HARMLESS)
@pytest.mark.parametrize("feed_id", FEEDS)
def test_a_harmless_defect_changes_nothing(feed_id: str, defect: str, tmp_path: Path) -> None:
    clean, chunk = decoded(feed_id, defect, tmp_path)
    assert chunk.quarantined.is_empty()
    assert chunk.good.select(clean.columns).equals(clean)


@pytest.mark.parametrize("feed_id", ["public_security__migration", "finance__cmb", "finance__boc"])
def test_a_short_row_is_malformed(feed_id: str, tmp_path: Path) -> None:
    _, chunk = decoded(feed_id, "row_short", tmp_path)
    assert chunk.quarantined["reason_code"].to_list() == ["row_malformed"]


def test_a_duplicate_row_follows_itself(tmp_path: Path) -> None:
    clean, chunk = decoded("finance__boc", "duplicate_row", tmp_path)
    assert chunk.good.height == clean.height + 1
    assert chunk.good["sequence_no"].to_list()[3:5] == [4, 4]


def test_a_reversed_period(tmp_path: Path) -> None:
    _, chunk = decoded("public_security__detention", "period_reversed", tmp_path)
    assert chunk.quarantined["reason_code"].to_list() == ["period_reversed"]


def test_a_wrong_credit_code(tmp_path: Path) -> None:
    _, chunk = decoded("market_regulation__farmer_cooperative", "uscc_bad", tmp_path)
    assert chunk.quarantined["reason_code"].to_list() == ["uscc_invalid"]


@pytest.mark.parametrize("defect", ["amount_negative", "amount_text"])
def test_an_optional_amount_that_cannot_be_read_becomes_null(defect: str, tmp_path: Path) -> None:
    _, chunk = decoded("finance__boc", defect, tmp_path)
    row = chunk.good.row(3, named=True)
    assert row["balance"] is None
    assert row["as_received"] is not None


def test_an_amount_left_blank(tmp_path: Path) -> None:
    _, chunk = decoded("finance__cmb", "amount_blank", tmp_path)
    assert chunk.good.row(3, named=True)["balance"] is None


def test_every_defect_of_the_contract_exists() -> None:
    tested = {*REASONS, *HARMLESS, "row_short", "duplicate_row", "period_reversed", "uscc_bad",
              "amount_negative", "amount_text", "amount_blank", "name_gbk_damaged"}  # fmt: skip
    assert tested == DEFECTS

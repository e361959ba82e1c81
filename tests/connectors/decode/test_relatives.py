"""Values that only look right: what programs append to, escape in, or fill a column with."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from connectors.catalogue.column import Column
from connectors.decode.text import DecodeContext
from connectors.decode.values import clean_column
from tests.connectors.decode.test_values import one


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6222020200112233.0", ("****2233", None)),
        ("6222020200112233.00", ("****2233", None)),
        ("622202020011223.0", ("****1223", None)),
        ("6222020200112233445.0", (None, "digits_lost")),
        ("62220202001122334.0", (None, "digits_lost")),
        ("9222020200112233.0", (None, "digits_lost")),
        ("3445.0", ("3445", None)),
        ("6222020200112233445", ("****3445", None)),
        ("6222020200112233.445", ("****3445", None)),
    ],
)
def test_decimals_are_no_digits_of_an_account(text: str, expected: tuple[str | None, str | None]) -> None:
    assert one("account", text) == expected


@pytest.mark.parametrize(
    "text", ["&#39532;三", "&#x9A6C;三", "马&nbsp;三", "马&amp;三", "%E9%A9%AC%E4%B8%89", "\\u9a6c三"]
)
def test_an_escaped_name_is_no_name(text: str) -> None:
    assert one("name", text)[1] == "name_invalid"


@pytest.mark.parametrize("text", ["马三", "A & B", "马%三", "Mary O'Brien", "马&三"])
def test_a_name_with_a_sign_is_one(text: str) -> None:
    assert one("name", text)[1] is None


def test_a_credit_code_of_zeros_is_none() -> None:
    assert one("uscc", "0" * 18)[1] == "uscc_invalid"


def test_a_year_without_an_end_is_no_serial_number() -> None:
    assert one("date", "9999", excel=True) == (None, "date_invalid")


@pytest.mark.parametrize("text", ["20205", "20201", "19991"])
def test_a_month_of_five_digits_is_no_day_of_a_workbook(text: str) -> None:
    assert one("month", text, excel=True) == (None, "month_invalid")


def test_a_day_of_a_workbook_is_in_its_month() -> None:
    assert one("month", "43963", excel=True) == (date(2020, 5, 1), None)


@pytest.mark.parametrize("text", ["000000", "000000000", "000000000000", "000000210102"])
def test_no_division_begins_with_zeros(text: str) -> None:
    assert one("region", text)[1] == "region_invalid"


def test_an_account_cut_by_its_decimals_says_so() -> None:
    column = Column(name="c", source="C", type="account", label_zh="列")
    texts = pl.Series(["3445.0", "3445", "6222021234561.0", None])
    cleaned = clean_column(texts, column, DecodeContext(date(2020, 5, 12)))
    assert cleaned.values.to_list() == ["3445", "3445", "****4561", None]
    assert cleaned.changed is not None
    assert cleaned.changed.tolist() == [True, False, False, False]

"""Numbers and days as machines write them: zones and summer time, years, exponents, digits that were cut."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.catalogue.column import Column
from connectors.decode.readers.workbook.read import _shifted, as_text
from connectors.decode.text import DecodeContext, trim
from connectors.decode.values import clean_column

AS_OF = date(2020, 5, 12)
HERE = ZoneInfo("Asia/Shanghai")
SUMMER = date(1988, 5, 6)


def one(
    kind: str, text: str, *, excel: bool = False, exponents: bool = False, **more: Any
) -> tuple[Any, Any]:
    column = Column.model_validate({"name": "c", "source": "C", "type": kind, "label_zh": "列"} | more)
    cleaned = clean_column(trim(pl.Series([text])), column, DecodeContext(AS_OF, excel, exponents))
    return cleaned.values[0], next((reason for rows, reason in cleaned.problems if rows[0]), None)


@pytest.mark.parametrize(
    "text",
    [
        "1988-05-05T15:00:00Z",
        "1988-05-05T15:00:00.000Z",
        "1988-05-06T00:00:00+09:00",
        "1988-05-06 00:00:00+09",
        "1988-05-05 15:00:00 UTC",
        "1988-05-05 15:00:00GMT",
        "1988-05-06 00:00:00 CDT",
        "1988-05-06T00:00:00+08:00",
        "/Date(578847600000)/",
        "1988-05-06",
    ],
)
def test_midnights_of_summer_time_are_their_day(text: str) -> None:
    assert one("date", text) == (SUMMER, None)
    assert one("month", text) == (date(1988, 5, 1), None)
    assert one("timestamp", text)[0].date() == SUMMER


@pytest.mark.parametrize(
    "zone",
    ["+08", "+8", " +08", " +0800", "+08:00", "+08:00:00", "GMT+8", "GMT+08:00", " UTC+8", " CST", "+800"],
)
def test_short_offsets(zone: str) -> None:
    for time in ("08:00:00", "08:00:00.123456", "08:00"):
        assert one("date", f"2020-05-12 {time}{zone}") == (date(2020, 5, 12), None)
    assert one("timestamp", f"2020-05-12 08:00:00{zone}") == (datetime(2020, 5, 12, 8), None)
    assert one("timestamp", f"2020-05-12T08:00:00.5{zone}") == (datetime(2020, 5, 12, 8, 0, 0, 500000), None)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2020-05-12+08:00", date(2020, 5, 12)),
        ("2020-05-12Z", date(2020, 5, 12)),
        ("1890-03-04 00:00:00+08:05:43", date(1890, 3, 4)),
        ("2020-05-11 16:00:00z", date(2020, 5, 12)),
        ("2020-05-11t16:00:00z", date(2020, 5, 12)),
        ("2020-05-11 23:00:00-05", date(2020, 5, 12)),
    ],
)
def test_days_with_a_zone(text: str, day: date) -> None:
    assert one("date", text) == (day, None)


@pytest.mark.parametrize(
    "text",
    ["2020-05-12 08:00:00+99", "2020-05-12 08:00:00 XYZ", "2020-05-12-13", "1589212800", "1589212800000"],
)
def test_no_moment_is_guessed(text: str) -> None:
    assert one("date", text) == (None, "date_invalid")
    assert one("timestamp", text) == (None, "timestamp_invalid")


_FORMS = ("{0:%Y-%m-%d %H:%M:%S}{1}", "{0:%Y-%m-%dT%H:%M:%S}{1}", "{0:%Y/%m/%d %H:%M:%S} {1}")


@given(
    moment=st.datetimes(datetime(1902, 1, 1), datetime(2099, 12, 30), timezones=st.just(UTC)),
    quarters=st.integers(-44, 52),
    form=st.sampled_from(_FORMS),
    short=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_any_instant_at_any_offset_is_the_day_of_the_zone(
    moment: datetime, quarters: int, form: str, short: bool
) -> None:
    zone = timezone(timedelta(minutes=15 * quarters))
    told = moment.astimezone(zone)
    sign, (hours, minutes) = "+" if quarters >= 0 else "-", divmod(abs(quarters) * 15, 60)
    offset = f"{sign}{hours:02d}" if short and not minutes else f"{sign}{hours:02d}:{minutes:02d}"
    text = form.format(told, offset)
    here = moment.astimezone(HERE).replace(tzinfo=None, microsecond=0)
    assert one("date", text) == (here.date(), None)
    assert one("month", text) == (here.date().replace(day=1), None)
    assert one("timestamp", text) == (here, None)


@pytest.mark.parametrize("text", ["2020", "2019.1", "1900", "2100", "5", "12", "366", "1950.0", "2100.99"])
def test_a_year_is_no_day(text: str) -> None:
    assert one("date", text, excel=True) == (None, "date_invalid")
    assert one("date", text) == (None, "date_invalid")


def test_a_year_in_a_cell_that_is_formatted_as_a_date() -> None:
    assert as_text(datetime(1905, 7, 12)) == "2020"
    assert as_text(date(1905, 7, 12)) == "2020"
    assert as_text(datetime(1905, 7, 11, 2, 24)) == "2019.1"
    assert as_text(datetime(1905, 3, 13)) == "1905-03-13"
    assert as_text(datetime(1905, 10, 1)) == "1905-10-01"
    assert as_text(_shifted(datetime(1909, 7, 13), 1462)) == "2020"
    assert as_text(_shifted(2020, 1462)) == "2020"
    assert as_text(_shifted(42495, 1462)) == "43957"
    assert one("date", "43957", excel=True) == (date(2020, 5, 6), None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5.9999997E7", "59999997.00"),
        ("5.9999997e+07", "59999997.00"),
        ("1.0E7", "10000000.00"),
        ("1E5", "100000.00"),
        ("1.5e3", "1500.00"),
        ("1.2345678912E10", "12345678912.00"),
        ("0E0", "0.00"),
        ("5E-1", "0.50"),
        ("12.34E0", "12.34"),
    ],
)
def test_a_program_s_exponent_is_exact(text: str, value: str) -> None:
    assert one("amount", text, exponents=True) == (Decimal(value), None)
    if value.endswith(".00"):
        assert one("amount", text, exponents=True, unit="fen")[0] == Decimal(value) / 100


def test_what_is_no_amount_stays_none_with_an_exponent() -> None:
    assert one("amount", "-5.0E3", exponents=True) == (None, "amount_negative")
    assert one("amount", "1E12", exponents=True) == (None, "amount_out_of_range")
    assert one("amount", "1E99", exponents=True) == (None, "number_invalid")
    assert one("amount", "1E400", exponents=True) == (None, "number_invalid")
    assert one("amount", "E5", exponents=True) == (None, "number_invalid")
    assert one("integer", "2.0E3", exponents=True) == (2000, None)
    assert one("decimal", "1.25E1", exponents=True) == (Decimal("12.5000"), None)


@pytest.mark.parametrize("text", ["1.23E+11", "1E5", "5.99E+07", "1.23457E+11", "1e5"])
def test_a_spreadsheet_s_exponent_is_not_read(text: str) -> None:
    assert one("amount", text) == (None, "number_invalid")


def test_java_s_exponent_is_read_anywhere() -> None:
    assert one("amount", "5.9999997E7") == (Decimal("59999997.00"), None)


@given(st.integers(10**9, 10**13))
@settings(max_examples=200, deadline=None)
def test_exponents_round_trip(fen: int) -> None:
    yuan = Decimal(fen) / 100
    assert one("amount", f"{yuan:.15E}", exponents=True) == (yuan, None)
    assert one("amount", f"{yuan.normalize():E}", exponents=True) == (yuan, None)


@pytest.mark.parametrize(
    "text",
    ["6.22848E+18", "6.22848E18", "6.22848001234567E+18", "6E+18", " 6.2284 8E+18", "６．２２８４８Ｅ＋１８",
     "6228480012345670000", "622848001234567000", "6228 4800 1234 5670 000", "6.228480012345678E+18"],
)  # fmt: skip
def test_cut_account_numbers_are_no_numbers(text: str) -> None:
    assert one("account", text) == (None, "digits_lost")


@pytest.mark.parametrize("text", ["6222021234561234567", "6222021234561200", "62220212345612300", "6222E12"])
def test_whole_account_numbers_are_kept(text: str) -> None:
    assert one("account", text)[1] is None

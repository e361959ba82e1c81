"""Days, months and moments as other programs and people write them, and the days that stand for none."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectors.decode.test_machines import one
from tests.connectors.decode.test_no_value import _column as column
from tests.connectors.decode.test_no_value import _is_nothing, _judged

DAY = date(2024, 3, 5)
_ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SIGNS = "〇一二三四五六七八九"

#: Midnights and times of one day.
_SPELLINGS = (
    ("二〇二四年三月五日", datetime(2024, 3, 5)),
    ("二零二四年三月五日", datetime(2024, 3, 5)),
    ("2024年三月五日", datetime(2024, 3, 5)),
    ("民国113年3月5日", datetime(2024, 3, 5)),
    ("民國113年03月05日", datetime(2024, 3, 5)),
    ("2024年03月05号", datetime(2024, 3, 5)),
    ("2024 年 3 月 5 日", datetime(2024, 3, 5)),
    ("2024年3月5日 星期二", datetime(2024, 3, 5)),
    ("2024–03–05", datetime(2024, 3, 5)),
    ("2024—03—05", datetime(2024, 3, 5)),
    ("2024。3。5", datetime(2024, 3, 5)),
    ("20240305.0", datetime(2024, 3, 5)),
    ("2.0240305E7", datetime(2024, 3, 5)),
    ("05-MAR-2024", datetime(2024, 3, 5)),
    ("05-3月-2024", datetime(2024, 3, 5)),
    ("Mar  5 2024 12:00AM", datetime(2024, 3, 5)),
    ("March 5, 2024", datetime(2024, 3, 5)),
    ("20240305080000", datetime(2024, 3, 5, 8)),
    ("20240305T080000", datetime(2024, 3, 5, 8)),
    ("20240305080000.500", datetime(2024, 3, 5, 8, 0, 0, 500000)),
    ("2024-03-05-08.00.00.123456", datetime(2024, 3, 5, 8, 0, 0, 123456)),
    ("2024-03-05 08:00:00:123", datetime(2024, 3, 5, 8, 0, 0, 123000)),
    ("2024/3/5 上午8:00:00", datetime(2024, 3, 5, 8)),
    ("2024/3/5 下午08:30", datetime(2024, 3, 5, 20, 30)),
    ("2024/3/5 上午12:00:00", datetime(2024, 3, 5)),
    ("2024-03-05 12:30:00 PM", datetime(2024, 3, 5, 12, 30)),
    ("2024年3月5日8时30分", datetime(2024, 3, 5, 8, 30)),
    ("2024年03月05日08时00分09秒", datetime(2024, 3, 5, 8, 0, 9)),
    ("2024年3月5日8点整", datetime(2024, 3, 5, 8)),
    ("Tue Mar 05 08:00:00 CST 2024", datetime(2024, 3, 5, 8)),
    ("Tue Mar 05 2024 08:00:00 GMT+0800 (中国标准时间)", datetime(2024, 3, 5, 8)),
    ("Tue, 05 Mar 2024 00:00:00 GMT", datetime(2024, 3, 5, 8)),
    ("2024-03-05T08:00:00+08:00[Asia/Shanghai]", datetime(2024, 3, 5, 8)),
    ("2024-03-05T09:00:00+09:00[Asia/Tokyo]", datetime(2024, 3, 5, 8)),
    ("2024-03-05T08:00[Asia/Shanghai]", datetime(2024, 3, 5, 8)),
    ("2024-03-05 08:00:00 北京时间", datetime(2024, 3, 5, 8)),
    ("{ts '2024-03-05 08:00:00'}", datetime(2024, 3, 5, 8)),
)


@pytest.mark.parametrize(("text", "moment"), _SPELLINGS)
def test_a_spelling_with_one_reading_is_read(text: str, moment: datetime) -> None:
    assert one("timestamp", text) == (moment, None)
    assert one("date", text) == (DAY, None)
    assert one("month", text) == (DAY.replace(day=1), None)


def test_summer_time_of_java_is_the_day_here() -> None:
    assert one("date", "Fri May 06 00:00:00 CDT 1988") == (date(1988, 5, 6), None)
    assert one("date", "Thu May 05 15:00:00 GMT 1988") == (date(1988, 5, 6), None)


@pytest.mark.parametrize(
    "text",
    [
        *("02/03/2024", "24/2/3", "05-MAR-24", "05-3月-24", "113/03/05", "2024-03-05 24:00:00", "20240230"),
        *("2024-03-05 下午 13:00:00", "2024-03-05 0:30 PM", "Tue Mar 05 08:00:00 PST 2024", "2024-03-0?"),
        *("二〇二四年三月三十五日", "民国113年2月30日", "2024-O3-05", "1709596800000", "农历正月初五", "3-5"),
        *("2024-03-05(估)", "2024-03-05至2024-03-06", "十十月", "2024-03-05T08:00[Asia/Tokyo]"),
    ],
)
@pytest.mark.parametrize("kind", ["date", "month", "timestamp"])
def test_what_can_be_read_two_ways_is_not_read(kind: str, text: str) -> None:
    assert one(kind, text) == (None, f"{kind}_invalid")


@pytest.mark.parametrize(
    "text",
    ["2024年03月", "2024年3月份", "2024年三月", "二〇二四年三月", "民国113年3月", "２０２４０３",
     "2024 年 3 月", "2024–03", "03/2024", "3月-2024", "Mar-2024", "2024 March",
     "202403.0", "2024.03", "2024.3", "202403"],
)  # fmt: skip
def test_months(text: str) -> None:
    assert one("month", text) == (date(2024, 3, 1), None)
    assert one("date", text) == (None, "date_invalid")


@pytest.mark.parametrize("excel", [False, True])
def test_an_october_without_its_zero_is_no_january(excel: bool) -> None:
    assert one("month", "2024.1", excel=excel) == (None, "month_invalid")
    assert one("month", "2024.10", excel=excel) == (date(2024, 10, 1), None)
    assert one("month", "2024.01", excel=excel) == (date(2024, 1, 1), None)


@given(st.datetimes(datetime(1992, 1, 1), datetime(2099, 12, 31)).map(lambda t: t.replace(microsecond=0)))
@settings(max_examples=200, deadline=None)
def test_every_spelling_of_a_moment_is_that_moment(moment: datetime) -> None:
    english, noon = _ENGLISH[moment.month - 1], "上午" if moment.hour < 12 else "下午"
    half, hour = ("AM" if moment.hour < 12 else "PM"), (moment.hour - 1) % 12 + 1
    date_, rest = f"{moment.year}-{moment.month}-{moment.day}", f"{moment:%M:%S}"
    for text in (
        f"{moment:%a} {english} {moment:%d %H:%M:%S} GMT+08:00 {moment.year}",
        f"{english} {moment.day} {moment.year} {hour}:{rest}{half}",
        f"{moment.day:02d}-{english.upper()}-{moment.year} {moment:%H:%M:%S}",
        f"{date_} {noon}{hour}:{rest}",
        f"{moment:%Y-%m-%d-%H.%M.%S}.000000",
        f"{moment:%Y%m%d%H%M%S}",
        f"{moment.year}年{moment.month}月{moment.day}日{moment.hour}时{moment.minute}分{moment.second}秒",
        f"民国{moment.year - 1911}年{moment.month}月{moment.day}日 {moment:%H:%M:%S}",
    ):
        assert one("timestamp", text) == (moment, None), text
        assert one("date", text) == (moment.date(), None), text


def _spoken(number: int) -> str:
    tens, ones = divmod(number, 10)
    before = "" if tens == 1 else _SIGNS[tens]
    return (before + "十" if tens else "") + (_SIGNS[ones] if ones else "")


@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)))
@settings(max_examples=200, deadline=None)
def test_days_in_chinese_signs(day: date) -> None:
    year = "".join(_SIGNS[int(digit)] for digit in str(day.year))
    assert one("date", f"{year}年{_spoken(day.month)}月{_spoken(day.day)}日") == (day, None)


@pytest.mark.parametrize(
    "text",
    ["2999-01-01", "9998-12-31", "3000-01-01", "2101-01-01", "2199-12-31", "2999-12-30T16:00:00Z", "99999999",
     "9999-99-99", "12/31/9999", "31.12.9999", "31-DEC-9999", "1601-01-01", "1800-01-01", "1000-01-01",
     "1900-01-00", "1900/1/0"],
)  # fmt: skip
def test_days_where_a_program_begins_or_ends_are_nothing(text: str) -> None:
    assert _is_nothing("date", text)


@pytest.mark.parametrize("text", ["2222-02-22", "2920-05-12", "1799-12-31", "1849-06-01", "2102-03-04"])
def test_other_days_of_such_years_are_unread(text: str) -> None:
    assert one("date", text) == (None, "date_invalid")
    assert one("timestamp", text) == (None, "timestamp_invalid")


@pytest.mark.parametrize("name", ["valid_until", "stop_date", "review_due_on"])
@pytest.mark.parametrize("text", ["1904-01-01", "1969-12-31", "1969-12-31T16:00:00Z", "1900-01-01"])
def test_no_end_lies_where_a_calendar_begins(name: str, text: str) -> None:
    columns = [column("text", name="case_id", required=True), column("date", name=name)]
    chunk = _judged(columns, ("A1", text))
    assert chunk.good[name].to_list() == [None]
    assert chunk.observed.types["unread"].sum() == 0
    assert name in chunk.good["as_received"][0]

"""Single cells as departments write them: what is read, what is set aside and why."""

# ruff: noqa: E501 -- one case a line: value and outcome side by side

from __future__ import annotations

import pytest

from tests.hostile.file_world import FileWorld, aside, cell_case, one
from tests.hostile.protocol_harness import SURNAME, Case, Hub, id_of, names

pytestmark = pytest.mark.slow
_ID, _DATE, _AMOUNT, _CODE, _NAME, _USCC = (
    "证件号码",
    "成立日期",
    "出资额",
    "登记状态",
    "成员姓名",
    "统一社会信用代码",
)
_GOOD = id_of(0)
_IS_GOOD = one(f"id_number = '{_GOOD}'")
_SAME_DAY = one("established_on = date '2020-05-06'")
_NO_AMOUNT = one("contribution_amount is null")
_WRONG_CHECK = _GOOD[:-1] + ("0" if _GOOD[-1] != "0" else "1")

CASES = [
    cell_case("id-as-formula", _ID, f'="{_GOOD}"', _IS_GOOD),
    cell_case("id-with-apostrophe", _ID, f"'{_GOOD}", _IS_GOOD),
    cell_case("id-full-width", _ID, _GOOD.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789X"}), _IS_GOOD),
    cell_case("id-padded", _ID, f"  {_GOOD}\u3000\u3000", _IS_GOOD),
    cell_case("id-scientific", _ID, "2.10102E+17", aside("id_digits_lost")),
    cell_case("id-of-17-digits", _ID, _GOOD[:17], aside("id_length")),
    cell_case("id-of-19-digits", _ID, _GOOD + "0", aside("id_length")),
    cell_case("id-wrong-check-digit", _ID, _WRONG_CHECK, aside("id_check_digit")),
    cell_case("id-impossible-day", _ID, "210102195002300011", aside("id_date")),
    cell_case("id-born-tomorrow", _ID, "210102203001010019", aside("id_date")),
    cell_case("id-one-digit-repeated", _ID, "1" * 18, aside("id_placeholder")),
    cell_case("id-all-nines", _ID, "9" * 18, aside("id_placeholder")),
    cell_case("id-empty", _ID, "", aside("required_missing")),
    cell_case("id-only-blanks", _ID, " \u3000 ", aside("required_missing")),
    cell_case("id-old-15-digits", _ID, "210102600101123", one("id_number = '210102196001011233'")),
    cell_case("date-slashes", _DATE, "2020/5/6", _SAME_DAY),
    cell_case("date-dots", _DATE, "2020.05.06", _SAME_DAY),
    cell_case("date-compact", _DATE, "20200506", _SAME_DAY),
    cell_case("date-in-words", _DATE, "2020年5月6日", _SAME_DAY),
    cell_case("date-with-midnight", _DATE, "2020-05-06 00:00:00", _SAME_DAY),
    cell_case("date-full-width", _DATE, "２０２０-０５-０６", _SAME_DAY),
    cell_case("date-in-world-time", _DATE, "2020-05-05T16:00:00.000Z", _SAME_DAY),
    cell_case("date-in-world-time-by-offset", _DATE, "2020-05-05T16:30:00+00:00", _SAME_DAY),
    cell_case("date-in-our-own-zone", _DATE, "2020-05-06T00:00:00+08:00", _SAME_DAY),
    cell_case("date-of-a-zone-east-of-us", _DATE, "2020-05-07 00:30:00 +0900", _SAME_DAY),
    cell_case("date-with-an-impossible-time", _DATE, "2020-05-06 99:99", aside("date_invalid")),
    cell_case("date-zeros", _DATE, "00000000", aside("required_missing")),
    cell_case("date-open-end", _DATE, "99991231", aside("required_missing")),
    cell_case("date-not-on-the-calendar", _DATE, "2020-02-30", aside("date_invalid")),
    cell_case("date-month-13", _DATE, "20201306", aside("date_invalid")),
    cell_case("date-serial-outside-excel", _DATE, "43957", aside("date_invalid")),
    cell_case("date-day-first", _DATE, "06/05/2020", aside("date_invalid")),
    cell_case("date-two-digit-year", _DATE, "20-05-06", aside("date_invalid")),
    cell_case("date-in-prose", _DATE, "去年五月", aside("date_invalid")),
    cell_case("amount-currency", _AMOUNT, "¥1000", one("contribution_amount = 1000 and row_no = 1")),
    cell_case("amount-with-unit", _AMOUNT, "1234元", one("contribution_amount = 1234")),
    cell_case("amount-full-width", _AMOUNT, "１２３４", one("contribution_amount = 1234")),
    cell_case("amount-with-thousands", _AMOUNT, '"￥1,234,567.80"', one("contribution_amount = 1234567.80")),
    cell_case("amount-with-a-decimal-comma", _AMOUNT, '"1,50"', _NO_AMOUNT),
    cell_case("amount-with-a-decimal-comma-and-thousands", _AMOUNT, '"1.234,50"', _NO_AMOUNT),
    cell_case("amount-of-two-numbers", _AMOUNT, "12 34", _NO_AMOUNT),
    cell_case("amount-unit-in-the-middle", _AMOUNT, "5元5角", _NO_AMOUNT),
    cell_case("amount-negative", _AMOUNT, "-1", _NO_AMOUNT),
    cell_case("amount-in-ten-thousands", _AMOUNT, "1.5万", _NO_AMOUNT),
    cell_case("amount-scientific", _AMOUNT, "1E5", _NO_AMOUNT),
    cell_case("amount-too-large", _AMOUNT, "9" * 20, _NO_AMOUNT),
    cell_case("amount-not-a-number", _AMOUNT, "NaN", _NO_AMOUNT),
    cell_case("amount-excel-error", _AMOUNT, "#N/A", _NO_AMOUNT),
    cell_case("code-unknown", _CODE, "迁出", aside("code_unknown")),
    cell_case("code-with-nul", _CODE, "存\0续", aside("control_character")),
    cell_case("code-with-a-byte-of-no-character", _CODE, "存\ufffd续", aside("encoding_invalid")),
    cell_case("code-with-an-escape", _CODE, "存\x1b续", aside("control_character")),
    cell_case("code-of-another-case", _CODE, "active", aside("code_unknown")),
    cell_case("code-empty", _CODE, "", aside("required_missing")),
    cell_case("code-padded", _CODE, "存续　　", one("registration_status = 'active' and row_no = 1")),
    cell_case("name-empty", _NAME, "", aside("required_missing")),
    cell_case("name-of-a-test", _NAME, "测试人员", aside("test_row")),
    cell_case("name-too-long", _NAME, "文" * 101, aside("name_invalid")),
    cell_case("name-padded", _NAME, f"{SURNAME}文\u3000\u3000", one(f"full_name = '{SURNAME}文' and row_no = 1")),
    cell_case("name-with-a-middle-dot", _NAME, f"{SURNAME}·文", one(f"full_name = '{SURNAME}·文'")),
    cell_case("name-of-nine-thousand-random-characters", "合作社名称", "".join(map(chr, range(0x4E00, 0x4E00 + 9000))), one("length(organisation_name) = 9000")),
    cell_case("uscc-wrong-check-symbol", _USCC, "932101058690252475", aside("uscc_invalid")),
    cell_case("uscc-old-number", _USCC, "210100000012345", aside("uscc_invalid")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_a_value_has_its_named_outcome(
    hub: Hub, world: FileWorld, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    hub.prove(case, world, caplog)

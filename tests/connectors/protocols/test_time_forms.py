"""Forms of time: whatever is written in one sorts by time, is found again, and fits its SQL pattern."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.protocols.sql.time_forms import FORMS, Form, form_of

_TIMES = st.datetimes(datetime(2002, 1, 1), datetime(2029, 12, 31))
_FORMS = st.sampled_from(FORMS)


def fits(pattern: str, text: str) -> bool:
    """SQL's LIKE."""
    parts = {"%": ".*", "_": "."}
    return re.fullmatch("".join(parts.get(c, re.escape(c)) for c in pattern), text) is not None


@given(form=_FORMS, moment=_TIMES)
def test_what_is_written_is_found_again(form: Form, moment: datetime) -> None:
    text = form.write(moment)
    assert form.reads(text)
    assert fits(form.like, text)
    found = form_of([text])
    assert found is not None
    # forms of digits only may look alike; what they write then is the same
    assert found.write(moment) == text


@given(form=_FORMS, one=_TIMES, other=_TIMES)
def test_what_is_written_sorts_by_time(form: Form, one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))
    assert form.write(earlier) <= form.write(later)
    assert form.write(earlier) <= form.write(earlier, up=True)
    if later - earlier >= form.step:
        assert form.write(earlier) < form.write(later)


@given(form=_FORMS, moment=_TIMES)
def test_a_bound_is_rounded_to_the_side_on_which_no_row_is_lost(form: Form, moment: datetime) -> None:
    written, above = form.write(moment), form.write(moment, up=True)
    exact = not (moment - datetime(1970, 1, 1)) % form.step
    assert above == (written if exact else form.write(moment + form.step))


@pytest.mark.parametrize(
    ("value", "template"),
    [
        ("2020-05-13", "Y-M-D"),
        ("2020/05/13", "Y/M/D"),
        ("2020.05.13", "Y.M.D"),
        ("20200513", "YMD"),
        ("2020年05月13日", "Y年M月D日"),
        ("2020-05-13 10:11", "Y-M-D h:m"),
        ("2020/05/13 10:11:12", "Y/M/D h:m:s"),
        ("2020-05-13T10:11:12", "Y-M-DTh:m:s"),
        ("2020-05-13T10:11:12.345Z", "Y-M-DTh:m:s"),
        ("2020-05-13 10:11:12.345678+08", "Y-M-D h:m:s"),
        ("2020-05-13 10:11:12 +0800", "Y-M-D h:m:s"),
        ("2020年05月13日 10时11分12秒", "Y年M月D日 h时m分s秒"),
        ("20200513101112", "YMDhms"),
        ("20200513 101112", "YMD hms"),
        ("20200513T101112", "YMDThms"),
        ("202005131011", "YMDhm"),
        ("20200513101112345", "YMDhmsf"),
        ("2020051310", "YMDh"),
        ("1589335872", "E"),
        ("1589335872000", "e"),
        ("2020-5-13", None),
        ("2020/5/3 8:00", None),
        ("2020年5月13日", None),
        ("13-MAY-20", None),
        ("05/13/2020", None),
        ("13.05.2020", None),
        ("20-05-13", None),
        ("2020-13-05", None),
        ("2020-02-30", None),
        ("109-05-13", None),
        ("二〇二〇年五月十三日", None),
        ("2020-05-13 10:11:12 PM", None),
        ("43964", None),
        ("12345678901", None),
        ("昨天", None),
        ("", None),
        ("2020-05-13 ", None),
        ("２０２０-05-13", None),
    ],
)
def test_forms_people_use(value: str, template: str | None) -> None:
    found = form_of([value])
    assert (found and found.template) == template


def test_a_time_of_epoch_is_of_here() -> None:
    assert Form("E").write(datetime(2020, 5, 13)) == "1589299200"


def test_of_numbers_only_digits_count() -> None:
    assert form_of(["2020-05-13"], numbers=True) is None
    assert form_of(["0", "9", "20200513"], numbers=True) == Form("YMD")

"""Identity numbers against a plain reference, and against the traps that off-the-shelf checkers fall into."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.decode.identity import clean_certificate, clean_identity, clean_uscc
from connectors.decode.text import Cleaned, DecodeContext

AS_OF = date(2020, 5, 12)
CONTEXT = DecodeContext(as_of=AS_OF)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def with_check(body: str) -> str:
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def reference(text: str | None) -> tuple[str | None, str | None]:
    """(cleaned, reason): the same rules, one value at a time."""
    if text is None:
        return None, None
    bare = unicodedata.normalize("NFKC", text)
    bare = re.sub(r"[\s\"'`‘’“”\-‐‑‒–—−\u200b\ufeff]+", "", bare).lstrip("=").upper()
    if not bare:
        return None, None
    if len(bare) >= 6 and len(set(bare)) == 1 and bare[0] in "0123456789X":
        return bare, "id_placeholder"
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?E\+?[0-9]+", bare):
        return bare, "id_digits_lost"
    if re.fullmatch("[0-9]{15}", bare):
        bare = with_check(bare[:6] + "19" + bare[6:])
    if not re.fullmatch("[0-9]{17}[0-9X]", bare):
        return bare, "id_length"
    try:
        born = date(int(bare[6:10]), int(bare[10:12]), int(bare[12:14]))
    except ValueError:
        return bare, "id_date"
    if not date(1850, 1, 1) <= born <= AS_OF:
        return bare, "id_date"
    return bare, None if with_check(bare[:17]) == bare else "id_check_digit"


def reason_at(cleaned: Cleaned, row: int) -> str | None:
    return next((reason for rows, reason in cleaned.problems if rows[row]), None)


def outcome(texts: list[str | None]) -> list[tuple[str | None, str | None]]:
    cleaned = clean_identity(pl.Series(texts, dtype=pl.String), CONTEXT)
    return [(value, reason_at(cleaned, i)) for i, value in enumerate(cleaned.values)]


areas = st.sampled_from(["210102", "210122", "650104", "810000", "830000", "932100"])
births = st.dates(date(1845, 1, 1), AS_OF + timedelta(days=400)).map(lambda d: f"{d:%Y%m%d}")
numbers = st.builds(lambda a, b, o: with_check(f"{a}{b}{o:03d}"), areas, births, st.integers(0, 999))
short = numbers.map(lambda n: n[:6] + n[8:17])


@st.composite
def written(draw: st.DrawFn) -> str:
    """A number as some department writes it: right, old, damaged, or wrapped."""
    number = draw(st.one_of(numbers, numbers, short))
    change = draw(st.sampled_from(["", "", "digit", "cut", "full", "lower"]))
    if change == "digit":
        at = draw(st.integers(0, len(number) - 1))
        number = number[:at] + draw(st.sampled_from("0123456789X")) + number[at + 1 :]
    if change == "cut":
        number = number[: draw(st.integers(0, len(number)))]
    if change == "full":
        number = number.translate(str.maketrans("0123456789X", "０１２３４５６７８９Ｘ"))
    if change == "lower":
        number = number.lower()
    before, after = draw(
        st.sampled_from(
            [("", ""), ("", "   "), ("'", ""), ('="', '"'), ("\u3000", "\u3000"), ("\ufeff", ""), ("“", "”")]
        )
    )
    return before + number + after


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.none(), written(), st.text(max_size=20)), max_size=12))
def test_cleaning_agrees_with_the_reference(texts: list[str | None]) -> None:
    plain = [
        t
        if t is None
        or all(unicodedata.category(c) not in ("Cc", "Cf", "Cs") or c in "\u200b\ufeff" for c in t)
        else None
        for t in texts
    ]
    assert outcome(plain) == [reference(text) for text in plain]


@settings(max_examples=200, deadline=None)
@given(st.lists(numbers.filter(lambda n: n[6:8] == "19" and n[8:10] != "00"), min_size=1, max_size=8))
def test_old_numbers_become_the_new_ones(full: list[str]) -> None:
    assert [value for value, _ in outcome([n[:6] + n[8:17] for n in full])] == full


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("210102196002290035", None),  # born before the county tables of some checkers begin
        ("810000199408230021", None),  # residence permit of Hong Kong
        ("000000000000000000", "id_placeholder"),
        ("111111111111111111", "id_placeholder"),
        ("2.10102E+17", "id_digits_lost"),
        ("2.1010219600101E+17", "id_digits_lost"),
        ("210102196002301233", "id_date"),
        ("210102190002291238", "id_date"),  # 1900 was no leap year
        ("210102202005131230", "id_date"),  # born after the day of the run
        ("21010219600101", "id_length"),
        ("2101021960010112345", "id_length"),
        ("无", "id_length"),
    ],
)
def test_known_cases(text: str, reason: str | None) -> None:
    assert outcome([text])[0][1] == reason


def test_the_clock_is_an_input() -> None:
    born_today = pl.Series([with_check("21010220200513001")])
    assert clean_identity(born_today, CONTEXT).problems
    assert not clean_identity(born_today, DecodeContext(as_of=date(2020, 5, 13))).problems


def test_certificates() -> None:
    owner = with_check("21010219600101123")
    texts = [owner + "41", owner + "41B1", owner.lower() + "12B12", owner + "81", owner + "45", owner, None]
    cleaned = clean_certificate(pl.Series(texts), CONTEXT)
    assert [reason_at(cleaned, i) for i in range(7)] == [None, None, None, *["certificate_invalid"] * 3, None]


def test_credit_codes() -> None:
    # the first two are published codes; the third is an agricultural collective, which some checkers refuse
    good = ["91350100M000100Y43", "91350100m000100y43"]
    symbols = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = "N2210102MF0120001"
    check = symbols[-sum(symbols.index(c) * 3**i for i, c in enumerate(body)) % 31]
    cleaned = clean_uscc(
        pl.Series([*good, body + check, "91350100M000100Y44", "9135", "91350100I000100Y43"]), CONTEXT
    )
    assert [reason_at(cleaned, i) for i in range(6)] == [None, None, None, *["uscc_invalid"] * 3]

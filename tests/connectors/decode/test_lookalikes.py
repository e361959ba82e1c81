"""Text that only looks right: dots, marks, accents, crosses, keys in other widths, failed formulas."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.decode.characters import LOST, LOST_IN_NAMES
from hub.linkage.model import DAMAGED
from tests.connectors.decode.test_identity import with_check
from tests.connectors.decode.test_machines import one
from tests.connectors.decode.test_no_value import _column as column
from tests.connectors.decode.test_no_value import _judged

_ROOT = Path(__file__).resolve().parents[3]
_EVERY = [chr(code) for code in (*range(0x20, 0xD800), *range(0xE000, 0x10000), 0xF0000, 0x10FFFD, 0x20000)]


def _members(expression: str) -> set[str]:
    return set(re.compile(expression).findall("".join(_EVERY)))


def test_damage_is_the_same_in_decode_in_the_rules_and_in_the_linkage() -> None:
    decode = _members("[" + re.sub(r"\\x\{(\w+)\}", lambda m: chr(int(m[1], 16)), LOST_IN_NAMES) + "]")
    macro = (_ROOT / "dbt_project/macros/identity.sql").read_text(encoding="utf-8")
    found = re.search(r'macro damaged_class\(\) -%}\n\[(.*?)\{\{ "(.*)" }}]', macro)
    assert found
    rules = _members("[" + found[1] + found[2].encode().decode("unicode_escape") + "]")
    assert decode == rules == _members(DAMAGED)
    assert LOST_IN_NAMES.startswith(LOST)
    assert not decode & set("·.-' ,()/&〇々䶮㛃Aa1")


@pytest.mark.parametrize("dot", "·•‧∙・．.●･⋅⸱ꞏ⦁﹒∘◦˙ˑ᛫ᐧ⸳。｡-‐–—－")
def test_every_dot_between_two_parts(dot: str) -> None:
    for told in (f"买买提{dot}艾力", f"买买提 {dot} 艾力", f"买{dot}提{dot}艾力"):
        assert one("name", told) == (told.replace(" ", "").replace(dot, "·"), None)


@pytest.mark.parametrize("mark", "?*＊■□〓●○◎◯◆▓█☐☒⊠×✕╳¿¤#＃@_＿\ue863")
def test_a_mark_at_the_end_stays(mark: str) -> None:
    value, reason = one("name", f"王{mark}")
    assert reason is None
    assert len(value) == 2
    assert re.search(DAMAGED, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("王三\u0301", "王三"),
        ("王ﾞ", "王"),
        ("买买提.", "买买提"),
        ("O’Brien", "O'Brien"),
        ("O´Brien", "O'Brien"),
        ("Jean–Luc", "Jean-Luc"),
        ("Mu\u0308ller", "Müller"),
        ("Nguye\u0302\u0303n", "Nguyễn"),
        ("ﾀﾅｶ", "タナカ"),
        ("⾺⻢⺟", "馬马母"),
        ("王\ufe00三\U000e0100", "王三"),
        ("\u202b王\u200d三\u202c\u00ad", "王三"),
        ("⼀⼆三", "一二三"),
        ("\uf9d1\uf90a", "六金"),
    ],
)
def test_names_in_one_form(text: str, value: str) -> None:
    assert one("name", text) == (value, None)


@pytest.mark.parametrize(
    "text", ["王<br>三", "<b>王三</b>", "●●●", "■■", "#REF!", "ï»¿王三", "â€œ王三â€\x9d"]
)
def test_no_names(text: str) -> None:
    assert one("name", text)[1] == "name_invalid"


_BODIES = st.builds(
    lambda born, order: f"210102{born:%Y%m%d}{order:03d}",
    st.dates(min_value=date(1930, 1, 1), max_value=date(2019, 1, 1)),
    st.integers(0, 999),
)


@given(body=_BODIES, cross=st.sampled_from("xＸｘ×✕✖╳ХхΧχⅩⅹ*＊"))
@settings(max_examples=200, deadline=None)
def test_a_cross_is_an_x_where_the_check_says_so(body: str, cross: str) -> None:
    number = with_check(body)
    value, reason = one("id_number", body + cross)
    if number.endswith("X"):
        assert (value, reason) == (number, None)
        assert one("certificate_no", f"{body}{cross}41") == (number + "41", None)
    else:
        assert reason in ("id_check_digit", "id_length")
        assert one("certificate_no", f"{body}{cross}41")[1] == "certificate_invalid"


_SAME_KEYS = [
    (
        "JT-001",
        "ＪＴ－００１",
        "JT–001",
        "JT‐001",
        "jt".upper() + "-001",
        "JT\u200b-001",
        "JT-００1",
        "JT−001",
    ),
    ("A 1", "A\u00a01", "A\u30001", "A  1", "A\u202f1", "Ａ　１"),
    ("辽(2018)第1号", "辽（2018）第1号", "辽（２０１８）第１号"),
    ("é1", "e\u03011"),
]


@pytest.mark.parametrize("texts", _SAME_KEYS)
@pytest.mark.parametrize("name", ["case_id", "household_no"])
def test_keys_that_look_alike_are_one(name: str, texts: tuple[str, ...]) -> None:
    chunk = _judged([column("text", name=name)], *((text,) for text in texts))
    assert set(chunk.good[name]) == {texts[0]}
    kept = chunk.good.filter(chunk.good["as_received"].is_not_null()).height
    assert kept == len([text for text in texts if text != texts[0]])


def test_other_texts_stay_as_wide_as_they_were() -> None:
    chunk = _judged([column("text", name="case_id"), column("text", name="opinion")], ("1", "Ａ　１（甲）"))
    assert chunk.good["opinion"].to_list() == ["Ａ　１（甲）"]


@pytest.mark.parametrize(
    "text", ["#N/A", "#n/a", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#SPILL!", "#Error",
             "#Deleted", "########", "Err:502", "#GETTING_DATA"],
)  # fmt: skip
def test_a_failed_formula_is_no_value_in_any_layout(text: str) -> None:
    columns = [column("text", name="case_id", required=True), column("text", name="opinion")]
    chunk = _judged(columns, (text, "甲"), ("1", text), ("2", "#3楼"), ("#12", "##"))
    assert chunk.quarantined["reason_code"].to_list() == ["required_missing"]
    assert chunk.good["opinion"].to_list() == [None, "#3楼", "##"]
    assert dict(chunk.observed.types.select("column", "unread").iter_rows()) == {"case_id": 0, "opinion": 1}
    assert text in chunk.good["as_received"][0]


def test_numbers_of_oracle_and_what_is_cut_is_told() -> None:
    assert one("amount", ".5") == (Decimal("0.50"), None)
    assert one("decimal", ".3333") == (Decimal("0.3333"), None)
    assert one("decimal", "-.5") == (Decimal("-0.5000"), None)
    assert one("amount", "-.5") == (None, "amount_negative")
    assert one("amount", ".") == (None, "number_invalid")
    columns = [column("text", name="case_id"), column("amount", name="balance")]
    told = ("715.1999999", "715.20", "715.2000000", "99.99999999999999", "1.005")
    chunk = _judged(columns, *((str(n), text) for n, text in enumerate(told)))
    assert [t is not None for t in chunk.good["as_received"]] == [True, False, False, True, True]

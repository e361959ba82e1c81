"""Names of which a character was lost, compared by the macro that every rule uses."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from tests.connectors.decode.test_machines import one
from tests.support.dbt import PROJECT, query
from warehouse.settings import Settings

_FOLDING = (PROJECT / "macros" / "engine" / "folding.sql").read_text(encoding="utf-8")
_MACROS = Environment(autoescape=False).from_string(
    "".join(
        found[0].replace("postgres__", "")
        for found in re.finditer(r"{% macro postgres__.*?endmacro %}", _FOLDING, re.DOTALL)
    )
    + (PROJECT / "macros" / "identity.sql").read_text(encoding="utf-8")
)
_LOST = "?*¿〓□■▢▪◻⬜○●◯█☐☒⊠×✕¤#@_\ue000\ue863\uf8ff\U000f0001\U00100001"
_IN_CLASS = re.escape("?*■●#×") + "\ue863"
_SAME = [
    ("王Y", "王䶮"),
    ("王䶮", "王y"),
    ("Y文", "䶮文"),
    ("欧阳Y娜", "欧阳䶮娜"),
    ("张*", "张三"),
    ("张**", "张国强"),
    ("张*强", "張國強"),
    ("張?", "张䶮"),
    ("⻢⽂".replace("⽂", "文"), "马文"),
    ("古丽·?不都", "古丽·阿不都"),
    ("ANN? smith", "Anna Smith"),
    *((f"王{mark}", "王䶮") for mark in _LOST),
]
_FOLDED = [("Anna Smith", "ANNA SMITH"), ("劉Anna", "刘ANNA"), ("張國強", "张国强")]
_OTHER = [
    ("王Y", "李䶮"),
    ("王YAN", "王䶮"),
    ("王Yi", "王䶮文"),
    ("ANNA", "ANNE"),
    ("A·B", "A·C"),
    ("A B", "A C"),
    ("??", "张三"),
    ("**", "张三"),
    ("?·?", "古·丽"),
    ("张*", "李三"),
    ("张?", "张三丰"),
    ("马文", "冯文"),
    ("Anna Smith", "ANNE SMITH"),
    ("王", "王●"),
    ("王某", "王三"),
    ("王三", "王三2"),
    ("●●", "王三"),
]


def _rendered(macro: str, *arguments: str) -> str:
    return str(getattr(_MACROS.module, macro)(*arguments))


def _agreeing(hub_db: Settings, pairs: list[tuple[str, str]]) -> set[tuple[object, ...]]:
    values = ", ".join(f"('{one}', '{other}')" for one, other in pairs)
    agree, back = _rendered("names_agree", "l", "r"), _rendered("names_agree", "r", "l")
    return query(hub_db, f"select l, r from (values {values}) as pairs (l, r) where {agree} and {back}")


def test_a_lost_character_is_a_wildcard_and_nothing_else_is(hub_db: Settings) -> None:
    assert _agreeing(hub_db, _SAME + _FOLDED + _OTHER) == set(_SAME + _FOLDED)


def test_damage_is_told(hub_db: Settings) -> None:
    names = [one for one, _ in _SAME if "⻢" not in one and one != "王䶮"] + ["王y"]
    told = _rendered("is_damaged", "name")
    for wanted, those in ((True, names), (False, ["王䶮", "ANNA", "A·B", "JOHN SMITH", "古丽·阿不都", "ⅣB"])):
        values = ", ".join(f"('{name}')" for name in those)
        found = query(hub_db, f"select name, {told} from (values {values}) as names (name)")
        assert found == {(name, wanted) for name in those}


def _wanted(one_: str, other: str) -> bool:
    """The comparison, position by position, in plain Python over names without traditional characters."""
    if one_ == other:
        return True
    if len(one_) != len(other):
        return False
    lost = [[i for i in range(len(name)) if _is_lost(name, i)] for name in (one_, other)]
    if not lost[0] and not lost[1]:
        return one_.upper() == other.upper()
    whole = all(re.search(rf"[^·{_IN_CLASS}]", name) for name in (one_, other))
    pairs = zip(one_.upper(), other.upper(), strict=True)
    return whole and all(a == b or i in lost[0] or i in lost[1] for i, (a, b) in enumerate(pairs))


def _is_lost(name: str, position: int) -> bool:
    if re.fullmatch(f"[{_IN_CLASS}]", name[position]):
        return True
    if not re.fullmatch("[A-Za-z]", name[position]):
        return False
    before, after = f"|{name}|"[position], f"|{name}|"[position + 2]
    beside = [not re.match("[A-Za-z]", near) for near in (before, after)]
    return all(beside) and bool(re.search("[\u3400-\u9fff]", before + after))


@given(data=st.data())
@settings(max_examples=6, deadline=None)
def test_names_cleaned_at_decode_agree_as_the_plain_comparison_says(
    hub_db: Settings, data: st.DataObject
) -> None:
    drawn = st.text("王三䶮古丽·•AbY a?■*●#×\ue863⻢马\u200b", min_size=1, max_size=5)
    pairs = set()
    for told in data.draw(st.lists(st.tuples(drawn, drawn), min_size=30, max_size=30)):
        cleaned = [one("name", text) for text in told]
        if all(value and reason is None for value, reason in cleaned):
            pairs.add((cleaned[0][0], cleaned[1][0]))
            pairs.add((cleaned[0][0], _damaged(cleaned[0][0], data.draw(st.integers(0, 4)))))
    assert _agreeing(hub_db, sorted(pairs)) == {pair for pair in pairs if _wanted(*pair)}


def _damaged(name: str, at: int) -> str:
    """The name with one character lost; a blank or a dot is none."""
    return name[:at] + "■" + name[at + 1 :] if at < len(name) and name[at] not in " ·" else name

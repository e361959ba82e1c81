"""Names of which a character was lost, compared by the macro that every rule uses."""

from __future__ import annotations

from jinja2 import Environment

from tests.dbt.test_rules_on_hand_made_world import PROJECT, query
from warehouse.settings import Settings

_MACROS = Environment(autoescape=False).from_string(
    "{% macro fold_name(n) %}ops.fold_name({{ n }}){% endmacro %}"
    "{% macro fold_character(n) %}ops.fold_name({{ n }}){% endmacro %}"
    + (PROJECT / "macros" / "identity.sql").read_text(encoding="utf-8")
)
_LOST = "?*〓□■▢▪◻⬜\ue000\ue863\uf8ff\U000f0001\U00100001"
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
    *((f"王{mark}", "王䶮") for mark in _LOST),
]
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
]


def _rendered(macro: str, *arguments: str) -> str:
    return str(getattr(_MACROS.module, macro)(*arguments))


def _agreeing(hub_db: Settings, pairs: list[tuple[str, str]]) -> set[tuple[object, ...]]:
    values = ", ".join(f"('{one}', '{other}')" for one, other in pairs)
    agree, back = _rendered("names_agree", "l", "r"), _rendered("names_agree", "r", "l")
    return query(hub_db, f"select l, r from (values {values}) as pairs (l, r) where {agree} and {back}")


def test_a_lost_character_is_a_wildcard_and_nothing_else_is(hub_db: Settings) -> None:
    assert _agreeing(hub_db, _SAME + _OTHER) == set(_SAME)


def test_damage_is_told(hub_db: Settings) -> None:
    names = [one for one, _ in _SAME if "⻢" not in one and one != "王䶮"] + ["王y"]
    told = _rendered("is_damaged", "name")
    for wanted, those in ((True, names), (False, ["王䶮", "ANNA", "A·B", "JOHN SMITH", "古丽·阿不都", "ⅣB"])):
        values = ", ".join(f"('{name}')" for name in those)
        found = query(hub_db, f"select name, {told} from (values {values}) as names (name)")
        assert found == {(name, wanted) for name in those}

"""Traditional characters: the table, and the same table in the database."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.dbt.test_rules_on_hand_made_world import PROJECT, query
from warehouse.settings import Settings

_OBJECT = Path("warehouse/schema/objects/identity/fold_name.sql")
_ROOT = PROJECT.parent
_LITERAL = re.compile(r"'([^']{1000,})'")


def _macro(name: str) -> str:
    text = (PROJECT / "macros" / "engine" / "folding.sql").read_text(encoding="utf-8")
    found = re.search(rf"macro {name}\(\) -%}}\n(.*)\n{{%- endmacro", text)
    assert found
    return found[1]


def _pairs() -> dict[str, str]:
    return dict(zip(_macro("traditional_characters"), _macro("simplified_characters"), strict=True))


def test_each_character_becomes_one_and_folds_no_further() -> None:
    pairs = _pairs()
    assert len(pairs) == len(_macro("traditional_characters")) > 4000
    assert not set(pairs) & set(pairs.values())
    # nothing that means anything inside a literal or a bracket expression
    assert all(ord(character) > 0x2E7F for both in pairs.items() for character in both)


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        "張张",
        "國国",
        "強强",
        "劉刘",
        "陳陈",
        "鍾钟",
        "鐘钟",
        "葉叶",
        "蕭萧",
        "衞卫",
        "於于",
        "龔龚",
        "啟启",
        "⻢马",
        "⻰龙",
        "⻩黄",
        "⻓长",
        "⻑长",
    ],
)
def test_surnames_and_variants_are_in_the_table(traditional: str, simplified: str) -> None:
    assert _pairs()[traditional] == simplified


def test_what_is_simplified_already_or_a_name_in_both_is_left_alone() -> None:
    # 姜 and 沈 are surnames of their own, beside 薑 and 瀋; 䶮 and 堃 have no other form
    assert not set("张国强姜沈范余后䶮堃·?A") & set(_pairs())


def test_the_function_has_the_table_of_the_macro() -> None:
    literals = _LITERAL.findall((_ROOT / _OBJECT).read_text(encoding="utf-8"))
    one, other = _macro("traditional_characters"), _macro("simplified_characters")
    assert literals == [f"[{one}]", one, other]


def test_the_database_folds_every_character_and_leaves_the_others(hub_db: Settings) -> None:
    pairs = _pairs()
    for told, folded in (("".join(pairs), "".join(pairs.values())), ("古丽·阿不都 Anna张国强?䶮",) * 2):
        assert query(hub_db, f"select ops.fold_name('{told}'), ops.fold_name(null)") == {(folded, None)}
    kind = query(hub_db, "select provolatile, proparallel from pg_proc where proname = 'fold_name'")
    assert kind == {("i", "s")}

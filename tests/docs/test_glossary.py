"""The glossary has the words of the trade, and every identifier in it is one of the code."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tools.reference import glossary
from tools.reference.pages import DOCS
from warehouse.settings import PROJECT_ROOT

WORDS = glossary.words()
_PLACES = (
    "connectors",
    "warehouse",
    "dbt_project/models",
    "dbt_project/seeds",
    "dbt_project/macros",
    "expectations",
)


@pytest.fixture(scope="module")
def identifiers() -> set[str]:
    """Every word of the code, of the declarations and of the names of files."""
    found: set[str] = set()
    for place in _PLACES:
        for path in (PROJECT_ROOT / place).rglob("*"):
            if path.suffix in (".py", ".sql", ".yml") or (path.suffix == ".csv" and "seeds" in path.parts):
                found |= set(re.findall(r"[a-z][a-z0-9_]*", path.read_text(encoding="utf-8")))
                found.add(path.stem)
    # feed and table ids are made of names: public_security__prison
    return found | {part for name in found for part in name.split("__")}


def test_the_words_people_ask_for_are_there() -> None:
    assert len(WORDS) >= 60
    asked = {
        "低保",
        "特困",
        "户",
        "户主",
        "街道",
        "社区",
        "服刑",
        "死亡",
        "户籍",
        "孤儿",
        "残疾证",
        "批次",
        "隔离",
        "预警",
    }
    assert asked <= {word.zh for word in WORDS}


def test_no_word_is_explained_twice() -> None:
    assert [word for word, times in Counter(word.zh for word in WORDS).items() if times > 1] == []


def test_every_word_has_both_languages_and_an_identifier_of_the_code(identifiers: set[str]) -> None:
    assert [word.zh for word in WORDS if not (word.zh and word.en and word.identifier)] == []
    assert [word.identifier for word in WORDS if word.identifier not in identifiers] == []


def test_the_page_is_what_the_list_and_the_seeds_say() -> None:
    assert glossary.pages()[glossary.PAGE] == (DOCS / glossary.PAGE).read_text(encoding="utf-8")

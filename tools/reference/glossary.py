"""The glossary: the words of the trade in Chinese and English, and the identifier each has here.

Words stand in ``glossary.csv``. The names of benefits, rules, checks and severities come from the seeds.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tools.reference import markdown
from tools.reference.rules import seed

PAGE = "glossary.md"
_WORDS = Path(__file__).parent / "glossary.csv"


@dataclass(frozen=True)
class Word:
    """``identifier`` is a name in the code, in a table or in a declaration: a test finds it there."""

    group: str
    zh: str
    en: str
    identifier: str
    note: str


def words() -> list[Word]:
    """Returns the words of the list, group by group."""
    with _WORDS.open(encoding="utf-8", newline="") as file:
        return [Word(**row) for row in csv.DictReader(file)]


def pages() -> dict[str, str]:
    """Returns the glossary."""
    heads = ("中文", "English", "identifier", "note")
    groups = [
        part
        for group, members in groupby(words(), key=lambda word: word.group)
        for part in (f"## {group}", markdown.table(heads, (_row(word) for word in members)))
    ]
    return {
        PAGE: markdown.page(
            "Glossary 术语表",
            "The words of the trade, in Chinese and in English, and the identifier each has in code "
            "and tables.",
            *groups,
            *_from_seeds("Kinds of benefit 待遇类型", "benefits", "benefit_type", ""),
            *_from_seeds("Rules 预警规则", "rules", "rule_id", "reference/rules/"),
            *_from_seeds("Cross-checks 核对项", "checks", "check_id", "reference/checks/"),
            *_from_seeds("Severities 级别", "severities", "severity", ""),
        )
    }


def _row(word: Word) -> tuple[str, str, str, str]:
    return word.zh, word.en, markdown.code(word.identifier), markdown.plain(word.note)


def _from_seeds(title: str, name: str, key: str, folder: str) -> list[str]:
    rows = (
        (
            row["name_zh"],
            row["name_en"],
            f"[`{row[key]}`]({folder}{row[key]}.md)" if folder else markdown.code(row[key]),
        )
        for row in seed(name)
    )
    return [f"## {title}", markdown.table(("中文", "English", "identifier"), rows)]

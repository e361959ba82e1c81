"""Who is called what, for the second reading of the rules: see ``second_reading``.

A name in traditional characters is the same name, so every name is read in simplified ones. A name that stood
in the same case under the same number before is a name of the person too, unless a benefit runs under that
number and a name the case does not bear: then nobody knows whose name it was.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.oracle.second_reading import Shown

Row = dict[str, Any]
#: The characters that cities and worlds write in the traditional way.
TRADITIONAL = (
    "張國強劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭許鄧蘇盧蔣賈閻餘譚鄒陸龍萬錢湯喬賴龔葉鍾顧範關"
    "偉軍濤剛輝鵬華飛凱寧貴勝學發傑慶麗豔艷蘭鳳潔雲蓮環榮愛鶯紅貞歐陽"
)
SIMPLIFIED = (
    "张国强刘陈杨赵黄吴孙马罗郑谢韩冯萧许邓苏卢蒋贾阎余谭邹陆龙万钱汤乔赖龚叶钟顾范关"
    "伟军涛刚辉鹏华飞凯宁贵胜学发杰庆丽艳艳兰凤洁云莲环荣爱莺红贞欧阳"
)
_FOLDED = str.maketrans(TRADITIONAL, SIMPLIFIED)
_CASES = (
    *(("civil_affairs__" + name, "main") for name in ("dibao", "tekun", "orphan", "low_income")),
    ("civil_affairs__disability_allowance", "main"),
    ("civil_affairs__elder_care", "old_age_allowance"),
)


def simplified(row: Row) -> Row:
    """The row with its names in simplified characters."""
    names = {k: v.translate(_FOLDED) for k, v in row.items() if k.endswith("_name") and isinstance(v, str)}
    return {**row, **names}


def is_called(row: Row, name: str | None) -> bool:
    """Is it a name of the person of this case, now or before? Of facts with the person's number only."""
    return name is not None and (name == row["full_name"] or name in row["former_names"])


def tell_former_names(shown: Shown) -> None:
    """Writes into every row of a registry which names its number had before: ``former_names``."""
    changes: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for feed_id, table in _CASES:
        present = {row.get("member_id") or row["case_id"]: row for row in shown.rows(feed_id, table)}
        told = [row for row in shown.versions(feed_id, table) if row.get("operation") != "delete"]
        for old in map(simplified, told):
            row = present.get(old.get("member_id") or old["case_id"])
            if row and old["updated_at"] < row["updated_at"] and old["id_number"] == row["id_number"]:
                changes[row["id_number"]].add((old["full_name"], row["full_name"]))
    for feed_id, table in _CASES:
        for row in shown.rows(feed_id, table):
            number = row["id_number"]
            running = {held["full_name"] for _, held in shown.holders.get(number, [])}
            changed = {(old, now) for old, now in changes[number] if old != now}
            lost = {old for old, now in changed if running - {now}}
            row["former_names"] = {old for old, _ in changed} - lost

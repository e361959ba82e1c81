"""A new rule: its folder with hits, warning, description and unit test, and its rows in the seeds."""

from __future__ import annotations

import re
from pathlib import Path

from tools.scaffold.project import Project, ScaffoldError, rendered, write

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
#: "int_<rule>_hit" and its test are names of tables.
_LONGEST = 63 - len("int__hit__dbt_tmp")
_END_OF_LIST = "]) }}"


def new_rule(project: Project, rule: str) -> list[Path]:
    """Writes the rule's folder and its rows, returns what was written. Raises ``ScaffoldError``."""
    _check(project, rule)
    folder = project.models / "rules" / rule
    written = {
        folder / f"int_{rule}_hit.sql": "hit.sql.j2",
        folder / f"wrn_{rule}.sql": "warning.sql.j2",
        folder / f"_{rule}.yml": "rule.yml.j2",
    }
    for path, template in written.items():
        write(path, rendered(template, rule=rule))
    seeds = [project.add_row(seed, row) for seed, row in _rows(project, rule).items()]
    return [*written, *seeds, _list(project, rule)]


def _check(project: Project, rule: str) -> None:
    if not _NAME.fullmatch(rule):
        raise ScaffoldError(
            f"RULE is {rule!r}, expected a name like work_injury: "
            "small Latin letters, digits and single underscores"
        )
    if len(rule) > _LONGEST:
        raise ScaffoldError(f"{rule} has {len(rule)} characters, {_LONGEST} at most: choose a shorter name")
    folder = project.models / "rules" / rule
    if folder.exists():
        raise ScaffoldError(f"{project.shown(folder)} is there already: choose another name, or edit it")
    if any(row["rule_id"] == rule for row in project.seed("rules")):
        raise ScaffoldError(f"rule {rule} is in dbt_project/seeds/rules.csv already: choose another name")


def _rows(project: Project, rule: str) -> dict[str, list[str]]:
    """The row of each seed, by the name of the seed."""
    number = max(int(row["number"]) for row in project.seed("rules")) + 1
    fill = "FILL IN:"
    names = [f"{fill} 预警名称", f"{fill} its English name"]
    summary = [f"{fill} 一句话说明", f"{fill} the same in English"]
    whom = ["yellow", "street", "person", "true"]
    return {
        "rules": [rule, str(number), *names, *whom, *summary],
        "rule_sub_types": [rule, "found", "yellow", f"{fill} 情形名称", f"{fill} what the sub-type means"],
        "rule_benefits": [
            rule,
            "dibao",
            "2000-01-01",
            "",
            "proposed",
            f"{fill} why it looks at this benefit",
        ],
    }


def _list(project: Project, rule: str) -> Path:
    """Adds the rule to the first list of the macro: the models that make up the warnings."""
    path = project.built_rules
    before, end, after = path.read_text(encoding="utf-8").partition(_END_OF_LIST)
    if not end:
        raise ScaffoldError(
            f"{project.shown(path)} has no list that ends with {_END_OF_LIST!r}: add '{rule}' by hand"
        )
    path.write_text(f"{before}    '{rule}',\n{end}{after}", encoding="utf-8")
    return path

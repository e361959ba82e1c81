"""One page for each warning and each cross-check, from the seeds and from what dbt says of the models."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from connectors.catalogue.load import feed_ids
from tools.reference import markdown
from tools.reference.manifest import PROJECT, Manifest, Node

RULES, CHECKS = "reference/rules", "reference/checks"
Row = dict[str, str]


def seed(name: str) -> list[Row]:
    """Returns the rows of a seed."""
    with (Path(PROJECT) / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pages(manifest: Manifest) -> dict[str, str]:
    """Returns the pages of the rules and of the checks, each with its list."""
    rules, checks = seed("rules"), seed("checks")
    pages = {f"{RULES}/{rule['rule_id']}.md": _rule(rule, checks, manifest) for rule in rules}
    pages |= {f"{CHECKS}/{check['check_id']}.md": _check(check, rules, manifest) for check in checks}
    severities = {row["severity"]: row for row in seed("severities")}
    return {
        f"{RULES}/index.md": markdown.page(
            "Rules 预警规则",
            f"The {len(rules)} warnings. A warning asks a person to check; it is never a decision.",
            markdown.table(
                ("no.", "rule", "名称", "name", "severity", "handled by"),
                (
                    (
                        r["number"],
                        _link(r["rule_id"]),
                        r["name_zh"],
                        r["name_en"],
                        r["severity"],
                        r["handler_level"],
                    )
                    for r in rules
                ),
            ),
            "## Severities",
            markdown.table(
                ("severity", "级别", "working days to deal with it", "meaning", "status", "source"),
                (
                    (code, r["name_zh"], r["due_working_days"], r["meaning_en"], r["status"], r["source"])
                    for code, r in severities.items()
                ),
            ),
        ),
        f"{CHECKS}/index.md": markdown.page(
            "Cross-checks 交叉比对",
            f"The {len(checks)} checks. A hit is one enrolment that overlaps with a fact that excludes it.",
            markdown.table(
                ("check", "名称", "name", "rule with the same hits"),
                (
                    (
                        _link(c["check_id"]),
                        c["name_zh"],
                        c["name_en"],
                        f"[{c['rule_id']}](../rules/{c['rule_id']}.md)",
                    )
                    for c in checks
                ),
            ),
        ),
        **pages,
    }


def _link(name: str) -> str:
    return f"[`{name}`]({name}.md)"


def _rule(rule: Row, checks: list[Row], manifest: Manifest) -> str:
    rule_id = rule["rule_id"]
    same = [f"[{c['check_id']}](../checks/{c['check_id']}.md)" for c in checks if c["rule_id"] == rule_id]
    facts = [
        ("rule", markdown.code(rule_id)),
        ("number", rule["number"]),
        ("severity, usually", rule["severity"]),
        ("handled by", rule["handler_level"]),
        ("about", rule["subject_type"]),
        ("built", "yes" if rule["is_built"] == "true" else "not yet"),
        *([("cross-check with the same hits", ", ".join(same))] if same else []),
    ]
    return markdown.page(
        f"{rule_id}: {rule['name_zh']} {rule['name_en']}",
        f"{rule['summary_zh']}。\n\n{rule['summary_en'][:1].upper()}{rule['summary_en'][1:]}.",
        markdown.table(("fact", "value"), facts),
        *_of_seeds(rule_id),
        *_models(_of_rule(rule_id, manifest), f"{RULES}/{rule_id}.md", manifest),
    )


def _check(check: Row, rules: list[Row], manifest: Manifest) -> str:
    check_id, rule_id = check["check_id"], check["rule_id"]
    rule = next(r for r in rules if r["rule_id"] == rule_id)
    return markdown.page(
        f"{check_id}: {check['name_zh']} {check['name_en']}",
        f"A hit stands in [`marts.cross_check_hits`](../tables/marts.md#martscross_check_hits) with "
        f"`check_id` `{check_id}`. It rests on the facts of the rule [{rule_id} "
        f"{rule['name_zh']}](../rules/{rule_id}.md).",
        *_of_seeds(rule_id),
        *_models(_named(f"chk_{check_id}", manifest), f"{CHECKS}/{check_id}.md", manifest),
    )


def _of_seeds(rule_id: str) -> list[str]:
    """Sub-types, parameters and benefits of a rule."""
    sub_types = [row for row in seed("rule_sub_types") if row["rule_id"] == rule_id]
    parameters = [row for row in seed("rule_parameters") if row["rule_id"] == rule_id]
    benefits = {row["benefit_type"]: row for row in seed("benefits")}
    looked_at = [row for row in seed("rule_benefits") if row["rule_id"] == rule_id]
    return [
        *_section(
            "Sub-types 子类",
            ("sub-type", "severity", "名称", "name"),
            [
                (markdown.code(r["sub_type"]), r["severity"], r["name_zh"], markdown.plain(r["name_en"]))
                for r in sub_types
            ],
        ),
        *_section(
            "Parameters 参数",
            ("parameter", "value", "from", "until", "status", "source"),
            [(markdown.code(r["parameter"]), r["value"], *_dated(r)) for r in parameters],
        ),
        *_section(
            "Benefits it looks at 涉及待遇",
            ("benefit", "名称", "from", "until", "status", "source"),
            [
                (
                    markdown.code(r["benefit_type"]),
                    benefits.get(r["benefit_type"], {}).get("name_zh", ""),
                    *_dated(r),
                )
                for r in looked_at
            ],
        ),
    ]


def _dated(row: Row) -> tuple[str, str, str, str]:
    return row["from_date"], row["until_date"], row["status"], markdown.plain(row["source"])


def _section(title: str, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return [f"## {title}", markdown.table(heads, rows)] if rows else []


def _named(name: str, manifest: Manifest) -> list[Node]:
    """Returns the model of that name, or nothing where there is none."""
    return [node for node in manifest.of_kind("model") if node.name == name]


def _of_rule(rule_id: str, manifest: Manifest) -> list[Node]:
    """Returns the models of a rule: its warnings, then the rest of its folder but the cross-check."""
    folder = f"dbt_project/models/rules/{rule_id}/"
    named = _named(f"wrn_{rule_id}", manifest)
    beside = [
        node for node in manifest.of_kind("model") if node.path.startswith(folder) and node not in named
    ]
    return named + [node for node in beside if not node.name.startswith("chk_")]


def _models(own: list[Node], page: str, manifest: Manifest) -> list[str]:
    """The models of a rule or a check, and what they rest on."""
    if not own:
        return []
    rows = [
        (f"[`{node.name}`]({markdown.way(f'docs/{page}', node.path)})", markdown.plain(node.description))
        for node in own
    ]
    below = {node.unique_id: node for model in own for node in manifest.reads(model) if node not in own}
    return [
        "## Models",
        markdown.table(("model", "what it finds"), rows),
        "## What it rests on",
        markdown.table(
            ("kind", "name"),
            [(label, names) for schema, label in _KINDS if (names := _names(schema, below.values(), page))],
        ),
    ]


_KINDS = (("staging", "feeds"), ("core", "tables of core"), ("seeds", "seeds"))


def _names(schema: str, nodes: Iterable[Node], page: str) -> str:
    links = {_reference(node, page) for node in nodes if node.schema == schema}
    return ", ".join(sorted(links - {""}))


def _reference(node: Node, page: str) -> str:
    if node.schema != "staging":
        target = f"docs/reference/tables/{node.schema}.md"
        return f"[`{node.name}`]({markdown.way(f'docs/{page}', target)}#{markdown.anchor(node.full_name)})"
    feed = feed_of(node.name)
    if feed is None:
        return ""
    domain, _, name = feed.partition("__")
    return f"[`{feed}`]({markdown.way(f'docs/{page}', f'docs/reference/feeds/{domain}/{name}.md')})"


def feed_of(staging_model: str) -> str | None:
    """Returns the feed of ``stg_<feed>`` or ``stg_<feed>__<table>``."""
    name = staging_model.removeprefix("stg_")
    return next((feed for feed in feed_ids() if name == feed or name.startswith(f"{feed}__")), None)

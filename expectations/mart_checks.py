"""Checks the candidate marts: what will be published must be complete, known and traceable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import feed_ids
from expectations.checks import Check, CheckTarget, Figure, Severity
from expectations.defaults import Change, MartDefaults

_ORIGIN = ["feed_id", "batch_id", "row_no"]


@dataclass(frozen=True)
class _Rule:
    """Rows for which ``offends`` (SQL over the candidate, alias c) is true; there may be none."""

    name: str
    column: str
    offends: sql.Composable
    zh: str
    en: str
    severity: Severity = "error"


@dataclass(frozen=True)
class _Mart:
    """A mart to check.

    ``kind`` is the column with the rule or check, ``key`` is unique, ``current`` is SQL for its open rows.
    """

    name: str
    key: tuple[str, ...]
    kind: str
    current: str
    rules: tuple[_Rule, ...]


def mart_targets(cursor: Cursor, as_of: date, defaults: MartDefaults) -> list[CheckTarget]:
    """Returns one target per candidate mart. A mart that was not built fails its check ``built``."""
    return [_target(cursor, mart, defaults.change) for mart in _marts(as_of, defaults)]


def _target(cursor: Cursor, mart: _Mart, change: Change) -> CheckTarget:
    name = f"candidate.{mart.name}"
    built = Check("built", "tables", "error", "候选表已生成", "the candidate mart was built", minimum=1)
    cursor.execute("select to_regclass(%s) is not null", (name,))
    row = cursor.fetchone()
    if not row or not row[0]:
        return CheckTarget(name, name, None, (built,), {"tables": Figure(0, text="no such table")})
    checks, figures = [built], {"tables": Figure(1)}
    for check, figure in [*_rule_checks(cursor, mart), *_change_checks(cursor, mart, change)]:
        checks.append(check)
        figures[check.figure] = figure
    return CheckTarget(name, name, None, tuple(checks), figures)


def _rule_checks(cursor: Cursor, mart: _Mart) -> Iterator[tuple[Check, Figure]]:
    rules = [*mart.rules]
    counted = [sql.SQL("count(*) filter (where {})").format(rule.offends) for rule in rules]
    distinct = sql.SQL("count(*) - count(distinct ({}))").format(_columns(mart.key))
    cursor.execute(
        sql.SQL("select {} from {} as c").format(
            sql.SQL(", ").join([distinct, *counted]), sql.Identifier("candidate", mart.name)
        )
    )
    repeated, *found = cursor.fetchone() or (0, *[0] * len(rules))
    key = ", ".join(mart.key)
    words = ("编号唯一", "ids are unique")
    yield Check("id_unique", "not_id_unique", "error", *words, maximum=0), _figure(repeated, key)
    for rule, number in zip(rules, found, strict=True):
        check = Check(rule.name, f"not_{rule.name}", rule.severity, rule.zh, rule.en, maximum=0)
        yield check, _figure(number, rule.column)


def _figure(number: int, column: str) -> Figure:
    return Figure(number, ((column, f"{number} rows"),) if number else ())


def _change_checks(cursor: Cursor, mart: _Mart, change: Change) -> Iterator[tuple[Check, Figure]]:
    """Yields checks against the last publication: how many rows more or fewer, and which rules no longer
    hit.
    """
    cursor.execute(
        sql.SQL(
            "select (select count(*) from {candidate}), (select count(*) from {published} where {current}), "
            "(select count(distinct {kind}) from {published} where {current} "
            "and {kind} not in (select {kind} from {candidate}))"
        ).format(
            candidate=sql.Identifier("candidate", mart.name),
            published=sql.Identifier("marts", mart.name),
            current=sql.SQL(mart.current),
            kind=sql.Identifier(mart.kind),
        )
    )
    candidate, published, silent = cursor.fetchone() or (0, 0, 0)
    share = abs(candidate - published) / published if published >= change.min_rows else 0.0
    words = (
        f"与上次发布相比变化不超过 {change.warn_share:.0%}",
        f"changed by at most {change.warn_share:.0%} since the last publication",
    )
    figure = Figure(share, text=f"{share:.4f} ({candidate} rows, {published} published)")
    yield Check("change", "change_share", "warning", *words, maximum=change.warn_share), figure
    words = ("上次有结果的规则仍有结果", "a rule that hit last time hits again")
    yield Check("not_silent", "silent_rules", "warning", *words, maximum=0), Figure(silent)


def _marts(as_of: date, defaults: MartDefaults) -> tuple[_Mart, ...]:
    common = (_region(defaults.region_pattern), _as_of(as_of))
    evidence = _evidence()
    warnings = _Mart(
        "warnings",
        ("warning_id",),
        "rule_id",
        "ops.is_open(status)",
        (
            _filled("warning_id", "rule_id", "subject_id", "event_key", "evidence"),
            _filled("due_on"),
            _known("rule_id", "rules"),
            _one_of("severity", defaults.severities),
            _one_of("handler_level", defaults.handler_levels),
            _one_of("subject_type", defaults.subject_types),
            _one_of("confidence", defaults.confidences),
            *evidence,
            *common,
        ),
    )
    hits = _Mart(
        "cross_check_hits",
        ("hit_id",),
        "check_id",
        "is_current",
        (
            _filled("hit_id", "check_id", "person_id", "enrolment_id", "evidence"),
            _known("check_id", "checks"),
            _known("benefit_type", "benefits"),
            _one_of("confidence", defaults.confidences),
            _sub_type_of_its_rule(),
            *_periods_and_money(as_of),
            *evidence,
            *common,
        ),
    )
    unanswered = _Mart(
        "unanswered",
        ("person_id", "feed_id"),
        "feed_id",
        "is_current",
        (_filled("person_id", "feed_id"), _one_of("feed_id", tuple(feed_ids())), *common),
    )
    return warnings, hits, unanswered


def _filled(*columns: str) -> _Rule:
    missing = sql.SQL(" or ").join(sql.SQL("{} is null").format(_column(name)) for name in columns)
    name = "filled" if len(columns) > 1 else f"{columns[0]}_filled"
    return _Rule(name, ", ".join(columns), missing, "必填字段不为空", "nothing required is missing")


def _known(column: str, seed: str) -> _Rule:
    unknown = sql.SQL("not exists (select 1 from {} as s where s.{} = {})").format(
        sql.Identifier("seeds", seed), sql.Identifier(column), _column(column)
    )
    return _Rule(
        f"{column}_known", column, unknown, f"{column} 在 {seed} 中", f"{column} is one of seeds.{seed}"
    )


def _one_of(column: str, values: Sequence[str]) -> _Rule:
    outside = sql.SQL("coalesce({} <> all ({}), true)").format(_column(column), sql.Literal(list(values)))
    return _Rule(f"{column}_known", column, outside, f"{column} 取值合法", f"{column} has a known value")


def _sub_type_of_its_rule() -> _Rule:
    unknown = sql.SQL(
        "exists (select 1 from seeds.checks as k where k.check_id = c.check_id and not exists ("
        "select 1 from seeds.rule_sub_types as s where s.rule_id = k.rule_id and s.sub_type = c.sub_type))"
    )
    words = ("子类属于核对项对应的规则", "the sub-type is one of the rule behind the check")
    return _Rule("sub_type_known", "sub_type", unknown, *words)


def _periods_and_money(as_of: date) -> tuple[_Rule, ...]:
    """Returns the rules that a hit's overlap contains its day, and that months and amount are both given or
    neither.
    """
    outside = sql.SQL(
        "c.overlap_from > c.overlap_until or c.overlap_from > {day} or c.overlap_until < {day}"
    ).format(day=sql.Literal(as_of))
    negative = sql.SQL("c.overpaid_months < 0 or c.overpaid_amount < 0")
    uneven = sql.SQL(
        "(c.overpaid_months is null) <> (c.overpaid_amount is null) "
        "or (c.overpaid_months = 0) <> (c.overpaid_amount = 0) "
        "or (c.overpaid_months is not null and c.overlap_from is null)"
    )
    words = ("业务日期在重叠期间内", "the business date lies in the overlap")
    return (
        _Rule("overlap_holds", "overlap_from, overlap_until", outside, *words),
        _Rule(
            "overpaid_not_negative",
            "overpaid_months, overpaid_amount",
            negative,
            "多发月数与金额不为负",
            "neither months nor amount is negative",
        ),
        _Rule(
            "overpaid_together",
            "overpaid_months, overpaid_amount",
            uneven,
            "多发月数与金额同有同无",
            "months and amount are both counted, from a known day on, or neither",
        ),
    )


def _evidence() -> tuple[_Rule, ...]:
    is_list = sql.SQL("(jsonb_typeof(c.evidence) = 'array')")
    empty = sql.SQL("case when {} then jsonb_array_length(c.evidence) = 0 else true end").format(is_list)
    untraceable = sql.SQL(
        "case when {} then exists (select 1 from jsonb_array_elements(c.evidence) as e "
        "where not (e ?& {})) else false end"
    ).format(is_list, sql.Literal(_ORIGIN))
    words = ("每条依据都注明来源、批次、行号", "each piece of evidence names feed, batch and row")
    return (
        _Rule("evidence_given", "evidence", empty, "附有依据", "there is evidence"),
        _Rule("evidence_traceable", "evidence", untraceable, *words),
    )


def _region(pattern: str) -> _Rule:
    outside = sql.SQL("coalesce(c.region_code !~ {}, true)").format(sql.Literal(pattern))
    return _Rule(
        "region_code_valid", "region_code", outside, "区划代码有效", "the region is one of the city's"
    )


def _as_of(day: date) -> _Rule:
    other = sql.SQL("c.as_of is distinct from {}").format(sql.Literal(day))
    return _Rule("as_of_equal", "as_of", other, f"业务日期为 {day}", f"computed for {day}")


def _column(name: str) -> sql.Composable:
    return sql.Identifier("c", name)


def _columns(names: Sequence[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(_column, names))

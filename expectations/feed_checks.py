"""Derives the checks of a feed from its declaration and the defaults. Nothing here reads data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from connectors.catalogue import Column, Feed, Table
from connectors.catalogue.column import Share
from expectations.checks import Check, Severity
from expectations.defaults import FeedDefaults

DATE_TYPES = ("date", "month", "timestamp")
#: Checks of the feed itself, repeated every day, as opposed to those of one batch.
DAILY_CHECKS = ("fresh", "recent")


@dataclass(frozen=True)
class Extent:
    """The size of a batch, which decides what checks make sense.

    ``received`` rows, loaded ``rows`` per table; ``changes``: the batch holds changes only, not its whole
    source.
    """

    received: int
    rows: dict[str, int]
    changes: bool = False


def figure_name(table: Table, name: str) -> str:
    """Returns the figure's name within its feed: prefixed by the table unless it is ``main``."""
    return name if table.name == "main" else f"{table.name}.{name}"


def is_whole_state(feed: Feed) -> bool:
    """Tells whether each batch of the feed is the whole state, not an addition to earlier ones."""
    return feed.mode in ("snapshot", "query_reply")


def required_columns(table: Table) -> list[Column]:
    """Returns the columns that must be filled."""
    return [c for c in table.columns if c.required]


def code_columns(table: Table) -> list[Column]:
    """Returns the columns with a list of codes."""
    return [c for c in table.columns if c.codes is not None]


def date_columns(table: Table) -> list[Column]:
    """Returns the columns of dates, months and times."""
    return [c for c in table.columns if c.type in DATE_TYPES]


def daily_checks(feed: Feed) -> list[Check]:
    """Returns the checks of how old the newest batch that counts may be (days)."""
    warn, error = feed.freshness.warn_days, feed.freshness.error_days
    return [
        Check("fresh", "days_since_last_batch", "error", *_fresh(error), maximum=error),
        Check("recent", "days_since_last_batch", "warning", *_fresh(warn), maximum=warn),
    ]


def _fresh(days: int) -> tuple[str, str]:
    return f"最近一批数据不早于 {days} 天前", f"the last batch is at most {days} days old"


def batch_checks(feed: Feed, scale: float, defaults: FeedDefaults, extent: Extent) -> list[Check]:
    """Returns the checks of one batch of ``feed`` at ``scale`` (share of the full city)."""
    quarantine_texts = ("隔离行占比", "rows quarantined")
    budget = feed.reject_budget or defaults.quarantine
    checks = list(_shares("quarantine_share", "quarantine_share", budget, extent.received, quarantine_texts))
    checks += _note_checks()
    if extent.changes and extent.received >= defaults.changed.min_rows:
        bound = defaults.changed.warn_share
        texts = (
            f"一次变更不超过有效记录的 {bound:.0%}",
            f"at most {bound:.0%} of the rows in force changed at once",
        )
        checks.append(Check("changed_share", "changed_share", "warning", *texts, maximum=bound))
    for table in feed.tables:
        name = None if table.name == "main" else table.name
        found = _table_checks(feed, table, scale, defaults, extent.rows.get(table.name, 0))
        checks += [replace(check, table=name) for check in found]
    return checks


def _note_checks() -> Iterator[Check]:
    """Yields checks of the loader's notes about a delivery: the batch counts, but somebody should know."""
    labels = ("内容与以前的批次不同", "the content is not that of an earlier delivery")
    yield Check("same_as_before", "same_as_before", "warning", *labels, maximum=0)
    yield Check("noted", "noted", "warning", "装载时无异常", "nothing odd was noted at loading", maximum=0)


def _table_checks(
    feed: Feed, table: Table, scale: float, defaults: FeedDefaults, rows: int
) -> Iterator[Check]:
    yield from _volume(table, scale)
    if is_whole_state(feed):
        name = figure_name(table, "key_repeated_share")
        yield from _shares(
            "key_unique", name, defaults.key_repeated, rows, ("主键重复行占比", "rows with a repeated key")
        )
    if required_columns(table):
        yield _none("required_filled", table, "error", "必填列不为空", "required columns are filled")
    if code_columns(table):
        yield _none("codes_known", table, "error", "代码列取值在代码表内", "codes are in their lists")
    yield from _unread(table, defaults.unread)
    if date_columns(table):
        yield _none("dates_plausible", table, "warning", "日期在合理范围内", "dates are in a plausible range")
    if rows >= defaults.fill_rate.min_rows:
        yield from _fill_rates(table)


def _volume(table: Table, scale: float) -> Iterator[Check]:
    figure = figure_name(table, "rows_in_force")
    # at least one row, however small the city: a feed that says nothing at all has failed
    low = max(1, math.floor(table.volume.min * scale))
    high = max(1, math.ceil(table.volume.max * scale))
    yield Check("volume_min", figure, "error", f"有效记录不少于 {low}", f"at least {low} rows in force", low)
    labels = (f"有效记录不多于 {high}", f"at most {high} rows in force")
    yield Check("volume_max", figure, "warning", *labels, maximum=high)


def _shares(name: str, figure: str, share: Share, rows: int, labels: tuple[str, str]) -> Iterator[Check]:
    """Yields the warning for a share of rows, and the error for a batch with enough rows."""
    bounds: list[tuple[str, Severity, float]] = [(name, "warning", share.warn_share)]
    if rows >= share.error_min_rows:
        bounds.append((f"{name}_max", "error", share.error_share))
    for check, severity, bound in bounds:
        zh, en = f"{labels[0]}不超过 {bound:.0%}", f"at most {bound:.0%} {labels[1]}"
        yield Check(check, figure, severity, zh, en, maximum=bound)


def unread_budgets(table: Table, default: Share) -> dict[str, tuple[Share, list[str]]]:
    """Returns the budgets of a table's optional columns by the figure's suffix: the table's, and each
    column's own.

    Required columns have none: a row whose required value cannot be read is quarantined.
    """
    common = table.unread_budget or default
    optional = [c for c in table.columns if not c.required]
    budgets = {f".{c.name}": (c.unread_budget, [c.name]) for c in optional if c.unread_budget}
    others = [c.name for c in optional if c.unread_budget is None]
    return {**({"": (common, others)} if others else {}), **budgets}


def _unread(table: Table, default: Share) -> Iterator[Check]:
    for suffix, (budget, _) in unread_budgets(table, default).items():
        levels: list[tuple[str, Severity, float]] = [
            ("unread_share", "warning", budget.warn_share),
            ("unread_share_max", "error", budget.error_share),
        ]
        for name, severity, bound in levels:
            words = (
                f"每列无法识别的值不超过 {bound:.0%}",
                f"at most {bound:.0%} of a column's values could not be read",
            )
            yield Check(name, figure_name(table, name + suffix), severity, *words, maximum=bound)


def _none(name: str, table: Table, severity: Severity, zh: str, en: str) -> Check:
    return Check(name, figure_name(table, f"not_{name}"), severity, zh, en, maximum=0)


def _fill_rates(table: Table) -> Iterator[Check]:
    for column, rate in table.fill_rate.items():
        label = table.column(column).label_zh
        words = (f"{label}填充率不低于 {rate:.0%}", f"{column} is filled in at least {rate:.0%} of the rows")
        yield Check("fill_rate", figure_name(table, f"fill_rate.{column}"), "error", *words, minimum=rate)

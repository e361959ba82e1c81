"""Computes the figures of unread values: the greatest share of any column per table, and the columns above
the bound.
"""

from __future__ import annotations

from collections.abc import Iterable

from connectors.catalogue import Feed, Table
from connectors.catalogue.column import Share
from expectations.checks import Figure
from expectations.feed_checks import figure_name, unread_budgets
from warehouse.intake.unread_values import UnreadCount

WHAT_TO_DO = (
    "as_received of these rows has them: declare what they mean and replay the day, or have it sent again"
)


def unread_figures(feed: Feed, counts: Iterable[UnreadCount], default: Share) -> dict[str, Figure]:
    """Returns the figures of one batch, by the names ``feed_checks`` gives them."""
    found = {(count.table, count.column): count for count in counts}
    figures: dict[str, Figure] = {}
    for table in feed.tables:
        for suffix, (budget, columns) in unread_budgets(table, default).items():
            here = [found[table.name, name] for name in columns if (table.name, name) in found]
            many = [count for count in here if count.filled >= budget.error_min_rows]
            figures |= _figure(table, f"unread_share{suffix}", here, budget.warn_share)
            figures |= _figure(table, f"unread_share_max{suffix}", many, budget.error_share)
    return figures


def _figure(table: Table, name: str, counts: list[UnreadCount], bound: float) -> dict[str, Figure]:
    above = [count for count in counts if count.share > bound]
    columns = tuple(
        (
            count.column,
            f"{count.share:.4f} ({count.unread} of {count.filled} values became null); {WHAT_TO_DO}",
        )
        for count in above
    )
    return {figure_name(table, name): Figure(max((c.share for c in counts), default=0.0), columns)}

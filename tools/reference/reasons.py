"""The page of reasons: why a row is set aside."""

from __future__ import annotations

from connectors.reasons import REASONS
from tools.reference import markdown

PAGE = "reference/reasons.md"


def pages() -> dict[str, str]:
    """Returns the page of reasons."""
    rows = (
        (markdown.code(r.code), markdown.plain(r.zh), markdown.plain(r.en), markdown.plain(r.todo_zh))
        for r in REASONS.values()
    )
    return {
        PAGE: markdown.page(
            "Reasons for setting a row aside 隔离原因",
            "A row that cannot be used stands in [`ops.quarantine`](tables/ops.md#opsquarantine) "
            "with one of these in "
            "`reason_code`. The list is closed: codes are added, never renamed. `make quarantine` "
            "counts them.",
            markdown.table(("reason_code", "原因", "reason", "处理建议"), rows),
        )
    }

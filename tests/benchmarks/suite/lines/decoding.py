"""Decode beside the obvious row loop, layout by layout, in turn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from connectors.catalogue import Feed
from connectors.catalogue.load import load_catalogue
from tests.benchmarks.suite import data, deliveries, peers
from tests.benchmarks.suite.bench import Bench
from tests.benchmarks.suite.goals import Result

LINES = {
    "decode-xlsx": "xlsx",
    "decode-xml": "xml",
    "decode-fixed-width": "fixed_width",
    "decode-soap": "soap",
}


def measure(bench: Bench) -> dict[str, Result]:
    """Measures each layout over all feeds that have it. A line that fails leaves the others alone."""
    found: dict[str, Result] = {}
    for line, layout in LINES.items():
        try:
            found[line] = _layout(bench, layout)
        except peers.PeerMissing as error:
            found[line] = Result.missing(str(error))
    return found


def layout_of(feed: Feed) -> str:
    """Returns the layout of a feed's landing files; SOAP answers are XML, one in each line."""
    return "soap" if feed.protocol == "soap" else (feed.format.kind if feed.format else "sql")


def _layout(bench: Bench, layout: str) -> Result:
    feeds = [f for f in load_catalogue().values() if layout_of(f) == layout]
    job = _job(bench, layout, feeds)
    interpreter = peers.python("pandas", bench.options.home, bench.say)
    command = peers.command(interpreter, "row_loops.py", str(job))
    names = [feed.feed_id for feed in feeds]
    ratios, rows = [], (0, 0)
    for _ in range(bench.options.pairs):
        ours = bench.work("decode", bench.settings, "--feeds", *names).answer
        theirs = bench.measure(f"row loop {layout}", command, dict(peers.environment())).answer
        ratios.append((ours["rows"] / ours["seconds"]) / (theirs["rows"] / theirs["seconds"]))
        rows = (ours["rows"], theirs["rows"])
    same = "" if rows[0] == rows[1] else f" (the loop read {rows[1]:,})"
    return Result.of_pairs(ratios, f"{len(feeds)} feeds, {rows[0]:,} rows{same}")


def _job(bench: Bench, layout: str, feeds: list[Feed]) -> Path:
    recorded = deliveries.read(data.record_path(bench.options))
    parts: list[dict[str, Any]] = []
    for feed in feeds:
        for part in recorded[feed.feed_id].delivery.parts:
            table = feed.table(part.table)
            parts.append(
                {
                    "path": str(part.path),
                    "encoding": feed.encoding.replace("gbk", "gb18030"),
                    "sheet": table.source.sheet,
                    "header_row": table.source.header_row,
                    "record": (feed.format and feed.format.record) or "item",
                    "columns": [_column(c) for c in table.columns],
                }
            )
    path = bench.options.folder / f"row-loop-{layout}.json"
    path.write_text(json.dumps({"layout": layout, "parts": parts}, ensure_ascii=False), encoding="utf-8")
    return path


def _column(column: Any) -> dict[str, Any]:
    names = ("name", "source", "type", "required", "codes", "width")
    return {name: getattr(column, name) for name in names}

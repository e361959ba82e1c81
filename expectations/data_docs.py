"""Writes the pages of the gate's runs: ``HUB_HOME/data_docs/<run>/summary.html``, and ``index.html`` over
them.

Great Expectations' pages load styles and scripts from seven outside hosts. A government network cannot reach
them, and nothing may call out, so these links are removed and a small style takes their place.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from html import escape
from pathlib import Path

from expectations.checks import CheckResult, CheckTarget

FOLDER = "data_docs"
_RUN_NAME = re.compile(r"^\d{4}-\d{2}-\d{2}-(feeds|marts)-\d{8}T\d{6}-[0-9a-f]{6}$")
_SUMMARY = "summary.html"
_OUTSIDE = (
    re.compile(r'<script\b[^>]*\bsrc="https?://[^>]*>\s*</script>', re.IGNORECASE),
    re.compile(r'<link\b[^>]*\bhref="https?://[^>]*>', re.IGNORECASE),
    re.compile(r'<img\b[^>]*\bsrc="https?://[^>]*>', re.IGNORECASE),
    re.compile(r"""background:\s*url\(['"]?https?://[^;}]*;?""", re.IGNORECASE),
    re.compile(r'<link\b[^>]*\brel="shortcut icon"[^>]*>', re.IGNORECASE),
    re.compile(r"<footer\b.*?</footer>", re.IGNORECASE | re.DOTALL),
)
_OUTSIDE_LINK = re.compile(r'<a\b([^>]*)\bhref="https?://[^"]*"', re.IGNORECASE)
_STYLE = """<style>
body{font:14px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:1.5rem;color:#222}
table{border-collapse:collapse;margin:.5rem 0 1rem}
td,th{border:1px solid #ccc;padding:.3rem .6rem;text-align:left}
.card,.sticky nav{border:0}a{color:#0b5394}
.alert,h5{background:#eef2f6;padding:.4rem .6rem;margin:1rem 0 .3rem}
.btn-group,.popover,.breadcrumb{display:none}
.ge-navigation-sidebar-content{columns:3;list-style:none;padding:0}
.text-danger,.fail{color:#b00020}.text-success,.pass{color:#1b7a33}.warn{color:#a15c00}
</style>"""


def run_folder(home: Path, run_id: str) -> Path:
    """Returns the folder for the pages of one run."""
    return home / FOLDER / run_id


def finish_pages(
    home: Path, run_id: str, targets: Sequence[CheckTarget], results: Sequence[CheckResult], keep: int
) -> Path:
    """Cleans the pages of a run, writes the overviews and deletes the oldest runs; returns the page to open.

    ``keep`` is how many runs keep their pages.
    """
    root = home / FOLDER
    run = run_folder(home, run_id)
    if targets:
        for page in run.rglob("*.html"):
            page.write_text(_without_outside(page.read_text(encoding="utf-8")), encoding="utf-8")
        # fonts and pictures of four megabytes that the pages no longer ask for
        shutil.rmtree(run / "static", ignore_errors=True)
        (run / _SUMMARY).write_text(_summary(run, run_id, targets, results), encoding="utf-8")
    runs = _runs(root)
    for old in runs[keep:]:
        shutil.rmtree(old, ignore_errors=True)
    root.mkdir(parents=True, exist_ok=True)
    (root / "index.html").write_text(_index(runs[:keep]), encoding="utf-8")
    return run / _SUMMARY if targets else root / "index.html"


def _without_outside(text: str) -> str:
    for pattern in _OUTSIDE:
        text = pattern.sub("", text)
    text = _OUTSIDE_LINK.sub(r"<a\1", text)
    return text.replace("</head>", f"{_STYLE}</head>", 1)


def _runs(root: Path) -> list[Path]:
    """Returns the folders of runs, the newest first. Anything else in there is not ours to touch."""
    if not root.is_dir():
        return []
    found = [path for path in root.iterdir() if path.is_dir() and _RUN_NAME.match(path.name)]
    return sorted(found, key=lambda path: path.name.rsplit("-", 2)[1:], reverse=True)


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>{_STYLE}'
    body = f"<h1>{escape(title)}</h1>{body}"
    return f'<!DOCTYPE html><html lang="zh-CN"><head>{head}</head><body>{body}</body></html>'


def _index(runs: Sequence[Path]) -> str:
    rows = "".join(f'<li><a href="{run.name}/{_SUMMARY}">{run.name}</a></li>' for run in runs)
    return _page("数据检查 / Checks", f"<ul>{rows}</ul>")


def _summary(run: Path, run_id: str, targets: Sequence[CheckTarget], results: Sequence[CheckResult]) -> str:
    """Returns one line per feed or mart: verdict, failures, link to Great Expectations' page."""
    head = "<tr><th>对象 / Subject</th><th>结果 / Verdict</th><th>未通过 / Failed</th></tr>"
    pages = {path.parts[len(run.parts) + 1]: path for path in run.glob("validations/*/**/*.html")}
    rows = []
    for target in targets:
        failed = [
            r
            for r in results
            if not r.success and (r.feed_id, r.batch_id) == (target.feed_id, target.batch_id)
        ]
        verdict, style = _verdict(failed)
        text = escape(target.name)
        if target.name in pages:
            text = f'<a href="{escape(pages[target.name].relative_to(run).as_posix())}">{text}</a>'
        found = "<br>".join(
            escape(f"{r.check}{f' ({r.column})' if r.column else ''}: {r.observed}; expected {r.expected}")
            for r in failed
        )
        rows.append(f'<tr><td>{text}</td><td class="{style}">{verdict}</td><td>{found}</td></tr>')
    links = '<p><a href="index.html">Data Docs</a> · <a href="../index.html">全部 / all runs</a></p>'
    return _page(run_id, f"{links}<table>{head}{''.join(rows)}</table>")


def _verdict(failed: Sequence[CheckResult]) -> tuple[str, str]:
    if any(result.severity == "error" for result in failed):
        return "不通过 / failed", "fail"
    return ("警告 / warning", "warn") if failed else ("通过 / passed", "pass")

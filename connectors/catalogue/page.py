"""Writes the catalogue as static pages, from the declarations alone: what the hub receives, and from whom.

    python -m connectors.catalogue.page OUT_DIR

writes ``OUT_DIR/index.html``, one page per feed below ``OUT_DIR/feeds/``, and ``OUT_DIR/style.css``. The
pages load nothing from outside and hold no personal data.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from connectors.catalogue.column import Column
from connectors.catalogue.load import load_catalogue
from connectors.catalogue.model import Feed, Format
from connectors.errors import DeclarationError

TEMPLATES = Path(__file__).resolve().parent / "templates"

#: Words for people, Chinese and English, by the value a declaration uses.
WORDS: dict[str, str] = {
    "department": "部门数据 / department",
    "registry": "民政自有库 / registry",
    "platform": "平台业务 / platform",
    "sql": "前置库 / front-end database",
    "rest": "REST 接口 / signed REST interface",
    "soap": "SOAP 接口 / SOAP interface",
    "sftp": "文件交换 / SFTP files",
    "daily": "每日 / daily",
    "weekly": "每周 / weekly",
    "monthly": "每月 / monthly",
    "quarterly": "每季 / quarterly",
    "snapshot": "全量 / snapshot",
    "delta": "增量 / delta",
    "events": "事件 / events",
    "query_reply": "查询反馈 / query and reply",
    "identity": "身份标识 / identity",
    "name": "姓名 / name",
    "account": "账号 / account",
    "address": "住址 / address",
    "specific_identity": "特定身份 / specific identity",
}
#: Domain -> heading, in the order of the pages.
DOMAINS: dict[str, str] = {
    "public_security": "公安 / Public security",
    "disabled_federation": "残联 / Disabled persons' federation",
    "social_security": "人社 / Social security",
    "housing": "房产 / Housing",
    "market_regulation": "市场监管 / Market regulation",
    "provident_fund": "公积金 / Provident fund",
    "finance": "金融机构 / Financial institutions",
    "civil_affairs": "民政 / Civil affairs",
    "platform": "平台 / Platform",
}


def label_of(value: str) -> str:
    """Returns the label of a declared value in Chinese and English, or the value itself."""
    return WORDS.get(value, value)


def layout_of(layout: Format | None) -> str:
    """Returns a short text about how the bytes are laid out."""
    if layout is None:
        return "—"
    parts: list[str] = [layout.kind]
    if layout.delimiter:
        parts.append(f"delimiter {layout.delimiter}")
    if layout.archive:
        parts.append(layout.archive)
    parts += [f"{label} {suffix}" for label, suffix in _suffixes(layout) if suffix]
    return ", ".join(parts)


def _suffixes(layout: Format) -> tuple[tuple[str, str | None], ...]:
    return ("flag", layout.flag_suffix), ("digest", layout.digest_suffix), ("total", layout.trailer_total)


def codes_of(column: Column) -> str:
    """Returns the list ``source value → our code`` of a code column."""
    return "、".join(f"{source} → {code}" for source, code in (column.codes or {}).items())


def by_domain(catalogue: Mapping[str, Feed]) -> list[tuple[str, list[Feed]]]:
    """Groups feeds under their domain's heading. A domain without a heading stands under its own name."""
    order = {domain: position for position, domain in enumerate(DOMAINS)}
    domains = sorted({f.domain for f in catalogue.values()}, key=lambda d: (order.get(d, len(order)), d))
    return [
        (
            DOMAINS.get(domain, domain),
            [feed for _, feed in sorted(catalogue.items()) if feed.domain == domain],
        )
        for domain in domains
    ]


def templates() -> Environment:
    """Returns the templates of the pages, with the functions they use."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals.update(words=label_of, layout=layout_of, codes=codes_of)
    return environment


def render(catalogue: Mapping[str, Feed]) -> dict[str, str]:
    """Renders every page: relative path -> content."""
    environment = templates()
    index, page = environment.get_template("index.html"), environment.get_template("feed.html")
    pages = {
        "style.css": (TEMPLATES / "style.css").read_text(encoding="utf-8"),
        "index.html": index.render(domains=by_domain(catalogue), feeds=list(catalogue.values())),
    }
    for feed_id, feed in catalogue.items():
        pages[f"feeds/{feed_id}.html"] = page.render(feed=feed)
    return pages


def write(folder: Path, catalogue: Mapping[str, Feed] | None = None) -> list[Path]:
    """Writes the pages and removes those of feeds that are no longer declared."""
    pages = render(load_catalogue() if catalogue is None else catalogue)
    written = []
    for name, content in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        written.append(path)
    for stale in set((folder / "feeds").glob("*__*.html")) - set(written):
        stale.unlink()
    return written


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m connectors.catalogue.page", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="OUT_DIR")
    folder: Path = parser.parse_args(arguments).folder
    try:
        write(folder)
    except DeclarationError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    except OSError as error:
        sys.stderr.write(f"error: {folder} cannot be written ({error.strerror}); choose another folder\n")
        return 1
    sys.stdout.write(f"{folder / 'index.html'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

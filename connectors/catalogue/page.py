"""The catalogue as static pages, from the declarations alone: for people who ask what the hub gets from whom.

    python -m connectors.catalogue.page OUT_DIR

writes ``OUT_DIR/index.html``, one page per feed below ``OUT_DIR/feeds/``, and ``OUT_DIR/style.css``.
The pages load nothing from outside and hold no data of any person.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from connectors.catalogue.load import load_catalogue
from connectors.catalogue.model import Column, Feed, Format
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


def words(value: str) -> str:
    """The words for a declared value, or the value itself."""
    return WORDS.get(value, value)


def layout(found: Format | None) -> str:
    """How the bytes are laid out, in a few words."""
    if found is None:
        return "—"
    parts: list[str] = [found.kind]
    if found.delimiter:
        parts.append(f"delimiter {found.delimiter}")
    if found.archive:
        parts.append(found.archive)
    parts += [f"{label} {suffix}" for label, suffix in _suffixes(found) if suffix]
    return ", ".join(parts)


def _suffixes(found: Format) -> tuple[tuple[str, str | None], ...]:
    return ("flag", found.flag_suffix), ("digest", found.digest_suffix), ("total", found.trailer_total)


def codes(column: Column) -> str:
    """``source value → our code`` of a code column."""
    return "、".join(f"{source} → {code}" for source, code in (column.codes or {}).items())


def by_domain(catalogue: Mapping[str, Feed]) -> list[tuple[str, list[Feed]]]:
    """Feeds under their domain's heading. A domain without a heading here stands under its own name."""
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
    """The templates of the pages, and the functions they use."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals.update(words=words, layout=layout, codes=codes)
    return environment


def render(catalogue: Mapping[str, Feed]) -> dict[str, str]:
    """Relative path -> content of every page."""
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
    """Writes the pages; a page of a feed that is no longer declared goes."""
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

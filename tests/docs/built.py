"""Reads the pages of a built site: what a browser would load, where links lead, what the menu has."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

_OUTSIDE = re.compile(r"^(?:[a-z]+:)?//", re.I)
#: A `link` that only names an address loads nothing.
_NAMES = {"canonical", "prev", "next", "edit", "alternate"}


@dataclass
class Page(HTMLParser):
    """``loads``: addresses fetched without a click; ``links``: those a click leads to; ``ids``: anchors."""

    loads: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()
        self._style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self._style = tag == "style"
        if "id" in found:
            self.ids.add(found["id"])
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag == "link" and found.get("rel") not in _NAMES:
            self.loads.append(found.get("href", ""))
        self.loads += [found[name] for name in ("src", "srcset", "data", "poster") if name in found]
        self.loads += addresses_of_css(found.get("style", ""))

    def handle_data(self, data: str) -> None:
        if self._style:
            self.loads += addresses_of_css(data)
            self._style = False


def read(path: Path) -> Page:
    return parsed(path.read_text(encoding="utf-8"))


def parsed(html: str) -> Page:
    page = Page()
    page.feed(html)
    return page


def addresses_of_css(text: str) -> list[str]:
    return re.findall(r"""url\(\s*["']?([^"')]+)""", text) + re.findall(r"""@import\s+["']([^"']+)""", text)


def from_outside(addresses: list[str]) -> list[str]:
    """Returns the addresses that another machine would be asked for."""
    return [address for address in addresses if _OUTSIDE.match(address)]


def broken(site: Path) -> list[str]:
    """Returns ``page: link`` for every link of the site that leads nowhere."""
    pages = {path.resolve(): read(path) for path in site.rglob("*.html") if path.parent.name != "dbt"}
    return [
        f"{path.relative_to(site.resolve())}: {link}"
        for path, page in pages.items()
        # the page for what is not there is shown at any address
        for link in (page.links if path.name != "404.html" else [])
        if not re.match(r"^[a-z]+:", link) and not _leads(path, unquote(link), pages)
    ]


def _leads(path: Path, link: str, pages: dict[Path, Page]) -> bool:
    name, _, fragment = link.partition("#")
    there = (path.parent / name.split("?")[0]).resolve() if name else path
    if not fragment:
        return there.exists()
    return there in pages and fragment in pages[there].ids | {"__skip", "__codelineno"}

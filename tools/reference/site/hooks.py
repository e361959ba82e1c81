"""What the builder of the site does beside its own work; named in ``mkdocs.yml``.

- The menu follows the folders. In a folder the pages stand in the order of the links in its ``index.md``.
- A link to a file that is no page becomes its text: the site is read where no repository is.
- A table written in HTML gets the look of the others: the theme leaves out those that have a class.
- The search and the worker are our own, and dbt's own documentation is put beside the pages.
"""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

_HERE = Path(__file__).resolve().parent
#: The sections of the menu in their order: folder or page, and its heading.
SECTIONS = {
    "explain": "Explain 原理",
    "operate": "Operate 运维",
    "extend": "Extend 扩展",
    "apps": "Apps 应用",
    "reference": "Reference 参考",
    "adr": "Decisions 决定",
    "glossary.md": "Glossary 术语",
}
#: Where a link in a page stops: ``[text](target)``, not in code.
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Writes the menu. A folder of ``docs/`` that has no place in it is an error."""
    docs = Path(config.docs_dir)
    unknown = {path.name for path in docs.iterdir() if path.is_dir()} - set(SECTIONS)
    if unknown:
        raise ValueError(
            f"docs/ has folders without a place in the menu: {sorted(unknown)}; add them to {__file__}"
        )
    there = {name: heading for name, heading in SECTIONS.items() if (docs / name).exists()}
    config.nav = [
        {"Home 首页": "index.md"},
        *(
            {heading: name if name.endswith(".md") else _menu(docs, docs / name)}
            for name, heading in there.items()
        ),
    ]
    return config


def _menu(docs: Path, folder: Path) -> list[Any]:
    """The pages and folders of a folder: its index, then as the index links them, then by name."""
    entries = {path.name: path for path in folder.glob("*") if path.is_dir() or path.suffix == ".md"}
    index = entries.pop("index.md", None)
    order = list(dict.fromkeys(_linked(index))) if index else []
    names = sorted(entries, key=lambda name: (order.index(name) if name in order else len(order), name))
    menu: list[Any] = [index.relative_to(docs).as_posix()] if index else []
    for name in names:
        path = entries[name]
        if path.is_dir() and any(path.rglob("*.md")):
            menu.append({_heading(path): _menu(docs, path)})
        elif path.is_file():
            menu.append(path.relative_to(docs).as_posix())
    return menu


def _linked(index: Path) -> Iterator[str]:
    """The first part of every link of an index page: a page beside it, or a folder."""
    for _, target in _LINK.findall(index.read_text(encoding="utf-8")):
        yield target.split("#")[0].split("/")[0]


def _heading(folder: Path) -> str:
    index = folder / "index.md"
    title = re.search(r"^# (.+)$", index.read_text(encoding="utf-8"), re.M) if index.is_file() else None
    return title[1] if title else folder.name.replace("_", " ").capitalize()


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the script that lets the search run from a folder, and the style of the tables."""
    for name in ("iframe-worker.js", "tables.css"):
        content = (_HERE / name).read_text(encoding="utf-8")
        files.append(File.generated(config, f"assets/{name}", content=content))
    return files


def on_page_markdown(markdown: str, page: Any, config: MkDocsConfig, files: Files) -> str:
    """Turns links that lead out of ``docs/`` into their text, and takes the class off tables."""
    here = posixpath.dirname(page.file.src_uri)

    def inside(match: re.Match[str]) -> str:
        text, target = match[1], match[2]
        outside = posixpath.normpath(posixpath.join(here, target)).startswith("../")
        return text if outside and "://" not in target else match[0]

    return _LINK.sub(inside, markdown).replace('<table class="facts">', "<table>")


def on_post_build(config: MkDocsConfig) -> None:
    """Puts our search in the place of the theme's, and dbt's own documentation beside the pages."""
    site = Path(config.site_dir)
    for worker in (site / "assets" / "javascripts" / "workers").glob("search.*.min.js"):
        worker.write_text((_HERE / "search.js").read_text(encoding="utf-8"), encoding="utf-8")
        worker.with_name(f"{worker.name}.map").unlink(missing_ok=True)
    shutil.rmtree(site / "assets" / "javascripts" / "lunr", ignore_errors=True)
    dbt_page = Path(config.config_file_path).parent / config.extra["dbt_page"]
    if not dbt_page.is_file():
        raise FileNotFoundError(f"{dbt_page} is not there: 'make docs' lets dbt write it and builds again")
    (site / "dbt").mkdir(exist_ok=True)
    shutil.copyfile(dbt_page, site / "dbt" / "index.html")

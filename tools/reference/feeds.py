"""One page for each feed, from its declaration, with the parts of the catalogue's own pages."""

from __future__ import annotations

from connectors.catalogue import page as catalogue_page
from connectors.catalogue.load import load_catalogue
from connectors.catalogue.model import Feed
from tools.reference import markdown

FOLDER = "reference/feeds"


def pages() -> dict[str, str]:
    """Returns the page of every feed and the list of all."""
    catalogue = load_catalogue()
    parts = catalogue_page.templates().get_template("parts.html").module
    index = markdown.page(
        "Feeds 数据来源目录",
        f"The {len(catalogue)} feeds, each described by one declaration in `connectors/feeds`.",
        *(
            part
            for heading, members in catalogue_page.by_domain(catalogue)
            for part in _domain(heading, members)
        ),
    )
    return {
        f"{FOLDER}/index.md": index,
        **{f"{FOLDER}/{_path(feed)}": _feed(feed, parts) for feed in catalogue.values()},
    }


def _domain(heading: str, members: list[Feed]) -> list[str]:
    words = catalogue_page.label_of
    rows = (
        (
            f"[{feed.name.zh} {feed.name.en}]({_path(feed)})",
            markdown.code(feed.feed_id),
            f"{feed.publisher.zh} {feed.publisher.en}",
            words(feed.protocol),
            words(feed.mode),
            words(feed.cadence),
            markdown.code(feed.connection_id),
        )
        for feed in members
    )
    heads = ("feed", "id", "publisher", "protocol", "mode", "cadence", "connection")
    return [f"## {heading}", markdown.table(heads, rows)]


def _path(feed: Feed) -> str:
    domain, _, name = feed.feed_id.partition("__")
    return f"{domain}/{name}.md"


def _feed(feed: Feed, parts: object) -> str:
    declaration = f"connectors/feeds/{_path(feed).removesuffix('.md')}/feed.yml"
    link = markdown.way(f"docs/{FOLDER}/{_path(feed)}", declaration)
    tables = [
        f"## raw.{feed.raw_table(table)}\n\n"
        + _html(parts.facts_of_table(table))  # type: ignore[attr-defined]
        + "\n\n"
        + _html(parts.columns_of(table))  # type: ignore[attr-defined]
        for table in feed.tables
    ]
    return markdown.page(
        f"{feed.name.zh} {feed.name.en}",
        f"Declared in [{declaration}]({link}).",
        _html(parts.facts_of_feed(feed)),  # type: ignore[attr-defined]
        *tables,
    )


def _html(text: object) -> str:
    """HTML as one block of Markdown: no empty line, for one would end the block; a line for each cell."""
    lines = str(text).replace("><td", ">\n<td").replace("><th", ">\n<th").splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())

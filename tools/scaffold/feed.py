"""A new feed: its declaration with the least it may say, the layout of its sample, and its staging model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from connectors.catalogue import dbt_sources
from connectors.catalogue.load import feed_folder, load_catalogue, load_feed, read_declaration
from tools.scaffold.project import Project, ScaffoldError, rendered, write
from tools.scaffold.samples import empty_delivery, expected

#: How each protocol may be spoken: the layouts of its deliveries, the first unless said; none of a database.
FORMATS: dict[str, tuple[str, ...]] = {
    "sftp": ("csv", "pipe", "fixed_width", "xlsx", "xml"),
    "rest": ("json",),
    "soap": ("xml",),
    "sql": (),
}
#: How a department usually hands over what it hands over so.
_MODES = {"sftp": "snapshot", "rest": "delta", "soap": "snapshot", "sql": "delta"}
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
#: PostgreSQL cuts longer names without a word; "stg_" comes before the id.
_LONGEST = 63 - len("stg_")


def new_feed(project: Project, name: str, protocol: str, layout: str | None = None) -> list[Path]:
    """Writes the feed ``domain/name`` and returns what was written. Raises ``ScaffoldError``."""
    feed_id = _id_of(name)
    layout = _layout(protocol, layout)
    folder = feed_folder(feed_id, project.feeds)
    if folder.exists():
        raise ScaffoldError(
            f"{project.shown(folder)} is there already: choose another name, or edit its feed.yml"
        )
    declaration = folder / "feed.yml"
    write(declaration, _declaration(project, feed_id, protocol, layout))
    load_catalogue.cache_clear()
    return [declaration, *_sample(project, feed_id), *_staging(project, feed_id), *_report(project, feed_id)]


def _id_of(name: str) -> str:
    domain, slash, short = name.partition("/")
    if not slash or not _NAME.fullmatch(domain) or not _NAME.fullmatch(short):
        raise ScaffoldError(
            f"FEED is {name!r}, expected domain/name, for instance housing/heating_subsidy: "
            "small Latin letters, digits and single underscores"
        )
    feed_id = f"{domain}__{short}"
    if len(feed_id) > _LONGEST:
        raise ScaffoldError(
            f"{feed_id} has {len(feed_id)} characters, {_LONGEST} at most: choose a shorter name"
        )
    return feed_id


def _layout(protocol: str, layout: str | None) -> str | None:
    if protocol not in FORMATS:
        raise ScaffoldError(f"PROTOCOL is {protocol!r}, expected one of {', '.join(FORMATS)}")
    known = FORMATS[protocol]
    if layout is None:
        return known[0] if known else None
    if layout not in known:
        wanted = f"one of {', '.join(known)}" if known else "none: a database has no layout of its own"
        raise ScaffoldError(f"FORMAT is {layout!r}, expected for {protocol} {wanted}")
    return layout


def _declaration(project: Project, feed_id: str, protocol: str, layout: str | None) -> str:
    domain, name = feed_id.split("__")
    return rendered(
        "feed.yml.j2",
        feed_id=feed_id,
        domain=domain,
        name=name,
        protocol=protocol,
        layout=layout,
        mode=_MODES[protocol],
        encoding={"soap": "gbk"}.get(protocol, "utf-8"),
        like=_neighbour(project, domain),
    )


def _neighbour(project: Project, domain: str) -> dict[str, object] | None:
    """A declaration of the same domain: publisher and desk are likely the same."""
    found = sorted((project.feeds / domain).glob("*/feed.yml"))
    return read_declaration(found[0]) if found else None


def _sample(project: Project, feed_id: str) -> Iterator[Path]:
    feed = load_feed(feed_id, project.feeds)
    folder = feed_folder(feed_id, project.feeds) / "sample"
    folder.mkdir()
    (table,) = feed.tables
    file, content = empty_delivery(feed, table)
    (folder / file).write_bytes(content)
    write(folder / "expected.csv", expected(table))
    write(folder / "expected_quarantine.csv", "row_no,column_name,reason_code\n")
    yield from (folder / file, folder / "expected.csv", folder / "expected_quarantine.csv")


def _staging(project: Project, feed_id: str) -> list[Path]:
    """What dbt derives from the declaration; it is derived again once the declaration is filled in."""
    staging = project.models / "staging"
    dbt_sources.write(staging, project.feeds)
    domain = feed_id.split("__")[0]
    return sorted((staging / domain).glob(f"stg_{feed_id}*.sql")) + sorted((staging / domain).glob("_*.yml"))


def _report(project: Project, feed_id: str) -> list[Path]:
    """The line of the household report: what the feed says about people. The platform says nothing there.

    Nobody has told the report yet how to read the feed. So a person it has no row about is ``not_answered``
    (absence ``register``), and not falsely "nothing on record".
    """
    if load_feed(feed_id, project.feeds).kind == "platform":
        return []
    rank = max(int(row["rank"]) for row in project.seed("report_sources")) + 1
    name = feed_id.split("__")[1]
    words = ["FILL IN: 事项，如 住房", "FILL IN: 来源名称，与 feed.yml 的 name.zh 相同"]
    return [project.add_row("report_sources", [str(rank), feed_id, name, *words, "register"])]

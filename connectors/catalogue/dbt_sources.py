"""Writes what dbt needs to know of the feeds from their declarations.

Per domain these files, always derived and never edited by hand::

    dbt_project/models/staging/<domain>/_<domain>__sources.yml   raw tables and their columns
    dbt_project/models/staging/<domain>/_<domain>__models.yml    staging models and their key test
    dbt_project/models/staging/<domain>/stg_<raw table>.sql      rows in force, a model per raw table

    python -m connectors.catalogue.dbt_sources --check     exit 1 and say what differs
    python -m connectors.catalogue.dbt_sources --write
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from connectors.catalogue.column import Column, Derived
from connectors.catalogue.load import FEEDS_ROOT, load_catalogue
from connectors.catalogue.model import OPERATION, Feed, Table

STAGING_ROOT = Path(__file__).resolve().parent.parent.parent / "dbt_project" / "models" / "staging"

_DERIVED = (
    "Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`."
)
_HEADER = f"# {_DERIVED}\n"

#: What decode and loading add to every raw row: (name, SQL type, Chinese, English).
_ORIGIN_COLUMNS = (
    ("batch_id", "uuid", "批次编号", "the batch the row came in"),
    ("row_no", "bigint", "行号", "position of the row in the batch, from 1"),
    ("row_digest", "uuid", "行摘要", "digest of the row's values, for telling duplicates"),
    ("as_received", "jsonb", "原始值", "values as received, where cleaning changed them"),
    ("extra", "jsonb", "未声明列", "columns the department sent beyond the declaration"),
)
_FEED_COLUMN = ("feed_id", "text", "来源编号", "the feed the row came from")


def column_description(column: Column | Derived) -> str:
    """Returns the description of a column: Chinese label / English words, then its codes, unit and
    sensitivity.
    """
    text = f"{column.label_zh} / {column.name.replace('_', ' ')}"
    if isinstance(column, Derived):
        return text
    if column.codes:
        codes = list(dict.fromkeys(column.codes.values()))
        text += f". 取值 / values: {', '.join(codes)}"
    if column.type == "amount":
        text += ". 元 / yuan"
    if column.sensitive:
        text += f". 敏感 / sensitive: {column.sensitive}"
    return text


def _column(column: Column | Derived) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": column.name,
        "description": column_description(column),
        "data_type": column.sql_type,
    }
    if isinstance(column, Column) and column.sensitive:
        entry["config"] = {"meta": {"sensitive": column.sensitive}}
    return entry


def _plain_column(entry: tuple[str, str, str, str]) -> dict[str, Any]:
    name, sql_type, label_zh, label_en = entry
    return {"name": name, "description": f"{label_zh} / {label_en}", "data_type": sql_type}


def _table_description(feed: Feed, table: Table) -> str:
    part = "" if table.name == "main" else f" ({table.name})"
    return f"{feed.name.zh}{part} / {feed.name.en}{part}. {feed.publisher.zh} / {feed.publisher.en}"


def _source_table(feed: Feed, table: Table) -> dict[str, Any]:
    return {
        "name": feed.raw_table(table),
        "description": _table_description(feed, table),
        "config": {"meta": {"feed_id": feed.feed_id, "mode": feed.mode, "owner": feed.owner}},
        "columns": [
            *(_column(c) for c in table.stored),
            *(_plain_column(c) for c in _ORIGIN_COLUMNS),
        ],
    }


def _staging_model(feed: Feed, table: Table) -> dict[str, Any]:
    key = list(table.key)
    required = [n for n in key if table.column(n).required]
    unique = [] if feed.mode == "events" else key
    test: dict[str, Any] = {"unique_columns": unique, "required_columns": required}
    purpose = "当前有效记录 / rows in force at the business date"
    return {
        "name": f"stg_{feed.raw_table(table)}",
        "description": f"{_table_description(feed, table)}. {purpose}",
        "config": {"meta": {"feed_id": feed.feed_id, "owner": feed.owner}},
        "data_tests": [{"key_holds": {"arguments": test}}],
        "columns": [
            *(_column(c) for c in table.stored if c.name != OPERATION),
            _plain_column(_FEED_COLUMN),
            *(_plain_column(c) for c in _ORIGIN_COLUMNS[:2]),
        ],
    }


def _dump(content: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100_000)
    return _HEADER + text


def staging_sql(feed: Feed, table: Table) -> str:
    """Returns the staging model of one table."""
    lines = [
        f"-- {_DERIVED}",
        "{{ current_rows(",
        f"    feed='{feed.feed_id}',",
        f"    table='{feed.raw_table(table)}',",
        f"    mode='{feed.mode}',",
        f"    key={list(table.key)!r},",
    ]
    if feed.cursor:
        lines.append(f"    cursor='{feed.cursor.column}',")
    names = [c.name for c in table.stored if c.name != OPERATION]
    if table.marks_deletions:
        lines.append("    deletes=true,")
    lines.append("    columns=[")
    lines += [f"        '{name}'," for name in names]
    lines += ["    ]", ") }}"]
    return "\n".join(lines) + "\n"


def _by_domain(feeds: Iterable[Feed]) -> dict[str, list[Feed]]:
    grouped: dict[str, list[Feed]] = defaultdict(list)
    for feed in feeds:
        grouped[feed.domain].append(feed)
    return dict(sorted(grouped.items()))


def derived_files(root: Path = STAGING_ROOT, feeds_root: Path = FEEDS_ROOT) -> dict[Path, str]:
    """Returns path -> content of every file that must equal the declarations."""
    files: dict[Path, str] = {}
    for domain, feeds in _by_domain(load_catalogue(feeds_root).values()).items():
        pairs = [(feed, table) for feed in feeds for table in feed.tables]
        source = {
            "name": domain,
            "schema": "raw",
            "description": f"{domain} 领域原始数据 / raw rows of the {domain.replace('_', ' ')} domain",
            "tables": [_source_table(feed, table) for feed, table in pairs],
        }
        folder = root / domain
        files[folder / f"_{domain}__sources.yml"] = _dump({"version": 2, "sources": [source]})
        models = [_staging_model(feed, table) for feed, table in pairs]
        files[folder / f"_{domain}__models.yml"] = _dump({"version": 2, "models": models})
        for feed, table in pairs:
            files[folder / f"stg_{feed.raw_table(table)}.sql"] = staging_sql(feed, table)
    return files


def differences(root: Path = STAGING_ROOT, feeds_root: Path = FEEDS_ROOT) -> Iterator[str]:
    """Yields one line for every file that is missing, differs, or belongs to no declared feed."""
    derived = derived_files(root, feeds_root)
    for path, content in derived.items():
        if not path.exists():
            yield f"missing: {path}"
        elif path.read_text(encoding="utf-8") != content:
            yield f"differs from the declarations: {path}"
    for path in sorted(root.glob("*/*")):
        if path.is_file() and path not in derived:
            yield f"belongs to no declared feed: {path}"


def write(root: Path = STAGING_ROOT, feeds_root: Path = FEEDS_ROOT) -> None:
    """Writes the derived files. What belongs to no feed any more is for a person to remove."""
    for path, content in derived_files(root, feeds_root).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line. Exit code 1 if a file differs from the declarations."""
    parser = argparse.ArgumentParser(prog="python -m connectors.catalogue.dbt_sources", description=__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--check", action="store_true", help="say what differs; exit 1 if anything does")
    choice.add_argument("--write", action="store_true", help="write the files")
    chosen = parser.parse_args(arguments)
    if chosen.write:
        write()
    found = list(differences())
    for line in found:
        sys.stdout.write(line + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

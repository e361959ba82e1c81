"""What the pages name is there: files, functions, dbt models, tables and functions of the database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from warehouse.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
#: Written by hand. What is written from the code itself is in ``docs/reference``.
_FOLDERS = ("explain", "operate", "extend", "apps", "adr")
PAGES = [
    ROOT / "README.md",
    ROOT / "connectors" / "README.md",
    *sorted(page for folder in _FOLDERS for page in (ROOT / "docs" / folder).glob("*.md")),
]
#: The pages that add something name what is not there before their steps are taken.
NEW = re.compile(r"work_injury|heating_subsidy|int_[ab]_hit")
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_FILE = re.compile(r"^([\w.-]+(?:/[\w.<>{}-]+)+\.(?:py|sql|yml|csv|toml|md))(?::(\w+))?$")
_MODEL = re.compile(r"^(?:stg|int|dim|fct|wrn|chk)_\w+$")
_RELATION = re.compile(r"\b(marts|ops)\.(?!md\b)([a-z][a-z_]*[a-z])\b")
_SQL = re.compile(r"^```sql\n(.*?)^```$", re.S | re.M)
_COMMENT = re.compile(r"--.*")
_FENCE = re.compile(r"^```.*?^```$", re.S | re.M)


def spans() -> Iterator[tuple[str, str]]:
    """Page and text of each piece of code in a line of prose."""
    for page in PAGES:
        prose = _FENCE.sub("", page.read_text(encoding="utf-8"))
        yield from (
            (str(page.relative_to(ROOT)), span) for span in _SPAN.findall(prose) if not NEW.search(span)
        )


def test_the_named_files_and_functions_are_there() -> None:
    named = [(page, found) for page, span in spans() if (found := _FILE.match(span)) and "<" not in span]
    assert len(named) > 40
    wrong = []
    for page, found in named:
        path, name = found.groups()
        file = next((f for f in (ROOT / path, ROOT / "dbt_project" / path) if f.is_file()), None)
        if file is None:
            wrong.append(f"{page}: no file {path}")
        elif name and not re.search(rf"^(?:def|class) {name}\b", file.read_text(encoding="utf-8"), re.M):
            wrong.append(f"{page}: {path} has no {name}")
    assert wrong == []


def test_the_named_models_are_there() -> None:
    models = {path.stem for path in (ROOT / "dbt_project" / "models").rglob("*.sql")}
    named = {(page, span) for page, span in spans() if _MODEL.match(span)}
    assert len(named) > 15
    assert sorted(f"{page}: no model {name}" for page, name in named if name not in models) == []


@pytest.mark.slow
def test_the_named_tables_and_functions_are_in_the_database(hub_db: Settings) -> None:
    named = {
        (str(page.relative_to(ROOT)), f"{schema}.{name}")
        for page in PAGES
        for schema, name in _RELATION.findall(page.read_text(encoding="utf-8"))
    }
    assert len(named) > 60
    with closing(psycopg2.connect(hub_db.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("""
            select n.nspname || '.' || found.name from pg_namespace as n join (
                select relnamespace as schema, relname as name from pg_class
                union select pronamespace, proname from pg_proc) as found on found.schema = n.oid
            where n.nspname in ('marts', 'ops')""")
        there = {name for (name,) in cursor.fetchall()}
    assert sorted(f"{page}: no {name}" for page, name in named if name not in there) == []


@pytest.mark.slow
def test_the_database_understands_every_question_of_the_pages(hub_db: Settings) -> None:
    """Names of columns and functions in the SQL that a reader copies: PostgreSQL plans each statement."""
    asked = list(questions())
    assert len(asked) > 10
    wrong = []
    with closing(psycopg2.connect(hub_db.database_url)) as connection:
        for page, statement in asked:
            with connection, connection.cursor() as cursor:
                try:
                    cursor.execute(f"explain {statement}")
                except psycopg2.ProgrammingError as error:
                    connection.rollback()
                    wrong.append(f"{page}: {str(error).splitlines()[0]}")
    assert wrong == []


def questions() -> Iterator[tuple[str, str]]:
    """Page and text of each ``select`` in a block of SQL, of the pages for people who ask the database."""
    for page in PAGES:
        if page.parent.name in ("explain", "operate", "apps"):
            for block in _SQL.findall(page.read_text(encoding="utf-8")):
                statements = (part.strip() for part in _COMMENT.sub("", block).split(";"))
                yield from (
                    (str(page.relative_to(ROOT)), part) for part in statements if part.startswith("select")
                )

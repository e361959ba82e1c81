"""Reads the object files: what each of them makes, and in which order they are applied.

Nothing of this is declared beside the SQL. What a file makes is read from its ``create`` statements, what it
needs from the names in its text.
"""

from __future__ import annotations

import graphlib
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import MigrationError
from warehouse.schema import templates

OBJECTS = Path(__file__).resolve().parent / "objects"
_TEMPLATE = ".j2"
#: Comments and strings, so that the dashes within a string are no comment.
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/|('(?:[^']|'')*')", re.DOTALL)
_STRING = re.compile(r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$", re.DOTALL)
_MAY_BE_SAID = re.compile(
    r"create or replace (function|view|trigger) |create (policy|constraint trigger) |comment on |grant "
    r"|revoke |drop (policy|trigger) if exists |alter table \S+ enable row level security$"
)
_MAKES = re.compile(
    r"create or replace (?P<kind>function|view) (?P<name>\w+\.\w+)"
    r"|create policy (?P<policy>\w+) on (?P<guarded>\w+\.\w+)"
    r"|create (?:or replace |constraint )trigger (?P<trigger>\w+) .*? on (?P<watched>\w+\.\w+)"
)


@dataclass(frozen=True)
class ObjectFile:
    """A file of ``objects/``, rendered.

    ``name``: path below ``objects/``. ``makes``: what the database has by it, worded as in
    ``ops.schema_objects``: ``function ops.mask_id`` (all of that name, whatever their arguments), ``view
    marts.warnings_masked``, ``policy own_region on marts.warnings``, ``trigger decisions_are_kept on
    ops.decisions``.
    """

    name: str
    sql: str
    makes: tuple[str, ...]

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def routines_and_views(self) -> list[str]:
        """Qualified names others may use."""
        return [made.split()[1] for made in self.makes if made.startswith(("function ", "view "))]


def relation_of(made: str) -> str | None:
    """Returns the table or view that is locked when ``made`` changes, None for a function."""
    return None if made.startswith("function ") else made.split()[-1]


def read_objects(folder: Path = OBJECTS, context: Mapping[str, object] | None = None) -> list[ObjectFile]:
    """Returns the files below ``folder``, each after those it needs; ``context`` is for the templates.

    Raises ``MigrationError`` that names the files: a template that does not render, a statement that is for a
    migration, something that two files make, files that need each other.
    """
    values = templates.context() if context is None else context
    files = []
    for path in sorted(p for p in folder.rglob("*") if p.name.endswith((".sql", ".sql" + _TEMPLATE))):
        name, text = path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")
        sql = templates.render(name, text, values) if path.suffix == _TEMPLATE else text
        files.append(ObjectFile(name, sql, tuple(dict.fromkeys(_made_by(name, sql)))))
    _check_each_once(files)
    return _in_order(files)


def _without_comments(sql: str) -> str:
    return _COMMENT.sub(lambda found: found.group(1) or " ", sql)


def _statements(sql: str) -> list[str]:
    """Returns the statements on one line each, without comments, strings and function bodies."""
    code = _STRING.sub("''", _without_comments(sql))
    return [" ".join(statement.split()) for statement in code.split(";") if statement.strip()]


def _made_by(name: str, sql: str) -> Iterator[str]:
    for statement in _statements(sql):
        if not _MAY_BE_SAID.match(statement):
            raise MigrationError(
                f"objects/{name}: {statement[:60]!r}: an object file says create or replace, comment, grant, "
                "revoke, and makes policies and constraint triggers anew; tables and rows are for a migration"
            )
        if found := _MAKES.match(statement):
            if found["kind"]:
                yield f"{found['kind']} {found['name']}"
            elif found["policy"]:
                yield f"policy {found['policy']} on {found['guarded']}"
            else:
                yield f"trigger {found['trigger']} on {found['watched']}"


def _check_each_once(files: Sequence[ObjectFile]) -> None:
    maker: dict[str, str] = {}
    for file in files:
        for made in file.makes:
            if made in maker:
                raise MigrationError(
                    f"{made} is made by objects/{maker[made]} and objects/{file.name}: keep it in one of them"
                )
            maker[made] = file.name


def _in_order(files: Sequence[ObjectFile]) -> list[ObjectFile]:
    """Orders files after those whose functions and views their text names; otherwise by name."""
    known = {file.name: file for file in files}
    maker = {name: file.name for file in files for name in file.routines_and_views}
    needs = {
        file.name: sorted({maker[word] for word in _names(file) if word in maker} - {file.name})
        for file in files
    }
    try:
        return [known[name] for name in graphlib.TopologicalSorter(needs).static_order()]
    except graphlib.CycleError as error:
        circle = " -> ".join(f"objects/{name}" for name in reversed(error.args[1]))
        raise MigrationError(
            f"these files need each other: {circle}; move what both need into a file of its own"
        ) from None


def _names(file: ObjectFile) -> set[str]:
    return set(re.findall(r"\b\w+\.\w+\b", _without_comments(file.sql)))

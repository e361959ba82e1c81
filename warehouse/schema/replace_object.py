"""Runs one object file: in place where PostgreSQL can, else with all that depends on it made anew.

``create or replace`` refuses to take a column from a view, to give it another type, and to change what a
function returns; and a function with other arguments is another function. Then what depends on it is dropped
and made again from its own files, with the grants these name. What an administrator granted to other roles on
a view that was made anew has to be granted again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import psycopg2
from psycopg2.extensions import cursor as Cursor

from warehouse.errors import MigrationError
from warehouse.schema import dependents
from warehouse.schema.object_files import ObjectFile, relation_of
from warehouse.store import quiet

_NOT_IN_PLACE = (
    psycopg2.errors.InvalidTableDefinition,
    psycopg2.errors.InvalidFunctionDefinition,
    psycopg2.errors.DependentObjectsStillExist,
)
#: ``ctid`` changes with every "create or replace", also with one that says the same.
_OVERLOADS = """
    select p.oid::regprocedure::text, p.ctid::text
    from pg_catalog.pg_proc as p
    where p.pronamespace::regnamespace::text || '.' || p.proname = any (%s)
"""


class Blocked(Exception):
    """Somebody has a lock on one of ``relations`` (tables and views) that ``what`` needs."""

    def __init__(self, what: str, relations: Collection[str]) -> None:
        super().__init__(what)
        self.what, self.relations = what, sorted(relations)


def run(cursor: Cursor, file: ObjectFile, files: Sequence[ObjectFile]) -> set[str]:
    """Runs ``file``; returns the names of the other ``files`` that have to run again after it.

    Raises ``Blocked`` after ``lock_timeout``, ``MigrationError`` if the database refuses the text.
    """
    doomed = set(file.makes)
    cursor.execute("savepoint object_file")
    try:
        try:
            _replace(cursor, file)
        except _NOT_IN_PLACE:
            cursor.execute("rollback to savepoint object_file")
            doomed |= _ours(cursor, file, files)
            _drop(cursor, doomed, files)
            _replace(cursor, file)
        cursor.execute("release savepoint object_file")
    except psycopg2.errors.LockNotAvailable:
        raise Blocked(f"objects/{file.name}", set(filter(None, map(relation_of, doomed)))) from None
    except psycopg2.errors.InsufficientPrivilege as error:
        raise MigrationError(
            f"objects/{file.name}: {quiet.safe_message(error)}: the user of DATABASE_URL has to own what the "
            "hub made; a superuser says: reassign owned by <former owner> to <user>"
        ) from None
    except psycopg2.Error as error:
        raise MigrationError(
            f"objects/{file.name}: {quiet.safe_message(error)}; nothing was applied: "
            "correct the file, migrate again"
        ) from error
    return {other.name for other in files if doomed.intersection(other.makes)} - {file.name}


def drop_gone(cursor: Cursor, gone: Collection[str]) -> None:
    """Drops what no file makes any more, in whatever order works.

    Raises ``MigrationError`` if something depends on it, ``Blocked`` after ``lock_timeout``.
    """
    left = sorted(gone, key=_place_of_kind)
    while left:
        still = [made for made in left if not _is_dropped(cursor, made)]
        if len(still) == len(left):
            others = ", ".join(d.description for d in dependents.dependents(cursor, still[0]))
            raise MigrationError(
                f"no object file makes {still[0]} any more, but {others} depends on it: drop that first, or "
                "put the file back"
            )
        left = still


def _replace(cursor: Cursor, file: ObjectFile) -> None:
    """Runs the text. A function whose arguments changed would stay beside the new one: it goes."""
    before = _overloads(cursor, file)
    cursor.execute(file.sql)
    for routine, _ in before & _overloads(cursor, file):
        cursor.execute(f"drop function {routine}")


def _overloads(cursor: Cursor, file: ObjectFile) -> set[tuple[str, str]]:
    cursor.execute(_OVERLOADS, (file.routines_and_views,))
    return set(cursor.fetchall())


def _ours(cursor: Cursor, file: ObjectFile, files: Sequence[ObjectFile]) -> set[str]:
    """Returns what depends on what ``file`` makes. Raises ``MigrationError`` if no file can make it again."""
    can_be_made = {made for other in files for made in other.makes}
    found = [d for made in file.makes for d in dependents.dependents(cursor, made)]
    for dependent in found:
        if dependent.made not in can_be_made:
            raise MigrationError(
                f"objects/{file.name} cannot be replaced in place, and {dependent.description} depends on "
                "it, which no object file makes: drop that, migrate, and make it again"
            )
    return {d.made for d in found if d.made is not None}


def _drop(cursor: Cursor, doomed: Collection[str], files: Sequence[ObjectFile]) -> None:
    """Drops all of ``doomed``, the last of ``files`` first."""
    place = {made: -number for number, file in enumerate(files) for made in file.makes}
    for made in sorted(doomed, key=lambda made: (place[made], _place_of_kind(made))):
        dependents.drop(cursor, made)


def _is_dropped(cursor: Cursor, made: str) -> bool:
    cursor.execute("savepoint gone")
    try:
        dependents.drop(cursor, made)
    except psycopg2.errors.DependentObjectsStillExist:
        cursor.execute("rollback to savepoint gone")
        return False
    except psycopg2.errors.LockNotAvailable:
        raise Blocked(f"drop {made}", set(filter(None, [relation_of(made)]))) from None
    return True


def _place_of_kind(made: str) -> int:
    return dependents.KINDS.index(made.split()[0])

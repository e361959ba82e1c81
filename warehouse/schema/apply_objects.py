"""Gives a database the functions, views, triggers and policies of the object files.

One transaction, and only what changed: a run without a change reads two small queries and locks nothing.
A change asks for each lock for seconds only, lets readers through and tries again, as a build does
(``build_lock_step_seconds`` and ``build_lock_wait_seconds`` in ``ops.settings``).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from warehouse.errors import MigrationError
from warehouse.schema import dependents, replace_object
from warehouse.schema.object_files import ObjectFile
from warehouse.schema.replace_object import Blocked
from warehouse.store.connect import operator_setting

_LONGEST_PAUSE = 8.0
_APPLIED = "select file, checksum, makes from ops.schema_objects"
_NOTE = """
    insert into ops.schema_objects (file, checksum, makes) values (%s, %s, %s)
    on conflict (file) do update
    set checksum = excluded.checksum, makes = excluded.makes, applied_at = clock_timestamp()
"""


@dataclass(frozen=True)
class _Plan:
    """The work to do.

    ``changed``: files to run. ``gone``: objects no file makes any more. ``forgotten``: deleted files.
    """

    changed: frozenset[str]
    gone: frozenset[str]
    forgotten: frozenset[str]


def apply_objects(connection: Connection, files: Sequence[ObjectFile]) -> list[str]:
    """Applies the files that changed, in the order given; returns their names as ``objects/<name>``.

    ``connection`` is the owner's, in no transaction, and all migrations have run. Drops what a former file
    made and no file makes any more. Raises ``MigrationError`` and changes nothing if a file fails, if
    something that no file makes depends on what has to be dropped, or if readers keep a table or view locked
    for ``build_lock_wait_seconds``.
    """
    with connection, connection.cursor() as cursor:
        plan = _plan(cursor, files)
        step = operator_setting(cursor, "build_lock_step_seconds")
        wait = operator_setting(cursor, "build_lock_wait_seconds")
    if not (plan.changed or plan.gone or plan.forgotten):
        return []
    deadline, pause = time.monotonic() + wait, 1.0
    while True:
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("set local lock_timeout = %s", (f"{step * 1000:.0f}ms",))
                return _apply(cursor, files, plan)
        except Blocked as blocked:
            left = deadline - time.monotonic()
            if left <= 0:
                raise MigrationError(_who_is_in_the_way(connection, blocked, wait)) from None
        time.sleep(min(pause, left))
        pause = min(pause * 2, _LONGEST_PAUSE)


def _plan(cursor: Cursor, files: Sequence[ObjectFile]) -> _Plan:
    cursor.execute(_APPLIED)
    applied = {name: (checksum, makes) for name, checksum, makes in cursor.fetchall()}
    present = dependents.present(cursor)
    made_before = {made for _, makes in applied.values() for made in makes}
    return _Plan(
        frozenset(
            f.name
            for f in files
            if f.name not in applied or applied[f.name][0] != f.checksum or not present.issuperset(f.makes)
        ),
        frozenset(made_before & present - {made for f in files for made in f.makes}),
        frozenset(applied.keys() - {f.name for f in files}),
    )


def _apply(cursor: Cursor, files: Sequence[ObjectFile], plan: _Plan) -> list[str]:
    pending = set(plan.changed)
    done = []
    for file in files:
        if file.name in pending:
            pending |= replace_object.run(cursor, file, files)
            cursor.execute(_NOTE, (file.name, file.checksum, list(file.makes)))
            done.append(f"objects/{file.name}")
    replace_object.drop_gone(cursor, plan.gone)
    cursor.execute("delete from ops.schema_objects where file = any (%s)", (list(plan.forgotten),))
    return done


def _who_is_in_the_way(connection: Connection, blocked: Blocked, wait: float) -> str:
    words = []
    with connection, connection.cursor() as cursor:
        for relation in blocked.relations:
            cursor.execute("select ops.lock_holders(to_regclass(%s))", (relation,))
            ((holders,),) = cursor.fetchall()
            words.append(f"{relation} is locked by {holders}")
    return (
        f"{blocked.what}: {'; '.join(words) or 'a lock was not free'}; it was asked for {wait:g} seconds "
        "(build_lock_wait_seconds in ops.settings): end that transaction, migrate again"
    )

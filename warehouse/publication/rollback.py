"""Publishes again what an earlier publication said, as a publication of its own.

The marts never go back: ids, events and what people have done stay, and a warning that is younger than
the publication rolled back to is withdrawn, not deleted. Readers see it like any other, whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from psycopg2.extensions import cursor as Cursor

from connectors.masking import mask_text
from warehouse.errors import OperationRefused
from warehouse.publication import withdrawal_causes
from warehouse.publication.contract import CONTRACT, Contract
from warehouse.publication.publish import close_publication, run_statements
from warehouse.publication.statements import rollback as statements
from warehouse.settings import Settings
from warehouse.store import locks
from warehouse.store.decisions import Decision, transaction


@dataclass(frozen=True)
class Publication:
    """``is_kept``: it can be read as of, and rolled back to."""

    publication_id: int
    as_of: date
    published_at: str
    is_kept: bool
    rollback_to: int | None
    decided_by: str | None
    reason: str | None


@dataclass(frozen=True)
class Rollback:
    """``publication_id`` is the new publication; ``as_of`` is the day of the one rolled back to."""

    publication_id: int
    as_of: date
    counts: dict[str, object]


def rollback(target: int, decision: Decision, settings: Settings, contract: Contract = CONTRACT) -> Rollback:
    """Makes ``marts`` say what publication ``target`` said, as a publication of its own.

    Raises ``OperationRefused`` where ``target`` is not kept, or is the publication in force.
    """
    with transaction(settings, "hub-rollback") as connection, connection.cursor() as cursor:
        return roll_back_within(cursor, target, decision, contract)


def roll_back_within(cursor: Cursor, target: int, decision: Decision, contract: Contract) -> Rollback:
    """Rolls back within the transaction of ``cursor``, and leaves the temporary tables that
    ``statements.temporary`` declares. Raises as ``rollback`` does."""
    cursor.execute(locks.PUBLICATION)
    as_of = _day_of(cursor, target)
    cursor.execute(
        "insert into marts.publications (as_of, counts, content_digest, rollback_to, decided_by, reason) "
        "select as_of, '{}', content_digest, publication_id, %s, %s from marts.publications "
        "where publication_id = %s returning publication_id",
        (decision.by, mask_text(decision.reason), target),
    )
    (publication,) = cursor.fetchone() or (0,)
    values = {"as_of": as_of, "publication": publication, "target": target}
    run_statements(cursor, statements.stage(contract), values)
    counts = run_statements(cursor, statements.write_warnings(contract.warnings), values)
    counts.pop("decided")
    for mart in contract.snapshots:
        counts |= run_statements(cursor, statements.write_snapshot(mart), values)
    close_publication(cursor, publication, counts)
    withdrawal_causes.forget_batches(cursor)
    return Rollback(publication, as_of, counts)


def publications(settings: Settings, limit: int = 40) -> list[Publication]:
    """Returns the newest publications, newest first; at most ``limit``."""
    with transaction(settings, "hub-publications") as connection, connection.cursor() as cursor:
        cursor.execute(
            "select publication_id, as_of, to_char(published_at, 'YYYY-MM-DD HH24:MI'), is_kept, "
            "rollback_to, decided_by, reason from marts.publications order by publication_id desc limit %s",
            (limit,),
        )
        return [Publication(*row) for row in cursor.fetchall()]


def _day_of(cursor: Cursor, target: int) -> date:
    cursor.execute(
        "select as_of, is_kept, publication_id = (select max(publication_id) from marts.publications) "
        "from marts.publications where publication_id = %s",
        (target,),
    )
    row = cursor.fetchone()
    if row is None or not row[1]:
        raise OperationRefused(f"publication {target} is not kept: 'make publications' lists those that are")
    if row[2]:
        raise OperationRefused(f"publication {target} is the one in force: nothing to roll back")
    as_of: date = row[0]
    return as_of

"""Publishes the candidate marts: the difference is written into ``marts`` in one transaction.

Nothing that others read is dropped, renamed or truncated, and no lock is taken but those of the rows
written and that of whoever writes warnings, so readers neither wait nor are waited for. A reader that needs
several statements to agree uses one ``repeatable read`` transaction, as everywhere in PostgreSQL.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date

from psycopg2.extensions import cursor as Cursor

from warehouse.errors import PublicationRefused
from warehouse.publication import withdrawal_causes
from warehouse.publication.contract import CONTRACT, Contract
from warehouse.publication.statements import snapshots, stage, warnings
from warehouse.settings import Settings
from warehouse.store import locks
from warehouse.store.connect import connect


@dataclass(frozen=True)
class PublicationResult:
    """``counts``: rows opened, changed, withdrawn, reopened ... and open warnings per rule.

    ``unchanged`` is True where the same content was published for the same day before: then
    ``publication_id`` is that publication's, and nothing was written.
    """

    publication_id: int
    as_of: date
    unchanged: bool
    counts: dict[str, object] = field(default_factory=dict)


def publish(as_of: date, settings: Settings, contract: Contract = CONTRACT) -> PublicationResult:
    """Makes ``marts`` say what ``candidate`` says for ``as_of``.

    Raises ``PublicationRefused`` if a later day is published already, or the candidates are of
    another day or not there.
    """
    with (
        closing(connect(settings, application="hub-publish")) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        return publish_candidates(cursor, as_of, contract)


def publish_candidates(cursor: Cursor, as_of: date, contract: Contract) -> PublicationResult:
    """Publishes within the transaction of ``cursor``, and leaves the temporary tables that
    ``statements.temporary`` declares. Raises as ``publish`` does."""
    cursor.execute(locks.PUBLICATION)
    _check_candidates(cursor, as_of, contract)
    _check_order(cursor, as_of)
    run_statements(cursor, stage.stage(contract), {})
    digest = str(_scalar(cursor, stage.digest(contract)))
    same = _published(cursor, as_of, digest)
    if same is None:
        result = _write(cursor, as_of, digest, contract)
    else:
        result = PublicationResult(same[0], as_of, True, same[1])
    withdrawal_causes.note_batches(cursor)
    return result


def _write(cursor: Cursor, as_of: date, digest: str, contract: Contract) -> PublicationResult:
    cursor.execute(
        "insert into marts.publications (as_of, counts, content_digest) values (%s, '{}', %s) "
        "returning publication_id",
        (as_of, digest),
    )
    row = cursor.fetchone()
    publication = int(row[0]) if row else 0
    values = {"as_of": as_of, "publication": publication}
    cursor.execute(warnings.MAKE_PAID_AGAIN)
    if _scalar(cursor, "select to_regclass('core.fct_payment')") is not None:
        cursor.execute(warnings.find_paid_again(contract.warnings))
    counts = run_statements(cursor, warnings.decide(contract.warnings), values)
    withdrawal_causes.find_withdrawal_causes(cursor)
    counts |= run_statements(cursor, warnings.write(contract.warnings), values)
    for mart in contract.snapshots:
        counts |= run_statements(cursor, snapshots.write(mart), values)
    close_publication(cursor, publication, counts)
    return PublicationResult(publication, as_of, False, counts)


def close_publication(cursor: Cursor, publication: int, counts: dict[str, object]) -> None:
    """Records ``counts``, counts the open warnings by rule and area, and keeps the marts as they are now."""
    cursor.execute(warnings.OPEN_BY_RULE)
    counts["open_by_rule"] = dict(cursor.fetchall())
    cursor.execute(
        "update marts.publications set counts = %s where publication_id = %s",
        (json.dumps(counts), publication),
    )
    cursor.execute("select ops.count_warnings()")
    cursor.execute("select ops.keep_publication(%s)", (publication,))


def run_statements(
    cursor: Cursor, statements: Mapping[str, str], values: Mapping[str, object]
) -> dict[str, object]:
    """Runs named statements in order; returns how many rows each wrote."""
    counts: dict[str, object] = {}
    for name, statement in statements.items():
        cursor.execute(statement, values)
        counts[name] = cursor.rowcount
    return counts


def _check_candidates(cursor: Cursor, as_of: date, contract: Contract) -> None:
    for mart in contract.marts:
        cursor.execute(
            "select array_agg(column_name::text) from information_schema.columns "
            "where table_schema = 'candidate' and table_name = %s",
            (mart.name,),
        )
        row = cursor.fetchone()
        present = set(row[0] or []) if row else set()
        missing = [c.name for c in mart.candidate_columns if c.name not in present]
        if missing:
            raise PublicationRefused(f"candidate.{mart.name} lacks {missing}: build the models first")
    for mart in contract.marts:
        cursor.execute(
            f"select as_of::text from candidate.{mart.name} where as_of is distinct from %s limit 1", (as_of,)
        )
        other = cursor.fetchone()
        if other is not None:
            raise PublicationRefused(
                f"candidate.{mart.name} was built for {other[0]}, not for {as_of}: "
                "build the models for that day"
            )


def _check_order(cursor: Cursor, as_of: date) -> None:
    latest = _scalar(cursor, "select max(as_of) from marts.publications")
    if isinstance(latest, date) and as_of < latest:
        raise PublicationRefused(
            f"{latest} is published already, {as_of} is older: publishing it would take warnings "
            f"back in time; publish {latest} or a later day"
        )


def _published(cursor: Cursor, as_of: date, digest: str) -> tuple[int, dict[str, object]] | None:
    cursor.execute(
        "select as_of, content_digest, publication_id, counts from marts.publications "
        "order by publication_id desc limit 1"
    )
    row = cursor.fetchone()
    return (int(row[2]), row[3]) if row and (row[0], row[1]) == (as_of, digest) else None


def _scalar(cursor: Cursor, statement: str) -> object:
    cursor.execute(statement)
    row = cursor.fetchone()
    return row[0] if row else None

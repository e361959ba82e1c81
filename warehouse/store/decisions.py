"""Records who decided what about a batch, and why (``ops.decisions``), in the transaction that does it."""

from __future__ import annotations

import getpass
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from connectors.masking import mask_text
from warehouse.errors import MigrationError, OperationFailed, OperationRefused
from warehouse.settings import Settings
from warehouse.store import outages
from warehouse.store.connect import connect


@dataclass(frozen=True)
class Decision:
    """A decision of a person. ``by`` and ``reason`` are kept for ever, so neither may be empty."""

    by: str
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip() or not self.by.strip():
            raise OperationRefused("say who decides and why: --reason TEXT [--by NAME]")


def login_name() -> str:
    """Returns the login of the person at the terminal, or ``unknown``."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user: a container
        return "unknown"


def record(
    cursor: Cursor, decision: Decision, action: str, feed_id: str, batch: uuid.UUID, detail: str | None = None
) -> None:
    """Adds a decision to ``ops.decisions``; ID numbers in the reason are masked."""
    cursor.execute(
        "insert into ops.decisions (decided_by, action, reason, feed_id, batch_id, detail) "
        "values (%s, %s, %s, %s, %s, %s)",
        (decision.by, action, mask_text(decision.reason), feed_id, str(batch), detail),
    )


@contextmanager
def transaction(settings: Settings, application: str) -> Iterator[Connection]:
    """Opens one connection with one transaction: committed at the end, rolled back by any error.

    Raises ``MigrationError`` where the schema is older than this code, ``OperationFailed`` for other database
    errors.
    """
    with closing(connect(settings, application=application)) as connection:
        try:
            with connection:
                yield connection
        except (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn) as error:
            raise MigrationError(
                f"the schema is not up to date ({error.diag.message_primary}): run 'make migrate'"
            ) from None
        except psycopg2.Error as error:
            raise OperationFailed(f"database: {outages.describe(error)}; nothing was changed") from None


def batch_uuid(text: str) -> uuid.UUID:
    """Parses a batch id. Raises ``OperationRefused`` for anything else."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise OperationRefused(f"{text!r} is no batch id: 'make held' lists them") from None

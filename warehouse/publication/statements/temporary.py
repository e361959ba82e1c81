"""The temporary tables of a publication and of a rollback: what they hold, and in which order they are made.

A publication first decides about every row, against the state before it, and then writes what it decided.
Between its statements the rows stand in these tables. They are dropped when the transaction ends.

``new_<mart>``      the candidates, typed, with the digest of their facts    ``stage.stage``
``paid_again``      warnings closed for good whose benefit was paid since    ``warnings.find_paid_again``
``decided``         what happens to each warning, what its event says        ``warnings.decide``
``ended_evidence``  pieces of evidence of the warnings that are withdrawn    ``find_withdrawal_causes``
``found_reasons``   why those may have ended; several for one warning        ``find_withdrawal_causes``
``found_causes``    why each of those has ended                              ``find_withdrawal_causes``

``old_<mart>``      the marts as the publication rolled back to had them     ``rollback.stage``
``decided``         what happens to each warning                             ``rollback.write_warnings``
"""

from __future__ import annotations

from collections.abc import Iterable

from warehouse.publication.contract import Contract, Mart

PAID_AGAIN = "paid_again"
DECIDED = "decided"
ENDED_EVIDENCE = "ended_evidence"
FOUND_REASONS = "found_reasons"
FOUND_CAUSES = "found_causes"


def new_rows(mart: Mart) -> str:
    """Returns the name of the table with the staged candidates of a mart."""
    return f"new_{mart.short}"


def old_rows(mart: Mart) -> str:
    """Returns the name of the table with the rows of a mart as of the publication rolled back to."""
    return f"old_{mart.short}"


def of_publication(contract: Contract) -> tuple[str, ...]:
    """Returns the temporary tables of a publication, in the order in which they are made."""
    new = (new_rows(mart) for mart in contract.marts)
    return (*new, PAID_AGAIN, DECIDED, ENDED_EVIDENCE, FOUND_REASONS, FOUND_CAUSES)


def of_rollback(contract: Contract) -> tuple[str, ...]:
    """Returns the temporary tables of a rollback, in the order in which they are made."""
    return (*(old_rows(mart) for mart in contract.marts), DECIDED)


def make(name: str, query: str) -> str:
    """Returns the statement that makes a temporary table of the rows of a query."""
    return f"create temp table {name} on commit drop as {query}"


def analyse(names: Iterable[str]) -> str:
    """Returns the statement that tells the planner how many rows the tables have."""
    return f"analyze {', '.join(names)}"

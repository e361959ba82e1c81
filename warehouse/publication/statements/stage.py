"""Reads the candidates into temporary tables, and digests what they say."""

from __future__ import annotations

from warehouse.publication.contract import Contract, Mart, Role
from warehouse.publication.statements import lists
from warehouse.publication.statements.temporary import analyse, make, new_rows


def stage(contract: Contract) -> dict[str, str]:
    """Returns the statements that make ``new_<mart>`` of every candidate: its columns with their types."""
    made = {new_rows(mart): make(new_rows(mart), _typed_candidate(mart)) for mart in contract.marts}
    return {**made, "analyse": analyse(made)}


def _typed_candidate(mart: Mart) -> str:
    columns = ", ".join(f"{c.staged_as} as {c.name}" for c in mart.staged)
    return f"select {columns} from candidate.{mart.name}"


def digest(contract: Contract) -> str:
    """Returns the query for the digest of all staged content.

    Where a row of evidence was read (batch, row) may differ between two runs over the same content. So the
    evidence itself is left out, and the digest of its facts counts.
    """
    digests = ", '|', ".join(_digest_of(mart) for mart in contract.marts)
    return f"select md5(concat({digests}))"


def _digest_of(mart: Mart) -> str:
    # keys of a jsonb object have an order of their own: the order of the columns does not matter
    content = " - ".join(["to_jsonb(n)", *(f"'{c}'" for c in mart.names(Role.DECORATION))])
    return f"""
        (select md5(string_agg(md5(({content})::text), '' order by {lists.ordered("n", mart.key)}))
         from {new_rows(mart)} as n)"""

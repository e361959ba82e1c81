"""Compares the money that the models compute with what the city says it is (second half of ``make
verify``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl

from sandbox.verify.comparison import Comparison, Fact
from warehouse.settings import Settings
from warehouse.store.connect import rows

#: kind, subject, month, amount and detail as text: amounts are compared to the fen.
_COLUMNS = ("kind", "subject", "month", "amount", "detail")
_FOUND = """
    select benefit_type, enrolment_id, cast(pay_month as text), cast(amount as text), reason
    from core.fct_entitlement
    union all
    select 'care_home_line', stay_id, cast(claim_month as text), cast(amount as text), reason
    from core.fct_care_home_claim_line
    union all
    select 'care_home_claim', institution_id, cast(claim_month as text), cast(amount as text),
        cast(bed_months as text)
    from core.fct_care_home_claim
    union all
    select 'funeral_ceiling', cremation_no, cast(cremated_on as text), cast(ceiling as text), null
    from core.int_funeral_subsidy
"""


def compare_with_city(settings: Settings, city: Path, as_of: date) -> Iterator[Comparison]:
    """Yields a comparison for each kind of amount the city or the models know, as they stand on ``as_of``."""
    from sandbox.truth import expected_amounts

    wanted = expected_amounts(city, as_of).select(pl.col(name).cast(pl.String) for name in _COLUMNS)
    found = pl.DataFrame(rows(settings, _FOUND, ()), schema=dict.fromkeys(_COLUMNS, pl.String), orient="row")
    yield from compare_amounts(wanted, found)


def compare_amounts(wanted: pl.DataFrame, found: pl.DataFrame) -> Iterator[Comparison]:
    """Compares two frames with the columns kind, subject, month, amount, detail as text, kind by kind.

    An amount found twice is wrong.
    """
    missed = wanted.join(found, on=_COLUMNS, how="anti", nulls_equal=True)
    twice = found.filter(pl.struct("kind", "subject", "month").is_duplicated())
    wrong = pl.concat([found.join(wanted, on=_COLUMNS, how="anti", nulls_equal=True), twice])
    for kind in sorted(set(wanted["kind"]) | set(found["kind"])):
        yield Comparison(
            f"amount {kind}",
            wanted.filter(kind=kind).height,
            found.filter(kind=kind).height,
            _facts(missed.filter(kind=kind)),
            _facts(wrong.filter(kind=kind)),
        )


def _facts(rows: pl.DataFrame) -> frozenset[Fact]:
    """Returns amounts as facts: the amount stands where the confidence of a warning does."""
    return frozenset(
        (kind, subject, month, f"{amount} {detail or ''}".rstrip())
        for kind, subject, month, amount, detail in rows.iter_rows()
    )

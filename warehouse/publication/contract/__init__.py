"""The contract of the published marts, written once: their columns, what each is for, who sees what of it.

``publish`` and ``rollback`` derive their statements from it. ``migrate`` adds a column that a table lacks,
and renders the masked views, the rights on columns and the kept rows from it. The contract is plain data: it
reads no database and imports nothing of the warehouse.

To add a column: one line at the end of a mart in ``marts.py``, the column in the candidate model, and its
description in the model's yml.
"""

from warehouse.publication.contract.columns import Column, Mart, Mask, Role
from warehouse.publication.contract.marts import CONTRACT, Contract
from warehouse.publication.contract.statuses import (
    CLOSED_STATUSES,
    SEVERITIES,
    STATUSES_SET_BY_A_PERSON,
    has_status,
)

__all__ = [
    "CLOSED_STATUSES",
    "CONTRACT",
    "SEVERITIES",
    "STATUSES_SET_BY_A_PERSON",
    "Column",
    "Contract",
    "Mart",
    "Mask",
    "Role",
    "has_status",
]

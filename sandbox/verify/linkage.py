"""Measures how well the dead without a number were linked: a probable link cannot be exact."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from warehouse.settings import Settings
from warehouse.store.connect import rows

#: In the evidence of what rests on a link; such warnings and hits are never confirmed.
BY_LINK = """evidence @> '[{"role": "link"}]'"""
_LINKS = (
    "select distinct piece ->> 'cremation_no', id_number "
    "from marts.warnings, jsonb_array_elements(evidence) as piece "
    "where rule_id = 'death' and piece ->> 'role' = 'link' "
    "and ops.is_open(status)"
)

#: cremation, ID number
Link = tuple[str, str]


@dataclass(frozen=True)
class Quality:
    """``planted`` recipients among the dead without a number, the ``linked``, and those ``right``."""

    planted: int
    linked: int
    right: int

    @property
    def precision(self) -> float:
        """Returns the share of links that are right, from 0 to 1."""
        return self.right / self.linked if self.linked else 1.0

    @property
    def recall(self) -> float:
        """Returns the share of planted recipients who were linked rightly, from 0 to 1."""
        return self.right / self.planted if self.planted else 1.0

    def __str__(self) -> str:
        return (
            f"dead without a number: {self.planted} recipients planted, {self.linked} linked, "
            f"{self.right} right (precision {self.precision:.3f}, recall {self.recall:.3f}); "
            "measured, not part of what is exact"
        )


def quality(planted: Collection[Link], linked: Collection[Link]) -> Quality:
    """Compares links as pairs: the right person for the right dead."""
    return Quality(len(set(planted)), len(set(linked)), len(set(planted) & set(linked)))


def published(settings: Settings, city: Path, as_of: date) -> Quality:
    """Measures the published links for ``as_of`` against the people the city planted."""
    from sandbox.truth import numberless

    truth = numberless(city, as_of).drop_nulls("id_number").select("cremation_no", "id_number")
    return quality(list(truth.iter_rows()), [(a, b) for a, b in rows(settings, _LINKS, ())])

"""Knows what benefits come to: the city's dated rates (dossier 5.1, 5.5, 5.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Rates:
    """Yuan a month. Tuples are (urban, rural) or (central, scattered)."""

    dibao: tuple[int, int]
    tekun: tuple[int, int]
    orphan: tuple[int, int]


#: From which day; 2019 is a proposal between the years that are known.
_RATES = (
    (date(2023, 7, 1), Rates((793, 793), (1226, 1226), (2322, 2322))),
    (date(2022, 7, 1), Rates((766, 766), (1184, 1070), (2170, 2170))),
    (date(2021, 7, 1), Rates((740, 578), (1144, 914), (1900, 1460))),
    (date(2020, 7, 1), Rates((715, 510), (1105, 820), (1807, 1363))),
    (date(2019, 7, 1), Rates((685, 480), (1062, 788), (1737, 1310))),
    (date(1900, 1, 1), Rates((655, 450), (1048, 585), (1670, 1260))),
)
#: The minimum wage divided by so much, in whole yuan.
_TEKUN_CARE = {"self_care": 10, "partial_care": 6, "full_care": 3}
#: Yuan a month for living and for care.
_ALLOWANCES = ((date(2022, 7, 1), (200, 100)), (date(1900, 1, 1), (100, 80)))
OLD_AGE = {"80-89_low_income": 100, "90-99": 200, "100+": 800}


def rates(day: date) -> Rates:
    """Returns the rates that hold on a day."""
    return next(r for since, r in _RATES if since <= day)


def disability_allowances(day: date) -> tuple[int, int]:
    """Returns the allowances for living and for care on a day, in yuan a month."""
    return next(amounts for since, amounts in _ALLOWANCES if since <= day)


#: Yuan a month; public figures, see the seed ``minimum_wages``.
_MINIMUM_WAGES = (
    (date(2021, 11, 1), 1910),
    (date(2019, 11, 1), 1810),
    (date(1900, 1, 1), 1620),
)


def minimum_wage(day: date) -> int:
    """Returns the minimum wage on a day, in yuan a month."""
    return next(wage for since, wage in _MINIMUM_WAGES if since <= day)


def tekun_care(day: date) -> dict[str, int]:
    """Returns yuan a month for each tier of care; half a yuan is rounded up."""
    wage = minimum_wage(day)
    return {tier: (2 * wage + part) // (2 * part) for tier, part in _TEKUN_CARE.items()}

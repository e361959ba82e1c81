"""The people of the city, in cohorts that later modules give benefits, facts and misfortunes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from connectors.sandbox.city import names
from connectors.sandbox.city.clock import birthday_on, days_before, quiet
from connectors.sandbox.city.divisions import FORMER_ISSUERS, LOCAL_ISSUERS, OUTSIDE_ISSUERS
from connectors.sandbox.city.ids import id_numbers

Bands = tuple[tuple[float, float, float], ...]

_GENERAL: Bands = ((1, 17, 0.13), (18, 34, 0.18), (35, 59, 0.42), (60, 79, 0.22), (80, 89, 0.05))
_ADULT: Bands = ((22, 34, 0.25), (35, 59, 0.55), (60, 75, 0.20))
_OLD: Bands = ((62, 79, 0.8), (80, 89, 0.2))


@dataclass(frozen=True)
class Cohort:
    """``n`` people at the full city and the ages they are drawn from: (from, to, weight)."""

    n: int
    ages: Bands
    scaled_at_least: int = 2


COHORTS: dict[str, Cohort] = {
    "dibao_head": Cohort(60_000, ((26, 59, 0.55), (61, 79, 0.35), (80, 89, 0.1))),
    "dibao_spouse": Cohort(14_000, ((26, 59, 0.6), (61, 79, 0.4))),
    "dibao_child": Cohort(19_000, ((2, 15, 0.8), (18.5, 24, 0.2))),
    "dibao_parent": Cohort(6_400, ((62, 79, 0.7), (80, 88, 0.3))),
    "dibao_closed": Cohort(219_500, _GENERAL),
    "tekun": Cohort(14_900, ((30, 59, 0.3), (61, 79, 0.5), (80, 89, 0.2))),
    "tekun_minor": Cohort(100, ((6, 15, 1.0),)),
    "tekun_closed": Cohort(14_900, ((30, 59, 0.3), (61, 79, 0.7))),
    "orphan": Cohort(1_180, ((2, 15, 1.0),)),
    "orphan_student": Cohort(60, ((18.5, 22, 1.0),)),
    "orphan_closed": Cohort(2_640, ((18.5, 30, 1.0),)),
    "low_income": Cohort(25_000, ((20, 59, 0.6), (61, 79, 0.4))),
    "low_income_closed": Cohort(34_800, _GENERAL),
    "care": Cohort(82_000, ((5, 15, 0.05), (19, 59, 0.6), (61, 79, 0.35))),
    "allowance_closed": Cohort(141_000, ((19, 59, 0.6), (61, 79, 0.4))),
    "old_age": Cohort(21_000, ((90.5, 98, 1.0),)),
    "old_age_100": Cohort(300, ((100.5, 105, 1.0),)),
    "old_age_closed": Cohort(17_000, ((90.5, 98, 1.0),)),
    "care_home": Cohort(79_500, _OLD),
    "deceased": Cohort(705_000, ((30, 59, 0.1), (60, 79, 0.4), (80, 99, 0.5))),
    "couple": Cohort(2_300_000, ((24, 59, 0.8), (60, 80, 0.2))),
    "other": Cohort(420_000, _ADULT),
    "staff": Cohort(2_000, ((26, 58, 1.0),)),
    # planted birthdays: people who reach a watched age, spread over the days the city can be served
    "turns_18": Cohort(400, ((18, 18, 1.0),)),
    "turns_60": Cohort(400, ((60, 60, 1.0),)),
    "turns_80": Cohort(240, ((80, 80, 1.0),)),
    "turns_90": Cohort(120, ((90, 90, 1.0),)),
    "turns_100": Cohort(12, ((100, 100, 1.0),)),
    "orphan_over": Cohort(60, ((18.5, 20, 1.0),), 3),
    "tekun_over": Cohort(40, ((16.4, 17.4, 1.0),), 3),
}
#: Turning cohorts and the days from the epoch their birthdays lie in: half now, half later.
TURNING = {"turns_18": 18, "turns_60": 60, "turns_80": 80, "turns_90": 90, "turns_100": 100}


@dataclass(frozen=True)
class City:
    """Everybody, one row each: pid, cohort, male, birth_date, county, surname, full_name, id_number."""

    epoch: date
    seed: int
    scale: float
    people: pl.DataFrame

    def cohort(self, *names: str) -> pl.DataFrame:
        return self.people.filter(pl.col("cohort").is_in(list(names)))

    def rng(self, purpose: str) -> np.random.Generator:
        """A generator of its own for each purpose, so that one module's draws never move another's."""
        return np.random.default_rng([self.seed, round(self.scale * 1e6), *purpose.encode()])

    def n(self, full: int, at_least: int = 1) -> int:
        return max(at_least, round(full * self.scale))


def _births(rng: np.random.Generator, cohort: str, n: int, epoch: date) -> pl.Series:
    if cohort in TURNING:
        first_half = (n + 1) // 2
        ahead = np.concatenate([1 + np.arange(first_half) % 30, 31 + np.arange(n - first_half) % 30])
        days = [birthday_on(epoch.fromordinal(epoch.toordinal() + int(k)), TURNING[cohort]) for k in ahead]
        return pl.Series(days, dtype=pl.Date)
    bands = COHORTS[cohort].ages
    band = rng.choice(len(bands), n, p=np.array([b[2] for b in bands]))
    low = np.array([b[0] for b in bands])[band]
    high = np.array([b[1] for b in bands])[band]
    years = low + rng.random(n) * (high - low)
    return quiet(days_before(epoch, (years * 365.25).astype(np.int64)), epoch)


def _counties(rng: np.random.Generator, n: int) -> pl.Series:
    pool = np.array(LOCAL_ISSUERS + FORMER_ISSUERS + OUTSIDE_ISSUERS)
    weight = np.array(
        [1.0] * len(LOCAL_ISSUERS) + [0.8] * len(FORMER_ISSUERS) + [0.12] * len(OUTSIDE_ISSUERS)
    )
    return pl.Series(rng.choice(pool, n, p=weight / weight.sum()))


def make_people(seed: int, scale: float, epoch: date) -> City:
    """All cohorts, with unique numbers. At scale 1 about 4.2 million people."""
    parts = []
    for name, cohort in COHORTS.items():
        rng = np.random.default_rng([seed, round(scale * 1e6), *name.encode()])
        n = max(cohort.scaled_at_least, round(cohort.n * scale))
        male = pl.Series(rng.random(n) < 0.49)
        surname = names.surnames(rng, n)
        parts.append(
            pl.DataFrame(
                {
                    "cohort": pl.repeat(name, n, eager=True),
                    "male": male,
                    "birth_date": _births(rng, name, n, epoch),
                    "county": _counties(rng, n),
                    "full_name": names.full_names(rng, surname, male),
                }
            )
        )
    people = pl.concat(parts).with_columns(pl.col("cohort").cast(pl.Categorical))
    people = people.with_columns(id_numbers(people)).with_row_index("pid")
    return City(epoch=epoch, seed=seed, scale=scale, people=people)

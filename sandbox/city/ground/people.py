"""Makes the people of the city, in cohorts that later modules give benefits, facts and misfortunes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from sandbox.city.ground import names
from sandbox.city.ground.clock import avoid_watched_birthdays, birthday_on, days_before
from sandbox.city.ground.divisions import LOCAL_ISSUERS, OUTSIDE_ISSUERS, issuers_of_their_time
from sandbox.city.ground.ids import id_numbers

Bands = tuple[tuple[float, float, float], ...]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_GENERAL: Bands = ((23, 59, 0.62), (61, 79, 0.30), (80, 89, 0.08))
_ADULT: Bands = ((22, 34, 0.25), (35, 59, 0.55), (60, 75, 0.20))
_OLD: Bands = ((62, 79, 0.8), (80, 89, 0.2))
_DAYS_A_YEAR = 365.25
_MALE_SHARE = 0.4915


@dataclass(frozen=True)
class Cohort:
    """``n`` people at the full city and the ages they are drawn from: (from, to, weight).

    ``kin`` names the cohort of the family's head and what these people are to that head; their ages,
    sex and surname then follow the head's.
    """

    n: int
    ages: Bands
    scaled_at_least: int = 2
    kin: tuple[str, str] | None = None


COHORTS: dict[str, Cohort] = {
    "dibao_head": Cohort(60_000, ((26, 59, 0.55), (61, 79, 0.35), (80, 89, 0.1)), 400),
    "dibao_spouse": Cohort(14_000, ((26, 59, 1.0),), 80, ("dibao_head", "spouse")),
    "dibao_child": Cohort(15_000, ((2, 15, 1.0),), 96, ("dibao_head", "child")),
    "dibao_student": Cohort(4_000, ((18.5, 24, 1.0),), 4, ("dibao_head", "child")),
    "dibao_parent": Cohort(6_000, ((62, 88, 1.0),), 8, ("dibao_head", "parent")),
    "dibao_closed": Cohort(109_400, _GENERAL, 40),
    "dibao_closed_spouse": Cohort(109_400, _GENERAL, 40, ("dibao_closed", "spouse")),
    "tekun": Cohort(14_900, ((30, 59, 0.3), (61, 79, 0.5), (80, 89, 0.2)), 80),
    "tekun_minor": Cohort(100, ((6, 15, 1.0),), 6),
    "tekun_closed": Cohort(14_300, ((30, 59, 0.3), (61, 79, 0.7)), 10),
    "orphan": Cohort(1_180, ((2, 15, 1.0),), 30),
    "orphan_student": Cohort(60, ((18.5, 22, 1.0),), 3),
    "orphan_closed": Cohort(2_600, ((18.5, 30, 1.0),), 5),
    "low_income": Cohort(14_000, ((20, 59, 0.6), (61, 79, 0.4)), 60),
    "low_income_spouse": Cohort(5_000, ((22, 59, 1.0),), 10, ("low_income", "spouse")),
    "low_income_child": Cohort(6_000, ((2, 15, 1.0),), 10, ("low_income", "child")),
    "low_income_closed": Cohort(17_300, _GENERAL, 10),
    "low_income_closed_spouse": Cohort(17_300, _GENERAL, 10, ("low_income_closed", "spouse")),
    "care": Cohort(77_000, ((5, 15, 0.05), (19, 59, 0.6), (61, 79, 0.35)), 80),
    "allowance_closed": Cohort(141_300, ((19, 59, 0.6), (61, 79, 0.4)), 20),
    "old_age": Cohort(21_000, ((90.5, 98, 1.0),), 40),
    "old_age_100": Cohort(300, ((100.5, 105, 1.0),)),
    "old_age_closed": Cohort(17_900, ((90.5, 98, 1.0),), 10),
    "care_home": Cohort(79_800, _OLD, 60),
    "home_young": Cohort(40, ((45, 58, 1.0),), 4),
    "deceased": Cohort(715_000, ((30, 59, 0.1), (60, 79, 0.4), (80, 99, 0.5)), 120),
    "husband": Cohort(1_150_000, ((24, 59, 0.8), (60, 80, 0.2))),
    "wife": Cohort(1_150_000, ((24, 80, 1.0),), 2, ("husband", "wife")),
    "other": Cohort(420_000, _ADULT, 200),
    "guardian": Cohort(1_400, ((35, 59, 0.6), (61, 75, 0.4)), 20),
    "staff": Cohort(2_000, ((26, 58, 1.0),), 20),
    "stranger": Cohort(12_000, _ADULT, 200),
    "single_person": Cohort(600, ((22, 59, 0.7), (61, 79, 0.3)), 20),
    "zone": Cohort(62, ((22, 59, 0.7), (61, 79, 0.3)), 62),
    # planted birthdays: people who reach a watched age, spread over the days the city can be served
    "turns_18": Cohort(400, ((18, 18, 1.0),), 4),
    "turns_60": Cohort(400, ((60, 60, 1.0),), 4),
    "turns_80": Cohort(240, ((80, 80, 1.0),), 4),
    "turns_90": Cohort(120, ((90, 90, 1.0),), 4),
    "turns_100": Cohort(12, ((100, 100, 1.0),)),
    "orphan_over": Cohort(60, ((18.5, 20, 1.0),), 3),
    "tekun_over": Cohort(40, ((16.4, 17.4, 1.0),), 3),
}
#: Turning cohorts and the days from the epoch their birthdays lie in: half now, half later.
TURNING = {"turns_18": 18, "turns_60": 60, "turns_80": 80, "turns_90": 90, "turns_100": 100}
#: Ages a head must have to be ... of these people.
_HEADS_OF = {"spouse": (26, 79), "child": (26, 59), "parent": (33, 58), "wife": (0, 120)}


@dataclass(frozen=True)
class City:
    """Everybody, one row each: pid, cohort, male, birth_date, county, full_name, house, id_number.

    ``house`` is the row of the family's head within the head's cohort; null for people without family.
    """

    epoch: date
    seed: int
    scale: float
    people: pl.DataFrame

    def cohort(self, *names: str) -> pl.DataFrame:
        """Returns the people of these cohorts."""
        return self.people.filter(pl.col("cohort").is_in(list(names)))

    def rng(self, purpose: str) -> np.random.Generator:
        """Returns a generator for each purpose, so that one module's draws never move another's."""
        return np.random.default_rng([self.seed, round(self.scale * 1e6), *purpose.encode()])

    def n(self, full: int, at_least: int = 1) -> int:
        """Returns the size, at this scale, of what has ``full`` members at the full city."""
        return max(at_least, round(full * self.scale))


def _turning(cohort: str, n: int, epoch: date) -> pl.Series:
    first_half = (n + 1) // 2
    ahead = np.concatenate([1 + np.arange(first_half) % 30, 31 + np.arange(n - first_half) % 30])
    days = [birthday_on(epoch + timedelta(days=int(k)), TURNING[cohort]) for k in ahead]
    return pl.Series(days, dtype=pl.Date)


def _ages(rng: np.random.Generator, bands: Bands, n: int) -> Floats:
    band = rng.choice(len(bands), n, p=np.array([b[2] for b in bands]))
    low = np.array([b[0] for b in bands])[band]
    high = np.array([b[1] for b in bands])[band]
    ages: Floats = low + rng.random(n) * (high - low)
    return ages


def _kin_ages(rng: np.random.Generator, kin: str, heads: Floats, bands: Bands) -> Floats:
    """Ages of relatives from the heads' ages, within what the cohort allows."""
    n = len(heads)
    if kin in ("spouse", "wife"):
        ages = heads + rng.normal(0 if kin == "spouse" else -1.5, 2.5, n)
        return np.where((ages < 22) | (ages > 88) | (np.abs(ages - heads) > 9), heads, ages)
    ages = heads - rng.uniform(22, 34, n) if kin == "child" else heads + rng.uniform(21, 30, n)
    low, high = bands[0][0], bands[0][1]
    outside = (ages < low) | (ages > high)
    eldest = np.maximum(low + 0.5, np.minimum(high, heads - 20)) if kin == "child" else high
    return np.where(outside, rng.uniform(low, eldest, n), ages)


def _families(
    rng: np.random.Generator, kin: str, n: int, heads: pl.DataFrame, epoch: date, bands: Bands
) -> Ints:
    """Picks for each of ``n`` relatives a head of a fitting age; nobody gets two spouses."""
    if kin in ("spouse", "wife") and n >= heads.height:
        return np.arange(heads.height, dtype=np.int64)
    ages = _age_at(heads["birth_date"], epoch)
    low, high = _HEADS_OF[kin]
    if kin == "child":
        low = max(low, int(bands[0][0]) + 21)
    fit = np.flatnonzero((ages >= low) & (ages <= high))
    order: Ints = np.resize(rng.permutation(fit), n).astype(np.int64)
    return order


def _age_at(births: pl.Series, epoch: date) -> Floats:
    days = np.datetime64(epoch, "D") - births.to_numpy().astype("datetime64[D]")
    ages: Floats = days.astype(np.float64) / _DAYS_A_YEAR
    return ages


def _counties(rng: np.random.Generator, births: pl.Series) -> pl.Series:
    pool = np.array(LOCAL_ISSUERS + OUTSIDE_ISSUERS)
    weight = np.array([1.0] * len(LOCAL_ISSUERS) + [0.12] * len(OUTSIDE_ISSUERS))
    return issuers_of_their_time(pl.Series(rng.choice(pool, len(births), p=weight / weight.sum())), births)


@dataclass(frozen=True)
class _Drawn:
    births: pl.Series
    male: pl.Series
    surname: pl.Series
    house: pl.Series


def _unrelated(rng: np.random.Generator, name: str, n: int, epoch: date) -> _Drawn:
    """Heads of families and people who live alone."""
    male = pl.Series(rng.random(n) < (2 if name == "husband" else _MALE_SHARE))
    turning = name in TURNING
    births = _turning(name, n, epoch) if turning else _born(_ages(rng, COHORTS[name].ages, n), epoch)
    return _Drawn(births, male, names.surnames(rng, n), pl.Series(np.arange(n, dtype=np.int64)))


def _related(
    rng: np.random.Generator, kin: str, n: int, heads: pl.DataFrame, bands: Bands, epoch: date
) -> _Drawn:
    """Relatives: as old, of the sex and with the surname that goes with their head's."""
    own = _families(rng, kin, n, heads, epoch, bands)
    n = len(own)
    births = _born(_kin_ages(rng, kin, _age_at(heads["birth_date"].gather(own), epoch), bands), epoch)
    male, surname = pl.Series(rng.random(n) < _MALE_SHARE), names.surnames(rng, n)
    if kin in ("spouse", "wife"):
        male = ~heads["male"].gather(own)
    else:
        same = pl.Series(np.ones(n, dtype=bool)) if kin == "child" else male
        surname = heads["surname"].gather(own).zip_with(same, surname)
    return _Drawn(births, male, surname, pl.Series(own))


def _born(ages: Floats, epoch: date) -> pl.Series:
    return avoid_watched_birthdays(days_before(epoch, (ages * _DAYS_A_YEAR).astype(np.int64)), epoch)


def _cohort(name: str, made: dict[str, pl.DataFrame], seed: int, scale: float, epoch: date) -> pl.DataFrame:
    cohort = COHORTS[name]
    rng = np.random.default_rng([seed, round(scale * 1e6), *name.encode()])
    n = max(cohort.scaled_at_least, round(cohort.n * scale))
    if cohort.kin:
        head_cohort, kin = cohort.kin
        drawn = _related(rng, kin, n, made[head_cohort], cohort.ages, epoch)
    else:
        drawn = _unrelated(rng, name, n, epoch)
    return pl.DataFrame(
        {
            "cohort": pl.repeat(name, len(drawn.births), eager=True),
            "male": drawn.male,
            "birth_date": drawn.births,
            "county": _counties(rng, drawn.births),
            "surname": drawn.surname,
            "full_name": names.full_names(rng, drawn.surname, drawn.male),
            "house": drawn.house,
        }
    )


def make_people(seed: int, scale: float, epoch: date) -> City:
    """Makes all cohorts, with unique numbers. At scale 1 about 4.3 million people."""
    made: dict[str, pl.DataFrame] = {}
    for name in COHORTS:
        made[name] = _cohort(name, made, seed, scale, epoch)
    people = pl.concat([frame.drop("surname") for frame in made.values()])
    made.clear()
    people = people.with_columns(pl.col("cohort").cast(pl.Categorical))
    people = people.with_columns(id_numbers(people)).with_row_index("pid")
    return City(epoch=epoch, seed=seed, scale=scale, people=people)

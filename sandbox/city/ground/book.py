"""Collects what the builders of the city write: department rows, enrolments, and the truth."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TypedDict

import numpy as np
import polars as pl

from connectors.catalogue import load_feed
from sandbox.city.ground.defects import unusable_copies
from sandbox.city.ground.fill import fill_table
from sandbox.city.ground.people import City

TRUTH_SCHEMA = {
    "kind": pl.String,
    "rule_id": pl.String,
    "subject_key": pl.String,
    "event_key": pl.String,
    "sub_type": pl.String,
    "confidence": pl.String,
    "expected_from": pl.Date,
    "expected_until": pl.Date,
    # of a check: whose by the present number, the case, since and until when nothing is due to it, and on
    # which days it ran meanwhile
    "person": pl.String,
    "enrolment_id": pl.String,
    "undue_from": pl.Date,
    "undue_until": pl.Date,
    "overlap_from": pl.Date,
    "overlap_until": pl.Date,
}
#: Which benefits a check looks at; the sandbox's own statement, not read from the rules.
CHECKED_BENEFITS = {
    "dead": ("dibao", "tekun", "orphan", "low_income", "disability_living", "disability_care", "old_age"),
    "imprisoned": (
        "dibao",
        "tekun",
        "orphan",
        "low_income",
        "disability_living",
        "disability_care",
        "old_age",
    ),
    "non_local_hukou": ("dibao", "tekun", "low_income", "old_age"),
    "business_owner": ("dibao", "tekun", "low_income"),
    "insider_relative": ("dibao",),
}
#: Whose cases these are.
FEEDS = {
    "dibao": "civil_affairs__dibao",
    "tekun": "civil_affairs__tekun",
    "orphan": "civil_affairs__orphan",
    "low_income": "civil_affairs__low_income",
    "disability_living": "civil_affairs__disability_allowance",
    "disability_care": "civil_affairs__disability_allowance",
    "old_age": "civil_affairs__elder_care",
}
ALWAYS = date(2000, 1, 1)


class Span(TypedDict, total=False):
    """On which days a planted fact must be found (``since`` <= day < ``until``), and how sure it is."""

    confidence: str | pl.Series
    since: date | pl.Series
    until: date | pl.Series | None


class Book:
    """Rows per (feed, table), active enrolments and truth of one city."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.epoch = city.epoch
        self.rows: dict[tuple[str, str], list[pl.DataFrame]] = {}
        self.truth: list[pl.DataFrame] = []
        #: who the dead without a number are: see numberless.py
        self.numberless: list[pl.DataFrame] = []
        #: households whose means are checked, besides whoever else is due
        self.checked_households: list[str] = []
        #: by feed: answers about planted people, and the people of whom nothing else is on record
        self.answers: dict[str, list[pl.DataFrame]] = {}
        self.silent_people: dict[str, set[str]] = {}
        self._enrolments: list[pl.DataFrame] = []
        self._pools: dict[str, pl.DataFrame] = {}
        self._taken: dict[str, int] = {}

    # people -------------------------------------------------------------------------------------
    def take_people(self, cohort: str, n: int, where: pl.Expr | None = None) -> pl.DataFrame:
        """Takes ``n`` people of a cohort whom nobody has taken yet: misfortunes never meet in one person.

        ``where``: only people for whom it is true. Raises ``ValueError`` if too few are left.
        """
        if cohort not in self._pools:
            pool = self.city.cohort(cohort)
            order = self.city.rng("order " + cohort).permutation(pool.height)
            self._pools[cohort] = pool[order]
            self._taken[cohort] = 0
        first = self._taken[cohort]
        if where is not None:
            self._bring_forward(cohort, n, where)
        if first + n > self._pools[cohort].height:
            raise ValueError(f"cohort {cohort} has too few people for what is planted")
        self._taken[cohort] = first + n
        return self._pools[cohort].slice(first, n)

    def _bring_forward(self, cohort: str, n: int, where: pl.Expr) -> None:
        """Orders the people left so that ``n`` who fit come next."""
        pool, first = self._pools[cohort], self._taken[cohort]
        left = pool.slice(first)
        chosen = left.filter(where).head(n)
        if chosen.height < n:
            raise ValueError(f"cohort {cohort} has too few people of the kind that is planted")
        others = left.filter(~pl.col("pid").is_in(chosen["pid"].implode()))
        self._pools[cohort] = pl.concat([pool.head(first), chosen, others])

    def people_left(self, cohort: str) -> pl.DataFrame:
        """Returns the people of a cohort whom nobody has taken."""
        self.take_people(cohort, 0)
        return self._pools[cohort].slice(self._taken[cohort])

    # rows ---------------------------------------------------------------------------------------
    def add(self, feed_id: str, given: pl.DataFrame, table: str = "main", purpose: str = "") -> None:
        """Adds rows of a feed's table; columns that are not given are invented.

        ``given`` has the columns that matter, ``purpose`` tells apart draws for rows of the same kind.
        """
        feed = load_feed(feed_id)
        key = (feed_id, table)
        rng = self.city.rng(f"{feed_id} {table} {purpose} {len(self.rows.get(key, []))}")
        frame = fill_table(feed, feed.table(table), given, rng, self.epoch)
        self.rows.setdefault(key, []).append(frame)

    def height(self, feed_id: str, table: str = "main") -> int:
        """Returns how many rows the table has so far."""
        return sum(f.height for f in self.rows.get((feed_id, table), []))

    def missing(self, feed_id: str, table: str = "main") -> int:
        """Returns how many rows are missing until the table has its declared size at the epoch, copies
        included.
        """
        feed = load_feed(feed_id)
        declared = feed.table(table)
        wanted = self.city.n(declared.volume.expected)
        today = sum(
            frame.select((pl.col("_published_on") <= self.epoch).sum()).item()
            for frame in self.rows.get((feed_id, table), [])
        )
        return int(max(0, wanted - unusable_copies(feed, declared, wanted) - today))

    # enrolments ---------------------------------------------------------------------------------
    def enrol(self, rows: pl.DataFrame, benefit: str, key: str = "case_id") -> None:
        """Notes who receives what: ``rows`` are registry rows with the key and the monthly amount."""
        amount = (
            pl.col("monthly_amount").cast(pl.Decimal(14, 2))
            if "monthly_amount" in rows.columns
            else pl.lit(None)
        )
        self._enrolments.append(
            rows.select(
                "id_number",
                "full_name",
                pl.lit(benefit).alias("benefit"),
                pl.col(key).alias("case_id"),
                amount.cast(pl.Decimal(14, 2)).alias("amount"),
                "region_code",
                "start_date",
            )
        )

    def enrolments(self, *benefits: str) -> pl.DataFrame:
        """Returns the active enrolments, of these benefits or of all: one row for each case."""
        held = pl.concat(self._enrolments)
        return held.filter(pl.col("benefit").is_in(list(benefits))) if benefits else held

    def people(self, ids: pl.Series) -> pl.DataFrame:
        """Returns the people with these numbers, once each, in the city's order."""
        return self.city.people.filter(pl.col("id_number").is_in(ids.unique().implode()))

    # truth --------------------------------------------------------------------------------------
    def expect(
        self,
        rule_id: str,
        subjects: pl.Series,
        event_key: str | pl.Series,
        sub_type: str | pl.Series | None = None,
        *,
        kind: str = "warning",
        confidence: str | pl.Series = "confirmed",
        since: date | pl.Series = ALWAYS,
        until: date | pl.Series | None = None,
        cases: pl.DataFrame | None = None,
    ) -> None:
        """Adds a warning (or check) that must be found for each subject on the days since <= T < until.

        ``cases``: of a check the last six columns of the truth, a row for each subject.
        """

        def series(value: str | date | pl.Series | None, dtype: pl.DataType) -> pl.Series:
            if isinstance(value, pl.Series):
                return value.cast(dtype)
            return pl.repeat(value, len(subjects), dtype=dtype, eager=True)

        text, day = pl.String(), pl.Date()
        found = pl.DataFrame(
            {
                "kind": series(kind, text),
                "rule_id": series(rule_id, text),
                "subject_key": series(subjects, text),
                "event_key": series(event_key, text),
                "sub_type": series(sub_type, text),
                "confidence": series(confidence, text),
                "expected_from": series(since, day),
                "expected_until": series(until, day),
            }
        )
        if cases is not None:
            found = found.hstack(cases)
        missing = [pl.lit(None, dtype=t).alias(c) for c, t in TRUTH_SCHEMA.items() if c not in found.columns]
        self.truth.append(found.with_columns(missing).select(list(TRUTH_SCHEMA)))

    def warnings_planted(self, rule_id: str) -> int:
        """Counts the warnings of a rule that hold on the epoch, of those planted so far."""
        open_now = pl.col("expected_until").is_null() | (pl.col("expected_until") > self.epoch)
        holds = (pl.col("kind") == "warning") & (pl.col("expected_from") <= self.epoch) & open_now
        return sum(t.filter(holds & (pl.col("rule_id") == rule_id)).height for t in self.truth)

    def expect_check(
        self,
        check_id: str,
        subjects: pl.Series,
        sub_type: str | pl.Series,
        benefits: tuple[str, ...] | None = None,
        *,
        undue_from: date | pl.Series | None = None,
        undue_until: date | pl.Series | None = None,
        named: pl.Series | None = None,
        persons: pl.Series | None = None,
        confidence: str | pl.Series = "confirmed",
        since: date | pl.Series = ALWAYS,
        until: date | pl.Series | None = None,
    ) -> None:
        """Adds one hit for each enrolment the person holds among the benefits the check looks at.

        undue_from, undue_until: first and last day of what speaks against the benefit; without a first day it
        is unknown. named: the number each bears on those days, where it is another. persons: their present
        numbers, where ``subjects`` are not.
        """

        def day(value: date | pl.Series | None) -> pl.Expr | pl.Series:
            return value if isinstance(value, pl.Series) else pl.lit(value, dtype=pl.Date)

        frame = pl.DataFrame({"id_number": subjects}).with_columns(
            (subjects if named is None else named).alias("named"),
            (subjects if persons is None else persons).alias("person"),
            (confidence if isinstance(confidence, pl.Series) else pl.lit(confidence)).alias("confidence"),
            (sub_type if isinstance(sub_type, pl.Series) else pl.lit(sub_type)).alias("sub_type"),
            day(since).alias("since"),
            day(until).alias("until"),
            day(undue_from).alias("undue_from"),
            day(undue_until).alias("undue_until"),
        )
        held = self.enrolments(*(benefits or CHECKED_BENEFITS[check_id])).select(
            "id_number",
            "benefit",
            "start_date",
            pl.concat_str(pl.col("benefit").replace_strict(FEEDS), pl.lit(":"), "case_id").alias(
                "enrolment_id"
            ),
        )
        hits = frame.join(
            held.unique(maintain_order=True), on="id_number", how="inner", maintain_order="left"
        )
        self.expect(
            check_id,
            hits["named"],
            hits["benefit"],
            hits["sub_type"],
            kind="check",
            confidence=hits["confidence"],
            since=hits["since"],
            until=hits["until"],
            cases=hits.select(
                "person",
                "enrolment_id",
                "undue_from",
                "undue_until",
                pl.when(pl.col("undue_from").is_not_null())
                .then(pl.max_horizontal("start_date", "undue_from"))
                .alias("overlap_from"),
                pl.col("undue_until").alias("overlap_until"),
            ),
        )

    def day(self, offset: int) -> date:
        """Returns the day ``offset`` days after the epoch."""
        return self.epoch + timedelta(days=offset)

    def dates(self, rng: np.random.Generator, n: int, first: int, last: int) -> pl.Series:
        """Draws ``n`` days between two offsets from the epoch, both included."""
        days = np.datetime64(self.epoch, "D") + rng.integers(first, last + 1, n).astype("timedelta64[D]")
        return pl.Series(days.astype("datetime64[D]")).cast(pl.Date)


def split(n: int, weights: dict[str, float]) -> dict[str, int]:
    """Shares out ``n`` by weight; the first name takes what rounding leaves."""
    shares = {name: int(n * w) for name, w in weights.items()}
    first = next(iter(shares))
    shares[first] += n - sum(shares.values())
    return shares

"""Computes what a stay in a care home is worth to the home for a month, and why it may be worth nothing
(dossier 5.7).
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from sandbox.city.ground.book import Book
from sandbox.city.ground.clock import last_day_of_month
from sandbox.city.ground.divisions import CITY
from sandbox.city.ground.visible_rows import visible_rows
from sandbox.city.misfortunes.deaths import FUNERAL, POLICE
from sandbox.city.registries.register import MIGRATION, REGISTER
from sandbox.city.registries.registries import ELDER_CARE, TEKUN

#: All that the amounts hang on.
CLAIM_TABLES = (
    (ELDER_CARE, "stay"),
    (ELDER_CARE, "institution"),
    (POLICE, "main"),
    (FUNERAL, "main"),
    (REGISTER, "main"),
    (MIGRATION, "main"),
    (TEKUN, "main"),
)
#: Yuan for a bed and month; the nights a month counts from; the age a resident counts from.
_A_BED, _NIGHTS, _AGE = 130, 15, 60


def claim_lines(book: Book, month: date, day: date) -> pl.DataFrame:
    """Returns the stays of ``month``: stay_id, institution_id, reason (null where the bed is paid for),
    amount.

    As asked at the end of ``day``. A month that is not over has no claim yet.
    """
    stays = _stays(book, month, day).filter(pl.lit(last_day_of_month(month) <= day))
    ends = stays["month_end"]
    reasons = {
        "resident_dead": stays["id_number"].is_in(_dead(book, day, last_day_of_month(month)).implode()),
        "two_homes": stays["stay_id"].is_in(_elsewhere(stays).implode()),
        "under_age": _birthday(stays["id_number"], _AGE) > ends,
        "non_local": stays["id_number"].is_in(_from_elsewhere(book, day, last_day_of_month(month)).implode()),
        "state_supported": stays["id_number"].is_in(_supported(book, month, day).implode()),
    }
    reason = pl.coalesce(*(pl.when(holds).then(pl.lit(name)) for name, holds in reasons.items()))
    stays = _once(stays.with_columns(reason.alias("reason")))
    return _within_beds(stays).select(
        "stay_id",
        "institution_id",
        "reason",
        pl.when(pl.col("reason").is_null()).then(_A_BED).otherwise(0).alias("amount"),
    )


def _stays(book: Book, month: date, day: date) -> pl.DataFrame:
    """Stays that touch the month with their first and last night in it; the day of leaving has no night."""
    end = last_day_of_month(month)
    homes = visible_rows(book, ELDER_CARE, "institution", day).select("institution_id", "approved_beds")
    stays = visible_rows(book, ELDER_CARE, "stay", day).join(homes, on="institution_id")
    left = pl.col("checked_out_on")
    stays = stays.filter(pl.col("checked_in_on") <= end, left.is_null() | (left > month))
    first = pl.max_horizontal("checked_in_on", pl.lit(month))
    last = pl.min_horizontal(left - timedelta(days=1), pl.lit(end))
    return stays.with_columns(
        first.alias("first"), last.alias("last"), pl.lit(end).alias("month_end")
    ).with_columns(((pl.col("last") - pl.col("first")).dt.total_days() + 1).alias("nights"))


def _once(stays: pl.DataFrame) -> pl.DataFrame:
    """Counts each night once: a resident has one bed in a home, and nights of all entries go to the first
    entry.
    """
    good = stays.filter(pl.col("reason").is_null()).sort("checked_in_on", "stay_id")
    slept = good.select(
        "stay_id", "id_number", "institution_id", night=pl.date_ranges("first", "last", closed="both")
    )
    slept = slept.filter(good["nights"] > 0).explode("night")
    key = ("id_number", "institution_id")
    first = slept.group_by(*key, "night", maintain_order=True).agg(pl.col("stay_id").first().alias("_had_by"))
    together = first.group_by(*key).agg(pl.len().alias("_nights"))
    repeated = slept.join(first, on=(*key, "night")).filter(pl.col("stay_id") != pl.col("_had_by"))["stay_id"]
    bearing = slept.unique(key, keep="first", maintain_order=True)["stay_id"]
    stays = stays.join(together, on=key, how="left", maintain_order="left")
    few = (pl.col("nights") <= 0) | (pl.col("_nights").fill_null(0) < _NIGHTS)
    reason = (
        pl.when(pl.col("reason").is_not_null())
        .then("reason")
        .when(few)
        .then(pl.lit("too_few_days"))
        .when(pl.col("stay_id").is_in(bearing.implode()))
        .then(pl.lit(None, dtype=pl.String))
        .when(pl.col("stay_id").is_in(repeated.implode()))
        .then(pl.lit("entered_twice"))
        .otherwise(pl.lit("counted_together"))
    )
    return stays.with_columns(reason.alias("reason"))


def _dead(book: Book, day: date, end: date) -> pl.Series:
    """Returns who had died by the end of the month, as the police or a funeral home know on ``day``."""
    told = [
        visible_rows(book, feed_id, "main", day).select("id_number", "death_date")
        for feed_id in (POLICE, FUNERAL)
    ]
    deaths = pl.concat(told).filter(pl.col("id_number").is_not_null())
    real = deaths["death_date"] >= _birthday(deaths["id_number"], 0)
    return deaths.filter(real, pl.col("death_date") <= end)["id_number"]


def _birthday(numbers: pl.Series, age: int) -> pl.Series:
    """Returns the day on which the holders of these numbers reach an age; for 29 February, the 28th."""
    born = numbers.str.slice(6, 8).str.to_date("%Y%m%d")
    return pl.select(born.dt.offset_by(f"{age}y")).to_series()


def _elsewhere(stays: pl.DataFrame) -> pl.Series:
    """Stays with a night on which the resident was entered in another home too."""
    own = stays.filter(pl.col("nights") > 0).select("stay_id", "id_number", "institution_id", "first", "last")
    pairs = own.join(own, on="id_number", suffix="_other").filter(
        pl.col("institution_id") != pl.col("institution_id_other"),
        pl.col("first") <= pl.col("last_other"),
        pl.col("first_other") <= pl.col("last"),
    )
    return pairs["stay_id"]


def _from_elsewhere(book: Book, day: date, end: date) -> pl.Series:
    """Returns who did not live in the city at the ``end`` of a month, by the register's answer or the last
    move.

    People who moved out later did live there, whatever the register answers now.
    """
    answers = visible_rows(book, REGISTER, "main", day)
    away = ~pl.col("register_district").str.starts_with(CITY)
    status = pl.col("register_status")
    answered = answers.filter(
        status.is_in(["not_found", "moved_out"]) | ((status == "normal") & away.fill_null(False))
    )
    moves = visible_rows(book, MIGRATION, "main", day).filter(pl.col("moved_on") <= day)
    moves = moves.with_columns((pl.col("direction") == "in").alias("_in"))
    latest = moves.sort("moved_on", "_in", maintain_order=True).unique("id_number", keep="last")
    gone = latest.filter(
        pl.col("direction") == "out", ~pl.col("to_district").str.starts_with(CITY).fill_null(True)
    )
    later = gone.filter(pl.col("moved_on") > end)["id_number"]
    away_then = pl.concat([answered["id_number"], gone["id_number"]])
    return away_then.filter(~away_then.is_in(later.implode()))


def _supported(book: Book, month: date, day: date) -> pl.Series:
    """Returns who had a case of extreme-difficulty support on some day of the month."""
    cases = visible_rows(book, TEKUN, "main", day)
    over = pl.col("stop_date")
    return cases.filter(pl.col("start_date") <= last_day_of_month(month), over.is_null() | (over >= month))[
        "id_number"
    ]


def _within_beds(stays: pl.DataFrame) -> pl.DataFrame:
    """Marks, among stays in order, the last arrivals beyond the approved beds."""
    good = pl.col("reason").is_null()
    places = pl.col("stay_id").cum_count().over("institution_id", "reason")
    sorted_stays = stays.sort("checked_in_on", "stay_id").with_columns(places.alias("_place"))
    return sorted_stays.with_columns(
        pl.when(good & (pl.col("_place") > pl.col("approved_beds")))
        .then(pl.lit("over_beds"))
        .otherwise("reason")
        .alias("reason")
    )

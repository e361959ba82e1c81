"""Builds a city: what every department holds, and what is true in it."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from connectors.catalogue import Feed, load_catalogue, load_feed
from sandbox.city.answers import replies
from sandbox.city.ground.book import Book
from sandbox.city.ground.defects import damage_rows
from sandbox.city.ground.people import make_people
from sandbox.city.means import assets, business, facts, funds, homes, incomes, vehicles
from sandbox.city.misfortunes import (
    cancelled,
    couples,
    custody,
    deaths,
    disability,
    duplicates,
    injuries,
    insiders,
    numberless,
    numbers,
    renames,
)
from sandbox.city.money import amounts, fates, funerals, payouts
from sandbox.city.registries import (
    applications,
    households,
    organisations,
    phase_outs,
    platform,
    register,
    registries,
    reviews,
    single_persons,
    stays,
    streets,
)

#: Raised when the same arguments would give another city.
VERSION = 17


@dataclass(frozen=True)
class CityPaths:
    """Where the files of a city are: feeds/<feed_id>/<table>.parquet, truth, linkage and amounts.parquet,
    city.json.
    """

    root: Path

    def table(self, feed_id: str, table: str = "main") -> Path:
        """Returns the file of a feed's table."""
        return self.root / "feeds" / feed_id / f"{table}.parquet"

    @property
    def truth(self) -> Path:
        """Returns the file of what must be found."""
        return self.root / "truth.parquet"

    @property
    def linkage(self) -> Path:
        """Returns the file of who the dead without a number are."""
        return self.root / "linkage.parquet"

    @property
    def amounts(self) -> Path:
        """Returns the file of the amounts."""
        return self.root / "amounts.parquet"


def city_paths(home: Path, seed: int, scale: float, epoch: date) -> CityPaths:
    """Returns where the city of these arguments is, or will be."""
    return CityPaths(home / "sandbox" / f"city-{seed}-{scale:g}-{epoch:%Y%m%d}-v{VERSION}")


def build_city(home: Path, seed: int, scale: float, epoch: date) -> CityPaths:
    """Builds the city of these arguments unless it is there already. Atomic: it is complete or absent.

    A city that lacks a declared table, or a column of one, was built before the feed was declared so. It is
    built anew.
    """
    paths = city_paths(home, seed, scale, epoch)
    if paths.truth.exists() and not any(_lacks(paths, feed) for feed in load_catalogue().values()):
        return paths
    temporary = paths.root.with_name(f"{paths.root.name}.{os.getpid()}.part")
    shutil.rmtree(temporary, ignore_errors=True)
    book = fill_book(seed, scale, epoch)
    _write(book, CityPaths(temporary))
    facts = {"seed": seed, "scale": scale, "epoch": epoch.isoformat(), "version": VERSION}
    (temporary / "city.json").write_text(json.dumps(facts), encoding="utf-8")
    shutil.rmtree(paths.root, ignore_errors=True)
    temporary.rename(paths.root)
    return paths


def _lacks(paths: CityPaths, feed: Feed) -> bool:
    for table in feed.tables:
        path = paths.table(feed.feed_id, table.name)
        if not path.exists() or {c.name for c in table.columns} - set(pl.read_parquet_schema(path)):
            return True
    return False


def fill_book(seed: int, scale: float, epoch: date) -> Book:
    """Plants and fills everything, in the order that lets each step know whom earlier steps have taken."""
    book = Book(make_people(seed, scale, epoch))
    for registry in (
        households.fill_dibao,
        single_persons.fill_dibao,
        streets.fill_dibao,
        households.fill_low_income,
        registries.fill_tekun,
        registries.fill_orphans,
    ):
        registry(book)
    twice = duplicates.plant_duplicates(book)
    duplicates.expect_age_bands(book)
    registries.fill_allowances(book)
    registries.fill_old_age(book)
    owners = numbers.plant_cases(book)
    renames.plant_cases(book)
    duplicates.expect_twice(book, twice)
    dead = deaths.plant_positives(book)
    deaths.plant_after_epoch(book)
    deaths.plant_near_misses(book)
    numberless.plant_cases(book)
    funerals.plant_cases(book)
    deaths.fill_up(book)
    _hukou(book)
    _custody_and_business(book, owners)
    insiders.plant_cases(book)
    disability.plant_cases(book)
    couples.plant_cases(book)
    incomes.plant_cases(book)
    for means in (vehicles, homes, funds, assets):
        means.plant_cases(book)
    wrong = fates.plant_fates(book)
    phase_outs.plant_cases(book)
    injuries.plant_cases(book)
    settled = reviews.plant_cases(book, dead)
    applications.fill_applications(book)
    organisations.plant_organisations(book)
    stays.fill_care_homes(book)
    registries.fill_up_closed_cases(book)
    households.fill_up_closed_cases(book)
    platform.fill_authorisations(book)
    payouts.fill_payments(book, wrong)
    streets.expect_jumps(book)
    platform.fill_liveness(book, settled)
    replies.fill_replies(book)
    replies.fill_marriages(book)
    facts.fill_up_certificates(book)
    facts.fill_up_facts(book)
    return book


def _hukou(book: Book) -> None:
    own_rows = (
        cancelled.plant_positives(book) + register.plant_positives(book) + register.plant_unanswered(book)
    )
    register.plant_after_epoch(book)
    register.plant_near_misses(book)
    cancelled.plant_withdrawn_notices(book, register.fill_up(book, own_rows))


def _custody_and_business(book: Book, owners: pl.DataFrame) -> None:
    custody.plant_positives(book)
    custody.plant_near_misses(book)
    custody.fill_up(book)
    codes = business.Codes(book)
    business.plant_positives(book, codes)
    business.plant_under_former_numbers(book, codes, owners)
    business.plant_after_epoch(book, codes)
    business.plant_near_misses(book, codes)
    business.fill_up(book, codes)


def _write(book: Book, paths: CityPaths) -> None:
    for (feed_id, table), frames in book.rows.items():
        feed = load_feed(feed_id)
        path = paths.table(feed_id, table)
        path.parent.mkdir(parents=True, exist_ok=True)
        damage_rows(book.city, feed, feed.table(table), pl.concat(frames)).write_parquet(path)
    absent = [f for f, d in load_catalogue().items() for t in d.tables if (f, t.name) not in book.rows]
    if absent:
        raise ValueError(f"the city holds nothing for {absent}")
    pl.concat(book.numberless).write_parquet(paths.linkage)
    pl.concat(book.truth).write_parquet(paths.truth)
    amounts.true_amounts(book).write_parquet(paths.amounts)

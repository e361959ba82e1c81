"""Builds a city: what every department holds, and what is true in it."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from connectors.catalogue import load_catalogue, load_feed
from sandbox.city.answers import replies
from sandbox.city.ground.book import Book
from sandbox.city.ground.defects import damaged
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
    """Where a city lies: feeds/<feed_id>/<table>.parquet, truth, linkage and amounts.parquet, city.json."""

    root: Path

    def table(self, feed_id: str, table: str = "main") -> Path:
        return self.root / "feeds" / feed_id / f"{table}.parquet"

    @property
    def truth(self) -> Path:
        return self.root / "truth.parquet"

    @property
    def linkage(self) -> Path:
        return self.root / "linkage.parquet"

    @property
    def amounts(self) -> Path:
        return self.root / "amounts.parquet"


def city_paths(home: Path, seed: int, scale: float, epoch: date) -> CityPaths:
    return CityPaths(home / "sandbox" / f"city-{seed}-{scale:g}-{epoch:%Y%m%d}-v{VERSION}")


def build_city(home: Path, seed: int, scale: float, epoch: date) -> CityPaths:
    """The city for these arguments, built unless it is there already. Atomic: it is whole or absent."""
    paths = city_paths(home, seed, scale, epoch)
    if paths.truth.exists():
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


def fill_book(seed: int, scale: float, epoch: date) -> Book:
    """Everything in the order that lets each step know whom earlier steps have taken."""
    book = Book(make_people(seed, scale, epoch))
    for registry in (
        households.dibao,
        single_persons.dibao,
        streets.dibao,
        households.low_income,
        registries.tekun,
        registries.orphans,
    ):
        registry(book)
    twice = duplicates.duplicates(book)
    duplicates.age_bands(book)
    registries.allowances(book)
    registries.old_age(book)
    owners = numbers.planted(book)
    renames.planted(book)
    duplicates.expect_twice(book, twice)
    dead = deaths.planted(book)
    deaths.later(book)
    deaths.decoys(book)
    numberless.planted(book)
    funerals.planted(book)
    deaths.background(book)
    _hukou(book)
    _custody_and_business(book, owners)
    insiders.insiders(book)
    disability.planted(book)
    couples.planted(book)
    incomes.planted(book)
    for means in (vehicles, homes, funds, assets):
        means.planted(book)
    wrong = fates.fates(book)
    phase_outs.planted(book)
    injuries.planted(book)
    settled = reviews.planted(book, dead)
    applications.applications(book)
    organisations.organisations(book)
    stays.care_homes(book)
    registries.closed_cases(book)
    households.closed_cases(book)
    platform.authorisations(book)
    payouts.payments(book, wrong)
    streets.expected(book)
    platform.liveness(book, settled)
    replies.replies(book)
    replies.marriages(book)
    facts.certificates_of(book)
    facts.facts_of(book)
    return book


def _hukou(book: Book) -> None:
    own_rows = cancelled.planted(book) + register.planted(book) + register.unanswered(book)
    register.later(book)
    register.came_back(book)
    cancelled.mistaken(book, register.background(book, own_rows))


def _custody_and_business(book: Book, owners: pl.DataFrame) -> None:
    custody.planted(book)
    custody.decoys(book)
    custody.background(book)
    codes = business.Codes(book)
    business.planted(book, codes)
    business.under_former_numbers(book, codes, owners)
    business.later(book, codes)
    business.decoys(book, codes)
    business.background(book, codes)


def _write(book: Book, paths: CityPaths) -> None:
    for (feed_id, table), frames in book.rows.items():
        feed = load_feed(feed_id)
        path = paths.table(feed_id, table)
        path.parent.mkdir(parents=True, exist_ok=True)
        damaged(book.city, feed, feed.table(table), pl.concat(frames)).write_parquet(path)
    absent = [f for f, d in load_catalogue().items() for t in d.tables if (f, t.name) not in book.rows]
    if absent:
        raise ValueError(f"the city holds nothing for {absent}")
    pl.concat(book.numberless).write_parquet(paths.linkage)
    pl.concat(book.truth).write_parquet(paths.truth)
    amounts.amounts(book).write_parquet(paths.amounts)

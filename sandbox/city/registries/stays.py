"""Fills care homes: residents, people who should not be there any more, and homes with too many people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Unpack

import polars as pl

from sandbox.city.ground.book import ALWAYS, Book, Span
from sandbox.city.ground.clock import last_complete_month, month_before
from sandbox.city.ground.divisions import some_communities
from sandbox.city.ground.fill import draw_times, number_codes
from sandbox.city.ground.ids import credit_codes
from sandbox.city.ground.later_versions import change_rows
from sandbox.city.misfortunes import deaths
from sandbox.city.registries import register

FEED = "civil_affairs__elder_care"
_RULE = "elder_occupancy"
_PLACES = ["和平", "沈河", "大东", "皇姑", "铁西", "苏家屯", "浑南", "沈北", "于洪", "辽中"]
_WORDS = ["颐养院", "老年公寓", "养老服务中心", "敬老院"]
#: Beds of the small homes whose residents are counted one by one.
_BEDS = 3


def fill_care_homes(book: Book) -> None:
    """Adds about 220 homes and 80,000 stays at the full city; every other home has beds to spare."""
    rng = book.city.rng("elder care")
    n = book.city.n(220, 4)
    large, small = number_codes("YLJG", n), _small_homes(book)
    _plant_residents(book, large)
    people = book.people_left("care_home").head(max(4, book.missing(FEED, "stay")))
    gone = book.dates(rng, people.height, -190, -20)
    left = pl.Series(rng.random(people.height) < 0.6)
    _stays(
        book, people, large.gather(rng.integers(0, n, people.height)), out=gone.zip_with(left, _no_day(gone))
    )
    spare = pl.Series(rng.integers(5, 120, n))
    running = pl.concat(book.rows[(FEED, "stay")]).filter(
        pl.col("checked_out_on").is_null() | (pl.col("checked_out_on") > book.epoch)
    )
    counts = running.group_by("institution_id").len()
    beds = pl.DataFrame({"institution_id": large}).join(
        counts, on="institution_id", how="left", maintain_order="left"
    )
    _institutions(book, large, beds["len"].fill_null(0).cast(pl.Int64) + spare)
    for home, at in small.items():
        _institutions(book, pl.Series([home]), pl.Series([_BEDS]), at)


def _no_day(like: pl.Series) -> pl.Series:
    return pl.repeat(None, len(like), dtype=pl.Date, eager=True)


def _institutions(book: Book, homes: pl.Series, beds: pl.Series, uscc: str | None = None) -> None:
    n, first = len(homes), book.height(FEED, "institution")
    rng = book.city.rng(f"homes {first}")
    codes = pl.Series([uscc]) if uscc else credit_codes(rng, n, "52")
    names = [f"沈阳市{_PLACES[i % 10]}{i + 1}号{_WORDS[i % 4]}" for i in range(first, first + n)]
    book.add(
        FEED,
        pl.DataFrame(
            {
                "institution_id": homes,
                "institution_name": names,
                "uscc": codes,
                "region_code": some_communities(rng, n),
                "approved_beds": beds,
                "opened_on": book.dates(rng, n, -6000, -1600),
            }
        ),
        table="institution",
    )


def _stays(
    book: Book,
    people: pl.DataFrame,
    homes: pl.Series | str,
    *,
    came: pl.Series | date | None = None,
    out: pl.Series | date | None = None,
) -> pl.Series:
    """Adds one stay each, entered on the day of arrival or of departure; returns their numbers."""
    n, first = people.height, book.height(FEED, "stay")
    rng = book.city.rng(f"stays {first}")
    arrived = came if isinstance(came, pl.Series) else book.dates(rng, n, -1500, -200)
    arrived = pl.repeat(came, n, dtype=pl.Date, eager=True) if isinstance(came, date) else arrived
    left = out if isinstance(out, pl.Series) else pl.repeat(out, n, dtype=pl.Date, eager=True)
    numbers = number_codes("RZ", n, start=first + 1)
    book.add(
        FEED,
        people.select("id_number", "full_name").with_columns(
            numbers.alias("stay_id"),
            (homes if isinstance(homes, pl.Series) else pl.lit(homes)).alias("institution_id"),
            arrived.alias("checked_in_on"),
            left.alias("checked_out_on"),
            number_codes("", n, start=first + 101, width=3).alias("bed_no"),
            draw_times(rng, pl.select(pl.coalesce(left, arrived)).to_series()).alias("updated_at"),
        ),
        table="stay",
    )
    return numbers.alias("stay_id")


def _events(prefix: str, stays: pl.Series, *more: pl.Series) -> pl.Series:
    numbers = pl.concat_str(stays, *more, separator="+")
    return pl.select(pl.concat_str(pl.lit(prefix), numbers)).to_series()


def _expect(book: Book, people: pl.DataFrame, events: pl.Series, sub_type: str, **when: Unpack[Span]) -> None:
    book.expect(_RULE, people["id_number"], events, sub_type, **when)


def _some(book: Book, full: int, cohort: str = "care_home") -> pl.DataFrame:
    return book.take_people(cohort, book.city.n(full))


def _plant_residents(book: Book, homes: pl.Series) -> None:
    """Plants about 150 residents at the full city."""
    _dead(book, homes[0])
    _twice(book, homes[0], homes[1])
    _young(book, homes[2])
    _from_elsewhere(book, homes[3])
    _subsidised(book, homes[0], homes[1])


def _dead(book: Book, home: str) -> None:
    """Plants dead residents. A death counts from the day after; whoever moved out before it is in order."""
    for full, died, out in ((25, -20, None), (6, 0, None), (8, 3, None), (8, -20, -30)):
        people = _some(book, full)
        day = book.day(died)
        stays = _stays(book, people, home, out=book.day(out) if out else None)
        on = pl.repeat(day, people.height, dtype=pl.Date, eager=True)
        deaths.add_police_notices(book, people, on, on)
        if out is None:
            _expect(book, people, _events("dead:", stays), "resident_dead", since=book.day(died + 1))
    people, day = _some(book, 6), book.day(4)
    on = book.dates(book.city.rng("dead residents"), people.height, -60, -30)
    deaths.add_cremations(book, people, on, on, "HHR")
    stays = _stays(book, people, home)
    change_rows(book, FEED, stays, day, "stay", checked_out_on=day)
    _expect(book, people, _events("dead:", stays), "resident_dead", until=day)


def _twice(book: Book, home: str, other: str) -> None:
    """Plants residents of two homes on one night. Decoys: a move on the day, and two entries at one home."""
    for full, second, moved, found in (
        (20, other, False, True),
        (8, other, True, False),
        (8, home, False, False),
    ):
        people, day = _some(book, full), book.day(-40)
        stays = _stays(book, people, home, out=day if moved else None)
        later = _stays(book, people, second, came=day)
        if found:
            _expect(book, people, _events("two:", stays, later), "two_homes")
        if second == home:
            _expect(book, people, _events("twice:", stays, later), "entered_twice")
    people, day = _some(book, 6), book.day(5)
    stays, later = _stays(book, people, home), _stays(book, people, other, came=book.day(-3))
    change_rows(book, FEED, stays, day, "stay", checked_out_on=day)
    _expect(book, people, _events("two:", stays, later), "two_homes", until=day)
    people, day = _some(book, 6), book.day(2)
    stays, later = _stays(book, people, home), _stays(book, people, other, came=day)
    _expect(book, people, _events("two:", stays, later), "two_homes", since=day)


def _young(book: Book, home: str) -> None:
    people = _some(book, 20, "home_young")
    _expect(book, people, _events("age:", _stays(book, people, home)), "under_age")
    people = _some(book, 8, "home_young")
    _stays(book, people, home, out=book.day(-40))


def _from_elsewhere(book: Book, home: str) -> None:
    """Plants residents the police place elsewhere. People without an answer get no expectation."""
    rng = book.city.rng("residents from elsewhere")
    for full, status, found in ((15, "normal", True), (5, "moved_out", True), (5, "not_found", True)):
        people = _some(book, full)
        away = register.outside_districts(rng, people.height) if status == "normal" else None
        register.add_register_rows(book, people, status, away)
        stays = _stays(book, people, home)
        if found:
            _expect(book, people, _events("hukou:", stays), "non_local")
    people = _some(book, 8)
    register.add_register_rows(book, people, "normal")
    _stays(book, people, home)


def _subsidised(book: Book, home: str, other: str) -> None:
    """Plants stays that break no rule and change what the home is paid: nights of the month, at a stretch and
    in two parts, people the state keeps, and people who came to another home and left it on the same day.
    """
    month = month_before(last_complete_month(book.epoch), 1)
    for nights in (15, 14):
        _stays(book, _some(book, 8), home, out=month + timedelta(days=nights))
    old = pl.col("birth_date") < book.day(-62 * 366)
    _stays(book, book.take_people("tekun", book.city.n(6), old), home)
    _stays(
        book,
        book.take_people("tekun", book.city.n(3), ~old & (pl.col("birth_date") > book.day(-58 * 365))),
        home,
    )
    for left, back, out in ((7, 14, 21), (7, 14, 22), (13, 16, 28)):  # with a break: 14 nights, 15, 25
        people = _some(book, 4)
        _stays(book, people, home, out=month + timedelta(days=left))
        _stays(book, people, home, came=month + timedelta(days=back), out=month + timedelta(days=out))
    # a night that two entries share counts once
    people = _some(book, 4)
    _stays(book, people, home, out=month + timedelta(days=8))
    _stays(book, people, home, came=month + timedelta(days=7), out=month + timedelta(days=14))
    people = _some(book, 4)
    _stays(book, people, home)
    _stays(book, people, other, came=month, out=month)


def _small_homes(book: Book) -> dict[str, str]:
    """Homes with one resident too many, full ones, and one that has room again; their credit codes."""
    homes = {}
    kinds = [(1, None), (0, None), (1, 4)] * book.city.n(4)
    names = number_codes("YLJGX", len(kinds))
    codes = credit_codes(book.city.rng("small homes"), len(kinds), "52")
    for (more, leaves), home, code in zip(kinds, names, codes, strict=True):
        stays = _stays(book, book.take_people("care_home", _BEDS + more), home)
        day = book.day(leaves) if leaves else None
        if day:
            change_rows(book, FEED, stays.head(1), day, "stay", checked_out_on=day)
        if more:
            book.expect(_RULE, pl.Series([code]), "beds", "over_beds", since=ALWAYS, until=day)
        homes[home] = code
    return homes

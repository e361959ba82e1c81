"""A dozen invented departments whose data lives on day by day, and what they deliver about a day.

A delivery is fixed by (seed, feed, day, version): asking again gives the same bytes, a correction is the
next version. Departments know no order of asking, so a day can be fetched whenever one likes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from connectors.catalogue import Feed
from connectors.delivery import DecodedChunk
from tests.support.fakes import chunk
from tests.support.hand_made_world import World

FIRST_DAY = date(2020, 5, 1)
PEOPLE = 30
#: Districts of the city and one outside.
_DISTRICTS = ("210102000000", "210103000000", "110101000000")
_NAMES = ("张三", "王德福", "李?", "欧阳娜")
Row = dict[str, Any]


def _people() -> list[str]:
    world = World()
    return [world.person(date(1930 + 3 * n, 1 + n % 12, 1 + n % 28)) for n in range(PEOPLE)]


RESIDENTS = _people()


@dataclass(frozen=True)
class Source:
    """One raw table of a feed: how many keys its department uses, and the row of a key on a day."""

    table: str
    keys: int
    row: Callable[[random.Random, int, date], Row]


def _benefit(key: str, **shape: Any) -> Callable[[random.Random, int, date], Row]:
    def row(rng: random.Random, number: int, day: date) -> Row:
        stopped = rng.random() < 0.25
        return {
            key: f"K{number}",
            "id_number": RESIDENTS[number % PEOPLE],
            "full_name": rng.choice(_NAMES[:2]),
            "status": "stopped" if stopped else "active",
            "start_date": date(2019, 1 + number % 12, 1),
            "stop_date": day - timedelta(days=rng.randrange(20)) if stopped else None,
            "household_id": f"H{number // 3}",
            **shape,
        }

    return row


def _register(rng: random.Random, number: int, day: date) -> Row:
    return {
        "id_number": RESIDENTS[number],
        "full_name": rng.choice(_NAMES),
        "register_district": rng.choice(_DISTRICTS),
        "register_status": rng.choice(("normal", "normal", "moved_out", "cancelled_death")),
    }


def _death(rng: random.Random, number: int, day: date) -> Row:
    died = day - timedelta(days=rng.randrange(60))
    return {
        "cremation_no": f"C{number}", "id_number": RESIDENTS[rng.randrange(PEOPLE)],
        "full_name": rng.choice(_NAMES), "death_date": died, "cremated_on": died + timedelta(days=2),
    }  # fmt: skip


def _cancellation(rng: random.Random, number: int, day: date) -> Row:
    died = day - timedelta(days=rng.randrange(60))
    return {
        "id_number": RESIDENTS[number], "full_name": rng.choice(_NAMES),
        "death_date": died, "cancelled_on": died + timedelta(days=5),
    }  # fmt: skip


def _prison(rng: random.Random, number: int, day: date) -> Row:
    begin = day - timedelta(days=rng.randrange(400))
    return {
        "id_number": RESIDENTS[number], "full_name": rng.choice(_NAMES), "sentence_start": begin,
        "sentence_end": begin + timedelta(days=rng.randrange(30, 700)),
        "released_on": rng.choice((None, None, begin + timedelta(days=20))),
    }  # fmt: skip


def _detention(rng: random.Random, number: int, day: date) -> Row:
    begin = day - timedelta(days=rng.randrange(40))
    return {
        "id_number": RESIDENTS[number], "full_name": rng.choice(_NAMES), "custody_start": begin,
        "custody_end": rng.choice((None, begin + timedelta(days=15))),
    }  # fmt: skip


def _move(rng: random.Random, number: int, day: date) -> Row:
    return {
        "id_number": RESIDENTS[number], "full_name": _NAMES[0], "direction": rng.choice(("in", "out")),
        "moved_on": day - timedelta(days=rng.randrange(3)), "to_district": rng.choice(_DISTRICTS),
    }  # fmt: skip


def _business(rng: random.Random, number: int, day: date) -> Row:
    cancelled = rng.random() < 0.3
    return {
        "uscc": f"U{number}", "id_number": RESIDENTS[number], "full_name": rng.choice(_NAMES),
        "role": rng.choice(("legal_representative", "shareholder")),
        "registration_status": "cancelled" if cancelled else "operating",
        "established_on": date(2018, 3, 1), "cancelled_on": day if cancelled else None,
    }  # fmt: skip


def _relative(rng: random.Random, number: int, day: date) -> Row:
    return {
        "record_no": f"R{number}", "relative_id_number": RESIDENTS[number],
        "relative_name": rng.choice(_NAMES), "has_approval_rights": rng.random() < 0.5,
    }  # fmt: skip


def _application(rng: random.Random, number: int, day: date) -> Row:
    return {
        "application_id": f"A{number}", "id_number": RESIDENTS[number], "full_name": rng.choice(_NAMES),
        "matter": "dibao", "accepted_on": date(2020, 3, 1 + number), "status": rng.choice(("open", "done")),
    }  # fmt: skip


SOURCES: dict[str, tuple[Source, ...]] = {
    "civil_affairs__dibao": (
        Source("main", 24, _benefit("member_id")),
        Source("staff_relative", 6, _relative),
    ),
    "civil_affairs__tekun": (Source("main", 10, _benefit("case_id", person_class="elderly")),),
    "civil_affairs__orphan": (Source("main", 8, _benefit("case_id")),),
    "civil_affairs__cremation": (Source("main", 8, _death),),
    "public_security__household_register": (Source("main", PEOPLE, _register),),
    "public_security__death_cancellation": (Source("main", 10, _cancellation),),
    "public_security__prison": (Source("main", 8, _prison),),
    "public_security__detention": (Source("main", 8, _detention),),
    "public_security__migration": (Source("main", 12, _move),),
    "market_regulation__enterprise": (Source("main", 10, _business),),
    "platform__application": (Source("main", 8, _application),),
}


def delivery(seed: int, feed: Feed, day: date, version: int) -> list[DecodedChunk]:
    """What the department says about ``day`` in its ``version``-th telling, table by table."""
    chunks = []
    for source in SOURCES[feed.feed_id]:
        rng = random.Random(f"{seed}|{feed.feed_id}|{source.table}|{day}|{version}")
        chunks.append(chunk(feed, _rows(feed, source, rng, day), table=source.table))
    return chunks


def _rows(feed: Feed, source: Source, rng: random.Random, day: date) -> Sequence[Row]:
    # a delta and events name few keys, and repeat some of the day before; a whole state names most
    share = 0.85 if feed.mode in ("snapshot", "query_reply") else (0.9 if day == FIRST_DAY else 0.2)
    numbers = [n for n in range(source.keys) if rng.random() < share]
    rows = []
    for number in numbers:
        about = day - timedelta(days=1) if feed.mode != "snapshot" and rng.random() < 0.2 else day
        # what is repeated is repeated word for word: its draw must not hang on today's
        fact = random.Random(f"{feed.feed_id}|{source.table}|{number}|{about}|{rng.random() < 0.1}")
        rows.append(_complete(feed, source, source.row(fact, number, about), fact, about))
    return rows


def _complete(feed: Feed, source: Source, row: Row, rng: random.Random, day: date) -> Row:
    world = World()
    table = feed.raw_table(feed.table(source.table))
    names = {c.name for c in feed.table(source.table).columns}
    given = {name: value for name, value in row.items() if name in names}
    if "operation" in names:
        given["operation"] = "delete" if rng.random() < 0.1 else "update"
        given["updated_at"] = datetime.combine(day, time(8)) + timedelta(minutes=rng.randrange(600))
    world.add(table, day, **given)
    (filled,) = world.rows[table, day]
    if isinstance(filled.get("updated_at"), str):
        filled["updated_at"] = datetime.fromisoformat(filled["updated_at"])
    return filled

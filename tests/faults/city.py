"""A few days of a very small hub: three feeds of different modes, corrections, and a publication a day.

Every step is a function of its place alone, so a step that is run again does the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from connectors.catalogue import Feed
from connectors.delivery import DecodedChunk
from tests.support.candidates import Row, evidence, hit, put, unanswered, warning
from tests.support.fakes import DAY, DELTA, EVENTS, SNAPSHOT, Department, chunk
from warehouse.intake.load_feed import load_feed
from warehouse.publication.publish import publish
from warehouse.settings import Settings

FEEDS = (SNAPSHOT, DELTA, EVENTS)
_WARNINGS = 40


@dataclass(frozen=True)
class Step:
    """``what`` is a feed id, or ``publish``. ``version`` above 0 is a correction of that day."""

    what: str
    day: int
    version: int = 0

    @property
    def as_of(self) -> date:
        return DAY + timedelta(days=self.day)

    def __str__(self) -> str:
        return f"{self.what} of {self.as_of}" + (f", corrected {self.version}" if self.version else "")

    def prepare(self, settings: Settings) -> None:
        """What dbt would have built."""
        if self.what == "publish":
            warnings, hits, missing = _candidates(self.day)
            put(settings, warnings, hits, missing, day=self.as_of)

    def run(self, settings: Settings, watch: Watch) -> None:
        if self.what == "publish":
            publish(self.as_of, settings)
            return
        department = _Watched(self, watch)
        load_feed(
            self.what,
            self.as_of,
            settings,
            refresh=self.version > 0,
            puller=department.pull,
            decoder=department.decode,
        )


class Watch:
    """Is told of every boundary inside a step."""

    def boundary(self) -> None:
        """Called between any two things a step does."""


class _Watched(Department):
    """A department that gives its rows in two chunks; a boundary lies before and after each."""

    def __init__(self, step: Step, watch: Watch) -> None:
        super().__init__(lambda feed: _chunks(feed, step), content=str(step))
        self._watch = watch

    def pull(self, *arguments: Any) -> Any:
        self._watch.boundary()
        delivery = super().pull(*arguments)
        self._watch.boundary()
        return delivery

    def decode(self, feed: Feed, delivery: Any) -> Iterator[DecodedChunk]:
        for each in super().decode(feed, delivery):
            self._watch.boundary()
            yield each


def steps(days: int) -> list[Step]:
    """Each day its feeds and a publication; from the second day on, yesterday is also corrected."""
    found = []
    for day in range(days):
        found += [Step(feed, day) for feed in FEEDS]
        if day:
            found.append(Step(FEEDS[day % len(FEEDS)], day - 1, version=day))
        found.append(Step("publish", day))
    return found


def _chunks(feed: Feed, step: Step) -> Sequence[DecodedChunk]:
    rows = [_row(feed.feed_id, number, step) for number in range(30 + step.day)]
    return [
        chunk(feed, rows[:20], bad=2),
        chunk(feed, rows[20:], bad=1, first=23),
    ]


def _row(feed_id: str, number: int, step: Step) -> dict[str, Any]:
    # two days of a delta or of events overlap by twenty rows; a correction drops some and changes others
    shifted = number + (10 * step.day if feed_id != SNAPSHOT else 0) + (3 if step.version else 0)
    person = f"2101021960{shifted:08d}"
    values: dict[str, dict[str, Any]] = {
        SNAPSHOT: {"id_number": person, "custody_start": date(2020, 1, 1) + timedelta(days=step.day)},
        DELTA: {"cremation_no": f"H{shifted}", "id_number": person},
        EVENTS: {"id_number": person},
    }
    return values[feed_id]


def _candidates(day: int) -> tuple[list[Row], list[Row], list[Row]]:
    """Every day some warnings open, change, end and come back."""
    severity = ("red", "orange", "yellow")[day % 3]
    warnings = [
        warning(f"w{n}", severity=severity, evidence=evidence(day, fact=n if n % 5 else n + day))
        for n in range(_WARNINGS + day)
        if (n + day) % 7
    ]
    hits = [hit(f"h{n}", evidence=evidence(day, seen=day // 2)) for n in range(20) if (n + day) % 3]
    missing = [unanswered(f"p{n}") for n in range(10) if (n + day) % 2]
    return warnings, hits, missing

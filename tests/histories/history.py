"""Random histories: feeds come in time, late, twice, corrected, held and released, in any order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta

from connectors.catalogue import load_catalogue
from tests.histories.departments import FIRST_DAY, SOURCES, delivery
from tests.support.fakes import Department
from warehouse.intake import holds
from warehouse.intake.load_feed import load_feed
from warehouse.settings import Settings
from warehouse.store.connect import connect


@dataclass
class History:
    """One hub living through ``days`` days. ``log`` counts what happened to it."""

    seed: int
    days: int
    settings: Settings
    log: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._catalogue = load_catalogue()
        self._versions: Counter[tuple[str, date]] = Counter()
        self._late: list[tuple[str, date]] = []
        self._held: list[str] = []

    def live(self) -> Iterator[tuple[date, bool]]:
        """Lives a day, then yields it and whether the day is built; the last one always is."""
        for number in range(self.days):
            day = FIRST_DAY + timedelta(days=number)
            self._take_the_day(day)
            self._repair()
            yield day, number == self.days - 1 or self._rng.random() < 0.6

    def _take_the_day(self, day: date) -> None:
        feeds = sorted(SOURCES)
        self._rng.shuffle(feeds)
        for feed_id in feeds:
            if day != FIRST_DAY and self._rng.random() < 0.2:
                self._late.append((feed_id, day))
            else:
                self._load(feed_id, day, "in time")
            if self._rng.random() < 0.1:
                self._load(feed_id, day, "retried", refresh=self._rng.random() < 0.5)

    def _repair(self) -> None:
        """What a bureau does about the past: fetch what was late, ask for corrections, hold, release."""
        self._rng.shuffle(self._late)
        while self._late and self._rng.random() < 0.6:
            self._load(*self._late.pop(), "late")
        while self._rng.random() < 0.6:
            feed_id, day = self._rng.choice(sorted(self._versions))
            back = self._versions[feed_id, day] and self._rng.random() < 0.2
            self._versions[feed_id, day] += -1 if back else 1
            self._load(feed_id, day, "taken back" if back else "corrected", refresh=True)
        if self._rng.random() < 0.3:
            self._hold()
        if self._held and self._rng.random() < 0.5:
            self._release()

    def _load(self, feed_id: str, day: date, why: str, *, refresh: bool = False) -> None:
        version = self._versions[feed_id, day]
        department = Department(
            lambda feed: delivery(self.seed, feed, day, version), f"{self.seed}|{feed_id}|{day}|{version}"
        )
        result = load_feed(
            feed_id, day, self.settings, refresh=refresh, puller=department.pull, decoder=department.decode
        )
        self._versions[feed_id, day] = version  # from now on it can be corrected
        self.log[why if result.outcome == "loaded" else f"{why}, unchanged"] += 1
        self.log["rows"] += result.loaded

    def _hold(self) -> None:
        with closing(connect(self.settings)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("select batch_id::text from ops.feed_batches where status = 'loaded' order by 1")
            batch = self._rng.choice([row[0] for row in cursor.fetchall()])
        self.log["held"] += holds.mark_held([batch], "history", self.settings)
        self._held.append(batch)

    def _release(self) -> None:
        from warehouse.errors import GateStateError

        batch = self._held.pop(self._rng.randrange(len(self._held)))
        try:
            self.log["released"] += holds.release([batch], self.settings)
        except GateStateError:
            self.log["release refused"] += 1

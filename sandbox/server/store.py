"""Shares among the servers: the city, the clock, the switched habits, and rows already put into words."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import polars as pl

from connectors.catalogue.model import Feed, Table
from sandbox.render.habits import SWITCHES
from sandbox.render.served import rows_for
from sandbox.render.sheet import worded_rows

_KEPT_FRAMES = 24

_Key = tuple[str, str, date, datetime | None, datetime | None]


class Store:
    """Thread-safe. ``city`` is the folder of one city, ``as_of`` the departments' clock."""

    def __init__(self, city: Path, catalogue: dict[str, Feed], as_of: date) -> None:
        self.city = city
        self.catalogue = catalogue
        self._as_of = as_of
        self._habits: dict[str, frozenset[str]] = {}
        self._frames: OrderedDict[_Key, pl.DataFrame] = OrderedDict()
        self._calls: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._feed_locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)
        self._listeners: list[Callable[[str | None], None]] = []

    @property
    def as_of(self) -> date:
        """Returns the departments' clock."""
        return self._as_of

    def set_clock(self, as_of: date) -> None:
        """Moves the departments' clock and tells the listeners."""
        self._as_of = as_of
        self._notify(None)

    def habits(self, feed_id: str) -> frozenset[str]:
        """Returns the switched habits of a feed."""
        return self._habits.get(feed_id, frozenset())

    def switch(self, feed_id: str, habit: str | None, *, on: bool = True) -> frozenset[str]:
        """Turns a habit on or off; without a habit, all of the feed's off. Raises ``ValueError``."""
        if feed_id not in self.catalogue:
            raise ValueError(f"no feed {feed_id!r}")
        if habit is not None and habit not in SWITCHES:
            raise ValueError(f"no habit {habit!r}; there are {', '.join(sorted(SWITCHES))}")
        changed = {habit} if habit else set()
        before = self.habits(feed_id) if habit else frozenset()
        self._habits[feed_id] = before | changed if on else before - changed
        self._notify(feed_id)
        return self.habits(feed_id)

    def on_change(self, listener: Callable[[str | None], None]) -> None:
        """Registers ``listener``: called with the feed whose habits changed, or with None when the clock
        moved.
        """
        self._listeners.append(listener)

    def _notify(self, feed_id: str | None) -> None:
        for listener in self._listeners:
            listener(feed_id)

    def feed_lock(self, feed_id: str) -> threading.RLock:
        """Returns the lock of a feed."""
        with self._lock:
            return self._feed_locks[feed_id]

    def text(
        self,
        feed: Feed,
        table: Table,
        as_of: date,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> pl.DataFrame:
        """Returns the worded rows of one answer. The same question gives the same rows, made once."""
        key = (feed.feed_id, table.name, as_of, since, until)
        with self.feed_lock(feed.feed_id):
            with self._lock:
                if key in self._frames:
                    self._frames.move_to_end(key)
                    return self._frames[key]
            frame = worded_rows(feed, table, rows_for(self.city, feed, table, as_of, since, until))
            with self._lock:
                self._frames[key] = frame
                while len(self._frames) > _KEPT_FRAMES:
                    self._frames.popitem(last=False)
            return frame

    def first_call(self, feed_id: str) -> bool:
        """Tells whether this is the process's first call of the feed."""
        with self._lock:
            self._calls[feed_id] += 1
            return self._calls[feed_id] == 1

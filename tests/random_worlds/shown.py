"""What a hand-made or random ``World`` shows, for the second reading of the rules."""

from __future__ import annotations

from datetime import date
from typing import Any

from connectors.catalogue import load_feed
from tests.oracle.second_reading import Shown
from tests.support.hand_made_world import World

Row = dict[str, Any]


class ShownByWorld(Shown):
    """The rows of a world in force at the end of a day, by what each kind of feed promises.

    A snapshot or a reply is the last batch and nothing before it; a delta the newest version of each key,
    unless that is its deletion; an event stays for ever.
    """

    def __init__(self, world: World, day: date) -> None:
        self.world = world
        super().__init__(day)

    def first_told(self, feed_id: str, row: Row, key: tuple[str, ...]) -> date:
        name = load_feed(feed_id).raw_table(load_feed(feed_id).table("main"))
        return min(
            d
            for (raw, d), rows in self.world.rows.items()
            if raw == name and d <= self.day and any(all(r[k] == row[k] for k in key) for r in rows)
        )

    def versions(self, feed_id: str, table: str) -> list[Row]:
        raw = load_feed(feed_id).raw_table(load_feed(feed_id).table(table))
        told = [
            (d, row)
            for (name, d), rows in self.world.rows.items()
            if name == raw and d <= self.day
            for row in rows
        ]
        return [row for _, row in sorted(told, key=lambda one: (one[1]["updated_at"], one[0]))]

    def _rows(self, feed_id: str, table: str) -> list[Row]:
        feed = load_feed(feed_id)
        declared = feed.table(table)
        names = {feed.raw_table(t) for t in feed.tables}
        days = [d for (name, d), rows in self.world.rows.items() if name in names and rows and d <= self.day]
        batches = [(d, self.world.rows.get((feed.raw_table(declared), d), [])) for d in sorted(set(days))]
        if feed.mode == "events":
            return [row for _, rows in batches for row in rows]
        if not feed.cursor:
            batches = batches[-1:]
        told = [row for _, rows in batches for row in rows]
        if feed.cursor:
            column = feed.cursor.column
            told.sort(key=lambda row: row[column])
        newest = {tuple(row[name] for name in declared.key): row for row in told}
        return [row for row in newest.values() if row.get("operation") != "delete"]

"""Every declaration against the damages any of them can meet, through the real loader on a real database.

What is delivered is the feed's own sample. A damage has one named outcome for each way a feed is delivered;
the finer cases of each layout and protocol are in the other files of this folder.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.catalogue import Feed, Table, load_feed
from connectors.catalogue.load import feed_folder, feed_ids
from connectors.delivery import AskedPerson, Delivery, LandedPart, Window
from connectors.errors import BatchRejected, FeedError
from connectors.protocols.naming import request_id_of
from tests.hostile.protocol_harness import Hub
from tests.support.fakes import Row
from tests.support.loading import delivery, load
from warehouse.intake import load_feed as loader

pytestmark = pytest.mark.slow

#: The samples are of this day, and so are the requests they answer.
DAY = date(2020, 5, 12)
FEEDS = feed_ids()
Damage = Callable[[Feed, bytes], bytes]


def _layout(feed: Feed) -> str:
    """How it is delivered: SOAP is XML, one answer a line, and some pipe files have no header line."""
    if feed.format is None:
        return "sql"
    if feed.protocol == "soap":
        return "soap"
    return "headless" if feed.format.header is False else feed.format.kind


def _sample(feed: Feed, table: Table) -> Path:
    (path,) = (p for p in (feed_folder(feed.feed_id) / "sample").iterdir() if p.stem == table.name)
    return path


def _count(feed: Feed, name: str) -> int:
    """Rows of the sample's expectations, of all tables."""
    tails = ["" if n == 0 else f"_{table.name}" for n, table in enumerate(feed.tables)]
    paths = [feed_folder(feed.feed_id) / "sample" / f"{name}{tail}.csv" for tail in tails]
    return sum(len(_rows(path)) for path in paths)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _required_renamed(feed: Feed, content: bytes) -> bytes:
    column = next(c.source for c in feed.tables[0].columns if c.required)
    return content.replace(column.encode(feed.encoding.removesuffix("-sig")), b"NO_SUCH_COLUMN")


@dataclass(frozen=True)
class Case:
    """``refused``: the layouts whose batch is refused; of the others each row is loaded or set aside."""

    damage: Damage
    refused: frozenset[str]


_ALL = frozenset({"sql", "csv", "pipe", "fixed_width", "xlsx", "xml", "soap", "json"})
_NAMED = _ALL - {"fixed_width", "xlsx"}
_LAYOUTS = _ALL | {"headless"}
CASES = {
    "as-agreed": Case(lambda _, content: content, frozenset()),
    "of-no-bytes": Case(lambda *_: b"", _ALL - {"json", "soap"}),
    "cut-in-half": Case(lambda _, content: content[: len(content) // 2], _ALL - {"csv", "pipe"}),
    "bytes-of-no-meaning": Case(lambda *_: b"\xff\xfe\x00\x81" * 100, _ALL),
    "page-of-a-proxy": Case(lambda *_: b"<html><body>login</body></html>\n", _ALL),
    "required-column-renamed": Case(_required_renamed, _NAMED),
    "in-utf-16": Case(lambda _, content: content.decode("latin-1").encode("utf-16"), _ALL),
}


class Department:
    """Lands the sample with its damage, as the protocol would."""

    def __init__(self, damage: Damage) -> None:
        self.damage = damage

    def pull(
        self,
        feed: Feed,
        as_of: date,
        window: Window,
        connection: Any,
        landing: Path,
        asked: Sequence[AskedPerson],
    ) -> Delivery:
        parts = []
        for table in feed.tables:
            sample = _sample(feed, table)
            path = landing / sample.name
            path.write_bytes(self.damage(feed, sample.read_bytes()))
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            expected = None
            if feed.protocol == "sql":
                tail = "" if table is feed.tables[0] else f"_{table.name}"
                folder = feed_folder(feed.feed_id) / "sample"
                names = (f"expected{tail}.csv", f"expected_quarantine{tail}.csv")
                expected = sum(len(_rows(folder / name)) for name in names)
            parts.append(LandedPart(table.name, path, digest, expected))
        whole = hashlib.sha256("".join(p.sha256 for p in parts).encode()).hexdigest()
        return Delivery(feed.feed_id, as_of, tuple(parts), whole, request_id_of(feed, as_of))


@pytest.fixture(scope="module")
def asked(hub: Hub) -> Hub:
    """A hub that may ask about everybody the samples of replies are about."""
    people = {
        row["id_number"]
        for feed_id in FEEDS
        if load_feed(feed_id).mode == "query_reply"
        for row in _rows(feed_folder(feed_id) / "sample" / "expected.csv")
    }
    rows: list[Row] = [
        {
            "authorisation_id": f"S{n}",
            "id_number": number,
            "full_name": "欧阳文",
            "scope": "all",
            "authorised_from": date(2020, 1, 1),
            "check_due_on": date(2020, 5, 1),
        }
        for n, number in enumerate(sorted(people))
    ]
    load(hub.settings, "platform__authorisation", delivery(*rows), DAY - timedelta(days=1))
    hub.day = DAY
    return hub


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("feed_id", FEEDS)
def test_it_has_its_named_outcome(feed_id: str, case: str, asked: Hub) -> None:
    feed = load_feed(feed_id)
    shutil.rmtree(asked.settings.hub_home / "landing" / feed_id, ignore_errors=True)
    before = asked.state(feed_id)
    department = Department(CASES[case].damage)

    def take() -> loader.LoadResult:
        return loader.load_feed(feed_id, DAY, asked.settings, refresh=True, puller=department.pull)

    if _layout(feed) in CASES[case].refused:
        with pytest.raises(FeedError) as caught:
            take()
        assert isinstance(caught.value, BatchRejected), caught.value
        assert asked.state(feed_id) == before
        return
    first = take()
    assert first.received == first.loaded + first.duplicate + first.quarantined
    asked._prove_balance(feed_id)
    if case == "as-agreed":
        aside = _count(feed, "expected_quarantine")
        assert first.received == _count(feed, "expected") + aside
        assert first.quarantined >= aside
        again = take()
        assert (again.outcome, again.batch_id) == ("unchanged", first.batch_id)


def test_every_way_of_delivery_and_the_fifty_are_there() -> None:
    feeds = [load_feed(feed_id) for feed_id in FEEDS]
    assert {_layout(feed) for feed in feeds} == _LAYOUTS
    assert sum(feed.kind in ("department", "registry") for feed in feeds) == 50

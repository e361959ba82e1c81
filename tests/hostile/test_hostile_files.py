"""Files damaged the way departments damage them, against every declaration that is read from delimited text.

Each case names its outcome; whatever it is, each row received is good or set aside.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from connectors.catalogue.load import feed_folder, feed_ids, load_feed
from connectors.decode import decode
from connectors.delivery import Delivery, LandedPart
from connectors.errors import BatchRejected

AS_OF = date(2020, 5, 12)
Lines = list[bytes]
FEEDS = [f for f in feed_ids() if (form := load_feed(f).format) and form.kind == "csv"]


def _first_column_dropped(lines: Lines) -> Lines:
    return [line.partition(b",")[2] for line in lines]


def _header_renamed(lines: Lines) -> Lines:
    return [b"NO_SUCH_COLUMN" + lines[0][lines[0].index(b",") :], *lines[1:]]


def _header_lost(lines: Lines) -> Lines:
    return lines[1:]


def _empty(lines: Lines) -> Lines:
    return []


def _only_header(lines: Lines) -> Lines:
    return lines[:1]


def _field_too_many(lines: Lines) -> Lines:
    return [lines[0], lines[1] + b",x", *lines[2:]]


def _cut_in_the_row(lines: Lines) -> Lines:
    return [lines[0], lines[1].partition(b",")[0]]


#: case -> (the damage, whether the delivery is refused, rows at least set aside as malformed)
CASES: dict[str, tuple[Callable[[Lines], Lines], bool, int | None]] = {
    "column-dropped": (_first_column_dropped, True, None),
    "column-renamed": (_header_renamed, True, None),
    "header-lost": (_header_lost, True, None),
    "empty-file": (_empty, True, None),
    "only-header": (_only_header, False, 0),
    "field-too-many": (_field_too_many, False, 1),
    "cut-in-the-row": (_cut_in_the_row, False, 1),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("feed_id", FEEDS)
def test_damage_has_its_named_outcome(feed_id: str, case: str, tmp_path: Path) -> None:
    feed = load_feed(feed_id)
    table = feed.tables[0]
    (sample,) = (p for p in (feed_folder(feed_id) / "sample").iterdir() if p.stem == table.name)
    damage, refused, aside = CASES[case]
    path = tmp_path / sample.name
    path.write_bytes(b"\n".join(damage(sample.read_bytes().splitlines())))
    delivery = Delivery(feed_id, AS_OF, (LandedPart(table.name, path, "0" * 64, None),), "0" * 64, None)
    if refused:
        with pytest.raises(BatchRejected, match=feed_id):
            list(decode(feed, delivery))
        return
    chunks = list(decode(feed, delivery))
    reasons = [r for c in chunks for r in c.quarantined["reason_code"]]
    assert reasons.count("row_malformed") >= (aside or 0)
    if case == "only-header":
        assert sum(c.received for c in chunks) == 0
    numbers = sorted(n for c in chunks for n in [*c.good["row_no"], *c.quarantined["row_no"]])
    assert numbers == list(range(1, sum(c.received for c in chunks) + 1))

"""Random damage to every declaration's sample: a decoder gives every row or a declared error, nothing else.

``HUB_FUZZ_EXAMPLES`` sets how many deliveries are tried per table (6; then the same ones every time).
"""

from __future__ import annotations

import os
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.catalogue.load import feed_folder, feed_ids, load_feed
from connectors.decode import decode
from connectors.delivery import Delivery, LandedPart
from connectors.errors import FeedError
from connectors.reasons import REASONS

pytestmark = pytest.mark.slow  # there is `make fuzz`

AS_OF = date(2020, 5, 12)
EXAMPLES = int(os.environ.get("HUB_FUZZ_EXAMPLES", "6"))
TABLES = [
    pytest.param(feed_id, number, id=f"{feed_id}.{table.name}")
    for feed_id in feed_ids()
    for number, table in enumerate(load_feed(feed_id).tables)
]
#: What exports and transfers really put into files, beside bytes of any kind.
NASTY = [
    b"",
    b"\x00",
    b"\xff",
    b"\r",
    b"\n",
    b'"',
    b"|",
    b"\xef\xbb\xbf",
    b'="210',
    b"2.10102E+17",
    b"<",
    b"{",
]
EDITS = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 40),
        st.one_of(st.sampled_from(NASTY), st.binary(max_size=12)),
    ),
    min_size=1,
    max_size=6,
)


def _damaged(content: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """Each edit cuts some bytes at a place (a share of the length) and puts others there."""
    for place, cut, put in edits:
        at = int(place * len(content))
        content = content[:at] + put + content[at + cut :]
    return content


@pytest.mark.parametrize(("feed_id", "number"), TABLES)
def test_damage_is_set_aside_or_refused(feed_id: str, number: int) -> None:
    feed = load_feed(feed_id)
    table = feed.tables[number]
    (sample,) = (p for p in (feed_folder(feed_id) / "sample").iterdir() if p.stem == table.name)
    content = sample.read_bytes()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize="HUB_FUZZ_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    @given(EDITS)
    def search(edits: list[tuple[float, int, bytes]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / sample.name
            path.write_bytes(_damaged(content, edits))
            part = LandedPart(table.name, path, "0" * 64, None)
            delivery = Delivery(feed_id, AS_OF, (part,), "0" * 64, None)
            numbers: list[int] = []
            received = 0
            try:
                for chunk in decode(feed, delivery, apart=False):
                    received += chunk.received
                    numbers += [*chunk.good["row_no"], *chunk.quarantined["row_no"]]
                    assert set(chunk.quarantined["reason_code"]) <= set(REASONS)
            except FeedError:
                return
            assert sorted(numbers) == list(range(1, received + 1))

    search()

"""What a comparison of hits that nobody meets would prove: nothing. Needs no build."""

from __future__ import annotations

from collections import defaultdict

import pytest

from tests.oracle.checks import hits
from tests.random_worlds.shown import ShownByWorld
from tests.random_worlds.worlds import DAYS, draw
from tests.support.hand_made_world import World

pytestmark = pytest.mark.slow  # it invents worlds for a minute


def test_the_worlds_meet_payments_that_ran_on() -> None:
    """Of each check that counts them none, one and several months, and grounds nobody gives a day for."""
    months: dict[str, set[int | None]] = defaultdict(set)
    kinds: set[str] = set()
    ended = False
    for place, day in enumerate(DAYS):
        world = World()
        for seed in range(300 * place, 300 * place + 300):
            draw(world, day, seed)
        for check, _, _, kind, _, last, overpaid, _ in hits(ShownByWorld(world, day)):
            months[check].add(overpaid)
            kinds.add(kind)
            ended |= last is not None
    for check in ("dead", "imprisoned", "duplicate", "over_age", "non_local_hukou"):
        assert months[check] >= {0, 1, 2, 3}, check
    assert None in months["non_local_hukou"]
    assert months["business_owner"] == months["insider_relative"] == {None}
    assert ended
    assert len(kinds) == 18  # every sub-type of a check but for deaths found by a link

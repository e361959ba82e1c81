"""A city of a hundredth for the tests of the source gate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.expectations.city import FEEDS, make_tables
from warehouse.settings import Settings


@pytest.fixture
def hub(fresh_hub: Settings) -> Settings:
    """Tables of five feeds, one of each mode, in a city of a hundredth with nothing loaded."""
    make_tables(fresh_hub, FEEDS)
    return replace(fresh_hub, scale=0.01)

"""The hub that hostile protocols are proved against: one migrated database for each module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.hostile.protocol_harness import Hub
from warehouse import db
from warehouse.settings import Settings


@pytest.fixture(scope="module")
def hub(hub_db: Settings) -> Iterator[Hub]:
    with pytest.MonkeyPatch.context() as environ, closing(db.connect(hub_db)) as session:
        session.autocommit = True
        found = Hub(hub_db, session, environ)
        found.start()
        yield found

"""The hub that hostile protocols are proved against: one migrated database for each module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.hostile.file_world import FileWorld
from tests.hostile.protocol_harness import Hub
from warehouse.settings import Settings
from warehouse.store.connect import connect


@pytest.fixture(scope="module")
def hub(hub_db: Settings) -> Iterator[Hub]:
    with pytest.MonkeyPatch.context() as environ, closing(connect(hub_db)) as session:
        session.autocommit = True
        found = Hub(hub_db, session, environ)
        found.start()
        yield found


@pytest.fixture(scope="module")
def world(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileWorld]:
    """The department that hands over files. Modules about another one have a ``world`` of their own."""
    found = FileWorld(hub, tmp_path_factory.mktemp("box") / "root")
    yield found
    found.close()

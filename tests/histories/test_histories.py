"""Promise 4 on a short history; ``make histories`` lives thirty long ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.histories.build import Dbt
from tests.histories.compare import live_and_compare
from tests.histories.history import History
from tests.support.fakes import rows_of
from warehouse.settings import Settings

pytestmark = pytest.mark.slow


def test_incremental_equals_a_rebuild(hub_db: Settings, tmp_path: Path) -> None:
    dbt = Dbt(tmp_path, hub_db)
    dbt.seed(hub_db)
    history = History(6, 4, hub_db)
    outcome = live_and_compare(history, dbt, every=99, say=print)
    assert outcome.builds >= 2
    assert {"late", "corrected", "taken back", "held"} <= set(history.log), (
        "a history in which nothing happens proves nothing"
    )
    assert rows_of(hub_db, "select count(*) from candidate.warnings")[0][0] > 0
    assert outcome.differences == []

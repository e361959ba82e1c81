"""The summary after a run counts what the ledger counts."""

from __future__ import annotations

import pytest

from hub import summary
from tests.support.fakes import DAY
from tests.warehouse.operations.test_replay import DELTA, GOOD, NEW_CODE, WHY, WRONG_ID, load
from warehouse.operations import corrections, quarantine
from warehouse.operations.replay import replay
from warehouse.settings import Settings

pytestmark = pytest.mark.slow


def set_aside(settings: Settings) -> dict[str, str]:
    return {code: count for code, _, count in summary._reasons(settings)}


def test_a_row_of_a_replaced_batch_and_a_corrected_row_are_not_counted_as_set_aside(
    fresh_hub: Settings,
) -> None:
    load(fresh_hub, GOOD, WRONG_ID, NEW_CODE)
    assert set_aside(fresh_hub) == {"code_unknown": "1", "id_check_digit": "1"}
    replay(DELTA, DAY, WHY, fresh_hub)
    assert set_aside(fresh_hub) == {"code_unknown": "1", "id_check_digit": "1"}
    (row,) = quarantine.rows(quarantine.QuarantineFilter(reason="id_check_digit"), 10, fresh_hub)
    right = corrections.Correction(row.quarantine_id, {"id_number": "210111195501025166"}, "wang", "x")
    corrections.correct([right], WHY, fresh_hub)
    assert set_aside(fresh_hub) == {"code_unknown": "1"}

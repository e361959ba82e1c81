"""Which row of a key is in force: Python and the models word it alike."""

from __future__ import annotations

import re

from warehouse.settings import PROJECT_ROOT
from warehouse.store.rows_in_force import NEWEST_FIRST


def test_the_models_take_the_same_version_of_a_key() -> None:
    macro = (PROJECT_ROOT / "dbt_project" / "macros" / "current_rows.sql").read_text(encoding="utf-8")
    term = r"(?:batches|raw_rows)\.\w+ desc"
    found = re.search(rf"\{{% endif %\}}\s*({term}(?:, {term})*)", macro)
    assert found, "current_rows.sql has no order of versions any more: compare it with NEWEST_FIRST by hand"
    order = found[1].replace("batches.", "b.").replace("raw_rows.", "r.").split(", ")
    assert tuple(order) == NEWEST_FIRST

"""No folder becomes a hall: a reader sees at a glance what lies side by side."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tools.reference import source_code

ROOT = Path(__file__).resolve().parents[2]
PYTHON = (*source_code.ROOMS, "tools", "tests")
#: About as many names as one reads without searching.
MOST = 20
#: What the whole of the warehouse shares. All else belongs to store, intake, publication or operations.
WAREHOUSE = {"__init__", "__main__", "settings", "errors", "secret_store", "database_url", "text_table"}


def test_no_folder_holds_more_than_twenty_modules_or_models() -> None:
    modules = [p for room in PYTHON for p in (ROOT / room).rglob("*.py") if p.stem != "__init__"]
    models = list((ROOT / "dbt_project" / "models").rglob("*.sql"))
    assert len(modules) > 300, "the rooms have moved: name them in PYTHON"
    assert len(models) > 100, "the models have moved"
    held = Counter(str(path.parent.relative_to(ROOT)) for path in [*modules, *models])
    halls = {folder: number for folder, number in held.items() if number > MOST}
    assert not halls, f"more than {MOST} side by side, cut them by what they are about: {halls}"


def test_the_root_of_the_warehouse_holds_what_all_of_it_shares() -> None:
    found = {path.stem for path in (ROOT / "warehouse").glob("*.py")}
    assert found <= WAREHOUSE, "put it into the floor it belongs to: store, intake, publication, operations"


def test_every_package_of_the_house_is_in_the_list() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages <= set(PYTHON)

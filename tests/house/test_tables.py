"""Every room names the tables it declares, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import tables


def test_the_rooms_name_what_they_declare() -> None:
    assert tables.faults(tables.ROOT, *tables.declared_in(tables.ROOT)) == []


def write(root: Path, module: str, text: str) -> None:
    path = root / f"{module.replace('.', '/')}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('Q = "select 1 from ops.alerts"', ["ops.alerts"]),
        ('Q = "select a.b from core.a join marts.b using (c)"', ["core.a", "marts.b"]),
        ('Q = f"select * from raw.{table}"', ["raw.*"]),
        ('Q = f"select * from staging.stg_{table} where x"', ["staging.stg_*"]),
        ('Q = sql.SQL("select * from raw.{}").format(name)', ["raw.*"]),
        ('Q = sql.Identifier("raw", name)', ["raw.*"]),
        ('Q = Identifier("seeds", "rules")', ["seeds.rules"]),
        ('def f():\n    """Reads ops.alerts."""', []),
        ('"""The module reads ops.alerts."""', []),
        ('Q = "docProps/core.xml"', []),
        ('Q = "hub.core.table"', []),
        ("Q = core.table", []),
        ('Q = "the core. Then more"', []),
    ],
)
def test_what_counts_as_naming_a_table(tmp_path: Path, text: str, named: list[str]) -> None:
    write(tmp_path, "room", text)
    assert sorted(n.table for n in tables.named_in(tmp_path / "room.py")) == named


def test_what_is_named_and_not_declared_is_told_with_its_place(tmp_path: Path) -> None:
    write(tmp_path, "shop.front", 'A = 1\nQ = "select 1 from ops.alerts"')
    (line,) = tables.faults(tmp_path, ["shop"], {"shop.back": []})
    assert line.startswith("shop/front.py:2: shop names ops.alerts, which it does not declare; ")


def test_what_is_declared_and_not_named_is_told(tmp_path: Path) -> None:
    write(tmp_path, "shop.front", 'Q = "select 1 from ops.alerts"')
    (line,) = tables.faults(tmp_path, ["shop"], {"shop": ["ops.alerts", "ops.settings"]})
    assert line.startswith("pyproject.toml: shop declares ops.settings, which it does not name; ")


def test_only_a_name_put_together_at_run_time_justifies_a_star(tmp_path: Path) -> None:
    write(tmp_path, "shop.front", 'Q = "select 1 from core.a"')
    assert len(tables.faults(tmp_path, ["shop"], {"shop": ["core.*"]})) == 1
    write(tmp_path, "shop.front", 'Q = f"select 1 from core.{a}"')
    assert tables.faults(tmp_path, ["shop"], {"shop": ["core.*"]}) == []
    assert len(tables.faults(tmp_path, ["shop"], {"shop": ["core.a"]})) == 2


def test_a_module_belongs_to_the_longest_room(tmp_path: Path) -> None:
    write(tmp_path, "shop.back.shelf", 'Q = "select 1 from ops.alerts"')
    write(tmp_path, "shop.backyard", 'Q = "select 1 from ops.settings"')
    declared = {"shop": ["ops.settings"], "shop.back": ["ops.alerts"]}
    assert tables.faults(tmp_path, ["shop"], declared) == []

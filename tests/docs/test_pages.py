"""The pages that are committed are those the code writes today."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from connectors.catalogue import FEEDS_ROOT
from tools.reference import markdown, pages
from warehouse.settings import PROJECT_ROOT

pytestmark = pytest.mark.slow  # a database and dbt


def test_the_committed_pages_are_what_the_code_says(written: dict[str, str]) -> None:
    assert pages.differences(written) == [], "run 'make docs' and commit what it writes"


def test_every_kind_of_page_is_written(written: dict[str, str]) -> None:
    rules = {f"{rule}.md" for rule in _first_column("rules")}
    checks = {f"{check}.md" for check in _first_column("checks")}
    feeds = {
        f"{file.parent.relative_to(FEEDS_ROOT).as_posix()}.md" for file in FEEDS_ROOT.glob("*/*/feed.yml")
    }
    for folder, expected in (("rules", rules), ("checks", checks), ("feeds", feeds)):
        there = {
            n.removeprefix(f"reference/{folder}/") for n in written if n.startswith(f"reference/{folder}/")
        }
        assert expected, folder
        assert there == {"index.md", *expected}


def _first_column(seed: str) -> list[str]:
    """What the rows of a seed are named by; read here, so that no page can be lost with the reading."""
    lines = (PROJECT_ROOT / "dbt_project" / "seeds" / f"{seed}.csv").read_text(encoding="utf-8").splitlines()
    return [line.partition(",")[0] for line in lines[1:]]


def test_a_page_that_differs_is_named(written: dict[str, str], tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    shutil.copytree(pages.DOCS, docs)
    (docs / "reference/rules/death.md").write_text("changed by hand", encoding="utf-8")
    (docs / "reference/rules/nobody_writes_this.md").write_text("# Old", encoding="utf-8")
    (docs / "reference/settings.md").unlink()
    wrong = ["reference/rules/death.md", "reference/rules/nobody_writes_this.md", "reference/settings.md"]
    assert pages.differences(written, docs) == wrong
    assert pages.write(written, docs) == wrong
    assert pages.differences(written, docs) == []
    assert not (docs / "reference/rules/nobody_writes_this.md").exists()


def test_what_is_written_says_so(written: dict[str, str]) -> None:
    assert [
        name
        for name, text in written.items()
        if name.startswith("reference/") and markdown.NOTICE not in text
    ] == []

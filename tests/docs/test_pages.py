"""The pages that are committed are those the code writes today."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tools.reference import markdown, pages

pytestmark = pytest.mark.slow  # a database and dbt


def test_the_committed_pages_are_what_the_code_says(written: dict[str, str]) -> None:
    assert pages.differences(written) == [], "run 'make docs' and commit what it writes"


def test_every_kind_of_page_is_written(written: dict[str, str]) -> None:
    rules = [name for name in written if name.startswith("reference/rules/")]
    checks = [name for name in written if name.startswith("reference/checks/")]
    feeds = [name for name in written if name.startswith("reference/feeds/")]
    assert (len(rules), len(checks), len(feeds)) == (1 + 20, 1 + 7, 1 + 55)


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

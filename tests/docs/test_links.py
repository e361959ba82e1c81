"""No link of a page leads nowhere: to pages, to headings, to files of the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.links import broken, targets
from tools.reference.pages import DOCS
from warehouse.settings import PROJECT_ROOT

PAGES = sorted([*DOCS.rglob("*.md"), *PROJECT_ROOT.glob("*.md"), *PROJECT_ROOT.glob("connectors/*.md")])
#: What `make docs` puts beside the pages.
BUILT = ("docs/dbt/index.html",)


def test_every_link_leads_somewhere() -> None:
    assert len([target for page in PAGES for target in targets(page)]) > 500  # the links are found at all
    assert broken(PAGES, PROJECT_ROOT, BUILT) == []


@pytest.mark.parametrize(
    "link",
    [
        "[a page](gone.md)",
        "[a heading](other.md#not-there)",
        "[a heading here](#not-there)",
        "[a file](../Gonefile)",
        "[outside](../../elsewhere.md)",
        "![a picture](gone.svg)",
        '<a href="gone.html">html</a>',
        "[`code`](gone.md)",
    ],
)
def test_a_broken_link_is_found(link: str, tmp_path: Path) -> None:
    page = _pages(tmp_path, link)
    assert len(broken([page], tmp_path)) == 1


@pytest.mark.parametrize(
    "link",
    [
        "[a page](other.md)",
        "[a heading](other.md#what-it-holds-术语)",
        "[the second of that name](other.md#twice_1)",
        "[a heading here](#page)",
        "[a file](../Makefile)",
        "[the web](https://example.org/gone)",
        "`[no link](gone.md)`",
        "```\n[no link](gone.md)\n```",
    ],
)
def test_a_good_link_is_none(link: str, tmp_path: Path) -> None:
    page = _pages(tmp_path, link)
    assert broken([page], tmp_path) == []


def _pages(root: Path, link: str) -> Path:
    docs = root / "docs"
    docs.mkdir()
    (root / "Makefile").touch()
    (docs / "other.md").write_text(
        "# Other\n\n## What it holds 术语\n\n## Twice\n\n## Twice\n", encoding="utf-8"
    )
    page = docs / "page.md"
    page.write_text(f"# Page\n\n{link}\n", encoding="utf-8")
    return page

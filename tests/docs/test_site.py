"""The site as it is built: nothing is loaded from outside, no link is broken, every page is in the menu.

The search finds Chinese and English words.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

from tests.docs import built
from tools.reference import glossary, manifest
from warehouse.settings import PROJECT_ROOT

pytestmark = pytest.mark.slow  # dbt writes its page

Found = dict[str, list[list[dict[str, str]]]]


def build_site(docs: Path, target: Path, dbt_folder: Path) -> Path:
    config = load_config(str(PROJECT_ROOT / "mkdocs.yml"), docs_dir=str(docs), site_dir=str(target))
    config.extra["dbt_page"] = str(dbt_folder / manifest.STATIC_PAGE)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    return target


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, dbt_folder: Path) -> Path:
    return build_site(PROJECT_ROOT / "docs", tmp_path_factory.mktemp("built") / "site", dbt_folder)


def pages_of(site: Path) -> list[Path]:
    return [path for path in site.rglob("*.html") if path.name != "404.html"]


def test_nothing_is_loaded_from_outside(site: Path) -> None:
    pages = pages_of(site)
    assert len(pages) > 90
    assert [
        (page.name, found) for page in pages if (found := built.from_outside(built.read(page).loads))
    ] == []
    styles = [
        (path, built.addresses_of_css(path.read_text(encoding="utf-8"))) for path in site.rglob("*.css")
    ]
    assert styles
    assert [(path.name, found) for path, all_ in styles if (found := built.from_outside(all_))] == []


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://example.org/a.js"></script>',
        '<link rel="stylesheet" href="//example.org/a.css">',
        '<link rel="preconnect" href="https://example.org">',
        "<style>@import 'https://example.org/a.css';</style>",
        '<p style="background: url(https://example.org/a.png)">',
        '<img src="HTTP://example.org/a.png">',
    ],
)
def test_what_would_be_loaded_is_seen(html: str) -> None:
    assert len(built.from_outside(built.parsed(html).loads)) == 1


def test_no_link_of_the_site_is_broken(site: Path) -> None:
    assert sum(len(built.read(page).links) for page in pages_of(site)) > 5000
    assert built.broken(site) == []


def test_a_page_with_a_broken_link_is_not_built(tmp_path: Path, dbt_folder: Path) -> None:
    docs = tmp_path / "docs"
    (docs / "explain").mkdir(parents=True)
    (docs / "index.md").write_text("# Home\n\n[gone](explain/gone.md)\n", encoding="utf-8")
    with pytest.raises(Abort):
        build_site(docs, tmp_path / "site", dbt_folder)


def test_a_folder_without_a_place_in_the_menu_is_refused(tmp_path: Path, dbt_folder: Path) -> None:
    (tmp_path / "docs" / "novelties").mkdir(parents=True)
    (tmp_path / "docs" / "index.md").write_text("# Home\n", encoding="utf-8")
    with pytest.raises(Exception, match="novelties"):
        build_site(tmp_path / "docs", tmp_path / "site", dbt_folder)


def test_every_page_is_in_the_menu(site: Path) -> None:
    html = (site / "index.html").read_text(encoding="utf-8")
    menu = set(re.findall(r'<a href="([^"#]+)" class="md-nav__link', html)) | {"index.html"}
    pages = {path.relative_to(site).as_posix() for path in pages_of(site)} - {"dbt/index.html"}
    assert pages - menu == set()


def test_dbts_own_documentation_is_inside_and_linked(site: Path) -> None:
    text = (site / "dbt" / "index.html").read_text(encoding="utf-8")
    assert "dim_person" in text
    assert "../dbt/index.html" in built.read(site / "reference" / "dbt.html").links


def test_a_link_to_a_file_of_the_repository_becomes_text(site: Path) -> None:
    html = (site / "reference" / "settings.html").read_text(encoding="utf-8")
    assert "warehouse/settings.py" in html
    assert not [
        link for link in built.read(site / "reference" / "settings.html").links if link.endswith(".py")
    ]


def test_a_table_written_in_html_looks_like_the_others(site: Path) -> None:
    """The theme leaves alone every table that has a class."""
    html = (site / "reference" / "feeds" / "civil_affairs" / "dibao.html").read_text(encoding="utf-8")
    assert "<th>编号 / Feed id</th>" in html
    assert "<table class" not in html


# --- search


@pytest.fixture(scope="module")
def ask(site: Path) -> Any:
    """Asks the site's own search, in the program that runs scripts outside a browser."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node runs the search outside a browser, and is not installed here")

    def asked(*words: str) -> Found:
        script = Path(__file__).parent / "search.mjs"
        done = subprocess.run(
            [node, str(script), str(site)],
            input=json.dumps(words),
            capture_output=True,
            text=True,
            check=True,
        )
        found: Found = json.loads(done.stdout)
        return found

    return asked


def pages_in(results: list[list[dict[str, str]]]) -> list[str]:
    return [sections[0]["location"].split("#")[0] for sections in results]


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("低保", "reference/feeds/civil_affairs/dibao.html"),
        ("服刑", "reference/rules/imprisoned.html"),
        ("暂扣", "operate/held.html"),
        ("死亡", "reference/rules/death.html"),
        ("证件号码为占位值", "reference/reasons.html"),
        ("quarantine", "reference/tables/ops.html"),
        ("QUARANTINE", "reference/tables/ops.html"),
        ("ops.quarantine", "reference/tables/ops.html"),
        ("HUB_HOME", "reference/settings.html"),
        ("households", "glossary.html"),
        ("household registration", "reference/rules/hukou.html"),
        ('"exit codes"', "reference/exit-codes.html"),
        ("death 死亡", "reference/rules/death.html"),
        ("ＲＯＬＬＢＡＣＫ", "reference/commands.html"),
    ],
)
def test_a_word_finds_its_page(ask: Any, words: str, page: str) -> None:
    assert page in pages_in(ask(words)[words])


def test_chinese_finds_all_pages_that_have_the_word_and_no_other(ask: Any, site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))["docs"]
    words = sorted({word.zh for word in glossary.words() if re.fullmatch(r"[\u4e00-\u9fff]+", word.zh)})
    found = ask(*words)
    for word in words:
        there = {
            doc["location"].split("#")[0] for doc in index if word in doc["title"] or word in doc["text"]
        }
        assert there, word
        assert len(pages_in(found[word])) == min(len(there), 50)
        assert set(pages_in(found[word])) <= there


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("隔离区", "operate/quarantine.html"),
        ("告警", "operate/alerts.html"),
        ("补采", "operate/backfill.html"),
        ("预警为何消失", "operate/why-did-a-warning-go-away.html"),
        ("预警消失", "operate/why-did-a-warning-go-away.html"),
    ],
)
def test_the_page_that_is_about_a_chinese_word_comes_first(ask: Any, words: str, page: str) -> None:
    assert pages_in(ask(words)[words])[0] == page


def test_an_english_word_is_found_from_its_beginning_only(ask: Any) -> None:
    found = ask("quarant", "arantine")
    assert pages_in(found["quarant"])
    assert pages_in(found["arantine"]) == []


def test_a_page_has_all_words_that_were_asked_for(ask: Any) -> None:
    found = ask("服刑", "orange", "服刑 orange")
    both = set(pages_in(found["服刑 orange"]))
    assert both
    assert both <= set(pages_in(found["服刑"])) & set(pages_in(found["orange"]))


def test_the_word_is_marked_and_nothing_of_a_page_becomes_markup(ask: Any) -> None:
    found = ask("低保", "feed.yml")
    assert "<mark>低保</mark>" in found["低保"][0][0]["title"] + found["低保"][0][0]["text"]
    texts = [
        section["title"] + section["text"]
        for results in found.values()
        for page in results
        for section in page
    ]
    assert [text for text in texts if re.search(r"<(?!/?mark>)", text)] == []
    assert any("&lt;" in text for text in texts)


def test_no_word_finds_nothing(ask: Any) -> None:
    assert ask("", "  ", "饕餮") == {"": [], "  ": [], "饕餮": []}

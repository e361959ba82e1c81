"""Whatever a person can call, set, read or meet has a page that tells of it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.catalogue.load import feed_ids
from connectors.reasons import REASONS
from hub import __main__ as command_line
from tools.reference import commands, exit_codes, feed_yml, rules, settings, tables, targets
from tools.reference.database import Column, Database
from tools.reference.manifest import Manifest
from tools.reference.pages import DOCS
from tools.reference.site import hooks
from warehouse.settings import PROJECT_ROOT


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


# --- make targets


def test_every_make_target_is_told_and_says_what_it_does() -> None:
    found = targets.targets()
    assert len(found) >= 30
    assert [t.name for t in found if not t.text and not t.name.startswith("$")] == []
    assert [t.name for t in found if f"`make {t.name}`" not in page(targets.PAGE)] == []


def test_a_target_without_words_is_found(tmp_path: Path) -> None:
    makefile = tmp_path / "Makefile"
    makefile.write_text(
        "told: ## says so\n\t@echo $(WORD) $(if $(OTHER),x)\nsilent: told\n\ttrue\n", encoding="utf-8"
    )
    told, silent = targets.targets(makefile)
    assert (told.text, told.variables) == ("says so", ("WORD", "OTHER"))
    assert (silent.name, silent.text) == ("silent", "")


# --- settings


def test_every_setting_that_is_read_is_explained_and_every_one_explained_is_read() -> None:
    assert settings.unexplained() == []
    assert [name for name in settings.MEANINGS if f"`{name}`" not in page(settings.PAGE)] == []


@pytest.mark.parametrize(
    "line",
    [
        'os.environ.get("HUB_NEW", "1")',
        'os.environ["HUB_NEW"]',
        'os.getenv("HUB_NEW")',
        'env.get("HUB_NEW")',
        'NAME = "HUB_NEW"\nos.environ.get(NAME)',
        '(os.environ if env is None else env).get("HUB_NEW")',
    ],
)
def test_a_new_setting_in_python_is_found(line: str, tmp_path: Path) -> None:
    (tmp_path / "dbt_project").mkdir()
    (tmp_path / "Makefile").touch()
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "new.py").write_text(f"import os\n{line}\n", encoding="utf-8")
    assert [(read.variable, read.place) for read in settings.reads(tmp_path)] == [("HUB_NEW", "hub/new.py")]
    assert "HUB_NEW" in settings.unexplained(tmp_path)


def test_a_new_setting_in_dbt_or_make_is_found(tmp_path: Path) -> None:
    (tmp_path / "dbt_project").mkdir()
    (tmp_path / "dbt_project" / "profiles.yml").write_text(
        "a: \"{{ env_var('HUB_NEW', '2') }}\"", encoding="utf-8"
    )
    (tmp_path / "Makefile").write_text("OTHER ?= 3\nexport OTHER\nMINE ?= 4\n", encoding="utf-8")
    found = [(read.variable, read.default) for read in settings.reads(tmp_path)]
    assert found == [("HUB_NEW", "2"), ("OTHER", "3")]


@pytest.mark.slow
def test_every_row_of_the_settings_in_the_database_is_told(schema: Database) -> None:
    assert len(schema.settings) > 10
    assert [row.name for row in schema.settings if f"`{row.name}`" not in page(settings.PAGE)] == []


# --- commands and exit codes


def test_every_command_and_option_is_told() -> None:
    text = page(commands.PAGE)
    found = commands.commands()
    assert {"run", "verify", "backfill", "rollback"} <= set(found)
    for name, parser in found.items():
        section = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
        options = [
            word for action in parser._actions for word in action.option_strings[-1:] if word != "--help"
        ]
        assert [word for word in options if word not in section] == []


def test_every_module_that_runs_says_what_it_is() -> None:
    assert [name for name, text in commands.modules().items() if not text] == []


def test_every_exit_code_has_a_meaning() -> None:
    by_hand = {command_line._STOPPED_BY_HAND, command_line._NOBODY_READS}
    used = {0, *exit_codes.errors(), *by_hand}
    assert used == set(exit_codes.MEANINGS)


def test_every_error_of_the_code_is_told() -> None:
    """Found in the text, so that an error nobody imports is not forgotten."""
    named = {
        name
        for room in ("connectors", "warehouse", "expectations", "sandbox", "hub")
        for path in (PROJECT_ROOT / room).rglob("*.py")
        for name, block in re.findall(
            r"^class (\w+)\(\w*(?:Error|Failed|Rejected)\):((?:\n[ \n].*|\n)*)", path.read_text(), re.M
        )
        if "exit_code = " in block
    }
    assert len(named) >= 10
    assert {name for name in named if f"`{name}`" not in page(exit_codes.PAGE)} <= {"FeedError", "HubError"}


# --- tables


@pytest.mark.slow
def test_every_table_and_column_that_others_read_is_described(schema: Database, models: Manifest) -> None:
    assert len(schema.relations) > 40
    assert tables.undescribed(schema, models) == []


@pytest.mark.slow
def test_a_table_or_column_without_words_is_found(schema: Database, models: Manifest) -> None:
    first, *others = schema.relations
    mute = Column("mute", "text", filled=False, comment="", for_analysts=False)
    silent = replace(first, name="silent", comment="", columns=(mute,))
    planted = replace(schema, relations=(silent, first, *others))
    assert tables.undescribed(planted, models) == [
        f"{first.schema}.silent",
        f"{first.schema}.silent.mute",
    ]


@pytest.mark.slow
def test_every_table_that_others_read_has_its_place(schema: Database, models: Manifest) -> None:
    public = [node.full_name for node in tables.public_models(models)]
    assert "core.dim_person" in public
    for name in [*(relation.full_name for relation in schema.relations), *public]:
        assert f"\n## {name}\n" in page(f"reference/tables/{name.split('.')[0]}.md")
        assert f"[`{name}`]" in page("reference/tables/index.md")


# --- rules, reasons, feeds, declarations


def test_every_rule_and_check_has_a_page_with_both_languages() -> None:
    for rule in rules.seed("rules"):
        text = page(f"reference/rules/{rule['rule_id']}.md")
        assert rule["name_zh"] in text
        assert rule["name_en"] in text
        own = [row["sub_type"] for row in rules.seed("rule_sub_types") if row["rule_id"] == rule["rule_id"]]
        assert own, rule["rule_id"]
        assert [sub_type for sub_type in own if f"`{sub_type}`" not in text] == []
        parameters = [
            row["parameter"] for row in rules.seed("rule_parameters") if row["rule_id"] == rule["rule_id"]
        ]
        assert [name for name in parameters if f"`{name}`" not in text] == []
        assert "## Models" in text
    for check in rules.seed("checks"):
        assert check["name_zh"] in page(f"reference/checks/{check['check_id']}.md")


def test_every_reason_is_told_in_both_languages() -> None:
    text = page("reference/reasons.md")
    assert [
        code for code, reason in REASONS.items() if f"`{code}`" not in text or reason.zh not in text
    ] == []


def test_every_feed_has_a_page() -> None:
    assert [
        feed
        for feed in feed_ids()
        if not (DOCS / "reference/feeds" / f"{feed.replace('__', '/')}.md").is_file()
    ] == []


def test_every_field_of_a_declaration_is_explained() -> None:
    assert len(feed_yml.parts()) >= 10
    assert feed_yml.unexplained() == []


# --- decisions, and the menu


def test_every_decision_is_in_the_menu() -> None:
    decisions = sorted(path.name for path in (DOCS / "adr").glob("[0-9]*.md"))
    menu = str(hooks._menu(DOCS, DOCS / "adr"))
    assert [name for name in decisions if f"adr/{name}" not in menu] == []


def test_every_page_is_in_the_menu() -> None:
    menu = str([hooks._menu(DOCS, DOCS / name) for name in hooks.SECTIONS if (DOCS / name).is_dir()])
    inside = [path for path in DOCS.rglob("*.md") if path.parent != DOCS]
    assert [path.name for path in inside if f"'{path.relative_to(DOCS).as_posix()}'" not in menu] == []
    assert {path.name for path in DOCS.glob("*.md")} == {"index.md", "glossary.md"}


def test_the_menu_follows_the_index(tmp_path: Path) -> None:
    folder = tmp_path / "explain"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.md", "b.md", "deep/c.md"):
        (folder / name).write_text("# T\n", encoding="utf-8")
    (folder / "index.md").write_text("# T\n\n[b](b.md), [c](deep/c.md)\n", encoding="utf-8")
    menu = hooks._menu(tmp_path, folder)
    assert menu == ["explain/index.md", "explain/b.md", {"Deep": ["explain/deep/c.md"]}, "explain/a.md"]

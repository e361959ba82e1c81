"""`make new-feed` and `make new-rule` in a copy of the project: what is written, what fails, what passes."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from connectors.catalogue import dbt_sources
from connectors.catalogue.load import load_feed
from tests.support.dbt import run_dbt
from tests.support.hand_made_world import T
from tools.scaffold import __main__ as scaffold
from tools.scaffold.feed import FORMATS
from tools.scaffold.gaps import gaps
from tools.scaffold.project import ROOT, Project
from warehouse.settings import Settings

ROOMS = ("connectors", "warehouse", "dbt_project", "expectations", "hub", "dags", "sandbox", "tools", "tests")
#: Names that no page proposes: who tries an example of the pages has it in the checkout.
FEED, RULE = "housing/of_a_test", "of_a_test"
FEED_ID, FOLDER = "housing__of_a_test", "connectors/feeds/housing/of_a_test"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A copy of what the scaffolds read and write."""
    for room in ("connectors/feeds", "dbt_project"):
        _copy(room, tmp_path)
    return Project(tmp_path)


def _copy(room: str, to: Path) -> None:
    left_out = shutil.ignore_patterns("target", "logs", "__pycache__")
    shutil.copytree(ROOT / room, to / room, ignore=left_out)


def run(project: Project, *words: str) -> int:
    return scaffold.main(words, project)


def files(project: Project) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}


def seed_row(project: Project, seed: str) -> dict[str, str]:
    with (project.seeds / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))[-1]


LAYOUTS = [(protocol, layout) for protocol, known in FORMATS.items() for layout in known or ("",)]


@pytest.mark.parametrize(("protocol", "layout"), LAYOUTS)
def test_a_new_feed_is_declared_sampled_and_staged(project: Project, protocol: str, layout: str) -> None:
    assert run(project, "feed", FEED, "--protocol", protocol, "--format", layout) == 0
    feed = load_feed(FEED_ID, project.feeds)
    assert (feed.protocol, feed.format.kind if feed.format else "") == (protocol, layout)
    assert list(dbt_sources.differences(project.models / "staging", project.feeds)) == []
    sample = {path.name for path in (project.root / FOLDER / "sample").iterdir()}
    assert {"expected.csv", "expected_quarantine.csv"} < sample
    assert len(sample) == 3
    assert seed_row(project, "report_sources")["feed_id"] == feed.feed_id
    left = gaps(project)
    assert any(line.startswith(f"{FOLDER}/feed.yml:") and "中文名称" in line for line in left)
    assert any(line.startswith(f"{FOLDER}/sample: fill in: a small delivery") for line in left)
    assert any(line.startswith("dbt_project/seeds/report_sources.csv:") for line in left)


def test_the_first_feed_of_a_domain_asks_for_its_publisher(project: Project) -> None:
    assert run(project, "feed", "tax/income", "--protocol", "sql") == 0
    assert any("tax/income/feed.yml" in line and "单位全称" in line for line in gaps(project))
    assert load_feed("tax__income", project.feeds).owner == "tax-desk"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("feed", "housing/sale_contract", "--protocol", "sftp"), "sale_contract is there already"),
        (("feed", "housing", "--protocol", "sftp"), "expected domain/name"),
        (("feed", "housing/Heating", "--protocol", "sftp"), "expected domain/name"),
        (("feed", "housing/heat__ing", "--protocol", "sftp"), "expected domain/name"),
        (("feed", "../housing/heat", "--protocol", "sftp"), "expected domain/name"),
        (("feed", f"housing/{'h' * 60}", "--protocol", "sftp"), "59 at most"),
        (("feed", FEED, "--protocol", "fax"), "PROTOCOL is 'fax', expected one of sftp, rest, soap, sql"),
        (
            ("feed", FEED, "--protocol", "sftp", "--format", "pdf"),
            "FORMAT is 'pdf', expected for sftp one of csv",
        ),
        (("feed", FEED, "--protocol", "sql", "--format", "csv"), "a database has no layout"),
        (("rule", "death"), "dbt_project/models/rules/death is there already"),
        (("rule", "Death"), "expected a name like work_injury"),
        (("rule", "no-dashes"), "expected a name like work_injury"),
        (("rule", "r" * 60), "at most"),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_changes(
    project: Project, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    before = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    assert run(project, *words) == 2
    assert says in capsys.readouterr().err
    assert {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()} == before


def test_a_new_rule_is_a_folder_and_rows(project: Project) -> None:
    assert run(project, "rule", RULE) == 0
    folder = project.models / "rules" / RULE
    assert {path.name for path in folder.iterdir()} == {
        f"int_{RULE}_hit.sql", f"wrn_{RULE}.sql", f"_{RULE}.yml"
    }  # fmt: skip
    described = yaml.safe_load((folder / f"_{RULE}.yml").read_text(encoding="utf-8"))
    assert [m["name"] for m in described["models"]] == [f"int_{RULE}_hit", f"wrn_{RULE}"]
    rules = project.seed("rules")
    assert (rules[-1]["rule_id"], int(rules[-1]["number"])) == (RULE, int(rules[-2]["number"]) + 1)
    assert None not in {*rules[-1], *rules[-1].values()}
    for seed in ("rule_sub_types", "rule_benefits"):
        assert seed_row(project, seed)["rule_id"] == RULE
    first = project.built_rules.read_text(encoding="utf-8").split("]) }}")[0]
    assert first.endswith(f"    '{RULE}',\n")
    left = "\n".join(gaps(project))
    for file in (
        f"int_{RULE}_hit.sql",
        f"_{RULE}.yml",
        "rules.csv",
        "rule_sub_types.csv",
        "rule_benefits.csv",
    ):
        assert f"{file}:" in left, file


def test_the_page_tells_what_the_scaffold_writes(project: Project) -> None:
    before = files(project)
    run(project, "rule", RULE)
    written = {
        path.name.replace(RULE, "work_injury")
        for path, content in files(project).items()
        if before.get(path) != content
    }
    page = (ROOT / "docs" / "extend" / "a-rule.md").read_text(encoding="utf-8")
    table = page.split("## With the scaffold")[1].split("## 1.")[0]
    told = set(re.findall(r"^\| `(?:[\w/]+/)?([\w.]+)`", table, re.M))
    assert told == written


def test_the_rule_reads_as_the_projects_own(project: Project) -> None:
    run(project, "rule", RULE)
    for path in (project.models / "rules" / RULE).glob("*.sql"):
        as_if = f"dbt_project/models/rules/{RULE}/{path.name}"
        done = subprocess.run(
            [sys.executable, "-m", "sqlfluff", "lint", "--stdin-filename", as_if, "-"],
            input=path.read_text(encoding="utf-8"), cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def filled(text: str) -> str:
    """What a person makes of a declaration: words in place of the marks, marks in comments gone."""
    text = re.sub(r" *# FILL IN:.*", "", text)
    return re.sub(r"FILL IN: *", "", text)


GOOD = """BH,ZJHM,XM
GN001,210103195203070022,王桂珍
GN002,210106194809150419,李建国
GN003,210102196011010023,欧阳明
GN004,210124194702120554,张玉兰
GN005,210111195506231030,刘秀英
GN006,210111195506231039,赵淑琴
"""


@pytest.mark.slow
def test_the_failing_test_names_the_gaps_and_passes_when_they_are_filled(tmp_path: Path) -> None:
    for room in ROOMS:
        _copy(room, tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    project = Project(tmp_path)
    assert run(project, "feed", FEED, "--protocol", "sftp", "--format", "csv") == 0
    code, said = _house_test(tmp_path)
    assert code == 1
    assert f"{FOLDER}/feed.yml:5: fill in: short code at the exchange" in said
    assert f"{FOLDER}/sample: fill in: a small delivery" in said

    declaration = tmp_path / FOLDER / "feed.yml"
    declaration.write_text(filled(declaration.read_text(encoding="utf-8")), encoding="utf-8")
    seed = project.seeds / "report_sources.csv"
    text = filled(seed.read_text(encoding="utf-8"))
    seed.write_text(re.sub(r"来源名称[^,]*,register\n$", "中文名称,register\n", text), encoding="utf-8")
    sample = declaration.parent / "sample"
    (sample / "main.csv").write_text(GOOD, encoding="utf-8")
    good = GOOD.replace("BH,ZJHM,XM", "record_no,id_number,full_name").splitlines(keepends=True)[:-1]
    (sample / "expected.csv").write_text("".join(good), encoding="utf-8")
    (sample / "expected_quarantine.csv").write_text(
        "row_no,column_name,reason_code\n6,id_number,id_check_digit\n", encoding="utf-8"
    )
    code, said = _python(tmp_path, "-m", "connectors.catalogue.dbt_sources", "--write")
    assert code == 0, said
    code, said = _house_test(
        tmp_path,
        "tests/connectors/test_samples.py",
        "tests/dbt/test_project_files.py",
        "tests/connectors/test_catalogue.py",
        "--deselect=tests/connectors/test_catalogue.py::test_counts_are_those_of_the_city",
    )
    assert code == 0, said


def _house_test(root: Path, *more: str) -> tuple[int, str]:
    """Runs the test that finds gaps, and others, in a copy of the project."""
    tests = ("tests/house/test_nothing_is_left_to_fill_in.py", *more)
    return _python(root, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)


def _python(root: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, *words], cwd=root, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_the_unit_test_of_a_rule_fails_until_its_facts_are_said(
    fresh_hub: Settings, project: Project, tmp_path: Path
) -> None:
    run(project, "rule", RULE)
    hits = project.models / "rules" / RULE / f"int_{RULE}_hit.sql"
    test = f"{RULE}_finds_whom_it_should"
    chosen = ("--vars", f"{{as_of: '{T}'}}", "--select")
    dbt_project = project.root / "dbt_project"
    parents = (f"+int_{RULE}_hit", "--exclude-resource-type", "test", "unit_test")
    run_dbt(fresh_hub, tmp_path / "target", "build", *chosen, *parents, project=dbt_project)
    with pytest.raises(AssertionError, match=test):
        run_dbt(fresh_hub, tmp_path / "target", "test", *chosen, test, project=dbt_project)
    hits.write_text(hits.read_text(encoding="utf-8").replace("row_no < 0", "row_no > 0"), encoding="utf-8")
    run_dbt(fresh_hub, tmp_path / "target", "test", *chosen, test, project=dbt_project)

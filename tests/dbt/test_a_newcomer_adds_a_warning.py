"""The steps of ``docs/extend/a-rule.md``, taken as they are written there, give a warning."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
import yaml

from tests.docs.page_steps import skip_if_taken
from tests.support.dbt import query, run_dbt
from tests.support.hand_made_world import T, World
from warehouse.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
UNIT_TEST = "who_draws_a_work_injury_care_allowance"
MODEL = "dbt_project/models/rules/work_injury/wrn_work_injury.sql"
#: the last path in backticks before a fenced block, and the block
_STEP = re.compile(r"`(dbt_project/[^`\n]+)`:\n\n```\w+\n(.*?)^```$", re.S | re.M)
_END_OF_LIST = "]) }}"

pytestmark = pytest.mark.slow


def steps() -> dict[str, str]:
    """Text of each fenced block of the page by the path it goes to."""
    page = (ROOT / "docs" / "extend" / "a-rule.md").read_text(encoding="utf-8")
    found = _STEP.findall(page)
    assert len(found) == page.count("\n```") // 2, "a block names no file"
    assert len({path for path, _ in found}) == len(found)
    return dict(found)


def take(step: str, file: Path) -> None:
    """A row more for a seed, a line more for the list of rules, else a new file."""
    if file.suffix == ".csv":
        file.write_text(file.read_text(encoding="utf-8") + step, encoding="utf-8")
    elif file.exists():
        before, end, after = file.read_text(encoding="utf-8").partition(_END_OF_LIST)
        assert end
        file.write_text(before + step + end + after, encoding="utf-8")
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(step, encoding="utf-8")


@dataclass(frozen=True)
class Newcomer:
    """What there is after the steps: the people of a small world, and the database built from it."""

    settings: Settings
    project: Path
    draws: str
    other_name: str


@pytest.fixture(scope="module")
def newcomer(hub_db: Settings, tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    skip_if_taken("dbt_project/models/rules/work_injury")
    root = tmp_path_factory.mktemp("a newcomer's copy")
    project = root / "dbt_project"
    shutil.copytree(ROOT / "dbt_project", project, ignore=shutil.ignore_patterns("target", "logs"))
    for path, step in steps().items():
        take(step, root / path)

    world = World()
    draws, other_name, insured, no_dibao, unaided = (world.person() for _ in range(5))
    begun = T.replace(day=2)  # no payment is due yet
    for person in (draws, other_name, insured):
        world.benefit("dibao", person, start_date=begun)
    world.benefit("old_age", no_dibao)
    world.register(unaided)
    for person, name, allowance in (
        (draws, "张三", 800), (other_name, "李四", 800), (insured, "张三", 0), (no_dibao, "张三", 800),
        (unaided, "张三", 800),
    ):  # fmt: skip
        world.add(
            "social_security__work_injury_insurance",
            id_number=person, full_name=name, injury_grade=4, care_allowance=allowance,
        )  # fmt: skip
    with closing(psycopg2.connect(hub_db.database_url)) as connection:
        world.load(connection)
    # all that the warnings are made of, and what the newcomer's file tests
    run_dbt(
        hub_db, root / "target", "build", "--vars", f"{{as_of: '{T}'}}",
        "--select", "+warnings", UNIT_TEST, "--indirect-selection", "empty",
        project=project,
    )  # fmt: skip
    return Newcomer(hub_db, project, draws, other_name)


def test_the_warnings_are_those_of_the_new_rule(newcomer: Newcomer) -> None:
    found = query(
        newcomer.settings,
        """select rule_id, id_number, sub_type, event_key, severity, handler_level, confidence
           from candidate.warnings""",
    )
    rule = ("care_allowance", "work_injury_care", "orange", "street")
    assert found == {
        ("work_injury", newcomer.draws, *rule, "confirmed"),
        ("work_injury", newcomer.other_name, *rule, "suspected"),
    }


def test_the_unit_test_of_the_page_was_run_and_can_fail(newcomer: Newcomer, tmp_path: Path) -> None:
    results = json.loads(
        (newcomer.project.parent / "target" / "run_results.json").read_text(encoding="utf-8")
    )
    run = {r["unique_id"].rsplit(".", 1)[1]: r["status"] for r in results["results"]}
    assert run[UNIT_TEST] == "pass"
    model = newcomer.project.parent / MODEL
    written = model.read_text(encoding="utf-8")
    model.write_text(written.replace("care_allowance > 0", "care_allowance >= 0"), encoding="utf-8")
    assert model.read_text(encoding="utf-8") != written
    with pytest.raises(AssertionError, match=UNIT_TEST):
        run_dbt(
            newcomer.settings, tmp_path, "test", "--select", UNIT_TEST, "--vars", f"{{as_of: '{T}'}}",
            project=newcomer.project,
        )  # fmt: skip


def test_the_files_pass_what_the_project_asks_of_its_own() -> None:
    described = yaml.safe_load(steps()["dbt_project/models/rules/work_injury/_work_injury.yml"])
    assert [model["name"] for model in described["models"]] == [Path(MODEL).stem]
    done = subprocess.run(
        [sys.executable, "-m", "sqlfluff", "lint", "--disable-progress-bar", "--stdin-filename", MODEL, "-"],
        input=steps()[MODEL], cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr

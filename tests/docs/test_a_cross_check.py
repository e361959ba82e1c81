"""``docs/extend/a-cross-check.md``, taken after ``a-rule.md``, gives a hit and the same warning."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from tests.docs.page_steps import EXTEND, ROOT, copy_of_the_project, skip_if_taken, steps, take
from tests.support.dbt import query, run_dbt
from tests.support.hand_made_world import T, World
from warehouse.settings import Settings

UNIT_TEST = "who_draws_a_work_injury_care_allowance"

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Checked:
    """What there is after the steps: two people who draw the allowance, and the benefit of each."""

    settings: Settings
    draws: str
    her_benefit: str
    other_name: str
    his_benefit: str


@pytest.fixture(scope="module")
def checked(hub_db: Settings, tmp_path_factory: pytest.TempPathFactory) -> Checked:
    skip_if_taken("dbt_project/models/rules/work_injury")
    folder = tmp_path_factory.mktemp("a new cross-check")
    tree = copy_of_the_project(folder / "project")
    for page in ("a-rule.md", "a-cross-check.md"):
        for blocks in steps(EXTEND / page).values():
            take(blocks, tree)

    world = World()
    draws, other_name, insured, no_dibao = (world.person() for _ in range(4))
    begun = T.replace(day=2)  # no payment is due yet
    hers = world.benefit("dibao", draws, start_date=begun)
    his = world.benefit("dibao", other_name, start_date=begun)
    world.benefit("dibao", insured, start_date=begun)
    world.benefit("old_age", no_dibao)
    for person, name, allowance in (
        (draws, "张三", 800), (other_name, "李四", 800), (insured, "张三", 0), (no_dibao, "张三", 800),
    ):  # fmt: skip
        world.add(
            "social_security__work_injury_insurance",
            id_number=person, full_name=name, injury_grade=4, care_allowance=allowance,
        )  # fmt: skip
    with closing(psycopg2.connect(hub_db.database_url)) as connection:
        world.load(connection)
    run_dbt(
        hub_db, folder / "target", "build", "--vars", f"{{as_of: '{T}'}}",
        "--select", "+cross_check_hits", "+warnings", UNIT_TEST, "--indirect-selection", "empty",
        project=tree / "dbt_project",
    )  # fmt: skip
    return Checked(hub_db, draws, hers, other_name, his)


def test_the_hits_are_those_of_the_new_check(checked: Checked) -> None:
    found = query(
        checked.settings,
        """select check_id, check_name_zh, id_number, enrolment_id, sub_type, confidence, overlap_from,
               overlap_until, overpaid_months, overpaid_amount from candidate.cross_check_hits""",
    )
    kind, unsaid = ("work_injury", "工伤保"), (None, None, None, None)
    assert found == {
        (*kind, checked.draws, checked.her_benefit, "care_allowance", "confirmed", *unsaid),
        (*kind, checked.other_name, checked.his_benefit, "care_allowance", "suspected", *unsaid),
    }


def test_the_warnings_are_those_the_rule_gave_without_the_check(checked: Checked) -> None:
    found = query(
        checked.settings,
        "select rule_id, id_number, sub_type, event_key, confidence, "
        "warning_id = md5(concat('work_injury|', subject_id, '|work_injury_care')) from candidate.warnings",
    )
    kind = ("care_allowance", "work_injury_care")
    assert found == {
        ("work_injury", checked.draws, *kind, "confirmed", True),
        ("work_injury", checked.other_name, *kind, "suspected", True),
    }


@pytest.mark.parametrize("number", [1, 2])
def test_the_models_pass_what_the_project_asks_of_its_own(number: int) -> None:
    for block in steps(EXTEND / "a-cross-check.md")[number]:
        assert block.path is not None
        done = subprocess.run(
            [sys.executable, "-m", "sqlfluff", "lint", "--disable-progress-bar", "--stdin-filename",
             block.path, "-"],
            input=block.text, cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{Path(block.path).name}\n{done.stdout}{done.stderr}"

"""What a team expects stands there, and says the same as the Makefile."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def recipe(target: str) -> list[str]:
    """The commands of a make target."""
    found = re.search(rf"^{target}:.*?\n((?:\t.*\n)+)", text("Makefile"), re.M)
    assert found, target
    return [line.strip() for line in found[1].splitlines()]


def hooks() -> list[dict[str, Any]]:
    (repository,) = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    assert repository["repo"] == "local", "a hook from elsewhere would be fetched"
    found: list[dict[str, Any]] = repository["hooks"]
    return found


def bare(command: str) -> str:
    """The command without what names the files and where Python is."""
    command = re.sub(r"(\$\(PY\)|\.venv/bin/python) -m |\.venv/bin/", "", command)
    return re.sub(r" (\.|dbt_project/\S+|--force-exclude)(?= |$)", "", command)


def test_pre_commit_runs_what_make_lint_runs() -> None:
    assert {bare(hook["entry"]) for hook in hooks()} == {bare(command) for command in recipe("lint")}
    assert {hook["language"] for hook in hooks()} == {"system"}


def test_the_workflow_runs_the_gate_and_knows_no_secret() -> None:
    workflow = text(".github/workflows/ci.yml")
    (job,) = yaml.safe_load(workflow)["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert "secrets" not in workflow
    assert {"make .venv", "make lint", "make test"} <= set(text(".ci/run").splitlines())


def test_each_recurring_task_has_a_template() -> None:
    folder = ROOT / ".github" / "ISSUE_TEMPLATE"
    forms = [yaml.safe_load(p.read_text(encoding="utf-8")) for p in sorted(folder.glob("[0-9]-*.yml"))]
    assert [form["labels"] for form in forms] == [["feed"], ["feed"], ["rule"], ["rate"]]
    for form in forms:
        assert form["body"][-1]["type"] == "checkboxes", form["name"]
        ids = [field["id"] for field in form["body"] if "id" in field]
        assert len(ids) == len(set(ids)), form["name"]


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*)(?=[ :].*##)", text("Makefile"), re.M))
    assert {"run", "test-fast", "new-feed"} <= targets
    pages = [ROOT / "CONTRIBUTING.md", *(ROOT / ".github").rglob("*.*")]
    named = {
        name for page in pages for name in re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8"))
    }
    assert len(named) > 10
    assert named <= targets


def test_the_licence_is_whole() -> None:
    assert "Apache License\n                           Version 2.0, January 2004" in text("LICENSE")
    assert text("LICENSE").rstrip().endswith("limitations under the License.")
    assert 'license = "Apache-2.0"' in text("pyproject.toml")


def test_the_changelog_has_a_place_for_the_next_change() -> None:
    versions = re.findall(r"^## \[(.+?)\]", text("CHANGELOG.md"), re.M)
    (version,) = re.findall(r'^version = "(.+)"$', text("pyproject.toml"), re.M)
    assert versions[:2] == ["Unreleased", version]

"""What a build says of each model and test."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from hub.build import results


def node(unique_id: str, status: str, seconds: float, relation: str | None = None) -> dict[str, Any]:
    return {
        "unique_id": unique_id,
        "status": status,
        "execution_time": seconds,
        "relation_name": relation,
    }


def written(home: Path) -> Path:
    path = results.results_file(home)
    path.parent.mkdir(parents=True)
    made = [
        node("operation.hub.hub-on-run-start-0", "success", 0.1),
        node("model.hub.dim_person", "success", 2.5, '"hub"."core"."dim_person"'),
        node("test.hub.unique_dim_person.ab12", "fail", 0.2),
        node("model.hub.fct_event", "skipped", 0.0, '"hub"."core"."fct_event"'),
        node("seed.hub.rules", "success", 1.0, '"hub"."seeds"."rules"'),
        node("model.hub.elsewhere", "success", 0.5, '"hub"."new_schema"."elsewhere"'),
    ]
    path.write_text(json.dumps({"results": made}), encoding="utf-8")
    return path


def test_every_model_and_test_has_a_line(tmp_path: Path) -> None:
    lines = [str(found).split() for found in results.read(written(tmp_path))]
    assert lines == [
        ["success", "1.0", "s", "seeds", "seed", "rules"],
        ["success", "0.5", "s", "work", "model", "elsewhere"],
        ["success", "2.5", "s", "core", "model", "dim_person"],
        ["skipped", "0.0", "s", "core", "model", "fct_event"],
        ["fail", "0.2", "s", "tests", "test", "unique_dim_person.ab12"],
    ]


def test_a_group_says_what_is_not_done(tmp_path: Path) -> None:
    found = results.summaries(results.read(written(tmp_path)))
    assert list(found) == ["seeds", "work", "core", "tests"]
    assert found["core"] == {"nodes": 2, "seconds": 2.5, "not_done": ["fct_event"]}
    assert found["tests"] == {"nodes": 1, "seconds": 0.2, "not_done": ["unique_dim_person.ab12"]}


def test_the_results_of_an_earlier_build_are_not_told_again(tmp_path: Path) -> None:
    path = written(tmp_path)
    os.utime(path, (1000.0, 1000.0))
    assert results.read(path, since=1001.0) == []
    assert results.read(tmp_path / "none") == []

"""Tasks are forked from processes that have imported what they need, and compute like any other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
#: A process warms itself, forks, and the child says what it still had to import, and adds up a column.
_PROBE = """
import json, os, sys
from hub import executors
executors.warm(executors.FEED_MODULES + (executors.GATE_MODULES if "gate" in sys.argv else ()))
from connectors.catalogue.load import load_feed
declarations_read = load_feed.cache_info().currsize
answers = []
for _ in range(int(sys.argv[1])):
    here, there = os.pipe()
    if os.fork() == 0:
        known = set(sys.modules)
        import connectors.decode.pipeline, connectors.protocols.soap.pull, hub.day_steps, polars
        import warehouse.intake.load_feed, warehouse.operations.alerts
        if "gate" in sys.argv:
            import expectations.gate, great_expectations, great_expectations.expectations
        frame = polars.DataFrame({"key": list(range(5000)) * 2}).group_by("key").len()
        new = sorted({m.split(".")[0] for m in set(sys.modules) - known})
        os.write(there, json.dumps({"new": new, "groups": frame.height}).encode())
        os._exit(0)
    os.close(there)
    answers.append(json.loads(os.read(here, 65536)))
    os.close(here)
    os.wait()
loaded = sorted({m.split(".")[0] for m in sys.modules})
print(json.dumps({"children": answers, "declarations": declarations_read, "modules": loaded}))
"""


def probe(tmp_path: Path, children: int, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, str(children), *arguments],
        cwd=ROOT,
        env={"AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "POLARS_MAX_THREADS": "2"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_a_feed_s_process_imports_nothing_again_and_computes(tmp_path: Path) -> None:
    found = probe(tmp_path, 8)
    assert [child["groups"] for child in found["children"]] == [5000] * 8
    assert all(child["new"] == [] for child in found["children"]), found["children"][0]
    # a changed declaration counts at the next task: none is read beforehand
    assert found["declarations"] == 0
    # the gate's library is large: a feed's process does not carry it
    assert not {"great_expectations", "pandas", "scipy"} & set(found["modules"])


@pytest.mark.slow
def test_the_gate_s_process_has_its_library(tmp_path: Path) -> None:
    found = probe(tmp_path, 1, "gate")
    assert found["children"] == [{"new": [], "groups": 5000}]

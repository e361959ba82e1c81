"""The commands in a Python that is not the hub's: one line says which one is."""

from __future__ import annotations

import subprocess
import sys

from warehouse.settings import PROJECT_ROOT


def test_a_python_without_the_packages_names_the_one_that_has_them() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-m", "warehouse", "held"],  # -S: no installed packages
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (5, "")
    assert line.startswith(f"error: {sys.executable} has no ")
    assert "say .venv/bin/python -m warehouse" in line

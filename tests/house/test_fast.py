"""What is fast is told by what a test asks for, and a fast test cannot start PostgreSQL unnoticed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from warehouse.settings import Settings


def test_a_test_with_a_database_is_not_fast(request: pytest.FixtureRequest, hub_db: Settings) -> None:
    assert not list(request.node.iter_markers("fast"))


def test_a_test_without_is_fast(request: pytest.FixtureRequest) -> None:
    assert list(request.node.iter_markers("fast"))


@pytest.mark.parametrize("program", ["initdb", "pg_ctl", "postgres", "/opt/pg/bin/pg_dump"])
@pytest.mark.parametrize("before", [[], ["runuser", "-u", "nobody", "--"]])
def test_a_fast_test_that_starts_postgres_is_told_so(program: str, before: list[str]) -> None:
    with pytest.raises(RuntimeError, match=r"test_a_fast_test_that_starts.* ask for the fixture hub_server"):
        subprocess.run([*before, program, "--version"], check=False)


def test_other_programs_may_be_started() -> None:
    assert subprocess.run([sys.executable, "-c", ""], check=False).returncode == 0


@pytest.mark.slow
def test_a_slow_test_may_start_anything() -> None:
    with pytest.raises(FileNotFoundError):
        subprocess.run(["/no/such/pg_ctl"], check=False)

"""Kills in the loader, the publisher and the server: run again, all is as if nothing had been.

``make faults`` does the same at every boundary, with dbt and Airflow's scheduler as victims besides.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg2
import pytest

from tests.conftest import make_settings
from tests.faults.city import Watch, steps
from tests.faults.content import differences
from tests.faults.harness import Campaign, read, undisturbed
from tests.faults.reader import Readers
from warehouse.errors import LoadFailed
from warehouse.schema.migrate import migrate
from warehouse.settings import Settings
from warehouse.store.postgres import server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A server nobody else uses: it is going to be killed."""
    settings = make_settings(tmp_path_factory.mktemp("faults"))
    server.start(settings)
    yield settings
    server.destroy(settings)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of its own that can be filled, and that the server's user can reach."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder = Path(tempfile.mkdtemp(prefix="small disk "))
    folder.chmod(0o755)
    mounting = ["mount", "-t", "tmpfs", "-o", "size=256m,mode=0755", "tmpfs", str(folder)]
    done = subprocess.run(mounting, capture_output=True, text=True, check=False)
    try:
        if done.returncode:
            pytest.skip(f"no tmpfs can be mounted here: {done.stderr.strip()}")
        yield folder
        subprocess.run(["umount", str(folder)], check=True)
    finally:
        folder.rmdir()


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Not a byte is left on the disk, for as long as the ``with`` lasts."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    assert os.statvfs(disk).f_bavail == 0
    yield
    ballast.unlink()


def database(own: Settings, name: str, home: Path) -> Settings:
    settings = make_settings(home, DATABASE_URL=server.ensure_database(name, own))
    migrate(settings)
    return settings


def test_killed_anywhere_and_run_again_is_as_undisturbed(own: Settings, tmp_path: Path) -> None:
    plan = steps(2)
    twin = undisturbed(plan, database(own, "twin", tmp_path / "twin"))
    disturbed = database(own, "disturbed", tmp_path / "disturbed")
    campaign = Campaign(own, disturbed, seed=20200512)
    with Readers(str(disturbed.database_url), tmp_path) as readers:
        for number, step in enumerate(plan):
            step.prepare(disturbed)
            places = range(1, twin.boundaries[number] + 1)
            kinds = ("connection", "backend", "server")
            campaign.boundaries(step, [campaign.rng.choice(places)], kinds[number % len(kinds)])
            campaign.boundaries(step, sorted(campaign.rng.sample(places, 5)), "self")
            campaign.moments(step, 2, twin.seconds[number])
            campaign.finish(step)
    seen = readers.seen()
    campaign.compare(twin, seen)
    assert campaign.report.is_clean, "\n".join(campaign.report.lines())
    assert campaign.report.kills.total() >= 40
    assert len(seen) >= 2, "readers that saw no publication prove nothing"


@pytest.mark.parametrize("landing", ["on the full disk", "elsewhere"])
def test_a_full_disk_is_named_and_leaves_nothing_behind(
    small_disk: Path, tmp_path: Path, landing: str
) -> None:
    """Where the received bytes find no room, and where the server does not."""
    base = make_settings(small_disk / "hub")
    server.start(base)
    try:
        plan = steps(1)
        twin = undisturbed(plan, database(base, "twin", tmp_path / "twin"))
        home = small_disk / "home" if landing == "on the full disk" else tmp_path / "home"
        disturbed = database(base, "disturbed", home)
        refused = []
        for step in plan:
            step.prepare(disturbed)
            with full(small_disk):
                try:
                    step.run(disturbed, Watch())
                except (LoadFailed, psycopg2.OperationalError) as error:
                    refused.append(str(error))
            server.start(base)  # does nothing, unless the server gave up
            step.run(disturbed, Watch())
        assert len(refused) == len(plan)
        assert all("No space left on device" in message for message in refused), refused
        assert differences(twin.content, read(disturbed)) == {}
    finally:
        server.destroy(base)

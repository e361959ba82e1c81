"""Builds the data of one scale, once: the stand-in city, what its departments deliver, a loaded database."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path

import psutil

from hub import city_process
from hub.processes import Processes
from hub.settings import HubSettings
from sandbox.settings import CitySettings
from tests.benchmarks.suite import databases, processes
from tests.benchmarks.suite.options import FIRST_DAY, Options
from tests.benchmarks.suite.progress import Say
from warehouse.settings import PROJECT_ROOT, Settings

#: What deliveries and templates depend on. If any of it changes, they are made anew.
_SOURCES = ("connectors", "sandbox", "warehouse/intake", "warehouse/schema", "warehouse/store")


def record_path(options: Options) -> Path:
    """Returns the file in which the deliveries are recorded."""
    return options.folder / "deliveries.json"


def ensure(options: Options, settings: Settings, say: Say) -> None:
    """Makes city, deliveries and the loaded template, unless they are there and made by this code."""
    stamp, made_from = options.folder / "made.json", _made_from(options)
    with suppress(OSError, ValueError):
        same = json.loads(stamp.read_text(encoding="utf-8")) == made_from
        if same and databases.exists(settings, databases.LOADED):
            say("data: there already")
            return
    stamp.unlink(missing_ok=True)
    databases.make_migrated(settings)
    shutil.rmtree(settings.hub_home / "landing", ignore_errors=True)
    say("data: inventing the city and pulling its deliveries (once for each scale)")
    making = databases.copy(settings, "bench_making", databases.MIGRATED)
    with city(options, settings) as connections:
        processes.run(
            processes.python_module(
                "tests.benchmarks.suite.work", "record",
                "--record", str(record_path(options)), "--day", FIRST_DAY.isoformat(),
            ),
            databases.environment(making, FIRST_DAY, **connections),
            options.folder / "logs" / "record.log",
        )  # fmt: skip
    databases.rename(settings, "bench_making", databases.LOADED)
    stamp.write_text(json.dumps(made_from), encoding="utf-8")


def _made_from(options: Options) -> dict[str, object]:
    digest = hashlib.sha256()
    for folder in _SOURCES:
        for path in sorted((PROJECT_ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".yml", ".sql", ".j2"):
                digest.update(path.read_bytes())
    return {"seed": options.seed, "scale": options.scale, "sources": digest.hexdigest()}


def on_one_machine(options: Options, settings: Settings) -> HubSettings:
    """Returns the settings with the stand-in city of this run."""
    own = {field.name: getattr(settings, field.name) for field in fields(Settings)}
    return HubSettings(**own, city=CitySettings(options.seed, FIRST_DAY))


@contextmanager
def city(options: Options, settings: Settings) -> Iterator[dict[str, str]]:
    """Runs the stand-in city for the length of the block; yields its connections."""
    one, running = on_one_machine(options, settings), Processes(settings.hub_home)
    running.stop([city_process.NAME])
    child = city_process.start(one, running)
    try:
        yield city_process.wait(one, child)
    finally:
        running.stop([city_process.NAME])


def city_cpu(settings: Settings) -> float:
    """Returns the CPU seconds of the running city: its own work, which no figure of the hub holds."""
    child = Processes(settings.hub_home).find(city_process.NAME)
    with suppress(psutil.Error):
        process = child.process() if child else None
        if process is not None:
            times = process.cpu_times()
            return float(times.user + times.system)
    return 0.0

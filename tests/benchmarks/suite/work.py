"""``python -m tests.benchmarks.suite.work <what>``: one measured piece of work, in a process of its own.

Each prints its answer as the last line (``processes.give_answer``). The steps of a day are those of
``hub/day_steps.py`` and of the DAGs; nothing of them is written here a second time.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from connectors.catalogue import Feed
from connectors.delivery import AskedPerson, Delivery, Window
from tests.benchmarks.suite import deliveries
from tests.benchmarks.suite.processes import give_answer
from warehouse.intake import day_status
from warehouse.settings import Settings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.suite.work", description=__doc__)
    parser.add_argument("what", choices=sorted(WORK))
    parser.add_argument("--record", type=Path, help="the file of the recorded deliveries")
    parser.add_argument("--day", type=date.fromisoformat)
    parser.add_argument("--feeds", nargs="*", default=[])
    parser.add_argument("--models", nargs="*", default=[])
    parser.add_argument("--to", type=Path, help="folder of the bytes that are pulled")
    parser.add_argument("--changes", action="store_true", help="one row in a hundred says something else")
    chosen = parser.parse_args()
    WORK[chosen.what](chosen)
    return 0


def record(chosen: argparse.Namespace) -> None:
    """Pulls and loads every feed as the product does, and writes down what each department gave."""
    from connectors.connections import resolve
    from connectors.protocols import pull
    from warehouse.intake.load_feed import load_feed

    settings = Settings.from_env()
    found: list[deliveries.Recorded] = []

    def recording(
        feed: Feed, as_of: date, window: Window, _: Any, landing: Path, asked: Sequence[AskedPerson]
    ) -> Delivery:
        delivery = pull(feed, as_of, window, resolve(feed.connection_id), landing, asked)
        found.append(deliveries.Recorded(window, tuple(asked), delivery))
        return delivery

    for feed_id in _in_order():
        load_feed(feed_id, chosen.day, settings, puller=recording)
    deliveries.save(chosen.record, found)
    give_answer(feeds=len(found))


def _in_order() -> list[str]:
    from connectors.catalogue.load import declarations

    declared = declarations()
    queries = {f for f, d in declared.items() if d["mode"] == "query_reply"}
    return sorted(declared, key=lambda f: (f != day_status.AUTHORISATION, f in queries, f))


def pull_all(chosen: argparse.Namespace) -> None:
    """Pulls every feed once more, into a folder that is deleted."""
    from connectors.catalogue.load import load_catalogue
    from connectors.connections import resolve
    from connectors.protocols import pull

    catalogue, size = load_catalogue(), 0
    for feed_id, one in deliveries.read(chosen.record).items():
        feed, landing = catalogue[feed_id], chosen.to / feed_id
        landing.mkdir(parents=True)
        given = pull(feed, chosen.day, one.window, resolve(feed.connection_id), landing, one.people)
        size += sum(part.path.stat().st_size for part in given.parts)
    shutil.rmtree(chosen.to)
    give_answer(bytes=size)


def decode_all(chosen: argparse.Namespace) -> None:
    """Decodes recorded deliveries and throws the rows away."""
    from connectors.catalogue.load import load_catalogue
    from connectors.decode import decode

    key, catalogue, rows = Settings.from_env().account_key, load_catalogue(), 0
    begin, cpu = time.perf_counter(), _cpu()
    for feed_id, one in deliveries.read(chosen.record).items():
        if not chosen.feeds or feed_id in chosen.feeds:
            feed = catalogue[feed_id]
            rows += sum(chunk.received for chunk in decode(feed, one.delivery, account_key=key))
    give_answer(rows=rows, seconds=time.perf_counter() - begin, cpu=_cpu() - cpu)


def load_all(chosen: argparse.Namespace) -> None:
    """Loads recorded deliveries. ``seconds`` and ``cpu`` leave out what starting the process costs."""
    from connectors import decode as _  # noqa: F401 -- imported before the clock starts
    from warehouse.intake.load_feed import load_feed
    from warehouse.intake.write_batch import landed_decoder

    settings = Settings.from_env()
    decoder = landed_decoder(settings)
    recorded = deliveries.read(chosen.record)
    if chosen.feeds:
        recorded = {feed_id: recorded[feed_id] for feed_id in chosen.feeds}
    if chosen.changes:
        recorded = {f: deliveries.of_changes(one, chosen.day) for f, one in _of_a_day(recorded).items()}
        decoder = deliveries.changing(decoder)
    received = loaded = 0
    begin, cpu = time.perf_counter(), _cpu()
    for feed_id, one in recorded.items():
        result = load_feed(feed_id, chosen.day, settings, puller=deliveries.replayed(one), decoder=decoder)
        received, loaded = received + result.received, loaded + result.loaded
    give_answer(
        feeds=len(recorded), received=received, loaded=loaded,
        seconds=time.perf_counter() - begin, cpu=_cpu() - cpu,
    )  # fmt: skip


def _of_a_day(recorded: dict[str, deliveries.Recorded]) -> dict[str, deliveries.Recorded]:
    """Returns what a common day brings: the deltas. Answers and monthly snapshots have days of their own."""
    from connectors.catalogue.load import declarations

    declared = declarations()
    return {f: one for f, one in recorded.items() if declared[f]["mode"] == "delta"}


def check_feeds(chosen: argparse.Namespace) -> None:
    """Runs the gate before the build, its import included."""
    from expectations.gate import check_feeds as check

    result = check(chosen.day, Settings.from_env())
    give_answer(ok=result.ok, errors=[str(error) for error in result.errors][:5])


def build(chosen: argparse.Namespace) -> None:
    """Builds all models, or those named."""
    from hub import day_steps

    day_steps.build(chosen.day, chosen.models)
    give_answer(models=chosen.models)


def check_marts(chosen: argparse.Namespace) -> None:
    """Runs the gate before the publication, its import included."""
    from expectations.gate import check_marts as check

    result = check(chosen.day, Settings.from_env())
    give_answer(ok=result.ok, errors=[str(error) for error in result.errors][:5])


def publish(chosen: argparse.Namespace) -> None:
    """Publishes the candidates."""
    from hub import day_steps
    from warehouse.publication import state

    done = day_steps.publish(chosen.day, state.batches_digest(chosen.day, Settings.from_env()))
    give_answer(published=str(done))


def load_from_city(chosen: argparse.Namespace) -> None:
    """Loads all feeds from the stand-in city, as many at once as Airflow's settings say."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from connectors.catalogue.load import declarations
    from hub.airflow import parallelism

    declared = declarations()
    queries = {f for f, d in declared.items() if d["mode"] == "query_reply"}
    order = _in_order()
    with ProcessPoolExecutor(parallelism(), mp_context=get_context("spawn")) as pool:
        first = [f for f in order if f not in queries]
        # as in a run by Airflow: the queries wait for the authorisations, the others do not
        waiting = [pool.submit(_load_one, f, chosen.day, False) for f in first]
        waiting[0].result()
        waiting += [pool.submit(_load_one, f, chosen.day, True) for f in order if f in queries]
        lines = [one.result() for one in waiting]
    give_answer(feeds=len(lines))


def _load_one(feed_id: str, day: date, queries: bool) -> str:
    from hub import day_steps

    return day_steps.load(feed_id, day, queries=queries, refresh=False)


def through_airflow(chosen: argparse.Namespace) -> None:
    """Runs the day as ``make run`` does, and tells the seconds of each stage."""
    from hub import run_day, stack
    from hub.settings import HubSettings

    settings = HubSettings.from_env()
    with stack.running(settings, _say) as running:
        begin = time.monotonic()
        run_day.load_and_publish(running, _say)
        day = time.monotonic() - begin
    give_answer(day=day, seconds=running.seconds)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _cpu() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


WORK: dict[str, Callable[[argparse.Namespace], None]] = {
    "record": record,
    "pull": pull_all,
    "decode": decode_all,
    "load": load_all,
    "check_feeds": check_feeds,
    "build": build,
    "check_marts": check_marts,
    "publish": publish,
    "load_from_city": load_from_city,
    "through_airflow": through_airflow,
}

if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())

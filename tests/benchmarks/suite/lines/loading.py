"""Loading beside server-side COPY, dlt and ``pandas.to_sql``, in turn."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import polars as pl
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue.load import load_catalogue
from connectors.decode import decode
from tests.benchmarks.suite import data, databases, deliveries, peers, server_figures
from tests.benchmarks.suite.bench import Bench
from tests.benchmarks.suite.goals import Result
from warehouse.settings import Settings
from warehouse.store.connect import rows
from warehouse.store.postgres.files import data_dir, runner
from warehouse.store.postgres.reach import admin

#: Feeds are added, the largest first, until there are so many rows; one with more of its own is left out.
ROWS = 300_000
#: Rows that the slow peers are given: their rate is what is compared.
DLT_ROWS, TO_SQL_ROWS = 100_000, 20_000
_LAYOUTS = ("csv", "pipe")


@dataclass(frozen=True)
class Rate:
    """Rows a second by the clock, and microseconds of CPU for each row (client and server)."""

    rows: float
    cpu: float


def measure(bench: Bench) -> dict[str, Result]:
    """Measures the product and each peer in turn, ``pairs`` times."""
    feeds = _delimited(bench.settings.with_database(_url(bench.settings, databases.LOADED)))
    bench.say(f"  {len(feeds)} delimited feeds: {', '.join(feeds)}")
    rounds: dict[str, list[Rate]] = {"product": [], "copy": []}
    missing: dict[str, str] = {}
    slow = {"dlt": ("dlt_arrow.py", DLT_ROWS), "pandas": ("to_sql.py", TO_SQL_ROWS)}
    files = {name: _cleaned(bench, feeds[0], most) for name, (_, most) in slow.items()}
    for _ in range(bench.options.pairs):
        on = bench.database("load", databases.MIGRATED)
        rounds["product"].append(_product(bench, on, feeds))
        rounds["copy"].append(_copy(bench, on, feeds))
        for name, (script, _) in slow.items():
            try:
                rounds.setdefault(name, []).append(_peer(bench, on, name, script, files[name]))
            except peers.PeerMissing as error:
                missing[name] = str(error)
    bench.drop("load")
    return {
        "load-copy": _ratio(rounds, "copy", missing),
        "load-dlt": _ratio(rounds, "dlt", missing),
        "load-to-sql": _ratio(rounds, "pandas", missing),
    }


def _ratio(rounds: dict[str, list[Rate]], peer: str, missing: dict[str, str]) -> Result:
    if peer in missing:
        return Result.missing(missing[peer])
    ours, theirs = rounds["product"], rounds[peer]
    ratios = [a.rows / b.rows for a, b in zip(ours, theirs, strict=True)]
    return Result.of_pairs(
        ratios,
        f"{median(r.rows for r in ours):,.0f} against {median(r.rows for r in theirs):,.0f} rows/s; CPU "
        f"{median(r.cpu for r in ours):.0f} against {median(r.cpu for r in theirs):.0f} µs a row",
    )


def _delimited(loaded: Settings) -> list[str]:
    """Returns the delimited feeds that are measured, the largest first."""
    received = dict(
        rows(loaded, "select feed_id, sum(rows_received)::bigint from ops.feed_batches group by 1", ())
    )
    chosen: list[str] = []
    total = 0
    for feed in sorted(load_catalogue().values(), key=lambda f: -received.get(f.feed_id, 0)):
        fits = feed.protocol == "sql" or (feed.format and feed.format.kind in _LAYOUTS)
        if fits and feed.mode != "query_reply" and received.get(feed.feed_id, 0) <= ROWS and total < ROWS:
            chosen.append(feed.feed_id)
            total += received[feed.feed_id]
    return chosen


def _product(bench: Bench, on: Settings, feeds: list[str]) -> Rate:
    found = bench.work("load", on, "--feeds", *feeds)
    received = found.answer["received"]
    cpu = found.answer["cpu"] + found.server_cpu
    return Rate(received / found.answer["seconds"], cpu / received * 1e6)


def _copy(bench: Bench, on: Settings, feeds: list[str]) -> Rate:
    """Copies the same rows from a file on the server into tables like those of ``raw``, indexes and all."""
    catalogue = load_catalogue()
    tables = [catalogue[f].raw_table(t) for f in feeds for t in catalogue[f].tables]
    run = runner()
    folder = data_dir(bench.settings, run).parent / "bench"
    folder.mkdir(exist_ok=True)
    run.give(folder)
    database = str(on.database_url).rpartition("/")[2].partition("?")[0]
    count, seconds = 0, 0.0
    with closing(admin(bench.settings, database)) as connection, connection.cursor() as cursor:
        cursor.execute("create schema if not exists peer; grant all on schema peer to public")
        for table in tables:
            _equal_table(cursor, table, folder)
        connection.commit()
        with server_figures.watched(bench.settings) as beside:
            begin = time.perf_counter()
            for table in tables:
                target = sql.Identifier("peer", table)
                cursor.execute(sql.SQL("copy {} from %s (format csv)").format(target), (str(folder / table),))
                count += cursor.rowcount
                connection.commit()
            seconds = time.perf_counter() - begin
    for table in tables:
        (folder / table).unlink()
    bench.say(f"  copy: {seconds:.1f} s")
    return Rate(count / seconds, beside.cpu / count * 1e6)


def _equal_table(cursor: Cursor, table: str, folder: Path) -> None:
    raw, peer = sql.Identifier("raw", table), sql.Identifier("peer", table)
    cursor.execute(sql.SQL("drop table if exists {}").format(peer))
    cursor.execute(sql.SQL("create table {} (like {} including all)").format(peer, raw))
    cursor.execute(sql.SQL("copy {} to %s (format csv)").format(raw), (str(folder / table),))


def _cleaned(bench: Bench, feed_id: str, most: int) -> Path:
    """Writes the decoded rows of a feed, so that the peers need not read, check or clean anything."""
    path = bench.options.folder / f"cleaned-{most}.parquet"
    if not path.exists():
        feed = load_catalogue()[feed_id]
        names = [c.name for c in feed.tables[0].columns]
        frames: list[pl.DataFrame] = []
        delivery = deliveries.read(data.record_path(bench.options))[feed_id].delivery
        for chunk in decode(feed, delivery):
            frames.append(chunk.good.select(names))
            if sum(frame.height for frame in frames) >= most:
                break
        pl.concat(frames).head(most).write_parquet(path)
    return path


def _peer(bench: Bench, on: Settings, name: str, script: str, rows_file: Path) -> Rate:
    interpreter = peers.python(name, bench.options.home, bench.say)
    command = peers.command(interpreter, script, str(rows_file), "rows")
    found = bench.measure(name, command, dict(peers.environment(PEER_URL=str(on.database_url))))
    cpu = found.answer["cpu"] + found.server_cpu
    return Rate(found.answer["rows"] / found.answer["seconds"], cpu / found.answer["rows"] * 1e6)


def _url(settings: Settings, name: str) -> str:
    from warehouse.store.postgres import server

    return server.info(settings).url_for(name)

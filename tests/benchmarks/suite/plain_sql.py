"""``python -m tests.benchmarks.suite.plain_sql <manifest>``: the compiled SQL on two plain connections.

What a build by dbt costs beyond this is dbt itself. Each node begins as soon as what it needs is there.
"""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from pathlib import Path

from tests.benchmarks.suite.compiled import Node, read, statements
from tests.benchmarks.suite.processes import give_answer
from warehouse.settings import Settings
from warehouse.store.connect import connect

CONNECTIONS = 2
_SCHEMAS = ("staging", "work", "core", "candidate", "seeds")


def main() -> int:
    nodes = read(Path(sys.argv[1]))
    settings = Settings.from_env()
    with closing(connect(settings)) as connection, connection, connection.cursor() as cursor:
        for schema in _SCHEMAS:
            cursor.execute(f"create schema if not exists {schema}")
    begin = time.perf_counter()
    seconds, errors = run(nodes, settings)
    kinds = {kind: sum(seconds[n.unique_id] for n in nodes if n.kind == kind) for kind in ("model", "test")}
    give_answer(seconds=time.perf_counter() - begin, nodes=len(nodes), summed=kinds, errors=errors)
    return 0


def run(nodes: list[Node], settings: Settings) -> tuple[dict[str, float], dict[str, str]]:
    """Runs all nodes; returns the seconds of each, and what the database said against some."""
    local = threading.local()
    seconds: dict[str, float] = {}
    errors: dict[str, str] = {}

    def one(node: Node) -> None:
        if not hasattr(local, "connection"):
            local.connection = connect(settings, application="plain", statement_timeout_ms=0)
        begin = time.perf_counter()
        try:
            with local.connection, local.connection.cursor() as cursor:
                for statement in statements(node):
                    cursor.execute(statement)
        except Exception as error:
            errors[node.unique_id] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        seconds[node.unique_id] = time.perf_counter() - begin

    waiting, done, running = list(nodes), set[str](), dict[Future[None], str]()
    known = {node.unique_id for node in nodes}
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        while waiting or running:
            ready = [n for n in waiting if n.needs & known <= done][: CONNECTIONS - len(running)]
            for node in ready:
                waiting.remove(node)
                running[pool.submit(one, node)] = node.unique_id
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                done.add(running.pop(future))
    return seconds, errors


if __name__ == "__main__":
    sys.exit(main())

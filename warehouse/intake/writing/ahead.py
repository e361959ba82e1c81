"""Works on the next item while the caller is busy with this one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import TypeVar

Item = TypeVar("Item")


def one_ahead(items: Generator[Item, None, None]) -> Iterator[Item]:
    """Yields the items of a generator, which runs in a thread of its own and is at most one item ahead.

    What the generator raises is raised here. It is closed when the caller stops before the end.
    """
    ready: queue.SimpleQueue[tuple[Item] | None] = queue.SimpleQueue()
    places = threading.Semaphore(2)  # for the item the caller has and the one after it
    stopped = threading.Event()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with closing(items):
                while places.acquire() and not stopped.is_set():
                    ready.put((next(items),))
        except StopIteration:
            pass
        except BaseException as error:  # also one that ends the process: the caller has to hear of it
            failures.append(error)
        ready.put(None)

    worker = threading.Thread(target=work, name="one ahead", daemon=True)
    worker.start()
    try:
        while (box := ready.get()) is not None:
            yield box[0]
            del box
            places.release()
    finally:
        stopped.set()
        places.release()
        worker.join()
    if failures:
        raise failures[0]

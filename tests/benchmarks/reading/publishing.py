"""Publications that go on while others read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta

from tests.support.many_warnings import put_many
from warehouse.publication.publish import publish
from warehouse.settings import Settings
from warehouse.store.connect import connect, rows

#: The candidates of the day after; one in a hundred warnings has other facts each day.
_NEXT_DAY = """
    update candidate.{mart} as c set as_of = as_of + 1
"""
_NEWS = """
    update candidate.warnings set evidence = evidence || jsonb_build_object('role', 'fact', 'told_on', as_of)
    where abs(hashtext(warning_id || as_of)) % 100 = 0
"""


@contextmanager
def publishing(settings: Settings, size: int) -> Iterator[None]:
    """Publishes one day after the other until the block is left; one has begun when it is entered."""
    [(day,)] = rows(settings, "select max(as_of) from marts.publications", ())
    put_many(settings, size, day)
    stop, begun = threading.Event(), threading.Event()

    def work() -> None:
        today = day
        while not stop.is_set():
            today += timedelta(days=1)
            with closing(connect(settings)) as connection, connection, connection.cursor() as cursor:
                for mart in ("warnings", "cross_check_hits", "unanswered"):
                    cursor.execute(_NEXT_DAY.format(mart=mart))
                cursor.execute(_NEWS)
            begun.set()
            publish(today, settings)

    with ThreadPoolExecutor(1) as pool:
        publications = pool.submit(work)
        begun.wait()
        try:
            yield
        finally:
            stop.set()
            publications.result()

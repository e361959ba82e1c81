"""Limits the total time of one SFTP pull.

Read timeouts are not enough: a server that sends a byte every few seconds never exceeds them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from connectors.connections import Connection, seconds_of
from connectors.errors import SourceUnavailable
from connectors.protocols.retry import Transient

#: Seconds where the connection's ``extra.transfer_timeout`` does not say, and the most it may say.
WHOLE_PULL = 3600.0
_LONGEST = 24 * 3600.0


class Deadline:
    """The deadline of one pull, for all its attempts and files together.

    ``path`` is what is being transferred.
    """

    def __init__(self, feed_id: str, connection: Connection) -> None:
        self._feed_id = feed_id
        self._seconds = seconds_of(connection, "transfer_timeout", WHOLE_PULL, _LONGEST)
        self._end = time.monotonic() + self._seconds
        self.path = "the first file"

    @contextmanager
    def enforced(self) -> Iterator[None]:
        """Raises ``SourceUnavailable`` for a failure after the deadline, so that no further attempt
        follows.
        """
        try:
            yield
        except Transient as error:
            if time.monotonic() < self._end:
                raise
            raise SourceUnavailable(
                self._feed_id,
                f"{self.path} was not received {self._seconds:g} s after the pull began "
                "(extra.transfer_timeout of the connection); the run may be retried later, "
                "if it stays so ask the publisher",
            ) from error

    @contextmanager
    def hanging_up_at_end(self, hang_up: Callable[[], None]) -> Iterator[None]:
        """Calls ``hang_up`` at the deadline, from a timer thread.

        A blocking read inside the SSH library cannot check the deadline itself.
        """
        watch = threading.Timer(max(0.0, self._end - time.monotonic()), hang_up)
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()

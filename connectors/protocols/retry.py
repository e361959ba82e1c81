"""Retries what is worth a second attempt, with a bounded and growing pause."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from connectors.errors import SourceUnavailable

Result = TypeVar("Result")


class Transient(Exception):
    """One attempt failed in a way that may pass. ``retry_after``: seconds the other side asked for."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Retry:
    """How often and how patiently to retry. ``sleep`` is injected so that tests wait for nothing."""

    attempts: int = 4
    first_pause: float = 0.5
    longest_pause: float = 30.0
    sleep: Callable[[float], None] = time.sleep

    def call(self, feed_id: str, doing: str, attempt: Callable[[], Result]) -> Result:
        """Runs ``attempt`` until it does not raise ``Transient``; returns its result.

        Raises ``SourceUnavailable`` with the last cause after ``attempts``.
        """
        for number in range(1, self.attempts + 1):
            try:
                return attempt()
            except Transient as error:
                if number == self.attempts:
                    raise SourceUnavailable(
                        feed_id,
                        f"{doing}: {error} ({number} attempts); the run may be retried later, "
                        "if it stays so ask the publisher",
                    ) from error
                self.sleep(self.pause(number, error.retry_after))
        raise ValueError("Retry.attempts must be at least 1")

    def pause(self, number: int, retry_after: float | None) -> float:
        """Returns the seconds to wait after attempt ``number``: doubling, at least what was asked,
        bounded.
        """
        wanted = max(self.first_pause * 2.0 ** (number - 1), retry_after or 0.0)
        return min(wanted, self.longest_pause)


def parse_retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Returns ``Retry-After`` (seconds or an HTTP date) in seconds from ``now``; None if absent or
    unreadable.
    """
    if not value:
        return None
    if value.strip().isdecimal():  # not isdigit: it takes "²" for a number, and float does not
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())

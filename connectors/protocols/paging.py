"""Checks whether the pages of one read fit together: a source that is not sorted silently loses rows.

Counts do not show it. If the order changes between two pages, one row comes twice, another not at all, and
the total is right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.errors import BatchRejected, FeedError


@dataclass(frozen=True)
class PageSize:
    """How many rows of a page are asked for.

    ``connection_id`` names the connection whose ``extra.page_size`` sets it.
    """

    rows: int
    connection_id: str

    def expected(self, number: int, total: int) -> int:
        """Returns how many rows page ``number`` must have."""
        return max(0, min(self.rows, total - (number - 1) * self.rows))

    def partial_page_message(self, number: int, rows: int, total: int, name: str) -> str:
        """Explains a page of another length, with its likely cause.

        ``name`` is what the source calls the total.
        """
        message = (
            f"partial page {number}: {rows} rows, expected {self.expected(number, total)} of {name} {total};"
            " nothing was loaded"
        )
        if number > 1 or not 0 < rows <= total:
            return f"{message}, pull again"
        kind = "smaller" if rows < self.rows else "larger"
        return (
            f"{message}. The server returned {rows} rows per page although {self.rows} were asked for: if "
            f"its pages are {kind}, the same comes again; set extra.page_size of {self.connection_id} to "
            f"{rows}, or ask the publisher to honour the page's size. Else pull again"
        )


class Pages:
    """The pages read so far, as digests of their rows (8 bytes a row)."""

    def __init__(self, feed_id: str) -> None:
        self._feed_id = feed_id
        self._first_page: dict[bytes, int] = {}
        self._digests: dict[int, bytes] = {}
        self._seen: set[bytes] = set()
        self._suspects: set[int] = set()

    def add(self, number: int, rows: Sequence[bytes]) -> None:
        """Adds page ``number``. Raises ``BatchRejected`` if it repeats another page."""
        digest = _digest(rows)
        if len(rows) > 1 and digest in self._seen:
            raise BatchRejected(
                self._feed_id,
                f"page {number} repeats an earlier page; nothing was loaded, pull again, "
                "and ask the publisher to honour the page's number",
            )
        self._digests[number] = digest
        self._seen.add(digest)
        for row in rows:
            first = self._first_page.setdefault(_key(row), number)
            if first != number:
                self._suspects.add(first)

    def check_nothing_follows(self, number: int, total: int, read: Callable[[int], Sequence[bytes]]) -> None:
        """Asks for one page more after a last page that is full: only that shows a total that is too small.

        Raises ``BatchRejected`` if that page has rows that did not come yet. A server may refuse a page
        beyond its last one, or give that one again: both say that this is all.
        """
        try:
            rows = read(number + 1)
        except FeedError:
            return
        more = sum(1 for row in rows if _key(row) not in self._first_page)
        if more:
            raise BatchRejected(
                self._feed_id,
                f"the total is {total}, and page {number + 1} has {more} rows beyond it; nothing was loaded, "
                "pull again, and ask the publisher for the number of all rows as the total",
            )

    def check_order(self, read_again: Callable[[int], Sequence[bytes]]) -> None:
        """Reads again the pages with a row that came twice, and raises ``BatchRejected`` if their content
        changed.

        A true duplicate is still in its place, a row that moved while paging is not.
        """
        for number in sorted(self._suspects):
            if _digest(read_again(number)) != self._digests[number]:
                raise BatchRejected(
                    self._feed_id,
                    f"the order changed while paging: rows of page {number} came again on a later one and "
                    "others were missed; nothing was loaded, pull again, and ask the publisher to sort by "
                    "the key",
                )


def _key(row: bytes) -> bytes:
    return hashlib.blake2b(row, digest_size=8).digest()


def _digest(rows: Sequence[bytes]) -> bytes:
    whole = hashlib.blake2b(digest_size=16)
    for row in rows:
        whole.update(_key(row))
    return whole.digest()

"""The errors a feed can end in. Each says what was found, what was expected and what to do next.

None of them may carry a person's number or name: mask with ``connectors.masking`` first.
"""

from __future__ import annotations

from connectors.masking import to_printable


class HubError(Exception):
    """Base of all errors the hub raises on purpose. ``exit_code`` is what a command ends with."""

    exit_code = 1


class SettingsError(HubError):
    """A setting has a value that cannot be used."""

    exit_code = 2


class DeclarationError(HubError):
    """A feed declaration is wrong."""

    exit_code = 2


class FeedError(HubError):
    """A feed could not be loaded. Names the feed; nothing of the batch was loaded."""

    exit_code = 3

    def __init__(self, feed_id: str, message: str) -> None:
        super().__init__(f"{feed_id}: {to_printable(message)}")
        self.feed_id = feed_id


class SourceUnavailable(FeedError):
    """The department's side did not answer as agreed (network, timeout, 5xx): worth a retry."""


class NotYetDelivered(FeedError):
    """The file, flag or reply of this period is not there yet: worth a later retry."""


class BatchRejected(FeedError):
    """The delivery contradicts itself (trailer, digest, page count, layout): held, last good data stays."""


class ColumnsMissing(BatchRejected):
    """Required columns are not in the delivery: ``found`` are the columns that are, in their order.

    ``found`` is empty if no column is declared: then the first row of data may stand where the names should
    be.
    """

    def __init__(self, feed_id: str, message: str, table: str, found: tuple[str, ...]) -> None:
        super().__init__(feed_id, message)
        self.table = table
        self.found = found


class GateFailed(HubError):
    """A check of severity error failed; the last published marts are untouched."""

    exit_code = 4

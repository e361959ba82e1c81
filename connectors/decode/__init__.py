"""Turns bytes as received into typed, cleaned rows: the only place that parses text.

``decode(feed, delivery)`` yields chunks of at most 100,000 rows, each with its good rows (typed by the
declaration) and its quarantined rows (with the reason). Memory does not grow with the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connectors.decode.pipeline import decode

__all__ = ["decode"]


def __getattr__(name: str) -> Any:
    """Imports ``decode`` when it is first asked for: a process that reads one layout does not need all the
    others.
    """
    if name != "decode":
        raise AttributeError(name)
    from connectors.decode import pipeline

    return pipeline.decode

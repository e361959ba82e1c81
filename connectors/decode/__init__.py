"""From bytes as received to typed, cleaned rows: the only place that parses text.

``decode(feed, delivery)`` yields chunks of at most 100,000 rows, each with its good rows (typed by the
declaration) and its quarantined rows (with the reason). Memory does not grow with the file.
"""

from connectors.decode.pipeline import decode

__all__ = ["decode"]

"""The feed catalogue: one declaration per feed, read from ``connectors/feeds/<domain>/<feed>/feed.yml``."""

from connectors.catalogue.column import Column
from connectors.catalogue.load import FEEDS_ROOT, feed_ids, load_catalogue, load_feed
from connectors.catalogue.model import Feed, Table

__all__ = ["FEEDS_ROOT", "Column", "Feed", "Table", "feed_ids", "load_catalogue", "load_feed"]

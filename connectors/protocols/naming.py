"""Makes the names both sides agree on: dated paths, and the number of a request."""

from __future__ import annotations

from datetime import date

from connectors.catalogue.model import Feed


def dated_path(template: str, as_of: date) -> str:
    """Puts a day into a path's template.

    >>> dated_path("/rs/{yyyymmdd}/X.csv", date(2020, 5, 12))
    '/rs/20200512/X.csv'
    """
    return template.replace("{yyyymmdd}", f"{as_of:%Y%m%d}")


def request_id_of(feed: Feed, as_of: date) -> str | None:
    """Returns the request number of a query_reply batch (``bk_icbc-20200512``); None for other feeds."""
    return f"{feed.department_code}-{as_of:%Y%m%d}" if feed.request else None

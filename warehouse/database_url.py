"""Writes database URLs the way libpq reads them."""

from __future__ import annotations

from sqlalchemy.engine import URL


def render(url: URL) -> str:
    """Returns the URL with its password as libpq reads it: a blank is %20, a + is a +."""
    head, mark, query = url.render_as_string(hide_password=False).partition("?")
    return head.replace(" ", "%20") + mark + query.replace("+", "%20")

"""Errors that end a command, and their exit codes."""

from __future__ import annotations

from connectors.errors import GateFailed, HubError

__all__ = ["FeedsFailed", "GateFailed", "StackError"]


class FeedsFailed(HubError):
    """Feeds could not be loaded; nothing was published."""

    exit_code = 3


class StackError(HubError):
    """Something the hub stands on did not work: the database, Airflow, the stand-in city."""

    exit_code = 5

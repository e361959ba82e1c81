"""Errors of the warehouse. Like all errors of the hub they say what to do and carry no personal value."""

from __future__ import annotations

from connectors.errors import FeedError, HubError, SettingsError

__all__ = [
    "GateStateError", "LoadFailed", "LockBusy", "MigrationError", "OperationFailed", "OperationRefused",
    "PublicationRefused", "ServerError", "SettingsError",
]  # fmt: skip


class ServerError(HubError):
    """The embedded PostgreSQL could not be started, stopped or reached."""

    exit_code = 5


class MigrationError(HubError):
    """The database's schema and this code do not belong together."""

    exit_code = 5


class LoadFailed(FeedError):
    """A batch could not be loaded for a reason that is not the department's; nothing of it was kept."""


class GateStateError(HubError):
    """A batch cannot be held or released as asked."""

    exit_code = 4


class PublicationRefused(HubError):
    """Publishing would go back in time, or there is nothing that could be published."""

    exit_code = 4


class LockBusy(HubError):
    """Somebody else is at work on the same thing for longer than we wait; nothing was changed."""

    exit_code = 5


class OperationRefused(HubError):
    """What a person asked for cannot be done as asked; nothing was changed. The message says what can."""

    exit_code = 2


class OperationFailed(HubError):
    """The database refused or was lost in the middle of what a person asked for; nothing was changed."""

    exit_code = 5

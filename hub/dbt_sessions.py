"""Sessions for dbt, which opens one for every model, seed and test and closes it at once.

A new session costs a login, a process of the server, and the reading of its catalogue: for several hundred
nodes more than their SQL. So a session that dbt closes is kept, made like a new one, and handed out again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg2

from warehouse.store import quiet, session
from warehouse.store.postgres.location import ServerInfo


class KeptConnection(quiet.QuietConnection):
    """A connection that ``close`` gives back. One that is lost is really closed."""

    give_back: Callable[[KeptConnection], None]
    #: Given back, and not yet handed out again: closing it twice must not give it to two.
    is_idle = False

    def close(self) -> None:
        """Gives the session back, to be used again."""
        if self.closed or self.is_idle:
            return
        try:
            self.rollback()
        except psycopg2.Error:
            self.end()
        else:
            self.give_back(self)

    def end(self) -> None:
        """Ends the session."""
        super().close()


class KeptSessions:
    """Hands out sessions, each prepared as ``warehouse.store.session`` does, and keeps those that are closed.

    ``plain`` opens a connection; ``where`` tells from its parameters to which server it leads.
    """

    def __init__(self, plain: Callable[..., Any], where: Callable[[dict[str, Any]], ServerInfo]) -> None:
        self._plain = plain
        self._where = where
        self._idle: dict[tuple[tuple[str, str], ...], list[KeptConnection]] = {}
        self._lock = threading.Lock()

    def connect(self, *arguments: Any, **parameters: Any) -> Any:
        """Returns a session that was kept, or opens one. The parameters are those of ``psycopg2.connect``."""
        if arguments or parameters.get("async_"):  # a pooler's check asks for a second session of its own
            return self._plain(*arguments, **parameters)
        where = self._where(parameters)
        name = tuple(sorted((key, str(value)) for key, value in parameters.items()))
        while (kept := self._take(name)) is not None:
            try:
                session.renew(kept, where)
                kept.is_idle = False
                return kept
            except psycopg2.Error:
                kept.end()  # the server ended it meanwhile
        return self._open(name, where, parameters)

    def _take(self, name: tuple[tuple[str, str], ...]) -> KeptConnection | None:
        with self._lock:
            idle = self._idle.get(name)
            return idle.pop() if idle else None

    def _open(
        self, name: tuple[tuple[str, str], ...], where: ServerInfo, parameters: dict[str, Any]
    ) -> KeptConnection:
        opened: KeptConnection = self._plain(**{**parameters, "connection_factory": KeptConnection})

        def give_back(connection: KeptConnection) -> None:
            with self._lock:
                connection.is_idle = True
                self._idle.setdefault(name, []).append(connection)

        opened.give_back = give_back
        try:
            session.prepare(opened, where)
        except BaseException:
            opened.end()
            raise
        return opened

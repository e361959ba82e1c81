"""Explains database errors: which setting, lock or person ended a statement or a session."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2

from warehouse.store import quiet

_LOST = "the connection to the database was lost"
_SETTING = "raise it for the user or the database, or ask the administrator who set it"
#: By SQLSTATE: what happened, and what to do next.
_MEANING = {
    "25P03": f"idle_in_transaction_session_timeout of the server ended the session; {_SETTING}",
    "25P04": f"transaction_timeout of the server ended the session; {_SETTING}",
    "57P05": f"idle_session_timeout of the server ended the session; {_SETTING}",
    "55P03": "another session holds a lock and did not let go in time (lock_timeout); "
    "pg_locks and pg_stat_activity name it",
    "57P01": "an administrator ended the session or stopped the server (pg_terminate_backend, restart); "
    "try again",
    "57P02": "another process of the server crashed and all sessions were ended; see the server's log",
    "57P03": "the server does not take sessions yet (it is starting, stopping or recovering); try again",
    "53300": "the server has no free connection left (max_connections, or a limit of the role)",
    "53100": "the disk of the server is full; make room there",
    "53200": "the server has no memory left for this statement",
    "25006": "the session may not write: the server is a standby or default_transaction_read_only is on",
    "40P01": "two sessions waited for each other (deadlock) and this one was ended; try again",
}
#: The same by the error's text, as libpq gives no SQLSTATE while it connects. The first match counts.
_SAID = (
    ("idle-in-transaction timeout", "25P03"),
    ("transaction timeout", "25P04"),
    ("idle-session timeout", "57P05"),
    ("due to administrator command", "57P01"),
    ("crash of another server process", "57P02"),
    ("is starting up", "57P03"),
    ("not yet accepting connections", "57P03"),
    ("not accepting connections", "57P03"),
    ("in recovery mode", "57P03"),
    ("is shutting down", "57P03"),
    ("too many clients", "53300"),
    ("too many connections", "53300"),
    ("connection slots are reserved", "53300"),
    ("no more connections allowed", "53300"),
)
#: Errors a client meets before it has a session, and where to look.
_MET = (
    ("startup parameter", "a connection pooler stands in between and takes no such parameter; leave it out"),
    ("definition of service", "PGSERVICE in the environment names a service that is not there; unset it"),
    ("service file", "PGSERVICE in the environment names a service that is not there; unset it"),
    ("password authentication failed", "the server refuses the password"),
    ("no password supplied", "no password is given"),
    ("no pg_hba.conf entry", "the server's pg_hba.conf does not let this client in"),
    ("timeout expired", "there was no answer in time"),
    ("connection refused", "nothing listens there"),
    ("could not translate host name", "the name of the host is not known"),
    ("server closed the connection", "the server ended, or something between us and it cut the connection"),
    # short words come last: the name of a login or a host may hold them
    ("ssl", "TLS does not fit: see sslmode and sslrootcert in the URL, or PGSSL* in the environment"),
    ("certificate", "the certificate does not fit: see sslmode and sslrootcert"),
)


def describe(error: BaseException) -> str:
    """Returns one line: what the server said and what it means. Never a value of a row.

    The error at hand is often the second: "connection already closed" hides what closed it. So its causes are
    examined as well.
    """
    chain = [e for e in _chain(error) if isinstance(e, psycopg2.Error)]
    for cause in chain:
        if meaning := _MEANING.get(sqlstate(cause)):
            return f"{_message(cause)}: {meaning}"
    for cause in chain:
        if "timeout" in _message(cause) and sqlstate(cause) == "57014":
            return f"{_message(cause)}: statement_timeout of the session was too short for it"
    explained = next((e for e in chain if e.diag.message_primary), None)
    if explained is not None:
        return _message(explained)
    closed = next((e for e in chain if not isinstance(e, psycopg2.InterfaceError)), None)
    message = first_line(closed) if closed else ""
    return f"{_LOST}: {message}; {_AFTER_A_LOSS}" if message else f"{_LOST}; {_AFTER_A_LOSS}"


_AFTER_A_LOSS = (
    "the server was restarted, or a timeout of the server or of something in between ended the session; "
    "see the server's log"
)


def describe_refusal(error: psycopg2.Error) -> str:
    """Returns what a client met that got no session: the server's words and where to look."""
    message = first_line(error)
    if meaning := _MEANING.get(sqlstate(error)):
        return f"{message}: {meaning}"
    low = str(error).lower()
    return next((f"{message}: {meaning}" for words, meaning in _MET if words in low), message)


def sqlstate(error: psycopg2.Error) -> str:
    """Returns the SQLSTATE, derived from the text where the client library gives none; empty if unknown."""
    if error.pgcode:
        return str(error.pgcode)
    text = f"{error}{_last_words(error)}"
    return next((known for words, known in _SAID if words in text), "")


def may_pass(error: psycopg2.Error) -> bool:
    """Tells whether a server that refused a session will accept it in a moment."""
    return sqlstate(error) in ("57P03", "53300")


def is_wrong_password(error: BaseException) -> bool:
    """Tells whether a session was refused for its password."""
    return "password authentication failed" in str(error)


def first_line(error: BaseException) -> str:
    """Returns the first line of the message: the lines after it may repeat a row."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _message(error: psycopg2.Error) -> str:
    return (
        quiet.safe_message(error)
        if error.diag.message_primary
        else _last_words(error) or quiet.safe_message(error)
    )


def _last_words(error: psycopg2.Error) -> str:
    """Returns what the server said as it ended an idle session; the client library keeps that as a notice."""
    session = getattr(error.cursor, "connection", None)
    fatal = [n for n in getattr(session, "notices", []) if n.startswith("FATAL:")]
    return fatal[-1].removeprefix("FATAL:").strip() if fatal else ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__

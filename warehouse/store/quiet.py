"""Makes connections whose errors carry no value of a row.

PostgreSQL repeats the row in DETAIL, the received text in CONTEXT, the statement with its values in LINE, and
a value that cannot be cast in the message itself. Whoever prints such an error writes personal data into a
log. Errors of these connections say what is wrong and where, and keep type and code, but nothing that was in
a row.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, TypeVar, cast

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from connectors.masking import mask_text

_Method = TypeVar("_Method", bound=Callable[..., Any])
#: From the first quote to the last: a value may hold quotes and line breaks of its own.
_QUOTED = re.compile(r'".*"', re.DOTALL)
_BYTES = re.compile(r"0x[0-9a-fA-F]{2}( 0x[0-9a-fA-F]{2})*")
#: Data exceptions quote the value. In all other classes the quoted words are names of tables and columns.
_DATA_EXCEPTION = "22"


def safe_message(error: psycopg2.Error) -> str:
    """Returns what the database says is wrong, without a value of a row, in one line for a message or a
    log.
    """
    primary = error.diag.message_primary
    if not primary:
        lines = str(error).strip().splitlines()
        primary = lines[0] if lines else "the connection to the database was lost"
    if (error.pgcode or "").startswith(_DATA_EXCEPTION):
        primary = _BYTES.sub("0x**", _QUOTED.sub('"***"', primary))
    return mask_text(primary)


def make_safe(error: psycopg2.Error) -> None:
    """Makes ``str(error)`` safe to print: the problem, the hint, the place in the statement."""
    if getattr(error, "is_quiet", False):
        return
    diag = error.diag
    words = [safe_message(error)]
    if diag.message_hint:
        words.append(f"HINT:  {mask_text(diag.message_hint)}")
    if diag.statement_position:
        words.append(f"at character {diag.statement_position} of the statement")
    error.args = ("\n".join(words),)
    error.is_quiet = True  # type: ignore[attr-defined]


def _quietly(method: _Method) -> _Method:
    @functools.wraps(method)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return method(*arguments, **named)
        except psycopg2.Error as error:
            make_safe(error)
            raise

    return cast(_Method, call)


class QuietCursor(Cursor):
    """A cursor whose errors carry no value."""

    execute = _quietly(Cursor.execute)
    executemany = _quietly(Cursor.executemany)
    callproc = _quietly(Cursor.callproc)
    copy_expert = _quietly(Cursor.copy_expert)
    copy_from = _quietly(Cursor.copy_from)
    copy_to = _quietly(Cursor.copy_to)
    # a cursor on the server meets the bad row only when it is fetched
    fetchone = _quietly(Cursor.fetchone)
    fetchmany = _quietly(Cursor.fetchmany)
    fetchall = _quietly(Cursor.fetchall)
    scroll = _quietly(Cursor.scroll)
    __next__ = _quietly(Cursor.__next__)


class QuietConnection(Connection):
    """A connection whose errors carry no value: pass it to psycopg2 as ``connection_factory``."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.cursor_factory = QuietCursor

    # constraints that are checked at the end of a transaction
    commit = _quietly(Connection.commit)


def install() -> None:
    """Makes every connection of this process a quiet one, also those that a library opens."""
    plain = psycopg2.connect

    @functools.wraps(plain)
    def connect(*arguments: Any, **named: Any) -> Any:
        named.setdefault("connection_factory", QuietConnection)
        return plain(*arguments, **named)

    psycopg2.connect = connect

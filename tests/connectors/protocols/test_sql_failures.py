"""Errors of a database: which are tried again, which need a person, whatever class the driver gives them."""

from __future__ import annotations

import pytest
from sqlalchemy import exc

from connectors.catalogue.load import load_feed
from connectors.errors import SourceUnavailable
from connectors.protocols.retry import Transient
from connectors.protocols.sql.pull import _failure

FEED = load_feed("public_security__death_cancellation")


@pytest.mark.parametrize(
    ("kind", "text", "error", "says"),
    [
        (
            exc.OperationalError,
            "connection refused",
            Transient,
            "database error .*check host, port and login",
        ),
        (exc.OperationalError, "ORA-03113: end-of-file", Transient, "database error"),
        (exc.InternalError, "canary", Transient, "database error"),
        (exc.InterfaceError, "canary", Transient, "database error"),
        # Oracle's driver gives most of its errors no class of their own
        (exc.DatabaseError, "ORA-01555: snapshot too old", Transient, "database error"),
        (
            exc.DatabaseError,
            "ORA-02391: exceeded simultaneous SESSIONS_PER_USER",
            Transient,
            "database error",
        ),
        (exc.DatabaseError, "ORA-01017: invalid username/password", SourceUnavailable, "login refused"),
        (exc.DatabaseError, "ORA-28000: the account is locked", SourceUnavailable, "account is locked"),
        (exc.DatabaseError, "ORA-00904: canary: invalid identifier", SourceUnavailable, "refused the query"),
        (exc.ProgrammingError, "syntax error at canary", SourceUnavailable, "refused the query"),
        (exc.ProgrammingError, 'column "role" does not exist', SourceUnavailable, "refused the query"),
        (
            exc.OperationalError,
            'FATAL: database "canary" does not exist',
            SourceUnavailable,
            "no such database",
        ),
    ],
)
def test_an_error_is_told_by_what_it_says(
    kind: type[exc.DBAPIError], text: str, error: type[Exception], says: str
) -> None:
    found = _failure(FEED, kind("select canary", {}, Exception(text)))
    assert type(found) is error
    with pytest.raises(error, match=says) as caught:
        raise found
    assert FEED.connection_id in str(caught.value)
    assert "canary" not in str(caught.value)

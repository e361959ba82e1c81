"""Decides which of the shell's ``PG*`` variables apply, and to which server.

libpq reads them for everything a connection does not set itself, in our process and in each child. The hub's
own server depends on none of them. For a server behind ``DATABASE_URL`` the URL says where it is and how a
session behaves; the variables may only add whom to trust and how to log in.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from warehouse.store.postgres.location import ServerInfo

#: What an operator's server may be trusted and logged into by.
_TRUST = (
    "PGSSL", "PGREQUIRESSL", "PGREQUIREPEER", "PGREQUIREAUTH", "PGCHANNELBINDING", "PGPASSFILE",
    "PGKRBSRVNAME", "PGGSS", "PGOAUTH",
)  # fmt: skip
#: What fills in a part that ``DATABASE_URL`` leaves out.
_PARTS = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")
#: Parameters of a URL as the variables that a child program takes them from.
_AS_VARIABLE = {
    "options": "PGOPTIONS", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY", "sslcrl": "PGSSLCRL", "sslnegotiation": "PGSSLNEGOTIATION",
    "passfile": "PGPASSFILE",
    "channel_binding": "PGCHANNELBINDING", "require_auth": "PGREQUIREAUTH", "gssencmode": "PGGSSENCMODE",
    "krbsrvname": "PGKRBSRVNAME", "target_session_attrs": "PGTARGETSESSIONATTRS", "hostaddr": "PGHOSTADDR",
}  # fmt: skip
#: What was taken out of this process's environment.
_aside: dict[str, str] = {}


def hide_variables(*, embedded: bool) -> None:
    """Takes out of this process's environment the variables that must not reach the next connection.

    No parameter of a connection can undo PGSERVICE, so the variables have to go. For an operator's server,
    those it may need come back.
    """
    if not embedded:
        for name in [n for n in _aside if _may_count(n)]:
            os.environ.setdefault(name, _aside.pop(name))
    for name in [n for n in os.environ if _is_ours(n) and (embedded or not _may_count(n))]:
        _aside[name] = os.environ.pop(name)


def shell_environment() -> dict[str, str]:
    """Returns the environment as the person who started us set it."""
    return {**_aside, **os.environ}


def stripped(environ: Mapping[str, str], *, embedded: bool) -> dict[str, str]:
    """Returns ``environ`` without the variables that must not apply to such a server."""
    return {n: v for n, v in environ.items() if not _is_ours(n) or (not embedded and _may_count(n))}


def environment(where: ServerInfo) -> dict[str, str]:
    """Returns the environment of a child program that connects by ``PG*`` variables alone (pg_dump, dbt)."""
    url = make_url(where.url)
    variables = {
        "PGHOST": where.host,
        "PGPORT": str(where.port),
        "PGUSER": where.user,
        "PGPASSWORD": where.password,
        "PGDATABASE": where.database,
        "PGSSLMODE": "disable" if where.embedded else "",
        **{_AS_VARIABLE[key]: str(value) for key, value in url.query.items() if key in _AS_VARIABLE},
    }
    kept = stripped(shell_environment(), embedded=where.embedded)
    return {**kept, **{name: value for name, value in variables.items() if value}}


def shell_value(name: str) -> str:
    """Returns the shell's value for a part that the URL leaves out, or an empty text."""
    return shell_environment().get(name, "")


def _is_ours(name: str) -> bool:
    return name.startswith("PG") and name.isupper()


def _may_count(name: str) -> bool:
    return name in _PARTS or name.startswith(_TRUST)

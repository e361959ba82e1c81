"""Runs dbt with the hub's sessions: ``python -m hub.dbt build ...``.

dbt can only set a session up by startup options, which a connection pooler refuses. So every session that dbt
opens in this process is made and checked like all others of the hub (``warehouse.store.session``).

dbt writes the database's messages into its logs, into ``run_results.json`` and onto the terminal, and from
there they reach Airflow's logs. So its connections leave out the values of a row (``warehouse.store.quiet``).
"""

from __future__ import annotations

import os
from typing import Any

import psycopg2
from sqlalchemy.engine import URL

from hub.dbt_sessions import KeptSessions
from warehouse.database_url import render
from warehouse.store import quiet
from warehouse.store.postgres import libpq
from warehouse.store.postgres.location import ServerInfo, parse_url

#: Environment variable that is set where the server is the hub's own, reached without a pooler.
EMBEDDED = "HUB_PG_EMBEDDED"


def main() -> None:
    """Runs dbt's own command line."""
    os.umask(0o077)  # logs and artefacts are for our user only
    prepare_every_session(embedded=os.environ.get(EMBEDDED) == "1")
    from dbt.cli.main import cli

    cli()


def prepare_every_session(*, embedded: bool) -> None:
    """Puts the hub's settings into every session that this process opens from now on."""
    quiet.install()
    libpq.hide_variables(embedded=embedded)
    kept = KeptSessions(psycopg2.connect, lambda parameters: _where(parameters, embedded))
    psycopg2.connect = kept.connect


def _where(parameters: dict[str, Any], embedded: bool) -> ServerInfo:
    url = URL.create(
        "postgresql",
        parameters["user"],
        parameters["password"],
        parameters["host"],
        int(parameters["port"]),
        parameters["dbname"],
    )
    return parse_url(render(url), embedded=embedded)


if __name__ == "__main__":
    main()

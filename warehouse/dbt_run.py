"""Runs dbt with connections whose errors carry no row: ``python -m warehouse.dbt_run build ...``.

dbt writes what the database says into its logs, into ``run_results.json`` and onto the terminal, from where
it goes on into Airflow's logs. So the connection itself must not say it.
"""

from __future__ import annotations

import os

from warehouse import quiet


def main() -> None:
    """The command line of dbt; ends the process with dbt's exit code."""
    os.umask(0o077)  # logs and artefacts are for our user only
    quiet.install()
    from dbt.cli.main import cli

    cli()


if __name__ == "__main__":
    main()

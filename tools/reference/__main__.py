"""``python -m tools.reference``: writes the reference pages, and dbt's own documentation for the site.

Starts a PostgreSQL of its own for some seconds, to read what the migrations make of it.
"""

from __future__ import annotations

import argparse
import sys

from connectors.errors import HubError
from tools.reference import database, manifest, pages


def main(arguments: list[str] | None = None) -> int:
    """Writes what changed and names it; returns the exit code."""
    argparse.ArgumentParser(prog="python -m tools.reference", description=__doc__).parse_args(arguments)
    target = manifest.PROJECT / "target"
    try:
        manifest.write(target)
        with database.migrated() as settings:
            found = database.read(settings)
    except HubError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    changed = pages.write(pages.render(found, manifest.load(target)))
    sys.stdout.write("".join(f"docs/{name}\n" for name in changed) + f"{len(changed)} pages changed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

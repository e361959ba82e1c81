"""``python -m warehouse <command>``: the hub's command line under the name that scripts know."""

from __future__ import annotations

import sys

_NOT_THE_HUBS_PYTHON = 5

if __name__ == "__main__":
    try:
        from hub.__main__ import main
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] in ("hub", "warehouse", "connectors", "sandbox"):
            raise
        sys.stderr.write(
            f"error: {sys.executable} has no {error.name}: say .venv/bin/python -m warehouse ...; "
            "'make .venv' makes it\n"
        )
        sys.exit(_NOT_THE_HUBS_PYTHON)
    sys.exit(main())

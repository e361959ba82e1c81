"""``python -m sandbox serve``: runs the stand-in city as a process."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import time
from datetime import date
from pathlib import Path

from sandbox.calendar import EPOCH

log = logging.getLogger("sandbox")
#: Where the front-end tables are made, postgresql://..: it holds a password, which a command line would show.
FRONTEND_URL = "SANDBOX_FRONTEND_URL"


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="build the city if need be and serve it until SIGTERM")
    serve.add_argument("--home", type=Path, required=True, help="HUB_HOME; the city lives in its sandbox/")
    serve.add_argument("--seed", type=int, default=1)
    serve.add_argument("--scale", type=float, default=0.02, help="share of the full city")
    serve.add_argument("--as-of", type=date.fromisoformat, required=True, help="the departments' clock")
    serve.add_argument("--epoch", type=date.fromisoformat, default=EPOCH, help="the city's first day")
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> int:
    """Builds the city if needed and serves it until SIGTERM; returns the exit code."""
    chosen = arguments(given)
    frontend_url = os.environ[FRONTEND_URL]
    logging.basicConfig(
        level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(name)s %(levelname)s %(message)s"
    )
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    # imported here: --help needs neither polars nor the servers
    from sandbox.city import build_city
    from sandbox.server.serve import Setup, serve

    started = time.monotonic()
    city = build_city(chosen.home, chosen.seed, chosen.scale, chosen.epoch)
    log.info("city %s ready after %.1f s", city.root.name, time.monotonic() - started)
    asyncio.run(serve(Setup(chosen.home, city.root, chosen.as_of, frontend_url)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

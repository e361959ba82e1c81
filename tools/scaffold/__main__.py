"""The command behind ``make new-feed`` and ``make new-rule``.

    python -m tools.scaffold feed housing/heating_subsidy --protocol sftp --format csv
    python -m tools.scaffold rule work_injury
    python -m tools.scaffold gaps              what is left to fill in

Exit codes: 0 done; 1 ``gaps`` found some; 2 what was asked for cannot be written, the message says why.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.scaffold.feed import FORMATS, new_feed
from tools.scaffold.gaps import gaps
from tools.scaffold.project import Project, ScaffoldError
from tools.scaffold.rule import new_rule

_DOCS = "then run 'make docs' and commit what it changes below docs/: the pages of docs/reference"
_TEST = "tests/house/test_nothing_is_left_to_fill_in.py"
_AFTER = {
    "feed": (
        "fill in the declaration, then: .venv/bin/python -m connectors.catalogue.dbt_sources --write",
        "put in the sample; raise the counts in tests/connectors/test_catalogue.py",
        "fill in its line of the household report: dbt_project/seeds/report_sources.csv",
        _DOCS,
        "how, step by step: docs/extend/a-feed.md",
    ),
    "rule": (
        "fill in hits, description, unit test and seeds; a row more for each other sub-type and benefit",
        _DOCS,
        "how, step by step: docs/extend/a-rule.md",
    ),
}


def main(arguments: Sequence[str] | None = None, project: Project | None = None) -> int:
    """Writes a feed or a rule, or lists what is left to fill in; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    project = project or Project()
    if chosen.what == "gaps":
        found = gaps(project)
        sys.stdout.write("".join(f"{line}\n" for line in found))
        return 1 if found else 0
    try:
        written = (
            new_feed(project, chosen.name, chosen.protocol, chosen.format or None)
            if chosen.what == "feed"
            else new_rule(project, chosen.name)
        )
    except ScaffoldError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write(_told(project, chosen.what, written))
    return 0


def _told(project: Project, what: str, written: Sequence[Path]) -> str:
    steps = (*_AFTER[what], f"make test TESTS={_TEST} fails and names what is missing until nothing is")
    lines = [
        "written:",
        *(f"  {project.shown(path)}" for path in written),
        "next:",
        *(f"  {s}" for s in steps),
    ]
    return "".join(f"{line}\n" for line in lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.scaffold", description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    feed = what.add_parser("feed", help="a feed's folder and its staging model")
    feed.add_argument("name", help="domain/name")
    feed.add_argument("--protocol", required=True, help=", ".join(FORMATS))
    feed.add_argument("--format", help="layout of its deliveries; the protocol's usual one unless said")
    rule = what.add_parser("rule", help="a rule's folder and its rows in the seeds")
    rule.add_argument("name")
    what.add_parser("gaps", help="what is left to fill in")
    return parser


if __name__ == "__main__":
    sys.exit(main())

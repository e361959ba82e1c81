"""Commands about publications, rollback, backup and restore: arguments, and lines for the terminal."""

from __future__ import annotations

import argparse
from pathlib import Path

from hub.commands.operations import Maker, Say, decision, who_and_why
from warehouse.settings import Settings


def add_commands(command: Maker) -> None:
    """Adds the commands of this module to the parser."""
    command("publications", _publications, "the newest publications, and which can be rolled back to")
    back = command("rollback", _rollback, "publish again what an earlier publication said")
    back.add_argument("--to", type=int, required=True, metavar="PUBLICATION")
    who_and_why(back)
    save = command("backup", _backup, "save the database and the received bytes into a folder")
    save.add_argument("--to", type=Path, required=True, metavar="DIR")
    save.add_argument("--no-landing", action="store_true", help="leave the received bytes out")
    bring = command("restore", _restore, "bring a backup back into an empty hub")
    bring.add_argument("--from", dest="folder", type=Path, required=True, metavar="DIR")
    bring.add_argument("--replace", action="store_true", help="what is there now may go")


def _publications(_: argparse.Namespace, settings: Settings, say: Say) -> None:
    from warehouse.publication.rollback import publications

    for made in publications(settings):
        kept = "kept" if made.is_kept else "gone"
        line = f"{made.publication_id:>6}  {made.as_of}  published {made.published_at}  {kept}"
        if made.rollback_to:
            line += f"  rollback to {made.rollback_to} by {made.decided_by}: {made.reason}"
        say(line)


def _rollback(parsed: argparse.Namespace, settings: Settings, say: Say) -> None:
    from warehouse.publication.rollback import rollback

    done = rollback(parsed.to, decision(parsed), settings)
    say(f"publication {done.publication_id}: as publication {parsed.to} of {done.as_of}")
    for name, count in done.counts.items():
        if isinstance(count, int) and count:
            say(f"    {name.replace('_', ' ')}: {count}")
    say("the next publication says again what the models find: first hold or correct what was wrong")


def _backup(parsed: argparse.Namespace, settings: Settings, say: Say) -> None:
    from warehouse.operations.backup import backup

    done = backup(parsed.to.resolve(), settings, landing=not parsed.no_landing)
    rows = sum(table.rows for table in done.tables.values())
    say(f"{len(done.tables)} tables, {rows} rows, as of {done.made_at}: saved in {parsed.to}")


def _restore(parsed: argparse.Namespace, settings: Settings, say: Say) -> None:
    from warehouse.operations.restore import restore

    done = restore(parsed.folder.resolve(), settings, replace=parsed.replace)
    rows = sum(table.rows for table in done.tables.values())
    say(f"{len(done.tables)} tables, {rows} rows, as saved at {done.made_at}: every one compared")

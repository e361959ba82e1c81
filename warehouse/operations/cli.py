"""The commands of this room: arguments, and lines for the terminal."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from warehouse.settings import Settings

if TYPE_CHECKING:
    from warehouse.operations.decisions import Decision

Say = Callable[[str], None]
Run = Callable[[argparse.Namespace, Settings, Say], None]
#: Makes a command: (name, what it runs, its help text) -> its parser.
Maker = Callable[[str, Run, str], argparse.ArgumentParser]


def add_commands(command: Maker) -> None:
    """Adds every command of this room with ``command``."""
    command("held", _held, "batches a gate holds, and why")
    release = command("release", _release, "let a held batch count after all")
    release.add_argument("--batch", required=True, metavar="ID")
    _who_and_why(release)


def _who_and_why(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", required=True, help="why; it is kept")
    parser.add_argument("--by", default="", metavar="NAME", help="who; the login unless said otherwise")


def _held(_: argparse.Namespace, settings: Settings, say: Say) -> None:
    from warehouse.operations.held import held

    found = held(settings)
    for batch in found:
        say(f"{batch.feed_id}  {batch.as_of}  batch {batch.batch_id}  since {batch.since:%Y-%m-%d %H:%M}")
        say(f"    {batch.reason}")
        if batch.replaced:
            say("    another batch counts for this day: nothing to do")
        else:
            say(f"    let it count:   python -m warehouse release --batch {batch.batch_id} --reason '...'")
            say(f"    decode again:   {replay_command(batch.feed_id, batch.as_of)}")
            say(f"    or a corrected delivery: {refresh_command(batch.feed_id, batch.as_of)}")
    say(f"{len(found)} batches are held")


def replay_command(feed_id: str, day: object) -> str:
    return f"python -m warehouse replay --feed {feed_id} --day {day} --reason '...'"


def refresh_command(feed_id: str, day: object) -> str:
    return f"make backfill FEED={feed_id} FROM={day} TO={day} REFRESH=1"


def _release(parsed: argparse.Namespace, settings: Settings, say: Say) -> None:
    from warehouse.operations import decisions, held

    batch = decisions.batch_uuid(parsed.batch)
    feed = held.release(batch, _decision(parsed), settings)
    say(f"{feed}: batch {batch} counts from now on. 'make run' publishes with it")


def _decision(parsed: argparse.Namespace) -> Decision:
    from warehouse.operations import decisions

    return decisions.Decision(parsed.by or decisions.whoever(), parsed.reason)

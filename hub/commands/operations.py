"""Commands about held batches, quarantine, drift, replay and alerts: arguments, and lines for the
terminal.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from hub.commands.names import refuse_unknown
from warehouse.settings import Settings

if TYPE_CHECKING:
    from warehouse.store.decisions import Decision

Say = Callable[[str], None]
Run = Callable[[argparse.Namespace, Settings, Say], None]
#: Makes a command: (name, what it runs, its help text) -> its parser.
Maker = Callable[[str, Run, str], argparse.ArgumentParser]


#: What an alert may be about.
CONDITIONS = ("late", "held", "rejected", "unavailable", "failed", "volume", "drift", "not_published")


def add_commands(command: Maker) -> None:
    """Adds the commands of this module to the parser."""
    command("held", _held, "batches a gate holds, and why")
    release = command("release", _release, "let a held batch count after all")
    release.add_argument("--batch", required=True, metavar="ID")
    who_and_why(release)
    quarantine = command("quarantine", _quarantine, "rows set aside, by feed and reason")
    quarantine.add_argument("--feed")
    quarantine.add_argument("--reason", metavar="CODE")
    quarantine.add_argument("--since", type=typed_day, metavar="YYYY-MM-DD")
    quarantine.add_argument("--rows", type=int, default=0, metavar="N", help="also show N rows, masked")
    drift = command("drift", _drift, "how deliveries differed from their declarations")
    drift.add_argument("--feed")
    drift.add_argument("--since", type=typed_day, metavar="YYYY-MM-DD")
    replay = command("replay", _replay, "decode a batch again, or load corrected rows (--rows)")
    replay.add_argument("--feed")
    replay.add_argument("--day", type=typed_day, metavar="YYYY-MM-DD")
    replay.add_argument("--batch", metavar="ID", help="which, if several are held")
    replay.add_argument("--accept-count", action="store_true", help="the bytes may have another row count")
    replay.add_argument("--drop-corrections", action="store_true", help="without what was corrected by hand")
    replay.add_argument("--rows", type=Path, metavar="FILE.csv", help="quarantine_id and corrected columns")
    who_and_why(replay)
    command("alerts", _alerts, "what is wrong now: looks at the ledger and brings the alerts up to date")
    suppress = command("suppress", _suppress, "tell nobody about an alert for a while")
    suppress.add_argument("--feed", required=True, help="a feed id, or 'hub' for the publication")
    suppress.add_argument("--condition", choices=CONDITIONS, help="one condition; any unless said")
    suppress.add_argument("--until", type=typed_day, required=True, metavar="YYYY-MM-DD")
    who_and_why(suppress)


def typed_day(text: str) -> date:
    """Reads a day that a person typed."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write it like 2020-05-12") from None


def who_and_why(parser: argparse.ArgumentParser) -> None:
    """Adds ``--reason`` and ``--by``: every decision of a person is kept with both."""
    parser.add_argument("--reason", required=True, help="why; it is kept")
    parser.add_argument("--by", default="", metavar="NAME", help="who; the login unless said otherwise")


def _held(_: argparse.Namespace, settings: Settings, say: Say) -> None:
    from warehouse.operations.held import held_batches

    found = held_batches(settings)
    for batch in found:
        say(f"{batch.feed_id}  {batch.as_of}  batch {batch.batch_id}  since {batch.since:%Y-%m-%d %H:%M}")
        say(f"    {batch.reason}")
        if batch.replaced:
            say("    another batch counts for this day: nothing to do")
        else:
            say(f"    let it count:   {release_command(batch.batch_id)}")
            say(f"    decode again:   {replay_command(batch.feed_id, batch.as_of)}")
            say(f"    or a corrected delivery: {refresh_command(batch.feed_id, batch.as_of)}")
    say(f"{len(found)} batches are held")


def release_command(batch: object) -> str:
    """Returns the command that lets a held batch count."""
    return f".venv/bin/python -m warehouse release --batch {batch} --reason '...'"


def replay_command(feed_id: str, day: object) -> str:
    """Returns the command that replays the batch of a day."""
    return f".venv/bin/python -m warehouse replay --feed {feed_id} --day {day} --reason '...'"


def refresh_command(feed_id: str, day: object) -> str:
    """Returns the command that pulls a day again."""
    return f"make backfill FEED={feed_id} FROM={day} TO={day} REFRESH=1"


def _release(parsed: argparse.Namespace, settings: Settings, say: Say) -> None:
    from warehouse.operations import held
    from warehouse.store import decisions

    batch = decisions.batch_uuid(parsed.batch)
    feed = held.release(batch, decision(parsed), settings)
    say(f"{feed}: batch {batch} counts from now on. 'make run' publishes with it")


def decision(parsed: argparse.Namespace) -> Decision:
    """Returns the decision that the arguments of ``who_and_why`` describe."""
    from warehouse.store import decisions

    return decisions.Decision(parsed.by or decisions.login_name(), parsed.reason)


def _quarantine(parsed: argparse.Namespace, settings: Settings, say: Say) -> None:
    from warehouse.operations import quarantine

    wanted = quarantine.QuarantineFilter(parsed.feed, parsed.reason, parsed.since)
    total = 0
    for found in quarantine.counts(wanted, settings):
        total += found.rows
        days = f"{found.first_day}" + (f" to {found.last_day}" if found.last_day > found.first_day else "")
        say(f"{found.rows:>8}  {found.feed_id}  {found.reason}  {found.column}  {days}")
    if not total:
        refuse_unknown(parsed.feed, parsed.reason)
    say(f"{total:>8}  rows are set aside")
    for row in quarantine.rows(wanted, parsed.rows, settings) if parsed.rows > 0 else []:
        place = f"{row.feed_id} {row.as_of} {row.table} row {row.row_no}"
        say(f"{row.quarantine_id}  {place}: {row.column} {row.reason}")
        say(f"    {row.message}; in {row.landing_path}, batch {row.batch_id}")
        say(f"    {json.dumps(row.payload, ensure_ascii=False)}")


def _drift(parsed: argparse.Namespace, settings: Settings, say: Say) -> None:
    from warehouse.operations.drift_reports import notices, reports

    found = reports(settings, parsed.feed, parsed.since)
    for report in found:
        say(f"{report.feed_id}  {report.as_of}  {report.verdict}  batch {report.batch or 'refused'}")
        say(f"    {report.message}")
        for code in report.codes:
            say(f"    {code['column']} code {code['code']!r}: {code['rows']} rows")
        say(f"    -> {report.next_step}")
    noted = notices(settings, parsed.feed, parsed.since)
    if not found and not noted:
        refuse_unknown(parsed.feed)
    for line in noted:
        say(f"{line.feed_id}  {line.as_of}  {line.message}")
    say(f"{len(found)} deliveries differed from their declarations")


def _replay(parsed: argparse.Namespace, settings: Settings, say: Say) -> None:
    from warehouse.errors import OperationRefused

    whole = parsed.feed is not None and parsed.day is not None
    if whole == (parsed.rows is not None):
        raise OperationRefused("say --feed and --day to decode a batch again, or --rows FILE.csv, not both")
    if parsed.rows is not None:
        _correct(parsed, settings, say)
        return
    from warehouse.operations.replay import replay
    from warehouse.store import decisions

    batch = decisions.batch_uuid(parsed.batch) if parsed.batch else None
    done = replay(
        parsed.feed,
        parsed.day,
        decision(parsed),
        settings,
        batch=batch,
        accept_count=parsed.accept_count,
        drop_corrections=parsed.drop_corrections,
    )
    counts = done.counts
    say(f"{parsed.feed} {parsed.day}: batch {done.batch} in place of {done.former}")
    say(
        f"{counts.received} received = {counts.loaded} loaded + {counts.duplicate} duplicate "
        f"+ {counts.quarantined} set aside ({done.corrected} corrected by hand before)"
    )
    say("the gate looks at it before the next publication: 'make run'")


def _correct(parsed: argparse.Namespace, settings: Settings, say: Say) -> None:
    from warehouse.operations import corrections

    decided = decision(parsed)
    for row in corrections.correct(corrections.read_corrections(parsed.rows, decided), decided, settings):
        say(f"{row.quarantine_id}  {row.feed_id}  {row.outcome}")
    say("'make run' publishes with them")


def _alerts(_: argparse.Namespace, settings: Settings, say: Say) -> None:
    from warehouse.operations import alerts

    changes = alerts.refresh(settings.as_of, settings)
    found = alerts.open_alerts(settings)
    for alert in found:
        say(f"{alert.feed_id}  {alert.condition}  since {alert.opened_for}  {alert.owner}")
        say(f"    {alert.message}")
        if alert.suppressed:
            say(f"    suppressed until {alert.until}: {alert.suppressed}")
    closed = sum(change.what == "closed" for change in changes)
    say(f"{len(found)} alerts are open, {closed} were closed now")


def _suppress(parsed: argparse.Namespace, settings: Settings, say: Say) -> None:
    from warehouse.operations import alerts

    changes = alerts.suppress(parsed.feed, parsed.condition, parsed.until, decision(parsed), settings)
    about = parsed.condition or "any condition"
    quiet = sum(change.alert.suppressed is not None for change in changes)
    say(f"{parsed.feed}: {about} is suppressed until {parsed.until}; {quiet} open alerts are")

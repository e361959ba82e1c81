"""The gate: ``check_feeds`` before the models are built, ``check_marts`` before they are published.

A check of severity error stops the publication (``GateResult.raise_if_failed``, exit code 4) and holds
the batch, so that the data before it stays in force; a warning is recorded and shown.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed, load_catalogue
from expectations import check_results, data_docs, suites
from expectations.checks import CheckFailure, CheckResult, CheckTarget, Figure, GateResult, Stage
from expectations.defaults import Defaults, load_defaults
from expectations.feed_checks import DAILY_CHECKS, Extent, batch_checks, daily_checks, figure_name
from expectations.feed_profile import profile_feed
from expectations.mart_checks import mart_targets
from expectations.unread_values import unread_figures
from warehouse.intake import holds
from warehouse.intake.deliveries import SAME_AS_BEFORE
from warehouse.settings import Settings
from warehouse.store.connect import connect

#: Age that stands for a feed that never arrived.
_NEVER_DAYS = 99_999


def check_feeds(
    as_of: date,
    settings: Settings,
    *,
    catalogue: dict[str, Feed] | None = None,
    defaults: Defaults | None = None,
) -> GateResult:
    """Checks every batch that counts at ``as_of`` and was not checked yet, and how fresh each feed is.

    Holds the batches with a failing check of severity error. What an earlier call found in the batches of
    this day is part of the verdict; those batches are not checked again.
    """
    catalogue = load_catalogue() if catalogue is None else catalogue
    defaults = defaults or load_defaults()
    run_id = _run_id(as_of, "feeds")
    with _locked(settings) as connection, connection.cursor() as cursor:
        standing_failures = check_results.standing_failures(cursor, as_of)
        targets = list(_feed_targets(cursor, as_of, settings, catalogue, defaults))
        recorded = _recorded_daily(cursor, as_of)
        docs = data_docs.run_folder(settings.hub_home, run_id)
        results = suites.run_suites(targets, "feeds", run_id, docs)
        # held first: if this process ends before the checks do, the batch must not count
        _hold(results, settings)
        check_results.record(cursor, run_id, as_of, "feeds", results)
        connection.commit()
    page = data_docs.finish_pages(settings.hub_home, run_id, targets, results, defaults.data_docs.keep)
    failed = [CheckFailure.of(r) for r in [*results, *recorded] if not r.success]
    return GateResult.of([*standing_failures, *failed], len(targets), page)


def check_marts(as_of: date, settings: Settings, *, defaults: Defaults | None = None) -> GateResult:
    """Checks the candidate marts for ``as_of`` before they are published.

    Writes nothing but ``ops.check_results``.
    """
    defaults = defaults or load_defaults()
    run_id = _run_id(as_of, "marts")
    with _locked(settings) as connection, connection.cursor() as cursor:
        targets = mart_targets(cursor, as_of, defaults.marts)
        results = suites.run_suites(targets, "marts", run_id, data_docs.run_folder(settings.hub_home, run_id))
        check_results.record(cursor, run_id, as_of, "marts", results)
        connection.commit()
    page = data_docs.finish_pages(settings.hub_home, run_id, targets, results, defaults.data_docs.keep)
    return GateResult.of([CheckFailure.of(r) for r in results if not r.success], len(targets), page)


@contextmanager
def _locked(settings: Settings) -> Iterator[Connection]:
    with closing(connect(settings, application="gate")) as connection:
        with connection, connection.cursor() as cursor:
            check_results.lock_gate(cursor)
        yield connection


def _run_id(as_of: date, stage: Stage) -> str:
    return f"{as_of}-{stage}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"


def _recorded_daily(cursor: Cursor, as_of: date) -> list[CheckResult]:
    """Returns the results of this day that were recorded before, about the batch that is still the newest."""
    newest = check_results.newest_batches(cursor, as_of)
    return [
        result
        for result in check_results.daily_results(cursor, as_of)
        if result.batch_id == (newest[result.feed_id][0] if result.feed_id in newest else None)
    ]


def _feed_targets(
    cursor: Cursor, as_of: date, settings: Settings, catalogue: dict[str, Feed], defaults: Defaults
) -> Iterator[CheckTarget]:
    newest = check_results.newest_batches(cursor, as_of)
    known = {result.feed_id for result in _recorded_daily(cursor, as_of)}
    unchecked: dict[str, list[check_results.Batch]] = defaultdict(list)
    for batch in check_results.unchecked_batches(cursor, as_of):
        unchecked[batch.feed_id].append(batch)
    for feed_id, feed in catalogue.items():
        found = list(_batch_targets(cursor, feed, unchecked[feed_id], as_of, settings.scale, defaults))
        if feed_id not in known:
            found = _with_daily(found, _daily_target(feed, newest.get(feed_id), as_of))
        yield from found


def _batch_targets(
    cursor: Cursor,
    feed: Feed,
    batches: Sequence[check_results.Batch],
    as_of: date,
    scale: float,
    defaults: Defaults,
) -> Iterator[CheckTarget]:
    if not batches:
        return
    ids = [batch.batch_id for batch in batches]
    profiles = profile_feed(cursor, feed, ids, as_of, defaults.feeds.dates)
    unread = check_results.unread_counts(cursor, ids)
    notes = check_results.delivery_notes(cursor, ids)
    for batch in batches:
        profile = profiles[batch.batch_id]
        figures = {
            **profile.figures,
            **unread_figures(feed, unread.get(batch.batch_id, ()), defaults.feeds.unread),
            **_note_figures(notes.get(batch.batch_id, ())),
            "quarantine_share": _share_figure(batch.quarantined, batch.received, "rows"),
            "changed_share": _changed_figure(feed, batch, profile.figures),
        }
        extent = Extent(batch.received, profile.rows, batch.changes)
        checks = batch_checks(feed, scale, defaults.feeds, extent)
        used = {check.figure for check in checks}
        # the newest batch bears the feed's name: there is nearly always only one
        name = feed.feed_id if batch is batches[-1] else f"{feed.feed_id} {batch.as_of}"
        yield CheckTarget(
            name, feed.feed_id, batch.batch_id, tuple(checks), {k: v for k, v in figures.items() if k in used}
        )


def _share_figure(part: int, whole: int, words: str) -> Figure:
    share = part / whole if whole else 0.0
    return Figure(share, text=f"{share:.4f} ({part} of {whole} {words})")


def _changed_figure(feed: Feed, batch: check_results.Batch, figures: dict[str, Figure]) -> Figure:
    """Returns how many rows a delta brought as a share of the rows in force with it."""
    in_force = sum(int(figures[figure_name(table, "rows_in_force")].value) for table in feed.tables)
    share = batch.received / in_force if in_force else 0.0
    return Figure(
        share,
        text=f"{share:.4f} ({batch.received} rows came, {in_force} are in force; if the source was built "
        "anew, compare with the whole of it: make backfill with RECONCILE=1)",
    )


def _note_figures(notes: Sequence[tuple[str, str]]) -> dict[str, Figure]:
    """Returns how many notes there are, apart from the kind that has a check of its own."""
    same = [message for code, message in notes if code == SAME_AS_BEFORE]
    others = [message for code, message in notes if code != SAME_AS_BEFORE]
    return {
        name: Figure(len(found), text="; ".join(found) or None)
        for name, found in ((SAME_AS_BEFORE, same), ("noted", others))
    }


def _daily_target(feed: Feed, newest: tuple[str, date] | None, as_of: date) -> CheckTarget:
    if newest is None:
        batch, figure = None, Figure(_NEVER_DAYS, text="never loaded")
    else:
        batch, figure = newest[0], Figure((as_of - newest[1]).days)
    return CheckTarget(
        feed.feed_id, feed.feed_id, batch, tuple(daily_checks(feed)), {"days_since_last_batch": figure}
    )


def _with_daily(targets: list[CheckTarget], daily: CheckTarget) -> list[CheckTarget]:
    """Adds the feed's own checks to the page of its newest batch, if that is checked now."""
    if not targets or targets[-1].batch_id != daily.batch_id:
        return [*targets, replace(daily, name=f"{daily.name} freshness") if targets else daily]
    newest = targets[-1]
    joined = replace(
        newest, checks=(*daily.checks, *newest.checks), figures={**daily.figures, **newest.figures}
    )
    return [*targets[:-1], joined]


def _hold(results: Sequence[CheckResult], settings: Settings) -> None:
    failed: dict[str, list[CheckResult]] = defaultdict(list)
    for result in results:
        is_of_batch = result.batch_id is not None and result.check not in DAILY_CHECKS
        if is_of_batch and not result.success and result.severity == "error":
            failed[str(result.batch_id)].append(result)
    for batch, found in failed.items():
        holds.mark_held([batch], check_results.reason_to_hold(found), settings)

"""What is published: of which day, and whether it is what the batches of a day say."""

from __future__ import annotations

from datetime import date

from warehouse.settings import Settings
from warehouse.store.connect import rows


def last_published(settings: Settings) -> date | None:
    """Returns the day the published marts are about, or None before the first publication."""
    found = rows(settings, "select max(as_of) from marts.publications", ())
    day: date | None = found[0][0]
    return day


def batches_digest(as_of: date, settings: Settings) -> str:
    """Returns the digest of the batches that make up the state of a day.

    It changes when a batch arrives, is held or is changed.
    """
    query = (
        "select coalesce(md5(string_agg(concat(batch_id, extract(epoch from rows_changed_at)), ',' "
        "order by batch_id)), '') from ops.current_batches(%s)"
    )
    return str(rows(settings, query, (as_of,))[0][0])


def is_published(as_of: date, settings: Settings) -> bool:
    """Says whether the marts hold what comes of today's batches of ``as_of``; not so after a rollback."""
    query = (
        "select (select as_of = %(day)s from marts.publications order by publication_id desc limit 1) "
        "and exists (select from ops.published_batches) and not exists ("
        "select from ops.current_batches(%(day)s) as now full join ops.published_batches as built "
        "on built.batch_id = now.batch_id and built.rows_changed_at = now.rows_changed_at "
        "where now.batch_id is null or built.batch_id is null)"
    )
    return bool(rows(settings, query, {"day": as_of})[0][0])

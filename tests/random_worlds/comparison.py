"""What the built models say of a world, beside what the second reading says of it."""

from __future__ import annotations

from contextlib import closing

import psycopg2

from tests.random_worlds.handling import mishandled
from tests.random_worlds.shown import ShownByWorld
from tests.support.dbt import query
from tests.support.hand_made_world import World
from warehouse.settings import Settings

#: kind, rule or check, subject, event or benefit, sub-type, confidence
Said = tuple[str | None, ...]


def replace_world(hub: Settings, world: World) -> None:
    """Takes the last world out; the staging tables keep rows from build to build, so build with
    ``--full-refresh``."""
    with closing(psycopg2.connect(hub.database_url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'raw'"
        )
        names = [name for (name,) in cursor.fetchall()]
        cursor.execute(f"truncate {', '.join(names)}, ops.feed_batches cascade")
    with closing(psycopg2.connect(hub.database_url)) as connection:
        world.load(connection)


def said_by_sql(hub: Settings) -> set[Said]:
    warnings = query(
        hub,
        """select rule_id, case when subject_type = 'person' then id_number else subject_id end,
               event_key, sub_type, confidence from candidate.warnings""",
    )
    hits = query(
        hub,
        """select check_id, id_number, benefit_type, min(confidence)
           from candidate.cross_check_hits group by check_id, id_number, benefit_type""",
    )
    silent = query(hub, "select id_number from candidate.unanswered")
    return (
        {("warning", r, s, e, t, c) for r, s, e, t, c in warnings}
        | {("check", check, number, benefit, None, sure) for check, number, benefit, sure in hits}
        | {("unanswered", "hukou", number, "hukou", None, "confirmed") for (number,) in silent}
    )


def mishandled_by_sql(hub: Settings, shown: ShownByWorld) -> list[tuple[str, ...]]:
    """Warnings whose severity, level, place or day is not that of the second reading. Call it when both say
    the same warnings."""
    told = query(
        hub,
        """select rule_id, case when subject_type = 'person' then id_number else subject_id end, event_key,
               sub_type, severity, handler_level, region_code, due_on from candidate.warnings""",
    )
    return list(mishandled(shown, told))

"""Selects the people a query-reply feed may be asked about, and records what became of each question.

Only people with an open authorisation whose check is due are asked about; financial institutions are asked
only where the authorisation covers everything.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Collection, Sequence
from datetime import date

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed, load_feed
from connectors.delivery import AskedPerson, Delivery
from connectors.errors import NotYetDelivered
from warehouse.store.rows_in_force import not_deleted, rows_in_force

AUTHORISATIONS = "platform__authorisation"
_IS_LOADED = "select exists (select from ops.current_batches(%(as_of)s) where feed_id = %(feed)s)"
#: One row per person with an open authorisation whose check is due. Parameters: as_of, feed, finance.
_PERSONS = """
with open_ones as (
    select distinct on (n.id_number) n.authorisation_id, n.id_number, n.full_name
    from ({in_force}) as n
    where n.authorised_from <= %(as_of)s
        and (n.authorised_until is null or n.authorised_until >= %(as_of)s)
        and n.check_due_on <= %(as_of)s
        and (not %(finance)s or n.scope = 'all')
    order by n.id_number, n.authorisation_id
)
select o.id_number, o.full_name from open_ones as o order by o.authorisation_id collate "C", o.id_number
"""


def people_to_ask(cursor: Cursor, feed: Feed, as_of: date) -> list[AskedPerson]:
    """Returns the people to ask ``feed`` about on ``as_of``, each once, numbered from 1; empty for other
    feeds.

    Raises ``NotYetDelivered`` while no authorisations are loaded: without one nobody may be asked about.
    """
    if feed.mode != "query_reply":
        return []
    values = {"as_of": as_of, "feed": AUTHORISATIONS, "finance": feed.domain == "finance"}
    cursor.execute(_IS_LOADED, values)
    if cursor.fetchone() != (True,):
        raise NotYetDelivered(
            feed.feed_id,
            f"whom to ask about is not known on {as_of}: "
            f"load {AUTHORISATIONS} for that day or an earlier one first",
        )
    authorisations = load_feed(AUTHORISATIONS)
    table = authorisations.table("main")
    in_force = rows_in_force(authorisations, table, not_deleted(table))
    cursor.execute(sql.SQL(_PERSONS).format(in_force=in_force), values)
    return [
        AskedPerson(seq, id_number, name) for seq, (id_number, name) in enumerate(cursor.fetchall(), start=1)
    ]


def record_requests(
    cursor: Cursor,
    feed: Feed,
    delivery: Delivery,
    asked: Sequence[AskedPerson],
    batch: uuid.UUID,
    nothing: Collection[int],
) -> None:
    """Writes one row per question: ``answered``, ``none`` (nothing on record there) or ``no_answer``.

    ``nothing`` holds the ``seq`` of those answered with "nothing on record" and no row.
    """
    if feed.mode != "query_reply":
        return
    cursor.execute("create temp table asked (seq integer, id_number text, nothing boolean) on commit drop")
    lines = io.StringIO("".join(f"{s.seq}\t{s.id_number}\t{s.seq in nothing}\n" for s in asked))
    cursor.copy_expert("copy asked from stdin", lines)
    cursor.execute(
        "delete from ops.query_requests where feed_id = %s and as_of = %s", (feed.feed_id, delivery.as_of)
    )
    cursor.execute(
        sql.SQL("""
            insert into ops.query_requests (request_id, feed_id, as_of, seq, id_number, status)
            select %s, %s, %s, q.seq, q.id_number,
                case
                    when r.found then 'answered'
                    when r.id_number is not null or q.nothing then 'none'
                    else 'no_answer'
                end
            from asked as q
            left join (select id_number, bool_or(found) as found from ({}) as rows group by id_number) as r
                using (id_number)
        """).format(_answers(feed)),
        (delivery.request_id or "", feed.feed_id, delivery.as_of, *[str(batch)] * len(feed.tables)),
    )
    cursor.execute("drop table asked")


def _answers(feed: Feed) -> sql.Composable:
    parts = []
    for table in feed.tables:
        names = {c.name for c in table.columns}
        found = "answer is distinct from 'none'" if "answer" in names else "true"
        parts.append(
            sql.SQL("select id_number, {} as found from {} where batch_id = %s").format(
                sql.SQL(found), sql.Identifier("raw", feed.raw_table(table))
            )
        )
    return sql.SQL(" union all ").join(parts)

"""Why the warnings that this publication withdraws have ended: one of ``ops.withdrawal_causes`` for each.

A warning's evidence names rows. Each is found again in ``raw`` (which keeps what was said) and compared with
what staging says now under the same key. In this order:

benefit_ended    too few of the benefits the evidence names run (one that is not there does not run)
source_withdrew  a row has no successor under its key
source_changed   the successor says something else, and did not say it yet at the last publication
condition_ended  the rows say the same, or nothing can be said about them

Evidence is not written anew while a warning is merely seen again, so it may name a row of long ago. What such
a row has changed into since, while the warning went on, is no cause: hence ``ops.published_batches``, the
batches the last publication was made of.

Indexes: ``raw`` by (batch_id, row_no) and by row_digest, staging by its key or by id_number,
``ops.query_requests`` by person. Nothing is read but for the warnings that end.
"""

from __future__ import annotations

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed, Table, load_catalogue
from warehouse.publication.statements.temporary import (
    DECIDED,
    ENDED_EVIDENCE,
    FOUND_CAUSES,
    FOUND_REASONS,
    analyse,
    make,
)
from warehouse.store.raw_tables import is_cumulative

#: Columns that say when and how something was told, not what: another question has another number.
_TELLING = frozenset({"request_id", "sequence_no", "queried_on", "operation"})
#: A person has two of these or there is no warning; of all other rules' benefits one is enough.
_NEEDS_TWO_BENEFITS = "duplicate_benefit"

_UUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"

_PIECES_OF_EVIDENCE = f"""
    select
        w.warning_id, w.rule_id, item ->> 'feed_id' as feed_id,
        coalesce(item ->> 'raw_table', item ->> 'feed_id') as raw_table,
        item ->> 'enrolment_id' as enrolment_id,
        case when item ->> 'batch_id' ~ '{_UUID}' then (item ->> 'batch_id')::uuid end as batch_id,
        case when item ->> 'row_no' ~ '^[0-9]{{1,18}}$' then (item ->> 'row_no')::bigint end as row_no
    from {DECIDED} as d
    inner join marts.warnings as w on w.warning_id = d.warning_id
    cross join jsonb_array_elements(
        case jsonb_typeof(w.evidence) when 'array' then w.evidence else '[]' end) as item
    where d.step = 'withdrawn' and jsonb_typeof(item) = 'object'
"""
_PREPARE = (
    make(ENDED_EVIDENCE, _PIECES_OF_EVIDENCE),
    analyse([ENDED_EVIDENCE]),
    f"create temp table {FOUND_REASONS} (warning_id text, cause text) on commit drop",
)

_BENEFITS = f"""
    insert into {FOUND_REASONS}
    select i.warning_id, 'benefit_ended'
    from (
        select distinct warning_id, rule_id, enrolment_id from {ENDED_EVIDENCE} where enrolment_id is not null
    ) as i
    left join core.fct_enrolment as e on e.enrolment_id = i.enrolment_id and e.is_active
    group by i.warning_id, i.rule_id
    having count(e.enrolment_id) < least(count(*), case when i.rule_id = %(needs_two)s then 2 else 1 end)
"""

_ROWS = """
    insert into {found_reasons}
    select i.warning_id, case when now.said then 'source_changed' else 'source_withdrew' end
    from {ended_evidence} as i
    cross join lateral (
        select r.* from {raw} as r where r.batch_id = i.batch_id and r.row_no = i.row_no
        {adopted}
        limit 1
    ) as was
    cross join lateral (
        select count(*) > 0 as said, coalesce(bool_or({same} or {known}), false) as goes_on
        from {staging} as s where {key}
    ) as now
    where i.raw_table = {name} and i.feed_id = {feed} and not now.goes_on and (now.said or {asked})
"""

#: Where batches add up, another one that brought the row as well may have it now.
_ADOPTED = """
        union all
        select r.* from ops.adopted_rows as a inner join {raw} as r on r.row_digest = a.row_digest
        where a.raw_table = {name} and a.batch_id = i.batch_id and a.row_no = i.row_no
        union all
        select r.* from ops.adopted_rows as a inner join {raw} as r on r.row_digest = a.row_digest
        where a.raw_table = {name} and a.former_batch_id = i.batch_id and a.former_row_no = i.row_no
"""

_SAME = """
    not exists (
        select 1 from jsonb_each(to_jsonb(s)) as n
        where n.key <> all ({telling}) and to_jsonb(was) ? n.key and n.value <> to_jsonb(was) -> n.key)
"""

#: Whether the row in force was in force at the last publication, where batches add up: its batch counted, and
#: no batch that counted then counts no longer.
_KNOWN_ADDING_UP = """
    exists (
        select 1 from ops.published_batches as p
        inner join staging.stg_current_batches as c
            on c.batch_id = p.batch_id and c.rows_changed_at = p.rows_changed_at
        where p.batch_id = s.batch_id and p.feed_id = {feed})
    and not exists (
        select 1 from ops.published_batches as p
        left join staging.stg_current_batches as c
            on c.batch_id = p.batch_id and c.rows_changed_at = p.rows_changed_at
        where p.feed_id = {feed} and c.batch_id is null)
"""

#: The same where a batch says everything anew: the batch of then has a row word for word like it.
_KNOWN_WHOLE = """
    exists (
        select 1 from ops.published_batches as p
        inner join {raw} as here on here.batch_id = s.batch_id and here.row_no = s.row_no
        inner join {raw} as before on before.batch_id = p.batch_id and before.row_digest = here.row_digest
        where p.feed_id = {feed})
"""

#: Only who was asked about can be said to have nothing any more.
_ASKED = """
    exists (
        select 1 from staging.stg_current_batches as c
        inner join ops.query_requests as q on q.feed_id = c.feed_id and q.as_of = c.as_of
        where c.feed_id = {feed} and q.id_number = was.id_number and q.status in ('answered', 'none'))
"""

_GRAVEST_REASON = f"""
    select d.warning_id, coalesce(f.cause, 'condition_ended') as cause
    from {DECIDED} as d
    left join (
        select distinct on (r.warning_id) r.warning_id, r.cause
        from {FOUND_REASONS} as r inner join ops.withdrawal_causes as c on c.cause = r.cause
        order by r.warning_id, c.rank
    ) as f on f.warning_id = d.warning_id
    where d.step = 'withdrawn'
"""

_NOTE = """
    delete from ops.published_batches as p
    where not exists (
        select 1 from staging.stg_current_batches as c
        where c.batch_id = p.batch_id and c.rows_changed_at = p.rows_changed_at);
    insert into ops.published_batches (batch_id, feed_id, rows_changed_at)
    select batch_id, feed_id, rows_changed_at from staging.stg_current_batches
    on conflict do nothing
"""


def find_withdrawal_causes(cursor: Cursor) -> None:
    """Makes the table ``found_causes``: warning_id and cause of each warning that ``decided`` withdraws.

    A feed that is declared no longer, a table that is not built: nothing can be said, nothing fails.
    """
    for statement in _PREPARE:
        cursor.execute(statement)
    if _columns(cursor, "core.fct_enrolment"):
        cursor.execute(_BENEFITS, {"needs_two": _NEEDS_TWO_BENEFITS})
    if _columns(cursor, "staging.stg_current_batches"):
        declared = {f.raw_table(t): (f, t) for f in load_catalogue().values() for t in f.tables}
        cursor.execute(f"select distinct raw_table from {ENDED_EVIDENCE} order by raw_table")
        for (name,) in cursor.fetchall():
            if name in declared:
                _compare(cursor, *declared[name])
    cursor.execute(make(FOUND_CAUSES, _GRAVEST_REASON))


def note_batches(cursor: Cursor) -> None:
    """Keeps which batches this publication was made of, for the next one."""
    if _columns(cursor, "staging.stg_current_batches"):
        cursor.execute(_NOTE)


def forget_batches(cursor: Cursor) -> None:
    """Deletes what ``note_batches`` kept: after a rollback the warnings rest on rows of an earlier day, so
    nothing is known to have been seen."""
    cursor.execute("delete from ops.published_batches")


def _compare(cursor: Cursor, feed: Feed, table: Table) -> None:
    name = feed.raw_table(table)
    key = _lasting_key(table)
    both = _columns(cursor, f"raw.{name}") & _columns(cursor, f"staging.stg_{name}")
    if not {*key, "batch_id", "row_no"} <= both:
        return
    cursor.execute(_statement(feed, table, key))


def _lasting_key(table: Table) -> tuple[str, ...]:
    """Returns the columns by which a row is known from one delivery to the next.

    The number of a reply is none of them. Without it, an account is known together with its owner.
    """
    lasting = [k for k in table.key if k not in _TELLING]
    names = {c.name for c in table.columns}
    if len(lasting) < len(table.key) and "id_number" in names and "id_number" not in lasting:
        lasting.insert(0, "id_number")
    return tuple(lasting)


def _statement(feed: Feed, table: Table, key: tuple[str, ...]) -> sql.Composable:
    """Returns the statement that finds rows of one table that are gone, or say something else.

    What a platform row says is the work itself: where it has moved on, nobody has corrected anything.
    """
    name = feed.raw_table(table)
    parts: dict[str, sql.Composable] = {
        "found_reasons": sql.Identifier(FOUND_REASONS),
        "ended_evidence": sql.Identifier(ENDED_EVIDENCE),
        "raw": sql.Identifier("raw", name),
        "staging": sql.Identifier("staging", f"stg_{name}"),
        "name": sql.Literal(name),
        "feed": sql.Literal(feed.feed_id),
        "key": sql.SQL(" and ").join(_equal(table, column) for column in key),
    }
    telling = {*_TELLING, "feed_id", "batch_id", "row_no"} | ({feed.cursor.column} if feed.cursor else set())
    parts["telling"] = sql.Literal(sorted(telling))
    adds_up = is_cumulative(feed.mode)
    return sql.SQL(_ROWS).format(
        adopted=sql.SQL(_ADOPTED if adds_up else "").format(**parts),
        same=sql.SQL("true" if feed.kind == "platform" else _SAME).format(**parts),
        known=sql.SQL(_KNOWN_ADDING_UP if adds_up else _KNOWN_WHOLE).format(**parts),
        asked=sql.SQL(_ASKED if feed.mode == "query_reply" else "true").format(**parts),
        **parts,
    )


def _equal(table: Table, column: str) -> sql.Composable:
    # a column that may be empty is compared so that two empty ones are equal; no index serves that
    operator = "=" if table.column(column).required else "is not distinct from"
    return sql.SQL("s.{0} {1} was.{0}").format(sql.Identifier(column), sql.SQL(operator))


def _columns(cursor: Cursor, relation: str) -> set[str]:
    """Returns the names of the columns of a relation; none where it is not there."""
    cursor.execute(
        "select attname from pg_attribute "
        "where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped",
        (relation,),
    )
    return {name for (name,) in cursor.fetchall()}

"""What the database has of functions, views, triggers and policies, and what hangs on one of them.

Each is worded as in ``ops.schema_objects``: ``function ops.mask_id``, ``policy own_region on
marts.warnings``.
"""

from __future__ import annotations

from typing import NamedTuple

from psycopg2.extensions import cursor as Cursor

#: In the order in which they can be dropped where they belong together.
KINDS = ("policy", "trigger", "view", "function")

#: class, object and wording of all there are; what an extension made is not ours.
_ALL = """
    select 'pg_proc'::regclass as class, p.oid, 'function ' || n.nspname || '.' || p.proname as made
    from pg_catalog.pg_proc as p inner join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    union all
    select 'pg_class'::regclass, c.oid, 'view ' || n.nspname || '.' || c.relname
    from pg_catalog.pg_class as c inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where c.relkind = 'v'
    union all
    select 'pg_policy'::regclass, p.oid, 'policy ' || p.polname || ' on ' || n.nspname || '.' || c.relname
    from pg_catalog.pg_policy as p inner join pg_catalog.pg_class as c on c.oid = p.polrelid
    inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    union all
    select 'pg_trigger'::regclass, t.oid, 'trigger ' || t.tgname || ' on ' || n.nspname || '.' || c.relname
    from pg_catalog.pg_trigger as t inner join pg_catalog.pg_class as c on c.oid = t.tgrelid
    inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where not t.tgisinternal
"""
_PRESENT = f"""
    select made from ({_ALL}) as a where made !~ '^(function|view) (pg_|information_schema[.])'
"""
#: A view depends by its rule, a function by the row type of a view; a rule stands for its view.
_DEPENDENTS = f"""
    with recursive objects as materialized ({_ALL}),
    reached (class, oid) as (
        select o.class, o.oid from objects as o where o.made = %(made)s
        union
        select coalesce(v.class, d.classid), coalesce(v.oid, d.objid)
        from reached as r
        inner join pg_catalog.pg_depend as d on d.refclassid = r.class and d.refobjid = r.oid
        left join lateral (
            select 'pg_class'::regclass as class, w.ev_class as oid from pg_catalog.pg_rewrite as w
            where d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
        ) as v on true
    )
    select distinct o.made, pg_catalog.pg_describe_object(r.class, r.oid, 0)
    from reached as r
    left join objects as o on o.class = r.class and o.oid = r.oid
    where r.class <> 'pg_type'::regclass and o.made is distinct from %(made)s
    order by 2
"""
_ROUTINES = """
    select p.oid::regprocedure::text from pg_catalog.pg_proc as p
    where p.pronamespace::regnamespace::text || '.' || p.proname = %s
"""


class Dependent(NamedTuple):
    """``made`` is None for what no object file can make: a computed column, a constraint, an index."""

    made: str | None
    description: str


def present(cursor: Cursor) -> set[str]:
    """Returns all functions, views, policies and triggers of the database that are not PostgreSQL's own."""
    cursor.execute(_PRESENT)
    return {made for (made,) in cursor.fetchall()}


def dependents(cursor: Cursor, made: str) -> list[Dependent]:
    """Returns what would have to go with ``made``, directly or through others."""
    cursor.execute(_DEPENDENTS, {"made": made})
    return [Dependent(*row) for row in cursor.fetchall()]


def drop(cursor: Cursor, made: str) -> None:
    """Drops one thing, if it is there; never what depends on it."""
    kind, name, *on = made.split()
    if kind == "function":
        cursor.execute(_ROUTINES, (name,))
        for (routine,) in cursor.fetchall():
            cursor.execute(f"drop function {routine}")
    else:
        cursor.execute(f"drop {kind} if exists {name} {' '.join(on)}")

"""What the database says of past builds (``ops.built_relations``), and of the sources as they are now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from hub.build.nodes import Node

#: What models read besides raw tables. Small: a digest of all rows is cheap.
READ_WHOLE = ("ops.feed_batches", "ops.query_requests", "marts.warnings")


def fingerprints(cursor: Cursor) -> dict[str, str]:
    """Reads the fingerprints of what stands as it was built.

    A table that was replaced since, by dbt from another place or by a restored backup, is left out. dbt
    itself takes out what it is about to build (``forget_built``), whoever runs it.
    """
    cursor.execute(
        "select node, fingerprint from ops.built_relations "
        "where relation is null or to_regclass(relation)::oid = relation_oid"
    )
    return dict(cursor.fetchall())


def record(cursor: Cursor, nodes: Iterable[Node], fingerprints: Mapping[str, str]) -> None:
    """Records that these nodes were built just now."""
    for node in nodes:
        cursor.execute(
            "insert into ops.built_relations (node, relation, relation_oid, fingerprint) "
            "values (%(node)s, %(relation)s, to_regclass(%(relation)s)::oid, %(made_of)s) "
            "on conflict (node) do update set relation = excluded.relation, "
            "relation_oid = excluded.relation_oid, fingerprint = excluded.fingerprint, built_at = now()",
            {"node": node.node_id, "relation": node.relation, "made_of": fingerprints[node.node_id]},
        )


def sources(cursor: Cursor, as_of: date) -> dict[str, str]:
    """Reads the state of every source: of a feed (by its id) the batches that count for the day, of another
    table (by its name) the rows.
    """
    cursor.execute(
        "select feed_id, md5(string_agg(batch_id || ' ' || rows_changed_at, ',' order by batch_id)) "
        "from ops.current_batches(%s) group by feed_id",
        (as_of,),
    )
    found = dict(cursor.fetchall())
    for relation in READ_WHOLE:
        cursor.execute(
            sql.SQL("select count(*), sum(hashtextextended(t::text, 0)) from {} as t").format(
                sql.Identifier(*relation.split("."))
            )
        )
        found[relation] = repr(cursor.fetchone())
    return found


def schema(cursor: Cursor) -> str:
    """Returns the digest of the functions and tables of the database, which the models use."""
    cursor.execute(
        "select (select string_agg(file || checksum, ',' order by file) from ops.schema_objects), "
        "(select string_agg(version::text || checksum, ',' order by version) from ops.schema_migrations)"
    )
    return hashlib.sha256(repr(cursor.fetchone()).encode()).hexdigest()

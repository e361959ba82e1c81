"""The SQL that makes the database: tables by migrations, everything else by object files.

``migrations/NNN_what_it_does.sql``
    Tables, columns, constraints, indexes, types and rows that the hub brings along. History: each file runs
    once and is never edited. A new file takes the next number and is named by what it does, verb first:
    ``121_add_overlap_columns.sql``, not by a title ("hits say more"). It defines no function, view, trigger
    or policy. It may call only functions that older migrations made, because object files run after the
    last migration. It may drop a view that is in its way: the object file makes it again in the same run.

``objects/<idea>/<name>.sql``
    One file per function, view, trigger or set of policies, named like what it makes, with today's text, its
    comment and its grants. Edit it in place: the next ``make run`` (or ``make migrate``) applies it once,
    with whatever has to be made anew for it. Delete it, and what it made is dropped. ``*.sql.j2`` is a
    template (``warehouse.schema.templates``). ``objects/access/table_grants.sql`` says who may read which
    table.
"""

-- What a build made of what: a node with the same fingerprint is not built again (hub/build).
-- Unlogged on purpose. A crash of the server empties unlogged tables, so also those that dbt builds. This one is
-- emptied with them, and then everything is built anew.
create unlogged table ops.built_relations (
    node text primary key,
    relation text,
    relation_oid oid,
    fingerprint text not null,
    built_at timestamptz not null default now()
);
comment on table ops.built_relations is
    'What the last build of each model, seed and test was made of; a crash of the server empties it';
comment on column ops.built_relations.node is 'The model, seed or test, as dbt names it';
comment on column ops.built_relations.relation is 'Its table or view; empty for a test';
comment on column ops.built_relations.relation_oid is 'The table as it was built: another one in its place was built by other ways';
comment on column ops.built_relations.fingerprint is 'Digest of project, day, batches and parameters it was built from';
comment on column ops.built_relations.built_at is 'When the build was recorded';

-- Of which batches a publication was made: an announcement that brings nothing newer needs no second build.
alter table marts.publications add column batches_digest text;
comment on column marts.publications.batches_digest is
    'Digest of the batches it was made of; null for a rollback. ops.current_batches names them';

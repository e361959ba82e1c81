-- A warning may be about a street: what was paid there in a month differs from the month before.
alter table marts.warnings drop constraint warnings_subject_type_check;
alter table marts.warnings add constraint warnings_subject_type_check
    check (subject_type in ('person', 'application', 'organisation', 'warning', 'street'));

-- A warning may be about another one that nobody has dealt with in time.
alter table marts.warnings drop constraint warnings_subject_type_check;
alter table marts.warnings add constraint warnings_subject_type_check
    check (subject_type in ('person', 'application', 'organisation', 'warning'));

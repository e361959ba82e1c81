-- What others read. These tables are never dropped, renamed or truncated: publication is plain DML.
create table marts.publications (
    publication_id bigint generated always as identity primary key,
    as_of date not null,
    published_at timestamptz not null default clock_timestamp(),
    counts jsonb not null,
    content_digest text not null
);
comment on table marts.publications is 'One row per published run';

create table marts.warnings (
    warning_id text primary key,
    rule_id text not null,
    rule_name_zh text not null,
    severity text not null check (severity in ('red', 'orange', 'yellow')),
    handler_level text not null check (handler_level in ('city', 'district', 'street', 'community')),
    subject_type text not null check (subject_type in ('person', 'application', 'organisation')),
    subject_id text not null,
    id_number text,
    full_name text,
    region_code text,
    sub_type text,
    confidence text not null check (confidence in ('confirmed', 'suspected')),
    event_key text not null,
    status text not null default 'open'
        check (status in ('open', 'acknowledged', 'verifying', 'resolved', 'dismissed', 'withdrawn')),
    opened_on date not null,
    reopened_on date,
    last_seen_on date not null,
    resolved_on date,
    resolution text,
    due_on date,
    evidence jsonb not null,
    facts_digest text not null,
    publication_id bigint not null references marts.publications (publication_id),
    id_number_masked text generated always as (ops.mask_id(id_number)) stored,
    full_name_masked text generated always as (ops.mask_name(full_name)) stored,
    evidence_masked jsonb generated always as (ops.mask_evidence(evidence)) stored
);
create index warnings_rule on marts.warnings (rule_id, status);
create index warnings_region on marts.warnings (region_code text_pattern_ops);
create index warnings_subject on marts.warnings (subject_id);
comment on table marts.warnings is 'Signals for a person to check, never decisions (预警)';
comment on column marts.warnings.status is
    'open, acknowledged, verifying: being worked on; resolved, dismissed: closed by a person; withdrawn: the condition ended by itself';
comment on column marts.warnings.facts_digest is 'Digest of the evidence without batch and row: changes when the facts do';
comment on column marts.warnings.due_on is 'Fixed when the warning opens (or reopens)';

create table marts.cross_check_hits (
    hit_id text primary key,
    check_id text not null,
    check_name_zh text not null,
    person_id text not null,
    id_number text,
    full_name text,
    enrolment_id text,
    benefit_type text,
    region_code text,
    confidence text not null check (confidence in ('confirmed', 'suspected')),
    first_seen_on date not null,
    last_seen_on date not null,
    is_current boolean not null default true,
    evidence jsonb not null,
    facts_digest text not null,
    publication_id bigint not null references marts.publications (publication_id),
    id_number_masked text generated always as (ops.mask_id(id_number)) stored,
    full_name_masked text generated always as (ops.mask_name(full_name)) stored,
    evidence_masked jsonb generated always as (ops.mask_evidence(evidence)) stored
);
create index cross_check_hits_check on marts.cross_check_hits (check_id) where is_current;
create index cross_check_hits_region on marts.cross_check_hits (region_code text_pattern_ops);
create index cross_check_hits_person on marts.cross_check_hits (person_id);
comment on table marts.cross_check_hits is 'Hits of the cross-checks, one per enrolment (交叉比对)';

create table marts.unanswered (
    person_id text not null,
    feed_id text not null,
    id_number text,
    full_name text,
    region_code text,
    benefit_types text,
    first_seen_on date not null,
    last_seen_on date not null,
    is_current boolean not null default true,
    publication_id bigint not null references marts.publications (publication_id),
    id_number_masked text generated always as (ops.mask_id(id_number)) stored,
    full_name_masked text generated always as (ops.mask_name(full_name)) stored,
    primary key (person_id, feed_id)
);
create index unanswered_region on marts.unanswered (region_code text_pattern_ops);
comment on table marts.unanswered is 'Persons a department has not answered about: not warned, listed (未反馈)';

create table marts.warning_events (
    event_seq bigint generated always as identity primary key,
    event_type text not null,
    warning_id text not null references marts.warnings (warning_id),
    rule_id text not null,
    region_code text,
    occurred_at timestamptz not null default clock_timestamp(),
    as_of date not null,
    publication_id bigint references marts.publications (publication_id),
    details jsonb not null default '{}'
);
create index warning_events_warning on marts.warning_events (warning_id);
create index warning_events_publication on marts.warning_events (publication_id);
comment on table marts.warning_events is 'Every step of every warning, in sequence';

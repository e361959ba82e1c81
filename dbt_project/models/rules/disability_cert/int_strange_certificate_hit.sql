-- Allowances drawn on somebody else's certificate. A certificate is the person's own if its number contains a number of
-- the person, or if the federation holds it under one. It is somebody else's if the federation holds it for others
-- only, or if it contains another number. Certificates the federation does not know are not judged. A re-issued
-- certificate (B1, B2, ...) is the same one. If it is held under the person's own name, it may be the person's:
-- suspected.
{%- set stem = 20 %}
with allowances as (
    select
        enrolments.*,
        substr(drawn.certificate_no, 1, {{ stem }}) as certificate_no
    from {{ ref('int_active_enrolment') }} as enrolments
    {{ only_benefits_of('disability_cert', 'enrolments') }}
    inner join {{ ref('stg_civil_affairs__disability_allowance') }} as drawn
        on enrolments.enrolment_id = concat(drawn.feed_id, ':', drawn.case_id)
    where drawn.certificate_no is not null
),

certificates as (
    select
        substr(certificate_no, 1, {{ stem }}) as certificate_no,
        id_number,
        full_name,
        issued_on,
        valid_until,
        certificate_status,
        updated_at,
        feed_id,
        cast(batch_id as {{ text_type() }}) as batch_id,
        row_no
    from {{ ref('stg_disabled_federation__disability_certificate') }}
),

own as (
    select distinct allowances.enrolment_id
    from allowances
    inner join {{ ref('dim_person_alias') }} as persons on allowances.person_id = persons.person_id
    left join certificates
        on allowances.certificate_no = certificates.certificate_no and persons.id_number = certificates.id_number
    where substr(allowances.certificate_no, 1, 18) = persons.id_number or certificates.id_number is not null
),

held as (
    select
        allowances.enrolment_id,
        certificates.*,
        row_number() over (
            partition by allowances.enrolment_id
            order by certificates.issued_on desc, certificates.updated_at desc, certificates.row_no desc
        ) as place
    from allowances
    inner join certificates on allowances.certificate_no = certificates.certificate_no
)

select
    {{ enrolment_columns('allowances') }},
    'not_own_certificate' as sub_type,
    0 as sub_type_rank,
    'certificate:not_own' as event_key,
    held.id_number is null or not {{ bears_name('allowances', 'held.full_name') }} as names_agree,
    {{ benefit_evidence('allowances', {'certificate': "'not_own'"}) }} as benefit_evidence,
    case
        when held.id_number is not null
            then {{ fact_evidence('held', {
                'certificate_status': 'held.certificate_status',
                'issued_on': 'held.issued_on',
                'valid_until': 'held.valid_until',
            }) }}
    end as fact_evidence
from allowances
left join own on allowances.enrolment_id = own.enrolment_id
left join held on allowances.enrolment_id = held.enrolment_id and held.place = 1
where
    own.enrolment_id is null
    and (held.id_number is not null or {{ holds_a_number('allowances.certificate_no') }})

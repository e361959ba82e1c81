-- Allowances whose certificate is void, will soon be, or no longer carries the allowance. Recipients for whom the
-- federation has no certificate record are not flagged. The event is named by the day of issue, because the number of a
-- certificate contains the person's number.
with parameters as (
    {{ parameters_of('disability_cert', ['notice_days']) }}
),

allowances as (
    select
        enrolments.*,
        certificates.full_name as certificate_name,
        certificates.issued_on,
        certificates.valid_until,
        certificates.certificate_status,
        certificates.disability_level,
        certificates.feed_id as certificate_feed_id,
        certificates.batch_id as certificate_batch_id,
        certificates.row_no as certificate_row_no,
        case
            when certificates.state <> 'valid' then certificates.state
            when not exists (
                select 1 from {{ ref('allowance_levels') }} as levels
                where
                    levels.benefit_type = enrolments.benefit_type
                    and levels.disability_level = certificates.disability_level
                    and (levels.disability_class is null or levels.disability_class = certificates.disability_class)
                    and {{ in_force('levels', as_of()) }}
            ) then 'level_changed'
            when certificates.valid_until <= {{ add_days(as_of(), 'parameters.notice_days') }} then 'expiring'
        end as sub_type
    from {{ ref('int_active_enrolment') }} as enrolments
    {{ only_benefits_of('disability_cert', 'enrolments') }}
    inner join {{ ref('int_disability_certificate') }} as certificates
        on enrolments.id_number = certificates.id_number
    cross join parameters
)

select
    {{ enrolment_columns('allowances') }},
    allowances.sub_type,
    case allowances.sub_type
        when 'cancelled' then 1 when 'frozen' then 2 when 'expired' then 3 when 'level_changed' then 4 else 5
    end as sub_type_rank,
    concat('certificate:', {{ iso_date('allowances.issued_on') }}) as event_key,
    {{ bears_name('allowances', 'allowances.certificate_name') }} as names_agree,
    {{ benefit_evidence('allowances') }} as benefit_evidence,
    {{ json_object({
        'role': "'fact'",
        'feed_id': 'allowances.certificate_feed_id',
        'batch_id': 'allowances.certificate_batch_id',
        'row_no': 'allowances.certificate_row_no',
        'certificate_status': 'allowances.certificate_status',
        'issued_on': 'allowances.issued_on',
        'valid_until': 'allowances.valid_until',
        'found_by': called_by('allowances', 'allowances.certificate_name'),
        'disability_level': "case when allowances.sub_type = 'level_changed' then allowances.disability_level end",
    }) }} as fact_evidence
from allowances
where allowances.sub_type is not null

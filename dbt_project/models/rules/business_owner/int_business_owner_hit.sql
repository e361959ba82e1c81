with roles as (
    select
        *,
        case
            when business_type = 'individual_business' and employee_count = 0 then 'small_family_shop'
            else business_type
        end as sub_type
    from {{ ref('int_business_role') }}
    where is_live and {{ owns_or_runs('role') }}
)

select
    {{ enrolment_columns('enrolments') }},
    roles.sub_type,
    case roles.sub_type when 'enterprise' then 1 when 'cooperative' then 2 when 'individual_business' then 3 else 4 end
        as sub_type_rank,
    roles.uscc as event_key,
    {{ surely_one_person('enrolments', 'roles') }} as names_agree,
    {{ overlap_columns('enrolments', 'roles.established_on') }},
    {{ overpaid_is_not_said() }},
    {{ benefit_evidence('enrolments') }} as benefit_evidence,
    {{ fact_evidence('roles', {
        'uscc': 'roles.uscc',
        'organisation_name': 'roles.organisation_name',
        'business_role': 'roles.role',
        'registration_status': 'roles.registration_status',
        'established_on': 'roles.established_on',
        'employee_count': 'roles.employee_count',
        'found_by': found_by('enrolments', 'roles'),
    }) }} as fact_evidence
from roles
inner join {{ ref('int_active_enrolment') }} as enrolments
    on roles.person_id = enrolments.person_id and {{ may_be_one_person('enrolments', 'roles') }}
{{ only_benefits_of('business_owner', 'enrolments') }}

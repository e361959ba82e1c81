-- Favour cases among people on the benefit: a close relative of somebody who decides, or that relative's spouse, parent
-- or child, without a record or home visit; or an application of the household that the relative agreed to in person.
-- People who only apply are in int_insider_applicant_hit.
with enrolments as (
    select * from {{ ref('int_insider_enrolment') }}
),

relatives as (
    select * from {{ ref('int_staff_relative') }}
),

undeclared as (
    select * from relatives
    where is_watched and gap is not null
),

kin as (
    select * from {{ ref('int_insider_kin') }}
)

select
    {{ enrolment_columns('enrolments') }},
    undeclared.gap as sub_type,
    case undeclared.gap when 'not_filed' then 1 else 2 end as sub_type_rank,
    concat('record:', undeclared.staff_id) as event_key,
    {{ bears_name('enrolments', 'undeclared.relative_name') }} as names_agree,
    {{ overlap_columns('enrolments') }},
    {{ overpaid_is_not_said() }},
    {{ benefit_evidence('enrolments') }} as benefit_evidence,
    {{ staff_record_evidence('undeclared') }} as fact_evidence
from enrolments
inner join undeclared on enrolments.id_number = undeclared.relative_id_number

union all

select
    {{ enrolment_columns('enrolments') }},
    'kin' as sub_type,
    4 as sub_type_rank,
    concat('record:', undeclared.staff_id) as event_key,
    kin.names_agree,
    {{ overlap_columns('enrolments') }},
    {{ overpaid_is_not_said() }},
    {{ benefit_evidence('enrolments') }} as benefit_evidence,
    {{ staff_record_evidence('undeclared') }} as fact_evidence
from enrolments
inner join kin on enrolments.id_number = kin.id_number
inner join undeclared
    on kin.relative_id_number = undeclared.relative_id_number and kin.staff_id = undeclared.staff_id

union all

select
    {{ enrolment_columns('enrolments') }},
    'kin' as sub_type,
    4 as sub_type_rank,
    concat('record:', kin.staff_id) as event_key,
    kin.names_agree,
    {{ overlap_columns('enrolments') }},
    {{ overpaid_is_not_said() }},
    {{ benefit_evidence('enrolments') }} as benefit_evidence,
    {{ fact_evidence('kin', {'kin_by': 'kin.kin_by'}, role='kinship') }} as fact_evidence
from enrolments
inner join kin on enrolments.id_number = kin.id_number

union all

select
    {{ enrolment_columns('enrolments') }},
    'own_approval' as sub_type,
    3 as sub_type_rank,
    concat('approval:', relatives.staff_id) as event_key,
    {{ bears_name('enrolments', 'relatives.relative_name') }} as names_agree,
    {{ overlap_columns('enrolments', 'agreed.agreed_on') }},
    {{ overpaid_is_not_said() }},
    {{ benefit_evidence('enrolments') }} as benefit_evidence,
    {{ agreed_step_evidence('agreed') }} as fact_evidence
from enrolments
inner join relatives on enrolments.id_number = relatives.relative_id_number
inner join {{ ref('int_agreed_step') }} as agreed
    on enrolments.household_no = agreed.household_no and relatives.staff_id = agreed.staff_id

{{ config(indexes=[{'columns': ['id_number']}]) }}

-- The running benefits of which the rule about relatives of staff is asked.
select
    {{ enrolment_columns('benefits') }},
    benefits.former_names,
    benefits.household_no,
    benefits.stop_date,
    benefits.feed_id,
    benefits.raw_table,
    benefits.batch_id,
    benefits.row_no
from {{ ref('int_active_enrolment') }} as benefits
inner join {{ ref('rule_benefits') }} as covered
    on covered.rule_id = 'insider_relative' and benefits.benefit_type = covered.benefit_type

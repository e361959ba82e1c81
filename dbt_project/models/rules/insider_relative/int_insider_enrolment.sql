{{ config(indexes=[{'columns': ['id_number']}]) }}

-- The running benefits that this rule looks at.
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
{{ only_benefits_of('insider_relative', 'benefits') }}

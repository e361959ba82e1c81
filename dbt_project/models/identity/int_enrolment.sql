{{ config(indexes=[{'columns': ['id_number']}]) }}

{%- set text = text_type() %}
{%- set shared %}
        feed_id,
        cast(batch_id as {{ text }}) as batch_id,
        row_no,
        id_number,
        full_name,
        region_code,
        status,
        start_date,
        stop_date
{%- endset %}

with enrolments as (
    select
        {{ shared }},
        'dibao' as benefit_type,
        member_id as source_key,
        household_id as household_no,
        relation_to_head,
        standard_class,
        household_income,
        monthly_amount,
        cast(null as {{ text }}) as person_class,
        cast(null as date) as school_until,
        last_review_on,
        review_due_on
    from {{ ref('stg_civil_affairs__dibao') }}

    union all

    select
        {{ shared }},
        'tekun' as benefit_type,
        case_id as source_key,
        cast(null as {{ text }}) as household_no,
        cast(null as {{ text }}) as relation_to_head,
        standard_class,
        cast(null as numeric(14, 2)) as household_income,
        cast(coalesce(basic_amount, 0) + coalesce(care_amount, 0) as numeric(14, 2)) as monthly_amount,
        person_class,
        cast(null as date) as school_until,
        cast(null as date) as last_review_on,
        cast(null as date) as review_due_on
    from {{ ref('stg_civil_affairs__tekun') }}

    union all

    select
        {{ shared }},
        'orphan' as benefit_type,
        case_id as source_key,
        cast(null as {{ text }}) as household_no,
        cast(null as {{ text }}) as relation_to_head,
        cast(null as {{ text }}) as standard_class,
        cast(null as numeric(14, 2)) as household_income,
        monthly_amount,
        orphan_class as person_class,
        school_until,
        cast(null as date) as last_review_on,
        cast(null as date) as review_due_on
    from {{ ref('stg_civil_affairs__orphan') }}

    union all

    select
        {{ shared }},
        'low_income' as benefit_type,
        member_id as source_key,
        household_id as household_no,
        relation_to_head,
        standard_class,
        household_income,
        cast(null as numeric(14, 2)) as monthly_amount,
        cast(null as {{ text }}) as person_class,
        cast(null as date) as school_until,
        cast(null as date) as last_review_on,
        cast(null as date) as review_due_on
    from {{ ref('stg_civil_affairs__low_income') }}

    union all

    select
        {{ shared }},
        case when allowance_type = 'living' then 'disability_living' else 'disability_care' end as benefit_type,
        case_id as source_key,
        cast(null as {{ text }}) as household_no,
        cast(null as {{ text }}) as relation_to_head,
        cast(null as {{ text }}) as standard_class,
        cast(null as numeric(14, 2)) as household_income,
        monthly_amount,
        cast(null as {{ text }}) as person_class,
        cast(null as date) as school_until,
        cast(null as date) as last_review_on,
        cast(null as date) as review_due_on
    from {{ ref('stg_civil_affairs__disability_allowance') }}

    union all

    select
        {{ shared }},
        'old_age' as benefit_type,
        case_id as source_key,
        cast(null as {{ text }}) as household_no,
        cast(null as {{ text }}) as relation_to_head,
        cast(null as {{ text }}) as standard_class,
        cast(null as numeric(14, 2)) as household_income,
        monthly_amount,
        age_band as person_class,
        cast(null as date) as school_until,
        cast(null as date) as last_review_on,
        cast(null as date) as review_due_on
    from {{ ref('stg_civil_affairs__elder_care__old_age_allowance') }}
)

select
    enrolments.*,
    concat(enrolments.feed_id, ':', enrolments.source_key) as enrolment_id,
    case
        when enrolments.household_no is not null then concat(enrolments.feed_id, ':', enrolments.household_no)
    end as household_id,
    coalesce({{ benefit_runs('enrolments') }}, false) as is_active
from enrolments

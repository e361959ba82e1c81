{#
  The days on which a benefit and a fact hold together, both ends included: [start, stop) of the benefit with the
  fact's own first and last day. If the first day is missing, the source does not say since when; if the last day is
  missing, both still run.
#}
{% macro overlap_columns(row, fact_from='cast(null as date)', fact_until='cast(null as date)') -%}
case when {{ fact_from }} is not null then greatest({{ row }}.start_date, {{ fact_from }}) end as overlap_from,
    least({{ add_days(row ~ '.stop_date', -1) }}, {{ fact_until }}) as overlap_until
{%- endmacro %}

{#
  The CTE overpaid: per enrolment of the CTE `undue` what was paid for months that lie wholly after the day on which
  the ground for paying ended, and before the month in which it returns. undue: enrolment_id, undue_from (if empty,
  nobody says since when, and nothing is counted), undue_until. All its periods hold at the business date, so together
  they form one.
#}
{% macro overpaid_while(undue) -%}
undue_periods as (
    select
        enrolment_id,
        min(undue_from) as undue_from,
        case when count(*) = count(undue_until) then max(undue_until) end as undue_until
    from {{ undue }}
    group by enrolment_id
),

overpaid as (
    select
        periods.enrolment_id,
        case when periods.undue_from is not null then cast(count(paid.pay_month) as {{ int_type() }}) end
            as overpaid_months,
        case
            when periods.undue_from is not null then cast(coalesce(sum(paid.amount), 0) as numeric(14, 2))
        end as overpaid_amount
    from undue_periods as periods
    left join {{ ref('int_paid_month') }} as paid
        on
            periods.enrolment_id = paid.enrolment_id
            and paid.pay_month > {{ month_start('periods.undue_from') }}
            and (periods.undue_until is null or paid.pay_month < {{ month_start('periods.undue_until') }})
    group by periods.enrolment_id, periods.undue_from
)
{%- endmacro %}

{# For checks after which a person must decide whether anything was due. #}
{% macro overpaid_is_not_said() -%}
cast(null as {{ int_type() }}) as overpaid_months,
    cast(null as numeric(14, 2)) as overpaid_amount
{%- endmacro %}

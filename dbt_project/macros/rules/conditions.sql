{#
  What counts as a fact on the business date, each condition worded once: the rules and the household report ask the
  same. row: the alias of a row of the staging table, or of a model with the same columns.
#}

{# From a first day until the day it ends on, which is no longer in it. #}
{% macro runs(first_day, end_day) -%}
{{ first_day }} <= {{ as_of() }} and ({{ end_day }} is null or {{ end_day }} > {{ as_of() }})
{%- endmacro %}

{# A benefit: not stopped at the source, begun, and not past its stop day. #}
{% macro benefit_runs(row) -%}
{{ row }}.status = 'active' and {{ runs(row ~ '.start_date', row ~ '.stop_date') }}
{%- endmacro %}

{# A job in the employment register. #}
{% macro work_runs(row) -%}{{ runs(row ~ '.employed_on', row ~ '.ended_on') }}{%- endmacro %}

{# A stay in a care home. #}
{% macro stay_runs(row) -%}{{ runs(row ~ '.checked_in_on', row ~ '.checked_out_on') }}{%- endmacro %}

{# A pension that is paid, not only paid for. #}
{% macro pension_runs(row) -%}
{{ row }}.insurance_status = 'retired' and {{ row }}.pension_start_month <= {{ as_of() }}
{%- endmacro %}

{# Unemployment benefit is paid by the month: the last month counts as a whole. #}
{% macro unemployment_benefit_runs(row) -%}
{{ row }}.benefit_start_month <= {{ as_of() }}
and ({{ row }}.benefit_end_month is null or {{ row }}.benefit_end_month >= {{ month_start(as_of()) }})
{%- endmacro %}

{# The last day of a prison term, itself included: of release where it is known, else of the sentence. #}
{% macro prison_until(row) -%}coalesce({{ row }}.released_on, {{ row }}.sentence_end){%- endmacro %}

{# A sentence that is being served. An end that nobody gives is an open one. #}
{% macro serves_sentence(custody_from, custody_until) -%}
({{ custody_until }} is null or {{ custody_until }} >= {{ as_of() }}) and {{ custody_from }} <= {{ as_of() }}
{%- endmacro %}

{# A custody that goes on and has lasted for more than so many days. #}
{% macro is_in_long_custody(custody_from, custody_until, days) -%}
({{ custody_until }} is null or {{ custody_until }} >= {{ as_of() }})
and {{ add_days(custody_from, days) }} < {{ as_of() }}
{%- endmacro %}

{# A business that is neither closed nor revoked. #}
{% macro is_live_business(row) -%}
{{ row }}.registration_status in ('active', 'operating') and {{ row }}.established_on <= {{ as_of() }}
{%- endmacro %}

{# Roles that own or run a business. A supervisor or another officer does neither. #}
{% macro owns_or_runs(role) -%}{{ role }} in ('legal_representative', 'shareholder', 'operator', 'member'){%- endmacro %}

{# A title deed that is in force. #}
{% macro is_current_title(row) -%}{{ row }}.title_status = 'current'{%- endmacro %}

{# The unit a title is about, and the share of it. A title without a share is held whole. #}
{% macro unit_of(row) -%}coalesce({{ row }}.unit_no, {{ row }}.title_no){%- endmacro %}
{% macro share_of(row) -%}coalesce({{ row }}.owner_share, 1){%- endmacro %}

{# Rooms for business, whatever their number. #}
{% macro is_premises(row) -%}{{ row }}.dwelling_use in ('shop', 'office', 'garage'){%- endmacro %}

{# A contract to buy a dwelling, made within so many days. #}
{% macro is_new_contract(row, days) -%}
{{ row }}.registered_on <= {{ as_of() }} and {{ row }}.registered_on >= {{ add_days(as_of(), '-' ~ days) }}
{%- endmacro %}

{# A vehicle that may be driven. #}
{% macro is_on_the_road(row) -%}{{ row }}.state = 'normal'{%- endmacro %}

{# Kinds of vehicles that count on the business date, with the sub-type of each. #}
{% macro counted_vehicle_kinds() -%}
select
    kinds.plate_type,
    kinds.sub_type
from {{ ref('vehicle_kinds') }} as kinds
where not kinds.is_exempt and {{ in_force('kinds', as_of()) }}
{%- endmacro %}

{# The minimum wage in force at the business date. #}
{% macro minimum_wage() -%}
select wages.monthly_amount
from {{ ref('minimum_wages') }} as wages
where {{ in_force('wages', as_of()) }}
{%- endmacro %}

{# An account of the provident fund that is in use. #}
{% macro is_fund_account_in_use(row) -%}{{ row }}.account_status = 'normal'{%- endmacro %}

{# Banks and insurers that answer about an account or a policy; the securities depository is another table. #}
{% macro banks() -%}
{{ return([
    'abc', 'boc', 'bocom', 'ccb', 'ceb', 'cib', 'citic', 'cmb', 'cmbc', 'icbc', 'jinzhou', 'psbc', 'shengjing',
    'shenyang_rural_commercial', 'spdb',
]) }}
{%- endmacro %}
{% macro insurers() -%}{{ return(['china_life', 'ping_an']) }}{%- endmacro %}

{# What a bank account adds to a family's means: a debt adds nothing and takes nothing away. #}
{% macro account_means(row) -%}
case
            when {{ row }}.account_type = 'loan' then 0
            else coalesce({{ row }}.balance, 0) + coalesce({{ row }}.wealth_products, 0)
        end
{%- endmacro %}

{# Whether an answer found anything: an answer without a finding is a row, too. #}
{% macro has_finding(row) -%}{{ row }}.answer = 'found'{%- endmacro %}

{# A policy that is in force. #}
{% macro is_live_policy(row) -%}{{ has_finding(row) }} and {{ row }}.policy_status = 'active'{%- endmacro %}

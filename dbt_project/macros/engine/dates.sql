{#
  Every difference between engines in date arithmetic lives here.
  Own macros instead of dbt.dateadd / dbt.datediff: those disagree between engines at month ends.
#}

{# a date, n days later; n: whole number or expression #}
{% macro add_days(day, n) -%}{{ return(adapter.dispatch('add_days')(day, n)) }}{%- endmacro %}
{% macro default__add_days(day, n) -%}date_add({{ day }}, cast({{ n }} as int)){%- endmacro %}
{% macro postgres__add_days(day, n) -%}({{ day }} + cast({{ n }} as integer)){%- endmacro %}

{# the same day n years later; 29 February becomes 28 February in a common year #}
{% macro add_years(day, n) -%}{{ return(adapter.dispatch('add_years')(day, n)) }}{%- endmacro %}
{% macro default__add_years(day, n) -%}cast(add_months({{ day }}, 12 * ({{ n }})) as date){%- endmacro %}
{% macro postgres__add_years(day, n) -%}
cast({{ day }} + make_interval(years => {{ n }}) as date)
{%- endmacro %}

{# whole days from one date to another #}
{% macro days_between(first_day, last_day) -%}
    {{ return(adapter.dispatch('days_between')(first_day, last_day)) }}
{%- endmacro %}
{% macro default__days_between(first_day, last_day) -%}datediff({{ last_day }}, {{ first_day }}){%- endmacro %}
{% macro postgres__days_between(first_day, last_day) -%}({{ last_day }} - {{ first_day }}){%- endmacro %}

{# first day of the month a date lies in #}
{% macro month_start(day) -%}cast(date_trunc('month', {{ day }}) as date){%- endmacro %}

{# calendar months from the month of one date to the month of another, whatever the days #}
{% macro months_between_dates(first_day, last_day) -%}
cast(
    12 * (extract(year from {{ last_day }}) - extract(year from {{ first_day }}))
    + (extract(month from {{ last_day }}) - extract(month from {{ first_day }}))
    as {{ int_type() }}
)
{%- endmacro %}

{# completed years of age on a day: the birthday itself counts, see add_years for 29 February #}
{% macro years_old(birth_date, day) -%}
cast(
    extract(year from {{ day }}) - extract(year from {{ birth_date }})
    - case
        when {{ add_years(birth_date, 'cast(extract(year from ' ~ day ~ ') - extract(year from ' ~ birth_date ~ ') as ' ~ int_type() ~ ')') }} > {{ day }} then 1
        else 0
    end
    as {{ int_type() }}
)
{%- endmacro %}

{# ISO text of a date #}
{% macro iso_date(day) -%}cast({{ day }} as {{ text_type() }}){%- endmacro %}

{# Stand-ins for macros/engine, for the linter only: it knows no adapter to dispatch on. #}
{% macro add_days(day, n) -%}({{ day }} + {{ n }}){%- endmacro %}
{% macro add_years(day, n) -%}add_years({{ day }}, {{ n }}){%- endmacro %}
{% macro months_between_dates(first_day, last_day) -%}months_between({{ first_day }}, {{ last_day }}){%- endmacro %}
{% macro days_between(a, b) -%}({{ b }} - {{ a }}){%- endmacro %}
{% macro month_start(day) -%}date_trunc('month', {{ day }}){%- endmacro %}
{% macro iso_date(day) -%}cast({{ day }} as text){%- endmacro %}
{% macro years_old(birth_date, day) -%}years_old({{ birth_date }}, {{ day }}){%- endmacro %}
{% macro json_object(fields) -%}json_object({{ fields.values() | join(', ') }}){%- endmacro %}
{% macro json_list(item) -%}json_list({{ item }}){%- endmacro %}
{% macro json_list_of(item) -%}json_list_of({{ item }}){%- endmacro %}
{% macro json_type() -%}text{%- endmacro %}
{% macro text_list(item) -%}string_agg({{ item }}){%- endmacro %}
{% macro first_by_rank(value, rank) -%}first_by_rank({{ value }}, {{ rank }}){%- endmacro %}
{% macro analyse(relation) -%}{%- endmacro %}
{% macro current_batches(day) -%}
select feed_id, batch_id, as_of, mode, rows_changed_at from ops.current_batches({{ day }})
{%- endmacro %}
{% macro person_key(id_number) -%}person_key({{ id_number }}){%- endmacro %}
{% macro as_of() -%}cast('2020-05-12' as date){%- endmacro %}
{% macro names_agree(left, right, longest=24, folded=true) -%}({{ left }} = {{ right }}){%- endmacro %}
{% macro is_damaged(name) -%}({{ name }} like '%?%'){%- endmacro %}
{% macro birth_date_of(id_number) -%}cast({{ id_number }} as date){%- endmacro %}
{% macro sex_of(id_number) -%}substr({{ id_number }}, 17, 1){%- endmacro %}
{% macro text_type() -%}text{%- endmacro %}
{% macro int_type() -%}integer{%- endmacro %}
{# Of macros/increments.sql: what is linted is the whole table. #}
{% macro definition_digest(definition) -%}-{%- endmacro %}
{% macro incremental_config(feed, table, key, mode, definition, columns) -%}{%- endmacro %}
{% macro increment_step(feed, definition, mode) -%}all{%- endmacro %}
{% macro surely_one_person(benefits, facts) -%}({{ benefits }}.id_number = {{ facts }}.id_number){%- endmacro %}
{% macro may_be_one_person(benefits, facts) -%}({{ benefits }}.id_number = {{ facts }}.id_number){%- endmacro %}
{% macro found_by(benefits, facts) -%}{{ benefits }}.id_number || {{ facts }}.id_number{%- endmacro %}
{% macro fold_name(name) -%}fold_name({{ name }}){%- endmacro %}
{% macro bears_name(persons, name) -%}({{ persons }}.full_name = {{ name }} or {{ persons }}.former_names = {{ name }}){%- endmacro %}
{% macro called_by(persons, name) -%}{{ persons }}.former_names || {{ name }}{%- endmacro %}
{% macro was_called(persons, name) -%}({{ persons }}.former_names = {{ name }}){%- endmacro %}
{% macro holds_a_number(certificate_no) -%}({{ certificate_no }} = '-'){%- endmacro %}
{% macro as_name(organisation) -%}replace({{ organisation }}, ' ', ''){%- endmacro %}
{% macro is_open(warnings) -%}({{ warnings }}.status = 'open'){%- endmacro %}

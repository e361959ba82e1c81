{# Where a fact came from, plus the fields that decided. Never names or ID numbers: those have columns of their own. #}
{% macro fact_evidence(row, fields, role='fact') -%}
{%- set entry = {
    'role': "'" ~ role ~ "'",
    'feed_id': row ~ '.feed_id',
    'batch_id': row ~ '.batch_id',
    'row_no': row ~ '.row_no',
} -%}
{%- do entry.update(fields) -%}
{{ json_object(entry) }}
{%- endmacro %}

{#
  The benefit a hit is about. raw_table is named only if the feed has several tables, because row numbers start at 1
  in each. `row` has the columns of int_active_enrolment.
#}
{% macro benefit_evidence(row, fields={}) -%}
{%- set entry = {
    'raw_table': row ~ '.raw_table',
    'enrolment_id': row ~ '.enrolment_id',
    'benefit_type': row ~ '.benefit_type',
    'start_date': row ~ '.start_date',
    'stop_date': row ~ '.stop_date',
} -%}
{%- do entry.update(fields) -%}
{{ fact_evidence(row, entry, role='benefit') }}
{%- endmacro %}

{# The record of a case worker's relative: whose, filed when, visited when. #}
{% macro staff_record_evidence(row) -%}
{{ fact_evidence(row, {
    'raw_table': "'civil_affairs__dibao__staff_relative'",
    'staff_id': row ~ '.staff_id',
    'staff_position': row ~ '.staff_position',
    'relation': row ~ '.relation',
    'has_approval_rights': row ~ '.has_approval_rights',
    'filed_on': row ~ '.filed_on',
    'home_visit_on': row ~ '.home_visit_on',
}) }}
{%- endmacro %}

{# The step of an application that somebody agreed to: who, which, of int_agreed_step. #}
{% macro agreed_step_evidence(row) -%}
{{ fact_evidence(row, {
    'staff_id': row ~ '.staff_id',
    'application_id': row ~ '.application_id',
    'step_no': row ~ '.step_no',
}) }}
{%- endmacro %}

{# What the household register answered, of int_hukou_state. #}
{% macro register_evidence(row) -%}
{{ json_object({
    'role': "'fact'",
    'feed_id': row ~ '.answer_feed_id',
    'batch_id': row ~ '.answer_batch_id',
    'row_no': row ~ '.answer_row_no',
    'register_status': row ~ '.register_status',
    'register_district': row ~ '.register_district',
    'found_by': row ~ '.answer_found_by',
}) }}
{%- endmacro %}

{# Money for a funeral: the row of the cremation, and the most its class pays there. #}
{% macro subsidy_evidence(row) -%}
{{ fact_evidence(row, {
    'cremation_no': row ~ '.cremation_no',
    'subsidy_class': row ~ '.subsidy_class',
    'subsidy_amount': row ~ '.subsidy_amount',
    'death_date': row ~ '.death_date',
    'cremated_on': row ~ '.cremated_on',
    'area': row ~ '.area',
    'ceiling': row ~ '.ceiling',
}, role='subsidy') }}
{%- endmacro %}

{# A stay in a care home: which, where and since when. #}
{% macro stay_evidence(row, role='stay') -%}
{{ fact_evidence(row, {
    'raw_table': "'civil_affairs__elder_care__stay'",
    'stay_id': row ~ '.stay_id',
    'institution_id': row ~ '.institution_id',
    'checked_in_on': row ~ '.checked_in_on',
    'checked_out_on': row ~ '.checked_out_on',
}, role=role) }}
{%- endmacro %}

{# A row without a number that is probably about the person: the weight of each comparison. #}
{% macro link_evidence(row, fields) -%}
{%- set entry = {
    'cremation_no': row ~ '.cremation_no',
    'match_weight': row ~ '.match_weight',
    'match_probability': row ~ '.match_probability',
    'ahead_by': row ~ '.ahead_by',
    'weight_prior': row ~ '.prior_weight',
} -%}
{%- for name in ['full_name', 'birth_date', 'sex', 'region_code'] -%}
{%- set level = {'full_name': 'name_level', 'region_code': 'region_level'}.get(name, name ~ '_level') -%}
{%- do entry.update({name ~ '_agrees': row ~ '.' ~ level, 'weight_' ~ name: row ~ '.weight_' ~ name}) -%}
{%- endfor -%}
{%- do entry.update(fields) -%}
{{ fact_evidence(row, entry, role='link') }}
{%- endmacro %}

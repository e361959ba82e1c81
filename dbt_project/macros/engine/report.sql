{#
  core.report_lines(members): the same lines for whoever is named, from the indexes of the staging tables, now.
  members: jsonb list of objects (household_id, id_number, full_name, scope, benefit_type, standard_class).
  Made anew with each build: it answers for the day of that build. An engine without functions has none.
#}
{% macro report_function() -%}{{ return(adapter.dispatch('report_function')()) }}{%- endmacro %}
{% macro default__report_function() -%}{%- endmacro %}
{% macro postgres__report_function() -%}
create or replace function {{ this.schema }}.report_lines(members jsonb)
returns table (
    household_id text, id_number text, full_name text, rank integer, feed_id text, source_zh text, item text,
    item_zh text, value text, amount numeric, fact_date date, replied_on date, threshold numeric, result text,
    names_agree boolean, batch_id text, row_no bigint
)
language plpgsql stable
as $report$
#variable_conflict use_column
declare
    given jsonb := report_lines.members;
    wanted text[] := array(select m ->> 'id_number' from jsonb_array_elements(given) as m);
begin
    return query
    {{ report_lines(
        "select * from jsonb_to_recordset(given) as m(household_id text, id_number text, full_name text, scope text, "
        ~ "benefit_type text, standard_class text)",
        "select * from " ~ ref('fct_source_fact') ~ " where id_number = any(wanted)"
    ) }};
end
$report$;
revoke all on function {{ this.schema }}.report_lines(jsonb) from public
{%- endmacro %}

{#
  core.<table>_masked: what analysts read of a public table, of their own area only, without anybody's number, name or
  day of birth. A table says so in its yml, in config.meta:
    analysts   whose area a row is of: region_code (its own column), person_id or enrolment_id (of whom it speaks), or
               everybody where a row is about no area
    sensitive  of a column: identity (number), name, or birth (of a date its year is left)
  A build replaces the table itself. So the view asks a function, which looks for the table by name each time: nothing
  hangs on the table that goes, and the function is made anew only when the columns or the masks change.
  The function runs with the owner's rights, looks up the area of whoever asks, and nobody but analysts may call it.
  An engine without such functions has no masked views.
#}
{% macro masked_view() -%}
{%- if execute and model.config.meta.get('analysts') -%}{{ return(adapter.dispatch('masked_view')()) }}{%- endif -%}
{%- endmacro %}
{% macro default__masked_view() -%}{%- endmacro %}
{% macro postgres__masked_view() -%}
{%- set table = this.schema ~ '.' ~ this.identifier -%}
{%- set function = this.schema ~ '.masked_' ~ this.identifier -%}
{%- set columns = [] -%}
{%- set shown = [] -%}
{%- for column in model.columns.values() -%}
{%- do columns.append(column.name ~ ' ' ~ (text_type() if column.data_type == 'string' else column.data_type)) -%}
{%- do shown.append(masked_column('t.' ~ column.name, column.config.meta.get('sensitive'))) -%}
{%- endfor -%}
{%- set body -%}
select {{ shown | join(', ') }} from {{ table }} as t
where {{ is_of_area(model.config.meta.analysts, this.schema) }}
{%- endset -%}
{%- set definition = local_md5(columns | join(',') ~ body) -%}
do $make$
begin
    if obj_description(to_regprocedure('{{ function }}()'), 'pg_proc') is not distinct from 'made from {{ definition }}'
        and to_regclass('{{ table }}_masked') is not null
    then
        return;
    end if;
    drop view if exists {{ table }}_masked;
    drop function if exists {{ function }}();
    create function {{ function }}() returns table ({{ columns | join(', ') }})
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
    as $rows$
    #variable_conflict use_column
    declare
        area text[] := array(select ops.region_patterns(ops.reader(), 'hub_analyst'));
    begin
        return query {{ body }};
    end
    $rows$;
    comment on function {{ function }}() is 'made from {{ definition }}';
    revoke all on function {{ function }}() from public;
    grant execute on function {{ function }}() to hub_analyst;
    create view {{ table }}_masked as select * from {{ function }}();
    comment on view {{ table }}_masked is 'Rows of {{ table }} of the own area, with masks';
    grant select on {{ table }}_masked to hub_analyst;
end
$make$
{%- endmacro %}

{% macro masked_column(column, sensitive) -%}
{%- if sensitive == 'identity' -%}ops.mask_id({{ column }})
{%- elif sensitive == 'name' -%}ops.mask_name({{ column }})
{%- elif sensitive == 'birth' -%}cast(date_trunc('year', {{ column }}) as date)
{%- elif sensitive -%}{{ exceptions.raise_compiler_error(this ~ ': no mask for ' ~ sensitive) }}
{%- else -%}{{ column }}
{%- endif -%}
{%- endmacro %}

{# A row without a region is shown to the city as a whole. #}
{% macro is_of_area(whose, schema) -%}
{%- set own = "coalesce({}.region_code, '" ~ city_prefix() ~ "') like any (area)" -%}
{%- if whose == 'everybody' -%}true
{%- elif whose == 'region_code' -%}{{ own.format('t') }}
{%- elif whose == 'person_id' -%}
t.person_id in (select p.person_id from {{ schema }}.dim_person as p where {{ own.format('p') }})
{%- elif whose == 'enrolment_id' -%}
t.enrolment_id in (select e.enrolment_id from {{ schema }}.fct_enrolment as e where {{ own.format('e') }})
{%- else -%}{{ exceptions.raise_compiler_error(this ~ ': whose area is a row of? found ' ~ whose) }}
{%- endif -%}
{%- endmacro %}

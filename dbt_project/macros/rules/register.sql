{# What in the answer of the household register speaks against living in the city; null where nothing does. #}
{% macro register_finding(answers) -%}
case
            when {{ answers }}.register_status = 'not_found' then 'not_found'
            when {{ answers }}.register_status = 'moved_out' then 'moved_out'
            when {{ answers }}.register_status = 'normal' and {{ answers }}.register_district not like '{{ city_prefix() }}%'
                then 'register_non_local'
        end
{%- endmacro %}

{# The first digits of every division code of the city. #}
{% macro city_prefix() -%}2101{%- endmacro %}

{# A move out to another city, or to nowhere that is named. #}
{% macro leads_out_of_city(move) -%}
{{ move }}.direction = 'out' and coalesce({{ move }}.to_district, '') not like '{{ city_prefix() }}%'
{%- endmacro %}

{#
  The latest move of int_move led out of the city. A person who moved out and did not come back does not live here,
  even if the destination is unknown.
#}
{% macro has_left_city(moves) -%}
{{ moves }}.is_latest and {{ leads_out_of_city(moves) }}
{%- endmacro %}

{# Evidence of a move: that it names no destination; nothing where it does. #}
{% macro destination_told(moves) -%}
case when {{ moves }}.to_district is null then 'not_told' end
{%- endmacro %}

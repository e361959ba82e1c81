{# Birth date and sex inside an 18-digit number. Decode let only valid numbers through. #}
{% macro birth_date_of(id_number) -%}
cast(
    concat(substr({{ id_number }}, 7, 4), '-', substr({{ id_number }}, 11, 2), '-', substr({{ id_number }}, 13, 2))
    as date
)
{%- endmacro %}

{% macro sex_of(id_number) -%}
case when mod(cast(substr({{ id_number }}, 17, 1) as {{ int_type() }}), 2) = 1 then 'male' else 'female' end
{%- endmacro %}

{#
  A character a department's character set could not carry arrives as '?' or as a private-use code.
  `damaged_class()` is the bracket expression of those characters.
#}
{% macro damaged_class() -%}[?{{ "\ue000" }}-{{ "\uf8ff" }}]{%- endmacro %}

{% macro is_damaged(name) -%}regexp_like({{ name }}, '{{ damaged_class() }}'){%- endmacro %}

{#
  Do two names, cleaned at decode, name the same person? Equal; or of one length and equal at every
  position that is damaged in neither. Only ever asked of two rows with an equal ID number.
  Positions are compared one by one up to `longest`; what lies beyond must be equal as it stands.
#}
{% macro names_agree(left, right, longest=24) -%}
coalesce(
    case
        when {{ left }} = {{ right }} then true
        when length({{ left }}) <> length({{ right }}) then false
        when not {{ is_damaged('concat(' ~ left ~ ', ' ~ right ~ ')') }} then false
        else
            {%- for position in range(1, longest + 1) %}
            (
                substr({{ left }}, {{ position }}, 1) = substr({{ right }}, {{ position }}, 1)
                or {{ is_damaged('concat(substr(' ~ left ~ ', ' ~ position ~ ', 1), substr(' ~ right ~ ', ' ~ position ~ ', 1))') }}
            )
            and
            {%- endfor %}
            substr({{ left }}, {{ longest + 1 }}) = substr({{ right }}, {{ longest + 1 }})
    end,
    false
)
{%- endmacro %}

{#
  Are a benefit and a fact certainly about one person? Both name one number, and the names agree. Where the fact names
  a number the person had before (dim_person_alias), it is only suspected, and only with an agreeing name:
  `may_be_one_person` says which facts are looked at.
#}
{% macro surely_one_person(benefits, facts) -%}
({{ benefits }}.id_number = {{ facts }}.id_number and {{ names_agree(benefits ~ '.full_name', facts ~ '.full_name') }})
{%- endmacro %}

{% macro may_be_one_person(benefits, facts) -%}
({{ benefits }}.id_number = {{ facts }}.id_number or {{ names_agree(benefits ~ '.full_name', facts ~ '.full_name') }})
{%- endmacro %}

{# Evidence that says by which number the fact was found; nothing where it is the present one. #}
{% macro found_by(benefits, facts) -%}
case when {{ benefits }}.id_number <> {{ facts }}.id_number then 'another_number' end
{%- endmacro %}

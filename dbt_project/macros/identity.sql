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

{# Does a certificate's number begin with a person's number, as those of disability certificates do? #}
{% macro holds_a_number(certificate_no) -%}
coalesce(regexp_like({{ certificate_no }}, '^[0-9]{17}[0-9X][1-7][1-4]'), false)
{%- endmacro %}

{#
  A character that was lost on the way arrives as a mark ('?', '*', the boxes of converters) or as a private-use code.
  `damaged_class()` is the bracket expression of those characters; hub/linkage/model.py has it, too. In a name
  in Chinese characters a single Latin letter is such a mark as well: a clerk's way around a character that GBK lacks.
#}
{% macro damaged_class() -%}
[?*#@_{{ "\u00a4\u00bf\u00d7\u22a0\u2573\u2580-\u25ff\u2610-\u2612\u2715-\u2718\u2b1a-\u2b1c\u3013\u303f\ufffc\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd" }}]
{%- endmacro %}

{% macro han_class() -%}[{{ "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af" }}]{%- endmacro %}

{% macro is_damaged(name) -%}
regexp_like(
    {{ name }},
    '{{ damaged_class() }}|{{ han_class() }}[A-Za-z]([^A-Za-z]|$)|(^|[^A-Za-z])[A-Za-z]{{ han_class() }}'
)
{%- endmacro %}

{# Was the character at a position of the name lost? `letters`: a single Latin letter beside Han counts. #}
{% macro lost_at(name, position, letters) -%}
{%- if letters -%}
regexp_like(
    substr(concat('|', {{ name }}, '|'), {{ position }}, 3),
    '^.{{ damaged_class() }}|^{{ han_class() }}[A-Za-z][^A-Za-z]|^[^A-Za-z][A-Za-z]{{ han_class() }}'
)
{%- else -%}
regexp_like(substr({{ name }}, {{ position }}, 1), '{{ damaged_class() }}')
{%- endif -%}
{%- endmacro %}

{# Is any character of the name left? A name that was lost as a whole would agree with every name, so it agrees with none. #}
{% macro has_whole_character(name) -%}
regexp_like({{ name }}, '{{ damaged_class() | replace("[", "[^·", 1) }}')
{%- endmacro %}

{#
  Do two names, cleaned at decode, name the same person? Equal, perhaps one in traditional characters (`folded`); or
  of one length and equal at every position that is damaged in neither. Only ever asked of two rows with an equal ID
  number; the linkage, which has none, asks without `folded`, and there a Latin letter is no wildcard. Positions are
  compared one by one up to `longest`; what lies beyond must be equal as it stands.
#}
{% macro names_agree(left, right, longest=24, folded=true) -%}
coalesce(
    case
        when {{ left }} = {{ right }} then true
        when length({{ left }}) <> length({{ right }}) then false
        when not {{ is_damaged("concat(" ~ left ~ ", '|', " ~ right ~ ")") }}
            then {% if folded %}{{ fold_name(left) }} = {{ fold_name(right) }}{% else %}false{% endif %}
        else
            {%- for position in range(1, longest + 1) %}
            {%- set one = 'substr(' ~ left ~ ', ' ~ position ~ ', 1)' %}
            {%- set other = 'substr(' ~ right ~ ', ' ~ position ~ ', 1)' %}
            (
                {% if folded %}{{ fold_character(one) }} = {{ fold_character(other) }}{% else %}{{ one }} = {{ other }}{% endif %}
                or {{ lost_at(left, position, folded) }}
                or {{ lost_at(right, position, folded) }}
            )
            and
            {%- endfor %}
            {%- if folded %}
            {{ has_whole_character(left) }} and {{ has_whole_character(right) }} and
            {%- endif %}
            substr({{ left }}, {{ longest + 1 }}) = substr({{ right }}, {{ longest + 1 }})
    end,
    false
)
{%- endmacro %}

{#
  Is `name` one that a registry wrote in the person's own case before (int_former_name)? Whole and undamaged.
  `persons` has the columns full_name and former_names.
#}
{% macro was_called(persons, name) -%}
case
    when {{ persons }}.former_names is null then false
    else coalesce(position(concat(',', {{ fold_name(name) }}, ',') in {{ persons }}.former_names) > 0, false)
end
{%- endmacro %}

{# Does `name` name the person, as the person is called now or was called before? Of an equal ID number only. #}
{% macro bears_name(persons, name) -%}
({{ names_agree(persons ~ '.full_name', name) }} or {{ was_called(persons, name) }})
{%- endmacro %}

{# Evidence that says that the fact bears a former name; nothing where it is the present one, or another's. #}
{% macro called_by(persons, name) -%}
case
    when {{ names_agree(persons ~ '.full_name', name) }} then null
    when {{ was_called(persons, name) }} then 'former_name'
end
{%- endmacro %}

{#
  Are a benefit and a fact certainly about one person? Both name one number, and the fact bears a name of the person.
  Where the fact names a number the person had before (dim_person_alias), it is only suspected, and only with such a
  name: `may_be_one_person` says which facts are looked at.
#}
{% macro surely_one_person(benefits, facts) -%}
({{ benefits }}.id_number = {{ facts }}.id_number and {{ bears_name(benefits, facts ~ '.full_name') }})
{%- endmacro %}

{% macro may_be_one_person(benefits, facts) -%}
({{ benefits }}.id_number = {{ facts }}.id_number or {{ bears_name(benefits, facts ~ '.full_name') }})
{%- endmacro %}

{# Evidence that says by which number or name the fact was found; nothing where both are the present ones. #}
{% macro found_by(benefits, facts) -%}
case
    when {{ benefits }}.id_number <> {{ facts }}.id_number then 'another_number'
    else {{ called_by(benefits, facts ~ '.full_name') }}
end
{%- endmacro %}

{#
  The name of an organisation that a registry keeps as text, written as decode writes a name: brackets of one width, no
  blanks. So that a payee (a name) and an institution (a text) are compared alike.
#}
{% macro as_name(organisation) -%}
replace(translate({{ organisation }}, '（）　', '() '), ' ', '')
{%- endmacro %}

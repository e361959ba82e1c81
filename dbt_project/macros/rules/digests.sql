{# A short name for a thing whose number (plate, title) is nobody's business outside the evidence. #}
{% macro short_digest(number) -%}substr(md5({{ number }}), 1, 12){%- endmacro %}

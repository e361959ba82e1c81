{# A warning, not an error: dead without a number were not compared with the people of these blocks. #}
{% test no_block_is_skipped(model) %}
select
    block_rule,
    pair_count
from {{ model }}
where is_skipped
{% endtest %}

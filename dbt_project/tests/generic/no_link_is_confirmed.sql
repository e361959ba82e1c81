{# What rests on a probabilistic link is suspected: a person has to find out who has died. #}
{% test no_link_is_confirmed(model) %}
select confidence
from {{ model }}
where regexp_like(cast(evidence as {{ text_type() }}), '"role": ?"link"') and confidence <> 'suspected'
{% endtest %}

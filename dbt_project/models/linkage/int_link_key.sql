-- The blocks of each record. Of the people on record, only those who share a block with one of the dead.
with deaths as (
    {{ block_keys(ref('int_numberless_death'), 'cremation_no') | indent(4) }}
),

persons as (
    {{ block_keys(ref('dim_person'), 'person_id') | indent(4) }}
),

wanted as (
    select distinct
        block_rule,
        block_key
    from deaths
)

select
    'death' as side,
    block_rule,
    block_key,
    record_id
from deaths

union all

select
    'person' as side,
    persons.block_rule,
    persons.block_key,
    persons.record_id
from persons
inner join wanted
    on persons.block_rule = wanted.block_rule and persons.block_key = wanted.block_key

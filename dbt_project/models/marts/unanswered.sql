-- Not a suspicion: the police have not answered about these people yet, and nobody may read that as a missing
-- registration.
with silent as (
    select * from {{ ref('int_hukou_state') }}
    where not has_answer and sub_type is null
)

select
    person_id,
    min(id_number) as id_number,
    {{ first_by_rank('full_name', 'benefit_rank') }} as full_name,
    {{ first_by_rank('region_code', 'benefit_rank') }} as region_code,
    'public_security__household_register' as feed_id,
    {{ text_list('benefit_type') }} as benefit_types,
    {{ as_of() }} as as_of
from silent
group by person_id

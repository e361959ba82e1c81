-- The running benefits of which the rule about relatives of staff is asked.
select benefits.*
from {{ ref('int_active_enrolment') }} as benefits
inner join {{ ref('rule_benefits') }} as covered
    on covered.rule_id = 'insider_relative' and benefits.benefit_type = covered.benefit_type

-- What the police say of everyone whose benefit asks for a registration in the city: a row per running benefit, with
-- the register's answer and the latest move. sub_type is empty where nothing speaks against the registration
-- (int_cancelled_entry_hit reads cancelled entries). has_answer distinguishes 'fine' from 'not answered'. The police
-- are asked about the number of the benefit: the register deletes a number after a change, so 'not found' for a former
-- number proves nothing.
with enrolments as (
    select benefits.*
    from {{ ref('int_active_enrolment') }} as benefits
    {{ only_benefits_of('hukou', 'benefits') }}
),

moves as (
    select moves.* from {{ ref('int_move') }} as moves
    where {{ has_left_city('moves') }}
),

states as (
    select
        {{ enrolment_columns('enrolments') }},
        enrolments.stop_date,
        enrolments.feed_id,
        enrolments.raw_table,
        enrolments.batch_id,
        enrolments.row_no,
        answers.id_number is not null as has_answer,
        moves.id_number is not null as has_left,
        answers.register_status,
        answers.register_district,
        answers.updated_at as answered_at,
        answers.feed_id as answer_feed_id,
        answers.batch_id as answer_batch_id,
        answers.row_no as answer_row_no,
        moves.moved_on,
        moves.to_district,
        moves.feed_id as move_feed_id,
        moves.batch_id as move_batch_id,
        moves.row_no as move_row_no,
        {{ register_finding('answers') }} as register_finding,
        {{ bears_name('enrolments', 'answers.full_name') }} as answer_names_agree,
        {{ called_by('enrolments', 'answers.full_name') }} as answer_found_by,
        {{ bears_name('enrolments', 'moves.full_name') }} as move_names_agree,
        {{ called_by('enrolments', 'moves.full_name') }} as move_found_by
    from enrolments
    left join {{ ref('int_register_answer') }} as answers on enrolments.id_number = answers.id_number
    left join moves on enrolments.id_number = moves.id_number
)

select
    *,
    case
        when has_left then 'moved_out'
        else register_finding
    end as sub_type
from states

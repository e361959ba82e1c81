-- Close relatives of staff with approval rights and of village and community cadres. gap: what the record lacks at the
-- business date; null where it is filed and the home was visited. A date in the future counts as missing.
select
    relatives.staff_id,
    relatives.staff_position,
    relatives.relation,
    relatives.relative_id_number,
    relatives.relative_name,
    relatives.has_approval_rights,
    relatives.filed_on,
    relatives.home_visit_on,
    relatives.has_approval_rights or exists (
        select 1 from {{ ref('cadre_words') }} as words
        where relatives.staff_position like concat('%', words.word, '%')
    ) as is_watched,
    case
        when relatives.filed_on is null or relatives.filed_on > {{ as_of() }} then 'not_filed'
        when relatives.home_visit_on is null or relatives.home_visit_on > {{ as_of() }} then 'not_visited'
    end as gap,
    relatives.feed_id,
    cast(relatives.batch_id as {{ text_type() }}) as batch_id,
    relatives.row_no
from {{ ref('stg_civil_affairs__dibao__staff_relative') }} as relatives

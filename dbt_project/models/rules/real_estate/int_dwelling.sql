-- Dwellings of which a family holds enough to count: the shares of all members in one unit together. A title without a
-- share counts as the whole unit (family_share); owner_share stays empty as it came.
with parameters as (
    {{ parameters_of('real_estate', ['counted_share_percent']) }}
),

-- a person with two enrolments in one family is there once
members as (
    select
        family_id,
        id_number,
        min(full_name) as full_name,
        min(former_names) as former_names
    from {{ ref('int_family_member') }}
    group by family_id, id_number
),

titles as (
    select
        members.family_id,
        members.full_name,
        members.former_names,
        {{ unit_of('titles') }} as unit_no,
        titles.owner_name,
        titles.owner_share,
        titles.registered_on,
        titles.feed_id,
        cast(titles.batch_id as {{ text_type() }}) as batch_id,
        titles.row_no
    from members
    inner join {{ ref('stg_housing__real_estate_title') }} as titles on members.id_number = titles.id_number
    where {{ is_current_title('titles') }} and titles.dwelling_use = 'dwelling'
),

held as (
    select
        titles.*,
        {{ bears_name('titles', 'titles.owner_name') }} as names_agree,
        {{ called_by('titles', 'titles.owner_name') }} as found_by,
        sum({{ share_of('titles') }}) over (partition by titles.family_id, titles.unit_no) as family_share
    from titles
)

select
    held.*,
    bool_and(held.names_agree) over (partition by held.family_id) as family_names_agree
from held
cross join parameters
where 100 * held.family_share >= parameters.counted_share_percent

-- More dwellings than a family may keep (about its head), premises of a member, contracts of the last year. Premises
-- and contracts under a former number of the member are only suspected. The dwellings of a family are never counted
-- from suspicions.
with parameters as (
    {{ parameters_of('real_estate', ['dwellings', 'contract_days']) }}
),

members as (
    select families.*
    from {{ ref('int_family_member') }} as families
    {{ only_benefits_of('real_estate', 'families') }}
),

counts as (
    select
        family_id,
        count(distinct unit_no) as dwellings
    from {{ ref('int_dwelling') }}
    group by family_id
),

second_dwelling as (
    select
        {{ enrolment_columns('members') }},
        'second_dwelling' as sub_type,
        1 as sub_type_rank,
        'dwellings' as event_key,
        dwellings.family_names_agree as names_agree,
        {{ benefit_evidence('members', {'dwellings': 'counts.dwellings'}) }} as benefit_evidence,
        {{ fact_evidence('dwellings', {
            'use': "'dwelling'",
            'owner_share': 'dwellings.owner_share',
            'family_share': 'dwellings.family_share',
            'registered_on': 'dwellings.registered_on',
            'found_by': 'dwellings.found_by',
        }) }} as fact_evidence
    from members
    inner join counts on members.family_id = counts.family_id
    inner join {{ ref('int_dwelling') }} as dwellings on members.family_id = dwellings.family_id
    cross join parameters
    where members.member_rank = 1 and counts.dwellings > parameters.dwellings
),

premises as (
    select
        titles.id_number,
        titles.owner_name as full_name,
        titles.title_no,
        titles.dwelling_use,
        titles.owner_share,
        titles.registered_on,
        titles.feed_id,
        cast(titles.batch_id as {{ text_type() }}) as batch_id,
        titles.row_no
    from {{ ref('stg_housing__real_estate_title') }} as titles
    where {{ is_current_title('titles') }} and {{ is_premises('titles') }}
),

commercial as (
    select
        {{ enrolment_columns('members') }},
        'commercial' as sub_type,
        2 as sub_type_rank,
        concat('title:', {{ short_digest('premises.title_no') }}) as event_key,
        {{ surely_one_person('members', 'premises') }} as names_agree,
        {{ benefit_evidence('members') }} as benefit_evidence,
        {{ fact_evidence('premises', {
            'use': 'premises.dwelling_use',
            'owner_share': 'premises.owner_share',
            'registered_on': 'premises.registered_on',
            'found_by': found_by('members', 'premises'),
        }) }} as fact_evidence
    from members
    inner join {{ ref('dim_person_alias') }} as persons on members.person_id = persons.person_id
    inner join premises
        on persons.id_number = premises.id_number and {{ may_be_one_person('members', 'premises') }}
),

contracts as (
    select
        id_number,
        buyer_name as full_name,
        contract_no,
        price,
        registered_on,
        feed_id,
        cast(batch_id as {{ text_type() }}) as batch_id,
        row_no
    from {{ ref('stg_housing__sale_contract') }}
),

new_contract as (
    select
        {{ enrolment_columns('members') }},
        'new_contract' as sub_type,
        3 as sub_type_rank,
        concat('contract:', contracts.contract_no) as event_key,
        {{ surely_one_person('members', 'contracts') }} as names_agree,
        {{ benefit_evidence('members') }} as benefit_evidence,
        {{ fact_evidence('contracts', {
            'price': 'contracts.price',
            'registered_on': 'contracts.registered_on',
            'found_by': found_by('members', 'contracts'),
        }) }} as fact_evidence
    from members
    inner join {{ ref('dim_person_alias') }} as persons on members.person_id = persons.person_id
    inner join contracts
        on persons.id_number = contracts.id_number and {{ may_be_one_person('members', 'contracts') }}
    cross join parameters
    where {{ is_new_contract('contracts', 'parameters.contract_days') }}
)

select * from second_dwelling
union all
select * from commercial
union all
select * from new_contract

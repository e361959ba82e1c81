-- The means of a family, for each member, compared with a number of months of its standard (the warning is about the
-- head); and the large payments of a member, compared with another number. A source that has not answered adds nothing,
-- so the sum is a lower bound.
with limits as (
    {{ parameters_of('financial_asset', ['dibao_months', 'low_income_months', 'debit_months']) }}
),

members as (
    select
        families.*,
        rates.amount as standard,
        limits.debit_months * rates.amount as debit_limit,
        case families.benefit_type
            when 'dibao' then limits.dibao_months else limits.low_income_months
        end * rates.amount * families.member_count as family_limit
    from {{ ref('int_family_member') }} as families
    {{ only_benefits_of('financial_asset', 'families') }}
    inner join {{ ref('int_benefit_rate') }} as rates
        on rates.benefit_type = 'dibao' and families.standard_class = rates.rate_class
    cross join limits
),

-- a person with two enrolments in one family is there once
owners as (
    select
        family_id,
        id_number,
        min(full_name) as full_name,
        min(former_names) as former_names
    from members
    group by family_id, id_number
),

held as (
    select
        owners.family_id,
        owners.id_number,
        holdings.amount,
        holdings.debits,
        holdings.known_on,
        holdings.feed_id,
        holdings.batch_id,
        holdings.row_no,
        {{ bears_name('owners', 'holdings.full_name') }} as names_agree,
        {{ called_by('owners', 'holdings.full_name') }} as found_by
    from owners
    inner join {{ ref('int_financial_holding') }} as holdings on owners.id_number = holdings.id_number
),

means as (
    select
        family_id,
        sum(amount) as amount,
        bool_and(names_agree) as names_agree
    from held
    where amount > 0
    group by family_id
),

payments as (
    select
        family_id,
        id_number,
        sum(debits) as debits,
        bool_and(names_agree) as names_agree
    from held
    where debits > 0
    group by family_id, id_number
)

select
    {{ enrolment_columns('members') }},
    'assets' as sub_type,
    1 as sub_type_rank,
    'assets' as event_key,
    means.names_agree,
    {{ benefit_evidence('members', {
        'members': 'members.member_count',
        'standard': 'members.standard',
        'amount': 'means.amount',
        'allowed': 'members.family_limit',
    }) }} as benefit_evidence,
    {{ fact_evidence('held', {
        'amount': 'held.amount',
        'known_on': 'held.known_on',
        'found_by': 'held.found_by',
    }) }} as fact_evidence
from members
inner join means on members.family_id = means.family_id
inner join held on members.family_id = held.family_id and held.amount > 0
where members.member_rank = 1 and means.amount > members.family_limit

union all

select
    {{ enrolment_columns('members') }},
    'large_debits' as sub_type,
    2 as sub_type_rank,
    'large_debits' as event_key,
    payments.names_agree,
    {{ benefit_evidence('members', {
        'standard': 'members.standard',
        'amount': 'payments.debits',
        'allowed': 'members.debit_limit',
    }) }} as benefit_evidence,
    {{ fact_evidence('held', {
        'amount': 'held.debits',
        'known_on': 'held.known_on',
        'found_by': 'held.found_by',
    }) }} as fact_evidence
from members
inner join payments on members.family_id = payments.family_id and members.id_number = payments.id_number
inner join held
    on members.family_id = held.family_id and members.id_number = held.id_number and held.debits > 0
where payments.debits > members.debit_limit

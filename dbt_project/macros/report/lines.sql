{#
  The household economic report (家庭经济状况核对报告): a line per member, source and thing found there, one where
  nothing was found, and lines about the family as a whole. One text for the mart and for the intake function.

  members: SQL of a relation (household_id, id_number, full_name, scope, benefit_type, standard_class)
  facts:   SQL of the rows of fct_source_fact about them

  result   against         speaks against a means-tested benefit, or above the threshold
           fine            looked at, and does not
           noted           on record; there is no threshold to compare with
           none            answered: nothing on record
           incomplete      of a family: below the threshold so far, but somebody has not answered
           out_of_date     answered too long ago to be believed
           not_answered    nothing was answered about this person
           not_authorised  the person has not signed that this source may be asked
#}
{% macro report_lines(members, facts) -%}
{%- set money = 'numeric(14, 2)' -%}
{%- set text = text_type() -%}
with members as (
    {{ members }}
),

facts as (
    {{ facts }}
),

limits as (
    {{ parameters_of('financial_asset', ['dibao_months', 'low_income_months', 'debit_months', 'reply_days']) }}
),

dwelling_limits as (
    {{ parameters_of('real_estate', ['dwellings', 'counted_share_percent']) }}
),

batches as (
    select
        feed_id,
        max(as_of) as answered_on
    from {{ ref('stg_current_batches') }}
    group by feed_id
),

sources as (
    select
        listed.*,
        batches.answered_on,
        substr(listed.feed_id, 1, 9) = 'finance__' as is_finance
    from {{ ref('report_sources') }} as listed
    left join batches on listed.feed_id = batches.feed_id
),

asked as (
    select distinct
        requests.id_number,
        requests.feed_id
    from members
    inner join {{ source('ledger', 'query_requests') }} as requests on members.id_number = requests.id_number
    inner join batches on requests.feed_id = batches.feed_id and requests.as_of = batches.answered_on
    where requests.status in ('answered', 'none')
),

permitted as (
    select
        members.*,
        sources.rank,
        sources.feed_id,
        sources.item,
        sources.item_zh,
        sources.source_zh,
        sources.absence,
        sources.is_finance,
        sources.answered_on,
        members.scope is not null and (members.scope = 'all' or not sources.is_finance) as is_permitted
    from members
    cross join sources
),

found as (
    select
        permitted.*,
        facts.row_no is not null as has_fact,
        facts.value,
        facts.amount,
        facts.threshold,
        facts.debits,
        facts.income,
        facts.fact_date,
        facts.speaks,
        facts.unit_no,
        facts.owner_share,
        facts.batch_id,
        facts.row_no,
        case when facts.row_no is not null then {{ names_agree('permitted.full_name', 'facts.full_name') }} end
            as names_agree,
        case
            when not permitted.is_permitted then 'not_authorised'
            when
                permitted.is_finance and facts.row_no is not null
                and coalesce(facts.fact_date, permitted.answered_on) < {{ add_days(as_of(), '-limits.reply_days') }}
                then 'out_of_date'
            when facts.speaks then 'against'
            when not facts.speaks then 'fine'
            when facts.row_no is not null then 'noted'
            when permitted.answered_on is null then 'not_answered'
            when permitted.absence = 'nothing' or asked.id_number is not null then 'none'
            else 'not_answered'
        end as result
    from permitted
    cross join limits
    left join facts
        on
            permitted.id_number = facts.id_number
            and permitted.feed_id = facts.feed_id
            and permitted.item = facts.item
            and permitted.is_permitted
    left join asked on permitted.id_number = asked.id_number and permitted.feed_id = asked.feed_id
),

families as (
    select
        members.household_id,
        cast(count(*) as {{ int_type() }}) as member_count,
        max(rates.amount) as standard,
        max(case members.benefit_type
            when 'low_income' then limits.low_income_months else limits.dibao_months
        end) * max(rates.amount) * count(*) as family_limit,
        max(limits.debit_months) * max(rates.amount) as debit_limit
    from members
    cross join limits
    left join {{ ref('int_benefit_rate') }} as rates
        on rates.benefit_type = 'dibao' and members.standard_class = rates.rate_class
    group by members.household_id
),

sums as (
    select
        household_id,
        sum(case when is_finance and result = 'noted' then amount else 0 end) as means,
        sum(coalesce(income, 0)) as income,
        bool_and(not is_finance or result in ('noted', 'none')) as means_known,
        bool_and(item not in ('employment', 'payroll', 'pension', 'unemployment')
            or result in ('noted', 'fine', 'against', 'none')) as income_known,
        bool_and(item <> 'property' or result in ('fine', 'against', 'none')) as dwellings_known
    from found
    group by household_id
),

units as (
    select
        household_id,
        unit_no,
        sum(owner_share) as family_share
    from found
    where value = 'dwelling' and item = 'property'
    group by household_id, unit_no
),

dwellings as (
    select
        units.household_id,
        cast(count(*) as {{ money }}) as counted
    from units
    cross join dwelling_limits
    where 100 * units.family_share >= dwelling_limits.counted_share_percent
    group by units.household_id
),

debits as (
    select
        household_id,
        id_number,
        min(full_name) as full_name,
        sum(debits) as debits
    from found
    where is_finance and result = 'noted' and debits > 0
    group by household_id, id_number
),

totals as (
    select
        families.household_id,
        cast(null as {{ text }}) as id_number,
        cast(null as {{ text }}) as full_name,
        901 as rank,
        'family_means' as item,
        '家庭金融资产合计' as item_zh,
        sums.means as amount,
        families.family_limit as threshold,
        sums.means > families.family_limit as is_above,
        sums.means_known as is_known
    from families
    inner join sums on families.household_id = sums.household_id

    union all

    select
        families.household_id,
        cast(null as {{ text }}) as id_number,
        cast(null as {{ text }}) as full_name,
        902 as rank,
        'family_dwellings' as item,
        '家庭住房套数' as item_zh,
        coalesce(dwellings.counted, 0) as amount,
        dwelling_limits.dwellings as threshold,
        coalesce(dwellings.counted, 0) > dwelling_limits.dwellings as is_above,
        sums.dwellings_known as is_known
    from families
    inner join sums on families.household_id = sums.household_id
    cross join dwelling_limits
    left join dwellings on families.household_id = dwellings.household_id

    union all

    select
        families.household_id,
        cast(null as {{ text }}) as id_number,
        cast(null as {{ text }}) as full_name,
        903 as rank,
        'income_per_head' as item,
        '登记收入月人均' as item_zh,
        round(sums.income / families.member_count, 2) as amount,
        families.standard as threshold,
        round(sums.income / families.member_count, 2) > families.standard as is_above,
        sums.income_known as is_known
    from families
    inner join sums on families.household_id = sums.household_id

    union all

    select
        debits.household_id,
        debits.id_number,
        debits.full_name,
        904 as rank,
        'large_debits' as item,
        '半年大额支出' as item_zh,
        debits.debits as amount,
        families.debit_limit as threshold,
        debits.debits > families.debit_limit as is_above,
        true as is_known
    from debits
    inner join families on debits.household_id = families.household_id
)

select
    household_id,
    id_number,
    full_name,
    rank,
    feed_id,
    source_zh,
    item,
    item_zh,
    value,
    amount,
    fact_date,
    case when result not in ('not_answered', 'not_authorised') then answered_on end as replied_on,
    threshold,
    result,
    names_agree,
    batch_id,
    row_no
from found

union all

select
    household_id,
    id_number,
    full_name,
    rank,
    cast(null as {{ text }}) as feed_id,
    cast(null as {{ text }}) as source_zh,
    item,
    item_zh,
    cast(null as {{ text }}) as value,
    cast(amount as {{ money }}) as amount,
    cast(null as date) as fact_date,
    cast(null as date) as replied_on,
    cast(threshold as {{ money }}) as threshold,
    case
        when is_above then 'against'
        when not is_known then 'incomplete'
        when threshold is null then 'noted'
        else 'fine'
    end as result,
    cast(null as boolean) as names_agree,
    cast(null as {{ text }}) as batch_id,
    cast(null as bigint) as row_no
from totals
{%- endmacro %}

{{ config(materialized='view', post_hook='') }}

-- What each source says about a person, a row per thing: who owns, earns, draws, serves or lives where. Rows of the
-- sources as they are now, found by the indexes of the staging tables; people the hub knows nothing else of are in it.
-- speaks: true where it speaks against a means-tested benefit, false where it was looked at and does not, null
-- where it is only noted. The limits are those of the warnings.
{%- set money = 'numeric(14, 2)' %}
{%- set text = text_type() %}
{%- set banks = [
    'abc', 'boc', 'bocom', 'ccb', 'ceb', 'cib', 'citic', 'cmb', 'cmbc', 'icbc', 'jinzhou', 'psbc', 'shengjing',
    'shenyang_rural_commercial', 'spdb',
] %}
{%- set live = "t.registration_status in ('active', 'operating') and t.established_on <= " ~ as_of() %}
{%- set custody_days = parameter_of('imprisoned', 'custody_days') %}
{%- set contract_days = parameter_of('real_estate', 'contract_days') %}
{%- set minimum_wage = "(select w.monthly_amount from " ~ ref('minimum_wages') ~ " as w where "
    ~ in_force('w', as_of()) ~ ")" %}
{%- set motor_kinds = "(select k.plate_type from " ~ ref('vehicle_kinds') ~ " as k where not k.is_exempt and "
    ~ in_force('k', as_of()) ~ ")" %}
{%- set went_away = "t.direction = 'out' and coalesce(t.to_district, '') not like '2101%' and not exists ("
    ~ "select 1 from "
    ~ ref('stg_public_security__migration') ~ " as later where later.id_number = t.id_number and later.moved_on <= "
    ~ as_of() ~ " and (later.moved_on > t.moved_on or (later.moved_on = t.moved_on and later.direction = 'in')))" %}
{%- set serving = "(t.released_on is null or t.released_on >= " ~ as_of() ~ ") and t.sentence_start <= " ~ as_of()
    ~ " and (t.released_on is not null or t.sentence_end is null or t.sentence_end >= " ~ as_of() ~ ")" %}
{%- set held = "(t.custody_end is null or t.custody_end >= " ~ as_of() ~ ") and "
    ~ add_days('t.custody_start', custody_days) ~ " < " ~ as_of() %}
{%- set running = "t.status = 'active' and t.start_date <= " ~ as_of() ~ " and (t.stop_date is null or t.stop_date > "
    ~ as_of() ~ ")" %}

{#- model, item, value; optional: id, name, amount, threshold, debits, income, on, speaks, unit, share, where #}
{%- set sources = [
    {'model': 'public_security__household_register', 'item': 'register', 'speaks': register_finding('t') ~ ' is not null',
     'value': "concat(t.register_status, ' ', t.register_district)"},
    {'model': 'public_security__migration', 'item': 'move', 'value': "concat(t.direction, ' ', coalesce(t.to_district, 'not_told'))",
     'on': 't.moved_on', 'speaks': went_away, 'where': 't.moved_on <= ' ~ as_of()},
    {'model': 'public_security__death_cancellation', 'item': 'death', 'value': "'dead'", 'on': 't.death_date',
     'speaks': 'true', 'where': 't.death_date <= ' ~ as_of()},
    {'model': 'civil_affairs__cremation', 'item': 'death', 'value': "'cremated'", 'on': 't.death_date',
     'speaks': 'true', 'where': 't.death_date <= ' ~ as_of()},
    {'model': 'public_security__prison', 'item': 'custody', 'value': "'prison'", 'on': 't.sentence_start', 'speaks': serving},
    {'model': 'public_security__detention', 'item': 'custody', 'value': "'custody'", 'on': 't.custody_start', 'speaks': held},
    {'model': 'public_security__vehicle', 'item': 'vehicle', 'value': "concat(t.plate_type, ' ', t.state)",
     'on': 't.first_registered_on', 'where': "t.answer = 'found'",
     'speaks': "t.state = 'normal' and t.plate_type in " ~ motor_kinds},
    {'model': 'public_security__exit_entry', 'item': 'travel', 'value': "concat(t.direction, ' ', t.destination)",
     'on': 't.crossed_on', 'where': "t.answer = 'found'"},
    {'model': 'housing__real_estate_title', 'item': 'property', 'name': 't.owner_name', 'value': 't.dwelling_use',
     'on': 't.registered_on', 'unit': 'coalesce(t.unit_no, t.title_no)', 'share': 'coalesce(t.owner_share, 1)',
     'speaks': "t.dwelling_use in ('shop', 'office', 'garage')", 'where': "t.answer = 'found' and t.title_status = 'current'"},
    {'model': 'housing__sale_contract', 'item': 'purchase', 'name': 't.buyer_name', 'value': 't.contract_no',
     'amount': 't.price', 'on': 't.registered_on',
     'speaks': 't.registered_on <= ' ~ as_of() ~ ' and t.registered_on > ' ~ add_days(as_of(), '-' ~ contract_days)},
    {'model': 'housing__public_rental', 'item': 'housing_support', 'name': 't.applicant_name', 'value': 't.support_form',
     'amount': 't.subsidy_amount', 'on': 't.moved_in_on'},
    {'model': 'market_regulation__enterprise', 'item': 'business', 'value': "concat(t.role, ' ', t.registration_status)",
     'amount': 't.subscribed_capital', 'on': 't.established_on',
     'speaks': live ~ " and t.role in ('legal_representative', 'shareholder')"},
    {'model': 'market_regulation__individual_business', 'item': 'business',
     'value': "concat('operator ', t.registration_status)", 'on': 't.established_on', 'speaks': live},
    {'model': 'market_regulation__farmer_cooperative', 'item': 'business',
     'value': "concat('member ', t.registration_status)", 'amount': 't.contribution_amount', 'on': 't.established_on',
     'speaks': live},
    {'model': 'social_security__employment_register', 'item': 'employment', 'value': 't.employer_name',
     'amount': 't.monthly_wage', 'income': 't.monthly_wage', 'on': 't.employed_on',
     'where': 't.employed_on <= ' ~ as_of() ~ ' and (t.ended_on is null or t.ended_on > ' ~ as_of() ~ ')'},
    {'model': 'social_security__public_payroll', 'item': 'payroll', 'value': 't.staff_class', 'amount': 't.monthly_salary',
     'income': 't.monthly_salary', 'speaks': 'true'},
    {'model': 'social_security__employee_pension', 'item': 'pension', 'value': 't.insurance_status',
     'amount': "case when t.insurance_status = 'retired' then t.pension_amount else t.contribution_base end",
     'income': "case when t.insurance_status = 'retired' and t.pension_start_month <= " ~ as_of() ~ " then t.pension_amount end",
     'on': 't.pension_start_month'},
    {'model': 'social_security__resident_pension', 'item': 'resident_pension', 'value': 't.contribution_grade',
     'amount': 't.basic_pension', 'on': 't.paid_month'},
    {'model': 'social_security__unemployment_insurance', 'item': 'unemployment', 'value': "'drawing'",
     'amount': 't.benefit_amount', 'income': 't.benefit_amount', 'on': 't.benefit_start_month',
     'where': 't.benefit_start_month <= ' ~ as_of() ~ ' and (t.benefit_end_month is null or t.benefit_end_month >= '
        ~ month_start(as_of()) ~ ')'},
    {'model': 'social_security__work_injury_insurance', 'item': 'injury_care', 'value': 't.injury_grade',
     'amount': 't.care_allowance'},
    {'model': 'provident_fund__city_centre', 'item': 'provident_fund', 'value': 't.account_status',
     'amount': 't.contribution_base', 'threshold': minimum_wage, 'on': 't.last_deposit_month', 'where': "t.answer = 'found'",
     'speaks': "t.account_status = 'normal' and t.contribution_base > " ~ minimum_wage},
    {'model': 'provident_fund__provincial_branch', 'item': 'provident_fund', 'value': 't.account_status',
     'amount': 't.contribution_base', 'threshold': minimum_wage,
     'speaks': "t.account_status = 'normal' and t.contribution_base > " ~ minimum_wage},
    {'model': 'finance__chinaclear', 'item': 'securities', 'value': "'securities'", 'amount': 't.market_value',
     'on': 't.valued_on', 'where': "t.answer = 'found'"},
    {'model': 'disabled_federation__disability_certificate', 'item': 'disability', 'on': 't.valid_until',
     'value': "concat(t.disability_class, ' ', t.disability_level, ' ', t.certificate_status)"},
    {'model': 'civil_affairs__marriage', 'item': 'marriage', 'id': 't.husband_id_number', 'name': 't.husband_name',
     'value': 't.event_type', 'on': 't.registered_on', 'where': 't.husband_id_number is not null'},
    {'model': 'civil_affairs__marriage', 'item': 'marriage', 'id': 't.wife_id_number', 'name': 't.wife_name',
     'value': 't.event_type', 'on': 't.registered_on', 'where': 't.wife_id_number is not null'},
    {'model': 'civil_affairs__social_organisation', 'item': 'organisation', 'id': 't.legal_representative_id_number',
     'name': 't.legal_representative_name', 'value': "concat('legal_representative ', t.state)", 'on': 't.registered_on',
     'where': 't.legal_representative_id_number is not null'},
    {'model': 'civil_affairs__dibao', 'item': 'benefit', 'value': "'dibao'", 'amount': 't.monthly_amount',
     'on': 't.start_date', 'where': running},
    {'model': 'civil_affairs__low_income', 'item': 'benefit', 'value': "'low_income'", 'on': 't.start_date', 'where': running},
    {'model': 'civil_affairs__tekun', 'item': 'benefit', 'value': "'tekun'",
     'amount': 'coalesce(t.basic_amount, 0) + coalesce(t.care_amount, 0)', 'on': 't.start_date', 'where': running},
    {'model': 'civil_affairs__orphan', 'item': 'benefit', 'value': "'orphan'", 'amount': 't.monthly_amount',
     'on': 't.start_date', 'where': running},
    {'model': 'civil_affairs__disability_allowance', 'item': 'benefit', 'value': "concat('disability_', t.allowance_type)",
     'amount': 't.monthly_amount', 'on': 't.start_date', 'where': running},
    {'model': 'civil_affairs__elder_care__old_age_allowance', 'item': 'benefit', 'value': "'old_age'",
     'amount': 't.monthly_amount', 'on': 't.start_date', 'where': running},
    {'model': 'civil_affairs__elder_care__stay', 'item': 'care_home', 'value': 't.institution_id', 'on': 't.checked_in_on',
     'where': 't.checked_in_on <= ' ~ as_of() ~ ' and (t.checked_out_on is null or t.checked_out_on > ' ~ as_of() ~ ')'},
] %}
{%- for bank in banks %}
{%- do sources.append({
    'model': 'finance__' ~ bank, 'item': 'deposit', 'value': 't.account_type', 'debits': 't.large_debits_half_year',
    'amount': "case when t.account_type = 'loan' then 0 else coalesce(t.balance, 0) + coalesce(t.wealth_products, 0) end",
    'on': 't.queried_on', 'where': "t.answer = 'found'",
}) %}
{%- endfor %}
{%- for insurer in ['china_life', 'ping_an'] %}
{%- do sources.append({
    'model': 'finance__' ~ insurer, 'item': 'insurance', 'value': 't.insurance_kind', 'amount': 't.cash_value',
    'where': "t.answer = 'found' and t.policy_status = 'active'",
}) %}
{%- endfor %}

{%- for source in sources %}
select
    {{ source.get('id', 't.id_number') }} as id_number,
    {{ source.get('name', 't.full_name') }} as full_name,
    cast(t.feed_id as {{ text }}) as feed_id,
    cast('{{ source['item'] }}' as {{ text }}) as item,
    cast({{ source['value'] }} as {{ text }}) as value,
    cast({{ source.get('amount', 'null') }} as {{ money }}) as amount,
    cast({{ source.get('threshold', 'null') }} as {{ money }}) as threshold,
    cast({{ source.get('debits', 'null') }} as {{ money }}) as debits,
    cast({{ source.get('income', 'null') }} as {{ money }}) as income,
    cast({{ source.get('on', 'null') }} as date) as fact_date,
    cast({{ source.get('speaks', 'null') }} as boolean) as speaks,
    cast({{ source.get('unit', 'null') }} as {{ text }}) as unit_no,
    cast({{ source.get('share', 'null') }} as numeric(9, 6)) as owner_share,
    cast(t.batch_id as {{ text }}) as batch_id,
    t.row_no
from {{ ref('stg_' ~ source['model']) }} as t
{%- if 'where' in source %}
where {{ source['where'] }}
{%- endif %}

union all
{% endfor %}
-- these rows carry a certificate, and the certificate a number
select
    certificates.id_number,
    services.full_name,
    cast(services.feed_id as {{ text }}) as feed_id,
    cast('disability_service' as {{ text }}) as item,
    cast(services.employment_form as {{ text }}) as value,
    cast(services.subsidy_amount as {{ money }}) as amount,
    cast(null as {{ money }}) as threshold,
    cast(null as {{ money }}) as debits,
    cast(null as {{ money }}) as income,
    cast(null as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(services.batch_id as {{ text }}) as batch_id,
    services.row_no
from {{ ref('stg_disabled_federation__disability_certificate') }} as certificates
inner join {{ ref('stg_disabled_federation__employment_rehabilitation') }} as services
    on certificates.certificate_no = services.certificate_no

"""Small breaks of the rules, each of which the comparison over random worlds has to see."""

# ruff: noqa: E501, the texts stand as in the models
from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Mutation(NamedTuple):
    """The text ``old``, which stands once in ``model``, becomes ``new``; in ``macros``, if the model asks there."""

    model: str
    old: str
    new: str
    macros: str = ""

    @property
    def stands_in(self) -> str:
        """The file without its ending."""
        return self.macros or self.model


def texts(project: Path) -> dict[str, Path]:
    """Models and the macros of the rules, by file name without its ending."""
    return {
        path.stem: path
        for folder in (project / "macros" / "rules", project / "models")
        for path in folder.rglob("*.sql")
    }


_AGE, _DEAD, _HUKOU = "int_age_band_hit", "int_death_report", "int_hukou_state"
_TASK, _REPORT, _PRISON = "wrn_overdue_task", "wrn_soc_org_annual", "int_imprisoned_hit"
_OWNER, _INSIDER, _VEHICLE = "int_business_owner_hit", "int_insider_relative_hit", "int_vehicle_hit"
_ESTATE, _ASSET, _FUND = "int_real_estate_hit", "int_financial_asset_hit", "int_provident_fund_hit"
_INCOME, _WEDDING, _PAPER = "int_income_change_hit", "int_marriage_change_hit", "int_disability_cert_hit"
_REVIEW, _PAY, _HOME = "int_review_due_hit", "int_payment_anomaly_hit", "int_elder_occupancy_hit"
_FUNERAL, _STREET = "int_funeral_subsidy_hit", "wrn_payment_anomaly_streets"
_SHARED = "int_shared_account"
_APPLICANT, _STRANGE = "int_insider_applicant_hit", "int_strange_certificate_hit"
_MACROS = "conditions"

MUTATIONS = tuple(
    Mutation(*lines)
    for lines in (
        # age_band
        (_AGE, "'parameters.orphan_age') }} <= {{ as_of() }}", "'parameters.orphan_age') }} < {{ as_of() }}"),
        (_AGE, "'parameters.tekun_minor_age') }} <= {{", "'parameters.tekun_minor_age') }} < {{"),
        (_AGE, "enrolments.school_until < {{ as_of() }}", "enrolments.school_until <= {{ as_of() }}"),
        (_AGE, "            and enrolments.person_class = 'minor'\n", ""),
        (_AGE, "'bands.age') }} > {{ as_of() }}", "'bands.age') }} >= {{ as_of() }}"),
        (
            _AGE,
            "<= {{ add_days(as_of(), 'parameters.notice_days')",
            "< {{ add_days(as_of(), 'parameters.notice_days')",
        ),
        (
            _AGE,
            "in_force('bands', add_years('enrolments.birth_date', 'bands.age'))",
            "in_force('bands', '(enrolments.birth_date + 36500)')",
        ),
        # death
        ("int_dead_hit", "where death_date <= {{ as_of() }}", "where death_date < {{ as_of() }}"),
        ("int_dead_hit", "{{ surely_one_person('enrolments', 'reports') }} as names", "true as names"),
        (
            _DEAD,
            "from {{ ref('stg_public_security__death_cancellation') }}",
            "from {{ ref('stg_public_security__death_cancellation') }} where false",
        ),
        # overdue_task
        (
            _TASK,
            "applications.elapsed > applications.working_days",
            "applications.elapsed >= applications.working_days",
        ),
        (
            _TASK,
            "applications.elapsed >= applications.working_days - ",
            "applications.elapsed > applications.working_days - ",
        ),
        (
            _TASK,
            "and applications.accepted_on <= {{ as_of() }}",
            "and applications.accepted_on < {{ as_of() }}",
        ),
        (_TASK, "applications.status = 'open' and ", ""),
        (
            "int_working_day",
            "case when is_workday then 1 else 0 end",
            "case when extract(dow from day) between 1 and 5 then 1 else 0 end",
        ),
        # duplicate_benefit
        (
            "int_duplicate_hit",
            "then 'same_benefit' else 'exclusive_pair'",
            "then 'exclusive_pair' else 'same_benefit'",
        ),
        ("int_duplicate_hit", "{{ surely_one_person('enrolments', 'others') }} as names", "true as names"),
        # hukou
        (
            _HUKOU,
            "when has_left then 'moved_out'",
            "when register_finding is null and has_left then 'moved_out'",
        ),
        ("int_cancelled_entry_hit", "        and dead.enrolment_id is null\n", ""),
        ("int_cancelled_entry_hit", "cancelled.answer_names_agree as names", "true as names"),
        (_HUKOU, "answers.id_number is not null as has_answer", "true as has_answer"),
        (
            _HUKOU,
            "where {{ has_left_city('moves') }}",
            "where {{ has_left_city('moves') }} and moves.to_district is not null",
        ),
        ("int_non_local_hukou_hit", "states.move_names_agree as names", "states.answer_names_agree as names"),
        (
            "int_move",
            "case when direction = 'in' then 0 else 1 end",
            "case when direction = 'in' then 1 else 0 end",
        ),
        ("int_move", "where events.moved_on <= {{", "where events.moved_on < {{"),
        # soc_org_annual
        (_REPORT, "month_day >= deadline_month_day", "month_day > deadline_month_day"),
        (_REPORT, "month_day >= reminder_month_day", "month_day > reminder_month_day"),
        (_REPORT, "registered_on) <= today", "registered_on) < today"),
        (_REPORT, "last_report_accepted_on > {{", "last_report_accepted_on >= {{"),
        (_REPORT, "organisations.state = 'active'\n        and", ""),
        # imprisoned
        (
            _PRISON,
            "{{ custody_until }} >= {{ as_of() }}) and {{",
            "{{ custody_until }} > {{ as_of() }}) and {{",
            _MACROS,
        ),
        (
            _PRISON,
            "{{ custody_until }} >= {{ as_of() }})\nand {{",
            "{{ custody_until }} > {{ as_of() }})\nand {{",
            _MACROS,
        ),
        (_PRISON, "{{ custody_from }} <= {{", "{{ custody_from }} < {{", _MACROS),
        (_PRISON, "add_days(custody_from, days) }} < {{", "add_days(custody_from, days) }} <= {{", _MACROS),
        (
            "int_custody_term",
            "coalesce({{ row }}.released_on, {{ row }}.sentence_end)",
            "{{ row }}.sentence_end",
            _MACROS,
        ),
        # business_owner
        (_OWNER, "employee_count = 0", "coalesce(employee_count, 0) = 0"),
        (_OWNER, "'shareholder', ", "", _MACROS),
        (_OWNER, "'legal_representative', ", "'legal_representative', 'officer', ", _MACROS),
        (
            "int_business_role",
            "in ('active', 'operating')",
            "in ('active', 'operating', 'revoked')",
            _MACROS,
        ),
        ("int_business_role", "established_on <= {{", "established_on < {{", _MACROS),
        # insider_relative
        ("int_staff_relative", "filed_on > {{", "filed_on >= {{"),
        ("int_staff_relative", "home_visit_on > {{", "home_visit_on >= {{"),
        (_INSIDER, "where is_watched and gap", "where gap"),
        ("int_agreed_step", "where steps.result = 'agreed'", "where steps.result <> 'refused'"),
        (
            "int_agreed_step",
            "coalesce(applications.household_id, enrolments.household_no)",
            "applications.household_id",
        ),
        ("int_insider_kin", "(kin.kin <> 'head' and own.kin = 'head')", "false"),
        ("int_insider_kin", " and enrolments.id_number is null", ""),
        ("int_insider_kin", "        and marriages.is_latest\n", ""),
        ("int_insider_kin", "where answers.register_status = 'normal' and answers", "where answers"),
        ("int_insider_kin", "    where heads <= 1\n", "    where false\n"),
        (_APPLICANT, "        and applications.status = 'open'\n", ""),
        (_APPLICANT, "        and enrolments.id_number is null\n", ""),
        (
            _APPLICANT,
            "applicants.id_number = kin.id_number\n    inner join undeclared",
            "false\n    inner join undeclared",
        ),
        (
            _APPLICANT,
            "= agreed.application_id and relatives.staff_id = agreed.staff_id",
            "= agreed.application_id",
        ),
        # vehicle
        (_VEHICLE, "last_review_on < vehicles.first", "last_review_on <= vehicles.first"),
        (_VEHICLE, "last_review_on > {{", "last_review_on >= {{"),
        (_VEHICLE, "    where {{ is_on_the_road('owned') }}\n", ""),
        # (without "not is_exempt" nothing changes: kinds that are exempt have no sub-type to be told under)
        (_VEHICLE, "where not kinds.is_exempt and", "where kinds.sub_type = 'car' and", _MACROS),
        # real_estate
        ("int_dwelling", "held.family_share >= parameters", "held.family_share > parameters"),
        ("int_dwelling", "{{ is_current_title('titles') }} and ", ""),
        (_ESTATE, "counts.dwellings > parameters", "counts.dwellings >= parameters"),
        (_ESTATE, "{{ row }}.registered_on >= {{ add", "{{ row }}.registered_on > {{ add", _MACROS),
        (_ESTATE, "{{ row }}.registered_on <= {{", "{{ row }}.registered_on < {{", _MACROS),
        (_ESTATE, "('shop', 'office', 'garage')", "('shop', 'office')", _MACROS),
        # financial_asset
        (_ASSET, "means.amount > members", "means.amount >= members"),
        (_ASSET, "payments.debits > members", "payments.debits >= members"),
        (_ASSET, "when 'dibao' then limits.dibao_months", "when 'low_income' then limits.dibao_months"),
        ("int_financial_holding", "holdings.known_on >= {{", "holdings.known_on > {{"),
        (
            "int_financial_holding",
            "when {{ row }}.account_type = 'loan' then 0",
            "when {{ row }}.account_type = '-' then 0",
            _MACROS,
        ),
        # provident_fund
        (_FUND, "accounts.contribution_base > wages", "accounts.contribution_base >= wages"),
        (_FUND, "as_of()) }} < parameters.deposit", "as_of()) }} <= parameters.deposit"),
        (_FUND, "        and accounts.last_deposit_month <= {{ as_of() }}\n", ""),
        (_FUND, "2 as sub_type_rank,\n        'fund_deposit'", "2 as sub_type_rank,\n        'fund_base'"),
        # income_change
        (_INCOME, "began_on > members", "began_on >= members"),
        (_INCOME, "incomes.began_on is null or ", ""),
        (
            "int_income",
            "runs(row ~ '.employed_on', row ~ '.ended_on')",
            "runs(row ~ '.employed_on', add_days(row ~ '.ended_on', 1))",
            _MACROS,
        ),
        ("int_income", "> parameters.wage_gap_percent", ">= parameters.wage_gap_percent"),
        ("int_income", "benefit_end_month >= {{", "benefit_end_month > {{", _MACROS),
        ("int_income", "{{ row }}.insurance_status = 'retired' and ", "", _MACROS),
        # marriage_change
        (
            _WEDDING,
            "members.id_number = events.id_number and events.registered_on > members.known_until\nwhere events.event_type <> 'reissue'\n\nunion all\n\nselect\n    {{ enrolment_columns('members') }},\n    'spouse_event'",
            "members.id_number = events.id_number and events.registered_on >= members.known_until\nwhere events.event_type <> 'reissue'\n\nunion all\n\nselect\n    {{ enrolment_columns('members') }},\n    'spouse_event'",
        ),
        (_WEDDING, "        and not couples.is_widowed\n", ""),
        (_WEDDING, "        and not couples.in_family\n", ""),
        (
            _WEDDING,
            "when 'divorce' then 'divorced' else 'annulled'",
            "when 'divorce' then 'annulled' else 'divorced'",
        ),
        ("int_marriage", "certificates.registered_on <= {{", "certificates.registered_on < {{"),
        ("int_marriage", "where event_type <> 'reissue' or of_pair = 1", "where event_type <> 'reissue'"),
        (_WEDDING, "where events.event_type <> 'reissue'\n", ""),
        # disability_cert
        (_PAPER, "certificates.valid_until <= {{", "certificates.valid_until < {{"),
        (_STRANGE, "substr(allowances.certificate_no, 1, 18) = persons.id_number or ", ""),
        (_STRANGE, "held.id_number is null or not {{", "held.id_number is null or true or not {{"),
        (_PAPER, "levels.benefit_type = enrolments.benefit_type", "true"),
        (_PAPER, "{{ bears_name('allowances', 'allowances.certificate_name') }} as", "true as"),
        ("int_disability_certificate", "valid_until < {{", "valid_until <= {{"),
        ("int_disability_certificate", "where issued_on <= {{", "where issued_on < {{"),
        # review_due
        (_REVIEW, "families.review_due_on < {{", "families.review_due_on <= {{"),
        (_REVIEW, "where families.review_due_on <= {{", "where families.review_due_on < {{"),
        (
            _REVIEW,
            "enrolments.start_date <= intervals.good_from\n        and (proofs.confirmed_on is null or proofs.confirmed_on <= ",
            "enrolments.start_date <= intervals.good_from\n        and (proofs.confirmed_on is null or proofs.confirmed_on < ",
        ),
        (_REVIEW, "enrolments.start_date <= intervals", "enrolments.start_date < intervals"),
        (_REVIEW, "families.start_date <= families", "families.start_date < families"),
        (_REVIEW, "families.family_id = named.household_id", "families.enrolment_id = named.enrolment_id"),
        (
            "int_family_review",
            "coalesce(reviewed_on < review_due_on, true)",
            "coalesce(reviewed_on <= review_due_on, true)",
        ),
        (
            "int_family_review",
            "case when words.kin = 'head' then 0 else 1 end",
            "case when words.kin = 'head' then 1 else 0 end",
        ),
        # payment_anomaly
        (_PAY, "family_paid_on > pay_by", "family_paid_on >= pay_by"),
        (_PAY, "compared.is_returned and not compared.is_paid", "compared.is_returned"),
        (_PAY, "is_due_known and family_paid > family_due", "false"),
        (_PAY, "when is_family_wrong_payee then 'wrong_payee'", "when false then 'wrong_payee'"),
        (_PAY, "(family_due > 0 or not is_due_known)", "family_due > 0"),
        (_PAY, "coalesce(facts.household_id, months.enrolment_id)", "months.enrolment_id"),
        (
            _PAY,
            "coalesce(missing, undue, difference, payee, sharing, lateness) as",
            "coalesce(missing, undue, difference, lateness, payee, sharing) as",
        ),
        (
            _PAY,
            "coalesce(missing, undue, difference, payee, sharing, lateness) as",
            "coalesce(missing, undue, difference, sharing, payee, lateness) as",
        ),
        (_PAY, "bool_or(compared.account is not null) over family", "compared.account is not null"),
        (_SHARED, ">= parameters.shared_account_families", "> parameters.shared_account_families"),
        (_SHARED, "accounts.families - coalesce(tied.families, 0) >=", "accounts.families >="),
        (
            _SHARED,
            "    from payees as one\n",
            "    from (select * from payees where payee = 'nobody') as one\n",
        ),
        (_SHARED, " and not bool_or(is_institution)", ""),
        (_SHARED, "payments.result = 'paid' and payments", "payments"),
        (_SHARED, "        orphans.case_id is not null\n        or ", "        "),
        # (a case that is a family alone changes nothing: its person may be paid for all cases of that person)
        (_PAY, "when words.kin = 'head' then 0 else 1", "when words.kin = 'head' then 1 else 0"),
        (_PAY, "is_family_paid or family_paid < family_due", "is_family_paid"),
        ("int_payee", "where heads <= 1", ""),
        ("int_payee", " and register.register_status = 'normal'", ""),
        ("int_payment_round", "tekun.support_form = 'central' and ", ""),
        (_STREET, "cases_before >= parameters", "cases_before > parameters"),
        (_STREET, "where rounds.is_paid and", "where"),
        ("int_allowance_exclusion", "and on_dibao.person_id is null", ""),
        ("int_allowance_exclusion", "living.pay_month = on_dibao.pay_month and holders", "holders"),
        ("int_pay_month", "'-pay_day'", "'1 - pay_day'"),
        ("int_payment_round", "max(case when payments.result", "min(case when payments.result"),
        (
            "int_dibao_entitlement",
            "coalesce(income_per_head < rate, true)",
            "coalesce(income_per_head <= rate, true)",
        ),
        ("int_dibao_entitlement", "<= kept_months", "< kept_months"),
        (
            "int_dibao_entitlement",
            "income_per_head < single_person_full_below",
            "income_per_head <= single_person_full_below",
        ),
        (
            "int_dibao_entitlement",
            "income_per_head > largest_multiple",
            "income_per_head >= largest_multiple",
        ),
        ("int_case_of_month", "cases.start_date <= months", "cases.start_date < months"),
        ("int_case_of_month", "cases.stop_date > months", "cases.stop_date >= months"),
        # elder_occupancy
        (_HOME, "reports.death_date < {{", "reports.death_date <= {{"),
        (_HOME, "< parameters.minimum_age", "<= parameters.minimum_age"),
        (_HOME, "then 'entered_twice' else 'two_homes'", "then 'two_homes' else 'two_homes'"),
        (_HOME, "on stays.person_id = others.person_id", "on stays.id_number = others.id_number"),
        (_HOME, "where supported.person_id is null", ""),
        ("wrn_elder_occupancy_homes", "count(distinct person_id)", "count(*)"),
        ("wrn_elder_occupancy_homes", "running.residents > homes", "running.residents >= homes"),
        (
            "int_running_stay",
            "runs(row ~ '.checked_in_on', row ~ '.checked_out_on')",
            "runs(row ~ '.checked_in_on', add_days(row ~ '.checked_out_on', 1))",
            _MACROS,
        ),
        # funeral_subsidy
        (_FUNERAL, "cremated_on > {{ as_of() }} or", "cremated_on >= {{ as_of() }} or"),
        (_FUNERAL, "cremated_on < death_date", "cremated_on <= death_date"),
        (_FUNERAL, "subsidies.cremated_on > deaths", "subsidies.cremated_on >= deaths"),
        (_FUNERAL, "subsidy_amount > ceiling", "subsidy_amount >= ceiling"),
        ("int_funeral_ceiling", "free_funerals.amount - grants.amount", "free_funerals.amount"),
        # who is who
        ("int_number_change", "and before.newest > later.newest", "and later.newest = 1"),
        ("int_number_change", "{{ names_agree('before.full_name', 'later.full_name') }}", "true"),
        # what all rules about people start from, and what they end with
        (
            "int_enrolment",
            "runs(row ~ '.start_date', row ~ '.stop_date')",
            "runs(row ~ '.start_date', add_days(row ~ '.stop_date', 1))",
            _MACROS,
        ),
        (
            "int_enrolment",
            "runs(row ~ '.start_date', row ~ '.stop_date')",
            "runs(add_days(row ~ '.start_date', 1), row ~ '.stop_date')",
            _MACROS,
        ),
        # (days.day >= as_of changes nothing: no day reaches a later number of working days on the day itself)
        ("int_payment_anomaly_hit", " and {{ month_start('start_date') }} <> pay_month", ""),
        ("int_payment_anomaly_hit", "facts.last_review_on > months", "facts.last_review_on >= months"),
        ("int_due_date", "where days.pay_day > {{", "where days.pay_day >= {{"),
        ("int_due_date", "days.day < pay_days.next_pay_day", "days.day <= pay_days.next_pay_day"),
        ("int_due_date", ">= today.working_day_no + severities", "> today.working_day_no + severities"),
    )
)

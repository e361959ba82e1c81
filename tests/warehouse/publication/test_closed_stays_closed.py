"""What a person closed opens again on new facts only: not because a counter grew or a reply came anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.candidates import TOMORROW, put, warning
from tests.support.fakes import DAY, rows_of
from warehouse.publication.publish import publish
from warehouse.settings import Settings

Item = dict[str, Any]
LATER = DAY + timedelta(days=30)
#: rule, evidence when it was closed, evidence later: the story of a month that brings nothing new.
SAME: dict[str, tuple[str, Item, Item]] = {
    "death: the next payment": ("death", {"overpaid_months": 2, "overpaid_amount": 1400}, {
        "overpaid_months": 3, "overpaid_amount": 2100}),
    "death: paid for the first time": ("death", {}, {"overpaid_months": 1, "overpaid_amount": 700}),
    "duplicate: both paid once more": ("duplicate_benefit", {"overpaid_months": 4}, {"overpaid_months": 5}),
    "prison: a day of stopping is set": ("imprisoned", {"overlap_until": None}, {
        "overlap_until": "2020-06-30", "stop_date": "2020-07-01"}),
    "savings: the same balance again": ("financial_asset", {"known_on": "2020-05-01", "amount": 90000}, {
        "known_on": "2020-06-01", "amount": 90000}),
    "savings: the standard rises": ("financial_asset", {"standard": 685, "allowed": 4110}, {
        "standard": 715, "allowed": 4290}),
    "fund: the same deposit a month later": ("provident_fund", {"last_deposit_month": "2020-04-01"}, {
        "last_deposit_month": "2020-05-01"}),
    "income: reviewed again": ("income_change", {"known_until": "2019-11-01"}, {"known_until": "2020-05-20"}),
    "vehicle: reviewed again": ("vehicle", {"last_review_on": None}, {"last_review_on": "2020-05-20"}),
    "street: a late payment": ("payment_anomaly", {"total": 50000, "cases_paid": 70}, {
        "total": 50655, "cases_paid": 71}),
    "home: a resident leaves": ("elder_occupancy", {"residents": 12}, {"residents": 11}),
    "title: the share is not invented any more": ("real_estate", {"owner_share": 1, "family_share": 1}, {
        "family_share": 1}),
    "review: the day of the family is told apart": ("review_due", {"review_due_on": "2020-05-01"}, {
        "review_due_on": "2020-06-01", "family_review_due_on": "2020-05-01"}),
    "payment: the figures of the hub got names of their own": (
        "payment_anomaly", {"uplift_percent": 20, "care_amount": 181, "paid_amount": 600},
        {"due_uplift_percent": 20, "due_care_amount": 181, "care_amount": 180, "findings": "late",
         "paid_amount": 600}),
    "overdue: the same under a warning about a warning": ("overdue_task", {"known_on": "2020-05-01"}, {
        "known_on": "2020-06-01"}),
}  # fmt: skip
NEW: dict[str, tuple[str, Item, Item]] = {
    "death: another day": ("death", {"death_date": "2020-05-01"}, {"death_date": "2020-05-02"}),
    "savings: another balance": ("financial_asset", {"amount": 90000}, {"amount": 120000}),
    "fund: another base": ("provident_fund", {"contribution_base": 2500}, {"contribution_base": 4000}),
    "vehicle: another kind": ("vehicle", {"plate_type": "small_car"}, {"plate_type": "large_car"}),
    "payment: another sum": ("payment_anomaly", {"paid_amount": 600}, {"paid_amount": 500}),
    "home: one more": ("elder_occupancy", {"residents": 12}, {"residents": 13}),
    "home: fewer beds": ("elder_occupancy", {"approved_beds": 12}, {"approved_beds": 11}),
    "a key only of another rule": ("hukou", {"known_on": "2020-05-01"}, {"known_on": "2020-06-01"}),
}
_OUTCOMES = {"resolved": "benefit_adjusted", "dismissed": "not_true"}


def _evidence(fields: Item, role: str = "fact", row_no: int = 1) -> list[Item]:
    return [{"role": role, "feed_id": "f", "batch_id": "b", "row_no": row_no, **fields}]


def _json(items: list[Item]) -> str:
    return json.dumps(items)


def _close(settings: Settings, status: str, outcome: str, on: date = DAY) -> None:
    rows_of(settings, "update marts.warnings set status = %s, resolved_on = %s", status, on)
    rows_of(
        settings,
        "insert into marts.warning_events (event_type, warning_id, rule_id, as_of, details) "
        "select %s, warning_id, rule_id, %s, jsonb_build_object('outcome', %s::text) from marts.warnings",
        status, on, outcome,
    )  # fmt: skip


def _publish(settings: Settings, items: list[Item], day: date, rule: str = "death", **values: Any) -> str:
    put(settings, [warning("w1", rule_id=rule, evidence=_json(items), **values)], day=day)
    publish(day, settings)
    return str(rows_of(settings, "select status from marts.warnings")[0][0])


@pytest.mark.parametrize("status", ["resolved", "dismissed"])
def test_the_same_facts_open_nothing_and_new_ones_do(fresh_hub: Settings, status: str) -> None:
    """All stories at once, a warning each, through one publication."""
    stories = [(name, *story) for name, story in {**SAME, **NEW}.items()]

    def all_of(which: int) -> list[Item]:
        return [
            warning(name, rule_id=rule, evidence=_json(_evidence((before, after)[which], row_no=which)))
            for name, rule, before, after in stories
        ]

    put(fresh_hub, all_of(0))
    publish(DAY, fresh_hub)
    _close(fresh_hub, status, _OUTCOMES[status])
    put(fresh_hub, all_of(1), day=TOMORROW)
    publish(TOMORROW, fresh_hub)
    opened = {
        name for (name,) in rows_of(fresh_hub, "select warning_id from marts.warnings where status = 'open'")
    }
    assert opened == set(NEW)
    assert dict(rows_of(fresh_hub, "select event_type, count(*) from marts.warning_events where as_of = %s "
                                   "group by 1", TOMORROW)) == {"reopened": len(NEW)}  # fmt: skip


def test_each_declared_field_opens_nothing_and_still_is_shown_while_open(fresh_hub: Settings) -> None:
    """Every row of the declaration, taken from the database: no field is declared in vain."""
    declared = rows_of(fresh_hub, "select rule_id, role, key from ops.evidence_keys where key <> '*' "
                                  "and key not in ('batch_id', 'row_no')")  # fmt: skip

    def all_of(value: str) -> list[Item]:
        return [
            warning(f"{rule} {role} {key}", rule_id="death" if rule == "*" else rule,
                    evidence=_json(_evidence({key: value}, "fact" if role == "*" else role)))
            for rule, role, key in declared
        ]  # fmt: skip

    put(fresh_hub, all_of("2"))
    publish(DAY, fresh_hub)
    put(fresh_hub, all_of("3"), day=DAY)
    assert publish(DAY, fresh_hub).counts["warnings_changed"] == len(declared)
    _close(fresh_hub, "dismissed", "not_true")
    put(fresh_hub, all_of("1"), day=TOMORROW)
    publish(TOMORROW, fresh_hub)
    assert rows_of(fresh_hub, "select distinct status from marts.warnings") == [("dismissed",)]
    assert rows_of(fresh_hub, "select distinct evidence::text like '%%\"3\"%%' from marts.warnings") == [
        (True,)
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"region_code": "210104001001"},
        {"severity": "orange"},
        {"handler_level": "district"},
        {"rule_name_zh": "另一个名称"},
        {"full_name": "张三豊"},
        {"confidence": "suspected"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_is_no_evidence_opens_nothing(fresh_hub: Settings, change: Item) -> None:
    """A family that moves, a seed that is worded anew."""
    items = _evidence({"death_date": "2020-05-01"})
    _publish(fresh_hub, items, DAY)
    _close(fresh_hub, "dismissed", "not_true")
    assert _publish(fresh_hub, items, TOMORROW, **change) == "dismissed"


@pytest.mark.parametrize(
    "change", [{"sub_type": "other"}, {"confidence": "confirmed"}], ids=lambda change: next(iter(change))
)
def test_another_kind_and_a_surer_one_open(fresh_hub: Settings, change: Item) -> None:
    items = _evidence({"death_date": "2020-05-01"})
    _publish(fresh_hub, items, DAY, confidence="suspected")
    _close(fresh_hub, "dismissed", "not_true")
    assert _publish(fresh_hub, items, TOMORROW, **{"confidence": "suspected", **change}) == "open"


@pytest.mark.parametrize("more", [[], _evidence({"stay_id": "s9"}, "resident")], ids=["gone", "another"])
def test_a_resident_more_or_less_by_name_is_nothing_new(fresh_hub: Settings, more: list[Item]) -> None:
    told = _evidence({"residents": 12, "approved_beds": 10})
    _publish(fresh_hub, told + _evidence({"stay_id": "s1"}, "resident"), DAY, "elder_occupancy")
    _close(fresh_hub, "dismissed", "not_true")
    assert _publish(fresh_hub, told + more, LATER, "elder_occupancy") == "dismissed"


def _no_payments(settings: Settings) -> None:
    """The payments were never built here."""


def _payment(
    on: date, amount: int = 700, result: str = "paid", case: str = "e1"
) -> Callable[[Settings], None]:
    def pay(settings: Settings) -> None:
        rows_of(
            settings,
            "create table core.fct_payment (enrolment_id text, result text, amount numeric, paid_on date); "
            f"insert into core.fct_payment values ('{case}', '{result}', {amount}, '{on}')",
        )

    return pay


@pytest.mark.parametrize(
    ("outcome", "pay", "found"),
    [
        ("benefit_stopped", _payment(DAY + timedelta(days=1)), "open"),
        ("left_programme", _payment(LATER), "open"),
        ("benefit_stopped", _payment(DAY), "resolved"),
        ("benefit_stopped", _payment(LATER, amount=0), "resolved"),
        ("benefit_stopped", _payment(LATER, result="returned"), "resolved"),
        ("benefit_stopped", _payment(LATER, case="e2"), "resolved"),
        ("benefit_stopped", _no_payments, "resolved"),
        ("benefit_adjusted", _payment(LATER), "resolved"),
        ("changed_meanwhile", _payment(LATER), "resolved"),
        ("not_true", _payment(LATER), "dismissed"),
        ("data_error", _payment(LATER), "dismissed"),
    ],
)
@pytest.mark.parametrize("rule", ["death", "vehicle"])
def test_a_payment_after_the_benefit_was_stopped_opens(
    fresh_hub: Settings, rule: str, outcome: str, pay: Callable[[Settings], None], found: str
) -> None:
    """Whatever the rule, also where its evidence says nothing about payments."""
    items = _evidence({"enrolment_id": "e1"}, "benefit")
    _publish(fresh_hub, items, DAY, rule)
    _close(fresh_hub, "dismissed" if outcome in ("not_true", "data_error") else "resolved", outcome)
    pay(fresh_hub)
    assert _publish(fresh_hub, items, LATER, rule) == found
    events = rows_of(
        fresh_hub, "select details -> 'changed' from marts.warning_events where event_type = 'reopened'"
    )
    assert events == ([(["payment"],)] if found == "open" else [])


def test_the_last_end_counts(fresh_hub: Settings) -> None:
    """Stopped, opened by a person, then found not to be true: payments go on and nothing opens."""
    items = _evidence({"enrolment_id": "e1"}, "benefit")
    _publish(fresh_hub, items, DAY)
    _close(fresh_hub, "resolved", "benefit_stopped")
    _close(fresh_hub, "dismissed", "not_true")
    _payment(LATER)(fresh_hub)
    assert _publish(fresh_hub, items, LATER) == "dismissed"


def test_what_was_closed_under_an_older_declaration_stays_closed(fresh_hub: Settings) -> None:
    """The declaration of today is applied to both sides: to declare another field a counter, or one no
    counter any more, opens nothing by itself."""
    items = _evidence({"death_date": "2020-05-01", "reported_on": "2020-05-02"})
    _publish(fresh_hub, items, DAY)
    _close(fresh_hub, "dismissed", "not_true")
    for day, change in (
        (TOMORROW, "insert into ops.evidence_keys values ('death', '*', 'reported_on', 'never', 'tried')"),
        (LATER, "delete from ops.evidence_keys where key = 'reported_on'"),
    ):
        rows_of(fresh_hub, change)
        rows_of(fresh_hub, "update marts.warnings set facts_digest = 'of an older formula'")
        assert _publish(fresh_hub, items, day) == "dismissed"

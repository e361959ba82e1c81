"""The truth, against a second reading of the rules, on the days a city can be served."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from sandbox.city import CityPaths, build_city
from sandbox.truth import expected, numberless
from tests.oracle.second_reading import Finding, ShownByCity, findings

EPOCH = date(2020, 5, 12)
_COLUMNS = ("kind", "rule_id", "subject_key", "event_key", "sub_type", "confidence")


def planted(city: CityPaths, day: date) -> set[Finding]:
    """Without the sub-types of checks: those are told hit by hit (``test_checks``)."""
    told = expected(city.root, day).with_columns(pl.when(pl.col("kind") != "check").then("sub_type"))
    return set(told.select(_COLUMNS).iter_rows())


def found_in(city: CityPaths, day: date, want: set[Finding]) -> set[Finding]:
    """What the second reading finds, without the sub-type where the planted truth leaves it open."""
    left_open = {f[:4] for f in want if f[4] is None}
    return {(*f[:4], None if f[:4] in left_open else f[4], f[5]) for f in findings(city.root, day)}


@pytest.mark.parametrize(
    ("seed", "epoch"),
    [
        (1, EPOCH),
        (2, EPOCH),
        (20191031, date(2019, 12, 20)),  # a year ends
        (4, date(2020, 2, 10)),  # a leap day and 1 March lie ahead
        (5, date(2021, 1, 5)),  # nobody is reminded of a report yet
        (6, date(2022, 6, 20)),  # rates change on 1 July
        (7, date(2022, 2, 26)),  # those born on 29 February come of age on the 28th
    ],
)
def test_every_day_says_what_was_planted(tmp_path: Path, seed: int, epoch: date) -> None:
    """Nobody meets a rule unplanned, and every plant meets its own, from its first day to its last."""
    city = build_city(tmp_path, seed, 0.001, epoch)
    for offset in (-3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 15, 20, 21, 24, 31):
        day = epoch + timedelta(days=offset)
        want = planted(city, day)
        found = found_in(city, day, want)
        if offset < 0:  # the payments of the city begin two months before its first day
            want, found = ({f for f in side if f[1] != "payment_anomaly"} for side in (want, found))
        assert want - found == set(), (offset, "planted, not found")
        assert found - want == set(), (offset, "found, not planted")


def test_a_larger_city_on_its_day(tmp_path: Path) -> None:
    city = build_city(tmp_path, 3, 0.02, EPOCH)
    want = planted(city, EPOCH)
    assert want == found_in(city, EPOCH, want)


@pytest.mark.parametrize(("scale", "deaths", "hukou"), [(0.02, 25, 72), (0.1, 123, 358)])
def test_the_city_report_in_proportion(tmp_path: Path, scale: float, deaths: int, hukou: int) -> None:
    truth = expected(build_city(tmp_path, 1, scale, EPOCH).root, EPOCH)
    warnings = truth.filter(pl.col("kind") == "warning").group_by("rule_id").len()
    counts = dict(warnings.iter_rows())
    assert (counts["death"], counts["hukou"]) == (deaths, hukou)
    people = truth.filter(pl.col("kind") == "check")["subject_key"].n_unique()
    assert people > 5000 * scale


def test_every_rule_check_and_sub_type_is_planted(tmp_path: Path) -> None:
    truth = expected(build_city(tmp_path, 8, 0.001, EPOCH).root, EPOCH)
    kinds = set(truth.select("rule_id", "sub_type").iter_rows())
    for rule, subs in {
        "hukou": ("not_found", "moved_out", "register_non_local", "cancelled_death"),
        "age_band": (
            *("orphan_18", "tekun_16", "dibao_turns_18", "dibao_turns_60"),
            *("turns_80", "turns_90", "turns_100"),
        ),
        "business_owner": ("enterprise", "individual_business", "cooperative", "small_family_shop"),
        "overdue_task": ("overdue", "remind"),
        "soc_org_annual": ("overdue", "reminder"),
        "disability_cert": ("cancelled", "frozen", "expired", "expiring", "level_changed"),
        "marriage_change": ("married", "divorced", "annulled", "spouse_event", "spouse_missing"),
        "income_change": ("employed", "pension_started", "unemployment_benefit", "state_paid", "wage_gap"),
        "vehicle": ("car", "large_vehicle"),
        "real_estate": ("second_dwelling", "commercial", "new_contract"),
        "provident_fund": ("base_above_minimum_wage", "deposit_while_unemployed"),
        "financial_asset": ("assets", "large_debits"),
        "payment_anomaly": (
            "not_paid",
            "returned",
            "late",
            "amount_differs",
            "wrong_payee",
            "shared_account",
            "not_due",
            "street_total",
        ),
        "funeral_subsidy": ("exclusive_pair", "not_cremated", "applicant_dead", "above_ceiling"),
        "review_due": ("review_soon", "review_overdue", "liveness_missing"),
        "elder_occupancy": (
            *("resident_dead", "two_homes", "under_age", "non_local"),
            *("entered_twice", "over_beds"),
        ),
        "insider_relative": ("not_filed", "not_visited", "own_approval", "kin", "applicant", "applicant_kin"),
    }.items():
        assert {(rule, sub) for sub in subs} <= kinds
    pairs = truth.filter(pl.col("rule_id") == "duplicate_benefit")["event_key"]
    assert pairs.n_unique() == 13
    events = truth.filter(pl.col("rule_id") == "imprisoned", pl.col("kind") == "warning")["event_key"]
    assert set(events.str.split(":").list.first()) == {"prison", "custody"}
    deaths = truth.filter(pl.col("rule_id") == "death")
    assert set(deaths["confidence"]) == {"confirmed", "suspected"}
    assert truth.filter(pl.col("kind") == "unanswered").height > 0


def test_days_open_and_close_findings(tmp_path: Path) -> None:
    city = build_city(tmp_path, 1, 0.002, EPOCH)
    today, later = planted(city, EPOCH), planted(city, EPOCH + timedelta(days=10))
    assert {f[1] for f in later - today} >= {"death", "hukou", "age_band", "business_owner", "overdue_task"}
    assert {f[1] for f in today - later} >= {
        *("death", "hukou", "age_band", "duplicate_benefit", "imprisoned", "business_owner"),
        *("overdue_task", "soc_org_annual", "insider_relative"),
    }


def test_decoys_are_there(tmp_path: Path) -> None:
    """Each looks like a finding at a glance: what saves it is in the rows."""
    shown = ShownByCity(build_city(tmp_path, 1, 0.005, EPOCH).root, EPOCH)
    held = set(shown.holders)
    names = {row["full_name"] for rows in shown.holders.values() for _, row in rows}
    dead = shown.rows("public_security__death_cancellation")
    assert any(r["id_number"] not in held and r["full_name"] in names for r in dead)
    inside = shown.rows("public_security__prison")
    assert any(r["id_number"] in held and r["sentence_end"] < EPOCH for r in inside)
    assert any(r["id_number"] in held and r["released_on"] and r["sentence_end"] > EPOCH for r in inside)
    short = shown.rows("public_security__detention")
    assert any(r["id_number"] in held and r["custody_end"] and r["custody_end"] < EPOCH for r in short)
    companies = shown.rows("market_regulation__enterprise")
    assert any(r["id_number"] in held and r["registration_status"] == "cancelled" for r in companies)
    assert any(r["id_number"] in held and r["role"] == "officer" for r in companies)
    moves = shown.rows("public_security__migration")
    assert any(r["id_number"] in held and r["direction"] == "in" for r in moves)
    stopped = {r["id_number"] for r in shown.rows("civil_affairs__dibao") if r["status"] == "stopped"}
    assert any(r["id_number"] in stopped for r in dead)
    children = shown.rows("civil_affairs__orphan")
    assert any(r["school_until"] and r["status"] == "active" for r in children)
    relatives = shown.rows("civil_affairs__dibao", "staff_relative")
    assert any(r["relative_id_number"] in held and r["home_visit_on"] for r in relatives)


def test_the_dead_without_a_number_are_recipients_or_strangers(tmp_path: Path) -> None:
    """Of every kind of damage one, none of them known by number, and recipients with a benefit that runs."""
    city = build_city(tmp_path, 9, 0.001, EPOCH)
    later = numberless(city.root, EPOCH + timedelta(days=31))
    shown = ShownByCity(city.root, EPOCH + timedelta(days=31))
    rows = {r["cremation_no"]: r for r in shown.rows("civil_affairs__cremation") if r["id_number"] is None}
    assert set(rows) == set(later["cremation_no"])
    recipients = later.drop_nulls("id_number")
    assert all(shown.benefits(number) for number in recipients["id_number"])
    reported = {
        row["id_number"]
        for feed in ("public_security__death_cancellation", "civil_affairs__cremation")
        for row in shown.rows(feed)
    }
    assert not set(recipients["id_number"]) & reported
    assert recipients.height >= 12
    assert later.height > recipients.height + 12
    assert 0 < numberless(city.root, EPOCH).height < later.height


def test_numbers_change_before_and_while_the_city_is_served(tmp_path: Path) -> None:
    """Of the same death: sure under the number of the case, suspected once the case bears another."""
    city = build_city(tmp_path, 1, 0.001, EPOCH)
    days = [EPOCH + timedelta(days=k) for k in range(5)]
    present = [ShownByCity(city.root, day).present for day in days]
    assert len(present[0]) >= 10
    assert len(present[0]) < len(present[4])
    assert any(new in present[2].values() and new in present[3] for new in present[2].values())  # twice
    deaths = [{f[2]: f[5] for f in planted(city, day) if f[:2] == ("warning", "death")} for day in days]
    later = {old for old in present[4] if old not in present[0] and old in deaths[0]}
    assert later
    assert {deaths[0][old] for old in later} == {"confirmed"}
    now = {present[4][old] for old in later} & set(deaths[4])
    assert now
    assert {deaths[4][number] for number in now} == {"suspected"}
    assert not later & set(deaths[4])

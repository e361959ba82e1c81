"""The invented city: the same for the same arguments, plausible, and true to what it says of itself."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.catalogue import load_catalogue
from connectors.sandbox.city import CityPaths, build_city, workdays
from connectors.sandbox.city.defects import HARMLESS
from connectors.sandbox.city.divisions import divisions
from connectors.sandbox.city.ids import credit_codes
from connectors.sandbox.truth import expected

EPOCH = date(2020, 5, 12)
SCALE = 0.002
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@pytest.fixture(scope="module", params=[1, 7, 20191031])
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> CityPaths:
    return build_city(tmp_path_factory.mktemp("city"), request.param, SCALE, EPOCH)


def table(city: CityPaths, feed_id: str, name: str = "main", *, on: date = EPOCH) -> pl.DataFrame:
    """Clean rows a department has published by ``on``, without the copies it damages."""
    frame = pl.read_parquet(city.table(feed_id, name))
    usable = pl.col("_defect").is_null() | pl.col("_defect").is_in(list(HARMLESS))
    return frame.filter((pl.col("_published_on") <= on) & usable)


def active(city: CityPaths, feed_id: str, name: str = "main") -> pl.DataFrame:
    key = {"civil_affairs__dibao": "member_id", "civil_affairs__low_income": "member_id"}.get(
        feed_id, "case_id"
    )
    latest = table(city, feed_id, name).sort("updated_at").unique(subset=key, keep="last")
    return latest.filter((pl.col("status") == "active") & ~pl.col(key).str.starts_with("ZZ"))


def check_character(number: str) -> str:
    return "10X98765432"[sum(int(d) * w for d, w in zip(number[:17], _WEIGHTS, strict=True)) % 11]


def test_the_same_arguments_give_the_same_city(tmp_path: Path) -> None:
    one, two = (build_city(tmp_path / name, 3, SCALE, EPOCH) for name in ("one", "two"))
    for feed_id, feed in load_catalogue().items():
        for declared in feed.tables:
            first = pl.read_parquet(one.table(feed_id, declared.name))
            assert first.equals(pl.read_parquet(two.table(feed_id, declared.name))), feed_id
    assert pl.read_parquet(one.truth).equals(pl.read_parquet(two.truth))


def test_every_declared_table_has_its_columns_and_about_its_size(city: CityPaths) -> None:
    for feed_id, feed in load_catalogue().items():
        for declared in feed.tables:
            frame = pl.read_parquet(city.table(feed_id, declared.name))
            assert frame.columns[: len(declared.columns)] == [c.name for c in declared.columns]
            assert frame.height >= max(1, round(declared.volume.min * SCALE)), (feed_id, declared.name)


def test_numbers_are_valid_and_belong_to_one_person(city: CityPaths) -> None:
    people = pl.concat(
        [
            table(city, f).select("id_number", "full_name")
            for f in ("civil_affairs__cremation", "civil_affairs__dibao")
        ]
    ).unique()
    numbers = people["id_number"].to_list()
    assert all(len(n) == 18 and n[17] == check_character(n) for n in numbers)
    # the dead under another name are planted; nobody else shares a number
    assert people["id_number"].is_duplicated().sum() <= 2 * 3


def test_numbers_were_issued_under_former_county_codes_too(city: CityPaths) -> None:
    issued = set(table(city, "civil_affairs__marriage")["husband_id_number"].str.slice(0, 6))
    assert {"210121", "210122"} <= issued


def test_regions_are_real_communities(city: CityPaths) -> None:
    real = set(divisions().filter(pl.col("level") == "villages")["code"])
    assert set(active(city, "civil_affairs__dibao")["region_code"]) <= real


def test_exclusive_benefits_meet_only_where_planted(city: CityPaths) -> None:
    """A second reading of the rule in plain Python, over who is active where."""
    allowances = active(city, "civil_affairs__disability_allowance")
    holds: dict[str, list[str]] = {}
    for benefit, frame in (
        ("dibao", active(city, "civil_affairs__dibao")),
        ("tekun", active(city, "civil_affairs__tekun")),
        ("orphan", active(city, "civil_affairs__orphan")),
        ("low_income", active(city, "civil_affairs__low_income")),
        ("disability_living", allowances.filter(pl.col("allowance_type") == "living")),
        ("disability_care", allowances.filter(pl.col("allowance_type") == "care")),
        ("old_age", active(city, "civil_affairs__elder_care", "old_age_allowance")),
    ):
        for number in frame["id_number"]:
            holds.setdefault(number, []).append(benefit)
    exclusive = [
        ("dibao", "tekun"),
        ("dibao", "orphan"),
        ("tekun", "orphan"),
        ("tekun", "disability_living"),
        ("tekun", "disability_care"),
        ("orphan", "disability_living"),
    ]
    found = set()
    for number, benefits in holds.items():
        found |= {(number, f"{a}+{b}") for a, b in exclusive if a in benefits and b in benefits}
        found |= {(number, f"{b}+{b}") for b in set(benefits) if benefits.count(b) > 1}
    planted = expected(city.root, EPOCH).filter(
        (pl.col("rule_id") == "duplicate_benefit") & (pl.col("kind") == "warning")
    )
    assert found == set(planted.select("subject_key", "event_key").iter_rows())


def test_nobody_is_dead_on_a_benefit_but_the_planted(city: CityPaths) -> None:
    notices = table(city, "public_security__death_cancellation").sort("updated_at")
    notices = notices.unique(subset="id_number", keep="last").filter(pl.col("operation") != "delete")
    dead = set(notices["id_number"]) | set(table(city, "civil_affairs__cremation")["id_number"])
    alive = {"civil_affairs__dibao", "civil_affairs__tekun", "civil_affairs__low_income"}
    paid = set().union(*(set(active(city, f)["id_number"]) for f in alive))
    planted = expected(city.root, EPOCH).filter(pl.col("rule_id") == "death")["subject_key"]
    assert dead & paid <= set(planted)
    assert len(planted) == max(6, round(1227 * SCALE))


@pytest.mark.parametrize(("scale", "deaths", "hukou"), [(0.02, 25, 72), (0.2, 245, 717)])
def test_the_city_report_in_proportion(tmp_path: Path, scale: float, deaths: int, hukou: int) -> None:
    truth = expected(build_city(tmp_path, 1, scale, EPOCH).root, EPOCH)
    warnings = truth.filter(pl.col("kind") == "warning").group_by("rule_id").len()
    counts = dict(warnings.iter_rows())
    assert (counts["death"], counts["hukou"]) == (deaths, hukou)
    people = truth.filter(pl.col("kind") == "check")["subject_key"].n_unique()
    assert people > 5000 * scale


def test_truth_changes_as_days_pass(city: CityPaths) -> None:
    today = expected(city.root, EPOCH)
    later = expected(city.root, EPOCH + timedelta(days=5))
    keys = ["kind", "rule_id", "subject_key", "event_key"]
    new = later.join(today, on=keys, how="anti")
    gone = today.join(later, on=keys, how="anti")
    assert {"death", "hukou"} <= set(new["rule_id"])
    assert {"death", "imprisoned"} <= set(gone["rule_id"])


@given(st.dates(date(2019, 1, 1), date(2030, 12, 31)), st.integers(0, 40))
def test_counting_working_days_back_and_forth(day: date, elapsed: int) -> None:
    start = workdays.back(day, elapsed)
    passed = sum(workdays.is_workday(start + timedelta(days=k + 1)) for k in range((day - start).days))
    assert passed == elapsed


def test_credit_codes_have_valid_check_symbols() -> None:
    import numpy as np

    symbols = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    codes = credit_codes(np.random.default_rng(1), 500, "91").to_list()
    assert len(set(codes)) == 500
    for code in codes:
        total = sum(symbols.index(c) * w for c, w in zip(code[:17], weights, strict=True))
        assert code[17] == symbols[(31 - total % 31) % 31]

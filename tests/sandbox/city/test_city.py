"""The invented city: the same for the same arguments, plausible, and of the declared size."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.catalogue import load_catalogue
from sandbox.city import CityPaths, build_city
from sandbox.city.ground import workdays
from sandbox.city.ground.defects import FATAL, HARMLESS, fatal_kinds
from sandbox.city.ground.divisions import divisions
from sandbox.city.ground.ids import credit_codes
from sandbox.city.ground.people import make_people
from sandbox.city.ground.standards import rates

EPOCH = date(2020, 5, 12)
SCALE = 0.002
DIBAO = "civil_affairs__dibao"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@pytest.fixture(scope="module", params=[1, 20191031])
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> CityPaths:
    return build_city(tmp_path_factory.mktemp("city"), request.param, SCALE, EPOCH)


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> CityPaths:
    return build_city(tmp_path_factory.mktemp("larger"), 1, 0.02, EPOCH)


def table(city: CityPaths, feed_id: str, name: str = "main", *, on: date = EPOCH) -> pl.DataFrame:
    """Clean rows a department has published by ``on``, without the copies nobody can use."""
    frame = pl.read_parquet(city.table(feed_id, name))
    usable = pl.col("_defect").is_null() | pl.col("_defect").is_in(list(HARMLESS))
    return frame.filter((pl.col("_published_on") <= on) & usable)


def active(city: CityPaths, feed_id: str, key: str = "case_id", name: str = "main") -> pl.DataFrame:
    latest = table(city, feed_id, name).sort("updated_at").unique(subset=key, keep="last")
    return latest.filter(pl.col("status") == "active")


def check_character(number: str) -> str:
    return "10X98765432"[sum(int(d) * w for d, w in zip(number[:17], _WEIGHTS, strict=True)) % 11]


def test_the_same_arguments_give_the_same_city(tmp_path: Path) -> None:
    one, two = (build_city(tmp_path / name, 3, SCALE, EPOCH) for name in ("one", "two"))
    for feed_id, feed in load_catalogue().items():
        for declared in feed.tables:
            first = pl.read_parquet(one.table(feed_id, declared.name))
            assert first.equals(pl.read_parquet(two.table(feed_id, declared.name))), feed_id
    assert pl.read_parquet(one.truth).equals(pl.read_parquet(two.truth))


def test_a_built_city_is_used_again_and_half_a_one_never_seen(tmp_path: Path) -> None:
    paths = build_city(tmp_path, 3, SCALE, EPOCH)
    made = paths.truth.stat().st_mtime_ns
    assert build_city(tmp_path, 3, SCALE, EPOCH).truth.stat().st_mtime_ns == made
    assert [p.name for p in paths.root.parent.iterdir()] == [paths.root.name]


@pytest.mark.parametrize("change", ["no table", "no column"])
def test_a_city_built_before_a_feed_was_declared_so_is_built_anew(tmp_path: Path, change: str) -> None:
    path = build_city(tmp_path, 3, SCALE, EPOCH).table(DIBAO)
    whole = pl.read_parquet(path)
    if change == "no table":
        path.unlink()
    else:
        whole.drop("full_name").write_parquet(path)
    assert build_city(tmp_path, 3, SCALE, EPOCH).table(DIBAO) == path
    assert pl.read_parquet(path).equals(whole)


def test_every_declared_table_has_its_columns_and_its_size(larger: CityPaths) -> None:
    total = 0
    for feed_id, feed in load_catalogue().items():
        for declared in feed.tables:
            frame = pl.read_parquet(larger.table(feed_id, declared.name))
            assert frame.columns[: len(declared.columns)] == [c.name for c in declared.columns]
            today = frame.filter(pl.col("_published_on") <= EPOCH).height
            expected = max(1, round(declared.volume.expected * 0.02))
            # replies that come a day late, and steps of cases that lie with somebody, are not there yet
            assert 0.93 * expected <= today <= max(expected + 5, 1.02 * expected), (feed_id, declared.name)
            total += today if feed.kind != "platform" else 0
    assert total / 0.02 == pytest.approx(4_410_000, rel=0.01)


def test_required_columns_are_filled(city: CityPaths) -> None:
    for feed_id, feed in load_catalogue().items():
        for declared in feed.tables:
            frame = pl.read_parquet(city.table(feed_id, declared.name))
            given = {"request_id", "sequence_no"} if feed.mode == "query_reply" else set()
            for column in declared.columns:
                if column.required and column.name not in given:
                    assert frame[column.name].null_count() == 0, (feed_id, column.name)


def test_keys_are_unique_but_for_the_history_of_a_row(city: CityPaths) -> None:
    for feed_id, feed in load_catalogue().items():
        for declared in feed.tables:
            frame = table(city, feed_id, declared.name)
            key = [k for k in declared.key if k not in ("request_id", "sequence_no")]
            if feed.cursor:
                key.append(feed.cursor.column)
            if feed.mode == "query_reply":
                key = ["id_number", *(k for k in key if k != "id_number")]
            assert not frame.select(key).is_duplicated().any(), (feed_id, key)


def test_numbers_are_valid_and_belong_to_one_person(larger: CityPaths) -> None:
    people = make_people(1, 0.02, EPOCH).people
    numbers = people["id_number"]
    assert not numbers.is_duplicated().any()
    assert all(n[17] == check_character(n) for n in numbers.gather_every(37))
    assert (numbers.str.slice(6, 8) == people["birth_date"].dt.strftime("%Y%m%d")).all()
    assert ((numbers.str.slice(16, 1).cast(pl.Int32) % 2 == 1) == people["male"]).all()
    assert {"210121", "210122", "210181", "150402"} <= set(numbers.str.slice(0, 6))
    given = set(numbers)
    former: set[str] = set()
    for feed_id in (DIBAO, "civil_affairs__cremation", "civil_affairs__tekun"):
        former |= set(table(larger, feed_id)["id_number"].drop_nulls()) - given
    # numbers people once had, or bear by mistake
    assert 10 <= len(former) <= 30
    assert all(n[17] == check_character(n) for n in former)


def test_names_hold_rare_characters_compounds_and_dots(larger: CityPaths) -> None:
    people = make_people(1, 0.02, EPOCH).people["full_name"]
    for sign in ("䶮", "㛃", "𬭸", "·", "欧阳"):
        assert people.str.contains(sign, literal=True).any(), sign


def test_families_are_families() -> None:
    city = make_people(5, 0.02, EPOCH)
    heads = city.cohort("dibao_head")

    def beside(kin: str) -> tuple[pl.DataFrame, pl.DataFrame]:
        people = city.cohort(kin)
        return people, heads[people["house"].to_numpy()]

    spouse, head = beside("dibao_spouse")
    assert (spouse["male"] != head["male"]).all()
    assert not spouse["house"].is_duplicated().any()
    child, head = beside("dibao_child")
    years = (child["birth_date"] - head["birth_date"]).dt.total_days() / 365.25
    assert float(years.min()) > 17  # type: ignore[arg-type]
    assert (child["full_name"].str.slice(0, 1) == head["full_name"].str.slice(0, 1)).mean() > 0.99  # type: ignore[operator]
    parent, head = beside("dibao_parent")
    assert (parent["birth_date"] < head["birth_date"]).all()


def test_households_share_what_they_share(city: CityPaths) -> None:
    rows = active(city, DIBAO, "member_id")
    per = rows.filter(~pl.col("household_id").str.starts_with("2")).group_by("household_id")
    shared = per.agg(pl.col("region_code", "start_date", "household_income", "standard_class").n_unique())
    assert shared.drop("household_id").to_numpy().max() == 1
    assert (per.len()["len"] > 1).any()
    standard = max(rates(EPOCH).dibao)
    assert rows["monthly_amount"].max() <= standard * 1.2  # type: ignore[operator]
    assert rows["monthly_amount"].min() >= 0  # type: ignore[operator]


def test_payments_go_to_cases_in_the_amount_of_the_case(city: CityPaths) -> None:
    paid = table(city, "platform__payment_result").filter(pl.col("benefit_type") == "dibao")
    # of the zones some benefits have ended since
    paid = paid.filter(~pl.col("case_id").str.starts_with("DBZ"))
    cases = active(city, DIBAO, "member_id").select("member_id", "id_number", "monthly_amount")
    joined = paid.join(cases, left_on=["case_id", "id_number"], right_on=["member_id", "id_number"])
    # one benefit that has ended is paid by plan; three amounts differ by plan, and the sums two heads get
    # for their families; a member entered in a second family has the amount of the first in the registry
    assert joined.height == paid.height - 1
    own = joined.filter(~pl.col("case_id").str.starts_with("2"))
    assert own.filter(pl.col("amount") != pl.col("monthly_amount")).height == 5
    assert paid.group_by("case_id").len()["len"].max() >= 3  # type: ignore[operator]


def test_regions_are_real_communities(city: CityPaths) -> None:
    real = set(divisions().filter(pl.col("level") == "villages")["code"])
    assert set(active(city, DIBAO, "member_id")["region_code"]) <= real


def test_certificates_are_the_ones_allowances_name(city: CityPaths) -> None:
    held = active(city, "civil_affairs__disability_allowance")
    issued = table(city, "disabled_federation__disability_certificate")
    assert set(held["certificate_no"].str.slice(0, 20)) <= set(issued["certificate_no"])
    # but for those issued under a number the holder had before
    former = issued.filter(pl.col("certificate_no").str.slice(0, 18) != pl.col("id_number"))
    assert 0 < former.height <= 3


def test_the_asked_are_answered_but_for_a_few(larger: CityPaths) -> None:
    due = table(larger, "platform__authorisation").filter(
        (pl.col("check_due_on") <= EPOCH) & (pl.col("scope") == "all") & pl.col("authorised_until").is_null()
    )
    asked = set(due["id_number"])
    assert due.height == len(asked) == 260
    for feed_id, feed in load_catalogue().items():
        if feed.mode != "query_reply":
            continue
        today = table(larger, feed_id)
        late = set(table(larger, feed_id, on=date(2020, 5, 13))["id_number"]) - set(today["id_number"])
        ever = {
            i for d in (0, 1, 31) for i in table(larger, feed_id, on=EPOCH + timedelta(days=d))["id_number"]
        }
        assert ever <= asked
        # three and one in a hundred of those nothing is planted about
        assert 5 <= len(late) <= 8, feed_id
        assert 2 <= len(asked - ever) <= 3, feed_id
        nothing = today.filter(pl.col("answer") == "none")
        assert not nothing["id_number"].is_duplicated().any()


def test_every_kind_of_damage_occurs(larger: CityPaths) -> None:
    found: set[str] = set()
    for feed_id, feed in load_catalogue().items():
        for declared in feed.tables:
            frame = pl.read_parquet(larger.table(feed_id, declared.name))
            kinds = set(frame["_defect"].drop_nulls())
            assert kinds & FATAL <= set(fatal_kinds(feed, declared)), feed_id
            found |= kinds
    assert found == FATAL | HARMLESS


def test_unusable_rows_are_about_people_who_occur_nowhere_else(larger: CityPaths) -> None:
    strangers = set(make_people(1, 0.02, EPOCH).cohort("stranger")["id_number"])
    for feed_id, feed in load_catalogue().items():
        for declared in feed.tables:
            if not any(c.name == "id_number" and c.required for c in declared.columns):
                continue
            frame = pl.read_parquet(larger.table(feed_id, declared.name))
            fatal = pl.col("_defect").is_in(list(FATAL))
            assert set(frame.filter(fatal)["id_number"]) <= strangers, feed_id
            usable = set(frame.filter(~fatal.fill_null(False))["id_number"]) & strangers
            conflicts = frame.filter(pl.col("_defect") == "key_conflict")["id_number"]
            assert usable <= set(conflicts), feed_id


@given(st.dates(date(2019, 1, 1), date(2030, 12, 31)), st.integers(0, 40))
def test_counting_working_days_back_and_forth(day: date, elapsed: int) -> None:
    start = workdays.back(day, elapsed)
    passed = sum(
        workdays.is_workday(date.fromordinal(start.toordinal() + k + 1)) for k in range((day - start).days)
    )
    assert passed == elapsed


def test_credit_codes_have_valid_check_symbols() -> None:
    symbols = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    codes = credit_codes(np.random.default_rng(1), 500, "91").to_list()
    assert len(set(codes)) == 500
    assert all(len(code) == 18 and code.startswith("91") for code in codes)
    for code in codes:
        total = sum(symbols.index(c) * w for c, w in zip(code[:17], weights, strict=True))
        assert code[17] == symbols[(31 - total % 31) % 31]

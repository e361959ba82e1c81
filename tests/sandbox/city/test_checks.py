"""What the city says of each hit of a cross-check, against the second reading; and what is planted for it."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from sandbox.city import CityPaths, build_city
from sandbox.overpaid import expected_hits
from tests.oracle.checks import Hit, hits
from tests.oracle.second_reading import ShownByCity

EPOCH = date(2020, 5, 12)


def planted(city: CityPaths, day: date) -> list[Hit]:
    return list(expected_hits(city.root, day).iter_rows())


@pytest.mark.parametrize(
    ("seed", "epoch"),
    [
        (1, EPOCH),
        (2, date(2019, 12, 20)),  # a year ends
        (3, date(2020, 2, 10)),  # the newest month is not complete yet
        (4, date(2022, 6, 20)),  # rates change on 1 July
        (5, date(2022, 2, 26)),  # those born on 29 February come of age on the 28th
    ],
)
def test_every_hit_says_what_was_planted(tmp_path: Path, seed: int, epoch: date) -> None:
    city = build_city(tmp_path, seed, 0.001, epoch)
    for offset in (-3, 0, 3, 4, 7, 20, 29, 31):
        day = epoch + timedelta(days=offset)
        want, found = planted(city, day), hits(ShownByCity(city.root, day))
        assert len(want) == len(set(want)), (offset, "a hit told twice")
        assert set(want) - found == set(), (offset, "planted, not found")
        assert found - set(want) == set(), (offset, "found, not planted")


def test_each_sub_type_is_planted(tmp_path: Path) -> None:
    """But for deaths found by a link: a city does not tell those."""
    found = expected_hits(build_city(tmp_path, 8, 0.001, EPOCH).root, EPOCH)
    assert {(check, kind) for check, _, _, kind, *_ in found.iter_rows()} == {
        ("dead", "dead"),
        *(("non_local_hukou", kind) for kind in ("not_found", "register_non_local", "moved_out")),
        *(("over_age", kind) for kind in ("orphan_18", "tekun_16")),
        *(("duplicate", kind) for kind in ("exclusive_pair", "same_benefit")),
        *(("imprisoned", kind) for kind in ("prison", "custody")),
        *(
            ("business_owner", kind)
            for kind in ("enterprise", "individual_business", "cooperative", "small_family_shop")
        ),
        *(("insider_relative", kind) for kind in ("not_filed", "not_visited", "own_approval", "kin")),
    }


@pytest.mark.parametrize("check", ["dead", "imprisoned", "duplicate", "over_age"])
@pytest.mark.parametrize("epoch", [EPOCH, date(2021, 1, 5)])
def test_payments_ran_on_for_no_month_for_one_and_for_several(
    tmp_path: Path, check: str, epoch: date
) -> None:
    found = expected_hits(build_city(tmp_path, 1, 0.001, epoch).root, epoch).filter(check_id=check)
    paid_every_month = found.filter(pl.col("enrolment_id").str.contains("dibao|tekun|orphan"))
    months = Counter(paid_every_month["overpaid_months"])
    assert months[0]
    assert months[1]
    assert any(n >= 3 for n in months)


def test_paid_in_the_month_of_death_only_and_sent_back_later(tmp_path: Path) -> None:
    """The one is not overpaid; of the other there is a month less from the day the money came back."""
    city = build_city(tmp_path, 1, 0.001, EPOCH)

    def dead(day: date) -> pl.DataFrame:
        return expected_hits(city.root, day).filter(check_id="dead")

    this_month = dead(EPOCH).filter(pl.col("overlap_from") >= EPOCH.replace(day=1), overpaid_months=0)
    paid = pl.DataFrame(
        ShownByCity(city.root, EPOCH).rows("platform__payment_result"), infer_schema_length=None
    ).filter(pl.col("pay_month") == EPOCH.replace(day=1), result="paid")
    assert paid.join(this_month, on="id_number", how="semi").height
    before, after = (dead(EPOCH + timedelta(days=k)) for k in (3, 4))
    both = before.join(after, on="enrolment_id")
    assert (both["overpaid_months"] - both["overpaid_months_right"]).max() == 1

"""The digest of unchanged content never changes: a hub that is taken over publishes nothing anew."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.support.candidates import Row, evidence, hit, put, unanswered, warning
from tests.support.fakes import DAY, rows_of
from warehouse.publication.publish import publish
from warehouse.settings import Settings

pytestmark = pytest.mark.slow

#: Every column once with a value and once without, where it may be empty.
WARNINGS = [
    warning("w1", evidence=evidence(1, death_date="2020-05-01", full_name="张三丰")),
    warning("w2", id_number=None, full_name=None, sub_type="alive", confidence="suspected", region_code=None),
    warning("W3", rule_id="vehicle", severity="yellow", handler_level="city", due_on=date(2020, 6, 30)),
]
HITS = [
    hit("h1", evidence=evidence(4, amount=12.5, paid=True)),
    hit("h2", overlap_from=None, overlap_until=DAY, overpaid_months=None, overpaid_amount=None),
    hit("h3", overpaid_amount=Decimal("1234.5"), enrolment_id=None, benefit_type=None, sub_type=None),
]
UNANSWERED = [unanswered("p1"), unanswered("p2", id_number=None, benefit_types="dibao,tekun")]

#: Recorded with the statements as they were written by hand, before they were derived from the contract.
NOTHING = "7d010443693eec253a121e2aa2ba177c"
FIXED_WORLD = "5b42ae1a48e59bf0ad1314c7631ea7d4"


def content_digest(settings: Settings) -> str:
    number = publish(DAY, settings).publication_id
    query = "select content_digest from marts.publications where publication_id = %s"
    return str(rows_of(settings, query, number)[0][0])


def test_the_digest_of_a_fixed_world_is_the_recorded_one(fresh_hub: Settings) -> None:
    put(fresh_hub)
    assert content_digest(fresh_hub) == NOTHING
    put(fresh_hub, WARNINGS, HITS, UNANSWERED)
    assert content_digest(fresh_hub) == FIXED_WORLD


def test_where_evidence_was_read_is_no_content(fresh_hub: Settings) -> None:
    reread = warning("w1", evidence=evidence(9, death_date="2020-05-01", full_name="张三丰"))
    put(fresh_hub, [reread, *WARNINGS[1:]], HITS, UNANSWERED)
    assert content_digest(fresh_hub) == FIXED_WORLD


@pytest.mark.parametrize(
    ("kind", "column", "value"),
    [
        ("warnings", "due_on", date(2020, 7, 1)),
        ("warnings", "event_key", "other"),
        ("warnings", "evidence", evidence(1, death_date="2020-05-02")),
        ("hits", "overpaid_amount", Decimal("300.01")),
        ("hits", "check_id", "duplicate"),
        ("missing", "benefit_types", "tekun"),
    ],
)
def test_any_other_value_is_another_digest(
    fresh_hub: Settings, kind: str, column: str, value: object
) -> None:
    world: dict[str, list[Row]] = {"warnings": WARNINGS, "hits": HITS, "missing": UNANSWERED}
    first, *others = world[kind]
    changed = {**world, kind: [{**first, column: value}, *others]}
    put(fresh_hub, changed["warnings"], changed["hits"], changed["missing"])
    assert content_digest(fresh_hub) != FIXED_WORLD

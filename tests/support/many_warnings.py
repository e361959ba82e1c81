"""Published warnings and hits in any number, spread over the whole city, without a city that delivers them.

Every figure follows from the number of the row, so two databases of one size hold the same. The districts,
streets and communities are those of the seed; the rules and checks too.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from contextlib import closing
from datetime import date
from pathlib import Path

from tests.support.candidates import put
from tests.support.fakes import DAY
from warehouse.publication.publish import PublicationResult, publish
from warehouse.settings import Settings
from warehouse.store.connect import connect

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
#: Some of these rules have many warnings, others few.
RULES = (
    "death",
    "hukou",
    "age_band",
    "real_estate",
    "vehicle",
    "business_owner",
    "imprisoned",
    "financial_asset",
)
CHECKS = ("dead", "over_age", "duplicate", "business_owner")

_WARNINGS = """
    insert into candidate.warnings (
        warning_id, rule_id, rule_name_zh, severity, handler_level, subject_type, subject_id, id_number,
        full_name, region_code, sub_type, confidence, event_key, due_on, evidence, as_of)
    select
        md5('warning ' || i), (%(rules)s)[least(1 + a %% 16, 1 + b %% 8)], '预警',
        (array['red', 'orange', 'yellow'])[1 + a %% 3],
        (array['community', 'street', 'district', 'city'])[1 + b %% 4], 'person',
        md5('person ' || i * 3 / 4), lpad((210102190001010000 + i)::text, 18, '0'), '张三丰',
        c.region_code, 'kind', 'confirmed', 'event ' || i,
        %(day)s::date + (b %% 28), %(evidence)s::jsonb || jsonb_build_array(jsonb_build_object(
            'role', 'fact', 'feed_id', 'public_security__death_cancellation', 'row_no', i,
            'batch_id', '27a92162-b9c3-5c2d-8365-b6d9772a06a2', 'death_date', %(day)s::date - (a %% 90),
            'turn', case when i %% 100 < %(turn)s %% 100 then %(turn)s else 0 end)),
        %(day)s
    from (
        select i, abs(hashint4(i)) as a, abs(hashint4(i + 1000000000)) as b
        from generate_series(1, %(size)s) as i
    ) as numbers
    inner join unnest(%(communities)s) with ordinality as c (region_code, place)
        on c.place = 1 + a %% cardinality(%(communities)s)
"""
_HITS = """
    insert into candidate.cross_check_hits (
        hit_id, check_id, check_name_zh, person_id, id_number, full_name, enrolment_id, benefit_type,
        region_code, sub_type, confidence, overlap_from, overpaid_months, overpaid_amount, evidence, as_of)
    select
        md5('hit ' || i), (%(checks)s)[1 + b %% cardinality(%(checks)s)], '核对', md5('person ' || i * 3 / 4),
        lpad((210102190001010000 + i)::text, 18, '0'), '张三丰', 'civil_affairs__tekun:TK' || i, 'tekun',
        c.region_code, 'kind', 'confirmed', %(day)s::date - 60, 1,
        1243.00, %(evidence)s::jsonb, %(day)s
    from (
        select i, abs(hashint4(i)) as a, abs(hashint4(i + 1000000000)) as b
        from generate_series(1, %(size)s) as i
    ) as numbers
    inner join unnest(%(communities)s) with ordinality as c (region_code, place)
        on c.place = 1 + a %% cardinality(%(communities)s)
"""
_EVIDENCE = """[{"role": "benefit", "feed_id": "civil_affairs__tekun", "row_no": 54,
    "batch_id": "446d064e-90f6-52ff-a96a-b15d75b0cdef", "enrolment_id": "civil_affairs__tekun:TKKUN00000047",
    "benefit_type": "tekun", "start_date": "2019-04-09", "overpaid_months": 1, "overpaid_amount": 1243.00}]"""
#: Clerks have closed two in five; of the others some are being worked on.
_WORK = """
    update marts.warnings as w set
        status = s.status,
        resolved_on = case when s.status in ('resolved', 'dismissed') then %(day)s::date end,
        resolution = case when s.status in ('resolved', 'dismissed') then '属实' end
    from (
        select warning_id, (array['open', 'open', 'open', 'acknowledged', 'acknowledged', 'verifying',
            'resolved', 'resolved', 'resolved', 'dismissed'])[1 + abs(hashtext(warning_id)) %% 10] as status
        from marts.warnings
    ) as s
    where s.warning_id = w.warning_id and s.status <> 'open';
    select ops.count_warnings()
"""


def communities() -> list[str]:
    """Returns the codes of all communities of the city, 12 digits."""
    with (SEEDS / "divisions.csv").open(encoding="utf-8", newline="") as file:
        return [row["division_code"] for row in csv.DictReader(file) if row["level"] == "community"]


def put_many(settings: Settings, size: int, day: date = DAY, turn: int = 0) -> None:
    """Replaces the candidates by ``size`` warnings and as many hits.

    ``turn`` is how many percent of the warnings have other evidence than in turn 0.
    """
    put(settings)
    values = {
        "size": size,
        "day": day,
        "turn": turn,
        "rules": list(RULES),
        "checks": list(CHECKS),
        "communities": communities(),
        "evidence": _EVIDENCE,
    }
    for text in (_WARNINGS, _HITS):
        _run(settings, text, values)


def publish_many(settings: Settings, size: int, day: date = DAY) -> PublicationResult:
    """Publishes ``size`` warnings and hits, and lets clerks work on half of the warnings."""
    put_many(settings, size, day)
    result = publish(day, settings)
    _run(settings, _WORK, {"day": day})
    with closing(connect(settings)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                "vacuum analyze marts.warnings, marts.cross_check_hits, marts.warning_events, "
                "marts.warning_counts"
            )
    return result


def _run(settings: Settings, text: str, values: Mapping[str, object]) -> None:
    with closing(connect(settings)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(text, values)

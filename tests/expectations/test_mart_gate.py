"""The mart gate on a real PostgreSQL: nothing half, unknown or untraceable is published."""

from __future__ import annotations

import pytest

from connectors.errors import GateFailed
from expectations.gate import check_marts
from tests.expectations.city import DAY, rows_of
from warehouse.settings import Settings

pytestmark = pytest.mark.slow

_EVIDENCE = """'[{"feed_id": "civil_affairs__dibao", "batch_id": "b", "row_no": 1}]'::jsonb"""
_TABLES = f"""
create table seeds.rules as select unnest(array['death', 'hukou']) as rule_id;
create table seeds.checks as select unnest(array['dead', 'duplicate']) as check_id,
    unnest(array['death', 'duplicate_benefit']) as rule_id;
create table seeds.rule_sub_types as select unnest(array['death', 'duplicate_benefit']) as rule_id,
    unnest(array['dead', 'same_benefit']) as sub_type;
create table seeds.benefits as select unnest(array['dibao', 'tekun']) as benefit_type;
create table candidate.warnings as
select 'w' || g as warning_id, case when g <= 50 then 'death' else 'hukou' end as rule_id, 'red' as severity,
    'street' as handler_level, 'person' as subject_type, 'p' || g as subject_id, 'confirmed' as confidence,
    '21010219600101' || lpad(g::text, 4, '0') as id_number, '210102001001' as region_code,
    'death' as event_key,
    date '2020-05-19' as due_on, {_EVIDENCE} as evidence, date '{DAY}' as as_of
from generate_series(1, 100) as g;
create table candidate.cross_check_hits as
select 'h' || g as hit_id, 'dead' as check_id, 'p' || g as person_id, 'e' || g as enrolment_id,
    'dibao' as benefit_type, '210102001001' as region_code, 'dead' as sub_type, 'confirmed' as confidence,
    date '{DAY}' - 30 as overlap_from, date '{DAY}' as overlap_until, 1 as overpaid_months,
    300.00 as overpaid_amount, {_EVIDENCE} as evidence, date '{DAY}' as as_of
from generate_series(1, 100) as g;
create table candidate.unanswered as
select 'p' || g as person_id, 'public_security__household_register' as feed_id,
    '210102001001' as region_code, date '{DAY}' as as_of
from generate_series(1, 10) as g;
"""
_PUBLISHED = f"""
insert into marts.publications (as_of, counts, content_digest) values ('2020-05-11', '{{}}', 'd');
insert into marts.warnings (warning_id, rule_id, rule_name_zh, severity, handler_level, subject_type,
    subject_id, confidence, event_key, opened_on, last_seen_on, evidence, facts_digest, publication_id)
select 'w' || g, 'hukou', '-', 'red', 'street', 'person', 'p' || g, 'confirmed', 'e', '2020-05-11',
    '2020-05-11', {_EVIDENCE}, 'd', (select max(publication_id) from marts.publications)
from generate_series(1, 100) as g;
"""


@pytest.fixture
def hub(fresh_hub: Settings) -> Settings:
    rows_of(fresh_hub, _TABLES)
    return fresh_hub


def test_good_marts_pass_every_time(hub: Settings) -> None:
    for run in (1, 2):
        result = check_marts(DAY, hub)
        assert (result.ok, result.failures, result.checked) == (True, [], 3)
        runs = rows_of(
            hub, "select count(distinct check_run_id) from ops.check_results where stage = 'marts'"
        )
        assert runs == [(run,)]
    assert result.docs_path.is_file()


@pytest.mark.parametrize(
    ("table", "change", "check"),
    [
        ("warnings", "update {} set warning_id = 'w2' where warning_id = 'w1'", "id_unique"),
        ("warnings", "update {} set event_key = null where warning_id = 'w1'", "filled"),
        ("warnings", "update {} set rule_id = 'gossip' where warning_id = 'w1'", "rule_id_known"),
        ("warnings", "update {} set severity = 'purple' where warning_id = 'w1'", "severity_known"),
        ("warnings", "update {} set handler_level = null where warning_id = 'w1'", "handler_level_known"),
        ("warnings", "update {} set due_on = null where warning_id = 'w1'", "due_on_filled"),
        ("warnings", "update {} set evidence = '[]' where warning_id = 'w1'", "evidence_given"),
        ("warnings", "update {} set evidence = '{{}}' where warning_id = 'w1'", "evidence_given"),
        ("warnings", "update {} set evidence = '[{{\"feed_id\": 1}}]'", "evidence_traceable"),
        ("warnings", "update {} set evidence = '[1]'", "evidence_traceable"),
        ("warnings", "update {} set region_code = '110000000000'", "region_code_valid"),
        ("warnings", "update {} set as_of = as_of - 1 where warning_id = 'w1'", "as_of_equal"),
        ("warnings", "drop table {}", "built"),
        ("cross_check_hits", "update {} set check_id = 'gossip'", "check_id_known"),
        ("cross_check_hits", "update {} set benefit_type = 'gift'", "benefit_type_known"),
        ("cross_check_hits", "update {} set hit_id = 'h2' where hit_id = 'h1'", "id_unique"),
        ("cross_check_hits", "update {} set sub_type = null where hit_id = 'h1'", "sub_type_known"),
        ("cross_check_hits", "update {} set sub_type = 'same_benefit'", "sub_type_known"),
        ("cross_check_hits", "update {} set overlap_from = as_of + 1 where hit_id = 'h1'", "overlap_holds"),
        ("cross_check_hits", "update {} set overlap_until = as_of - 1", "overlap_holds"),
        ("cross_check_hits", "update {} set overpaid_amount = -1", "overpaid_not_negative"),
        ("cross_check_hits", "update {} set overpaid_months = null", "overpaid_together"),
        ("cross_check_hits", "update {} set overpaid_months = 0", "overpaid_together"),
        ("cross_check_hits", "update {} set overlap_from = null", "overpaid_together"),
        ("unanswered", "insert into {0} select * from {0} limit 1", "id_unique"),
        ("unanswered", "update {} set region_code = null", "region_code_valid"),
    ],
)
def test_each_fault_stops_the_publication(hub: Settings, table: str, change: str, check: str) -> None:
    name = f"candidate.{table}"
    rows_of(hub, change.format(name))
    result = check_marts(DAY, hub)
    assert not result.ok
    assert {(f.stage, f.feed_id, f.check) for f in result.errors} == {("marts", name, check)}
    with pytest.raises(GateFailed, match=f"{name}: check {check}"):
        result.raise_if_failed()


def test_a_great_change_warns(hub: Settings) -> None:
    rows_of(hub, _PUBLISHED)
    assert check_marts(DAY, hub).failures == []
    rows_of(hub, "delete from candidate.warnings where rule_id = 'hukou' or subject_id <= 'p3'")
    result = check_marts(DAY, hub)
    assert result.ok
    assert {(f.check, f.severity) for f in result.failures} == {
        ("change", "warning"),
        ("not_silent", "warning"),
    }
    assert {f.feed_id for f in result.warnings} == {"candidate.warnings"}

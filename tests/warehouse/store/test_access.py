"""Promise 8: a role sees the rows of its own area whatever it sends, and analysts see masks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from tests.support.candidates import TOMORROW, evidence, hit, put, unanswered, warning
from tests.support.fakes import DAY, rows_of
from warehouse.publication.publish import publish
from warehouse.settings import Settings
from warehouse.store.connect import connect

HEPING, DADONG = "210102003001", "210104001001"
ROLES = {
    "t_city_app": ("hub_app", "hub_2101"),
    "t_heping_app": ("hub_app", "hub_210102"),
    "t_heping_analyst": ("hub_analyst", "hub_210102"),
    "t_nowhere": ("hub_app",),
}


@pytest.fixture(scope="module")
def published(hub_db: Settings) -> Iterator[Settings]:
    with closing(connect(hub_db)) as connection, connection, connection.cursor() as cursor:
        for role, groups in ROLES.items():
            cursor.execute(f"create role {role}; grant {', '.join(groups)} to {role}")
            cursor.execute(f"grant {role} to current_user")
    put(
        hub_db,
        [
            warning("w1", evidence=evidence(full_name="李四", number="210102196001011233")),
            warning("w2", region_code=DADONG),
        ],
        [hit("h1"), hit("h2", region_code=DADONG)],
        [unanswered("p1"), unanswered("p2", region_code=DADONG)],
    )
    publish(DAY, hub_db)
    yield hub_db
    rows_of(hub_db, f"drop role {', '.join(ROLES)}")


def ask(settings: Settings, role: str, statement: str) -> list[tuple[Any, ...]]:
    return rows_of(settings, f"set role {role}; {statement}")


@pytest.mark.parametrize(
    "table",
    [
        "warnings",
        "cross_check_hits",
        "unanswered",
        "warning_events",
        "warnings_masked",
        "unanswered_masked",
        "cross_check_hits_masked",
    ],
)
def test_a_role_sees_its_own_area(published: Settings, table: str) -> None:
    statement = f"select count(*), min(region_code) from marts.{table}"
    assert ask(published, "t_city_app", statement) == [(2, HEPING)]
    assert ask(published, "t_heping_app", statement) == [(1, HEPING)]
    assert ask(published, "t_nowhere", statement) == [(0, None)]


@pytest.mark.parametrize(
    ("role", "listed"), [("t_city_app", 1), ("t_heping_app", 1), ("t_heping_analyst", 1), ("t_nowhere", 0)]
)
def test_the_list_of_abnormal_activity_is_read_by_area(published: Settings, role: str, listed: int) -> None:
    """A warning of the area, made into one of an organisation that has owed its report for long."""
    with closing(connect(published)) as connection, connection.cursor() as cursor:
        cursor.execute(
            """update marts.warnings set rule_id = 'soc_org_annual', severity = 'orange',
                   opened_on = opened_on - 100 where region_code = %s""",
            (HEPING,),
        )
        cursor.execute(f"set local role {role}")
        cursor.execute("select count(*) from marts.abnormal_organisations")
        assert cursor.fetchall() == [(listed,)]
        connection.rollback()


def test_an_analyst_sees_masks_only(published: Settings) -> None:
    columns = "select id_number, full_name, evidence from marts.warnings_masked"
    [(id_number, name, shown)] = ask(published, "t_heping_analyst", columns)
    assert (id_number, name) == ("210102********1233", "张**")
    assert shown[0]["number"] == "210102********1233"
    assert shown[0]["full_name"] == "李*"
    assert shown[0]["batch_id"] == "b1"
    told = "sub_type, overlap_from::text, overlap_until, overpaid_months, overpaid_amount::text"
    for table in ("cross_check_hits", "cross_check_hits_masked"):
        hits = ask(published, "t_heping_analyst", f"select {told} from marts.{table}")
        assert hits == [("dead", "2020-03-02", None, 1, "300.00")]
    for table in ("warnings", "cross_check_hits", "unanswered"):
        for column in ("id_number", "full_name", "*"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                ask(published, "t_heping_analyst", f"select {column} from marts.{table}")


@pytest.mark.parametrize(
    "statement",
    [
        "select * from ops.secrets",
        "select core.person_key('x')",
        "select * from ops.quarantine",
        "select * from raw.civil_affairs__dibao",
        "update marts.warnings set status = 'resolved'",
        "delete from marts.warnings",
        "insert into ops.role_regions values ('t_heping_app', '2101')",
    ],
)
def test_the_rest_is_closed(published: Settings, statement: str) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(published, "t_heping_app", statement)


def test_permissions_survive_a_publication(published: Settings) -> None:
    query = """
        select relname, relrowsecurity, relacl::text, oid::text,
            (select count(*) from pg_policy where polrelid = c.oid),
            (select count(*) from pg_index where indrelid = c.oid)
        from pg_class as c where relnamespace = 'marts'::regnamespace and relkind in ('r', 'v') order by 1
    """
    before = rows_of(published, query)
    put(published, [warning("w3")], day=TOMORROW)
    publish(TOMORROW, published)
    assert rows_of(published, query) == before
    assert ask(published, "t_heping_analyst", "select count(*) from marts.warnings_masked") == [(2,)]


@pytest.mark.parametrize(
    ("shown", "masked"),
    [
        ({"full_name": "李四光", "n": 1}, {"full_name": "李*", "n": 1}),
        ({"spouse_name": '"引"号\\\n', "x": "y"}, {"spouse_name": '"*', "x": "y"}),
        ({"name": "\u0001x"}, {"name": "\u0001*"}),
        ({"name": "", "sex": None}, {"name": "", "sex": None}),
        ({"register_address": '和平区"1"号'}, {"register_address": "***"}),
        (
            {"spouse_id": "21010219600101123X", "old": "210102600101123"},
            {"spouse_id": "210102********123X", "old": "210102********1123"},
        ),
        (
            {"batch_id": "6f0c6d5e-2f0b-5d0e-9d6c-123456789012"},
            {"batch_id": "6f0c6d5e-2f0b-5d0e-9d6c-123456789012"},
        ),
        ({"amount": 1234567.89}, {"amount": 1234567.89}),
    ],
    ids=lambda value: next(iter(value)),
)
def test_evidence_is_masked(hub_db: Settings, shown: dict[str, Any], masked: dict[str, Any]) -> None:
    query = "select ops.mask_evidence(%s::jsonb), ops.mask_evidence('[]')"
    assert rows_of(hub_db, query, json.dumps([shown])) == [([masked], [])]

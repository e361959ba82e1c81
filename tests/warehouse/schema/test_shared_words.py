"""What an open warning is, and what a mask shows: said once in SQL, and the same as in Python."""

from __future__ import annotations

import re

import pytest

from connectors import masking
from tests.support.fakes import rows_of
from tests.warehouse.security.logins import login, session
from warehouse.schema.object_files import read_objects
from warehouse.settings import Settings

pytestmark = pytest.mark.slow
OPEN = {"open", "acknowledged", "verifying"}
QUERY = "select warning_id from {} as w where w.rule_id = 'death' and ops.is_open(w.status)"


def test_open_is_what_waits_for_its_end(hub_db: Settings) -> None:
    [(check,)] = rows_of(
        hub_db, "select pg_get_constraintdef(oid) from pg_constraint where conname = 'warnings_status_check'"
    )
    statuses = re.findall(r"'(\w+)'::text", check)
    assert len(statuses) == 6
    answers = rows_of(hub_db, "select s, ops.is_open(s) from unnest(%s) as s", statuses)
    assert {status for status, is_open in answers if is_open} == OPEN
    assert rows_of(hub_db, "select ops.is_open(null)") == [(None,)]


def test_the_planner_reads_through_it_to_the_index(hub_db: Settings) -> None:
    asked = "explain " + QUERY.format("marts.warnings")
    listed = asked.replace("ops.is_open(w.status)", "w.status in ('open', 'acknowledged', 'verifying')")
    plan = [line for (line,) in rows_of(hub_db, asked)]
    assert plan == [line for (line,) in rows_of(hub_db, listed)]
    assert any(re.search(r"Index Cond: .*rule_id = ", line) for line in plan)
    assert _is_seen_through("\n".join(plan))


def test_readers_may_ask_it_and_their_plans_read_through_it_too(hub_db: Settings) -> None:
    for group, table in (("hub_app", "marts.warnings"), ("hub_analyst", "marts.warnings_masked")):
        with (
            login(hub_db, "asks_open", [group]) as name,
            session(hub_db, name) as reader,
            reader.cursor() as cursor,
        ):
            cursor.execute("explain " + QUERY.format(table))
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert _is_seen_through(plan)


def _is_seen_through(plan: str) -> bool:
    """Whether the planner read the statuses: as a condition, or because an index has only such rows."""
    return "is_open" not in plan and ("status = ANY" in plan or "using warnings_open_" in plan)


def test_object_files_do_not_list_the_open_statuses_again() -> None:
    listing = re.compile(r"'acknowledged'\s*,\s*'verifying'")
    assert [f.name for f in read_objects() if listing.search(f.sql)] == ["warnings/is_open.sql"]


@pytest.mark.parametrize("number", ["210102196001011233", "21010219600101123X", "210102600101123", "123"])
def test_an_id_is_masked_as_in_python(hub_db: Settings, number: str) -> None:
    [(masked,)] = rows_of(hub_db, "select ops.mask_id(%s)", number)
    if len(number) == 18:
        assert masked == masking.mask_id(number)
    assert number not in masked
    assert len(masked) == len(number)


@pytest.mark.parametrize("name", ["张三", "欧阳小明", "古丽·阿不都", "李"])
def test_a_name_is_masked_as_in_python(hub_db: Settings, name: str) -> None:
    assert rows_of(hub_db, "select ops.mask_name(%s)", name) == [(masking.mask_name(name),)]


def test_an_account_is_masked_as_in_python_and_an_address_whole(hub_db: Settings) -> None:
    account = "6222000000001234"
    found = rows_of(hub_db, "select ops.mask_account(%s), ops.mask_whole(%s)", account, "沈阳市和平区1号")
    assert found == [(masking.mask_account(account), "***")]

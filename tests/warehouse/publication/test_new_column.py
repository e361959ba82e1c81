"""A new column of a mart is one line of the contract: migrated, published, masked, kept and rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.candidates import TOMORROW, hit, put, warning
from tests.support.fakes import DAY, rows_of
from warehouse.errors import MigrationError, PublicationRefused
from warehouse.publication.contract import CONTRACT, Column, Contract, Mask, Role
from warehouse.publication.publish import publish
from warehouse.publication.rollback import rollback
from warehouse.schema.migrate import migrate
from warehouse.settings import Settings
from warehouse.store.connect import connect
from warehouse.store.decisions import Decision

pytestmark = pytest.mark.slow

LATER = DAY + timedelta(days=2)
READ = "select hit_id, payer_name, claim_amount from marts.{} order by hit_id"


def with_columns(*columns: Column) -> Contract:
    """The contract with further columns of ``marts.cross_check_hits``."""
    hits = CONTRACT.cross_check_hits
    return replace(CONTRACT, cross_check_hits=replace(hits, columns=(*hits.columns, *columns)))


WIDER = with_columns(
    Column("claim_amount", "numeric(14,2)", Role.CONTENT, comment="What is claimed back, yuan (追缴金额)"),
    Column("payer_name", "text", Role.CONTENT, Mask.NAME, comment="Who pays it back (缴款人)"),
)


def put_claims(settings: Settings, claims: dict[str, tuple[Any, Any]], day: date = DAY) -> None:
    """Candidates as a build of the widened model has them: hit -> (payer, amount)."""
    hits = [hit(name, payer_name=payer, claim_amount=amount) for name, (payer, amount) in claims.items()]
    put(settings, hits=hits, day=day, contract=WIDER)


@pytest.fixture
def analyst(fresh_hub: Settings) -> Iterator[str]:
    role = "t_new_column_analyst"
    rows_of(fresh_hub, f"create role {role}; grant hub_analyst, hub_210102 to {role}")
    rows_of(fresh_hub, f"grant {role} to current_user")
    yield f"set role {role}; "
    rows_of(fresh_hub, f"drop role {role}")


def test_a_new_column_is_published_masked_kept_and_rolled_back(fresh_hub: Settings, analyst: str) -> None:
    put(fresh_hub, hits=[hit("h1")])
    before = publish(DAY, fresh_hub).publication_id

    applied = migrate(fresh_hub, contract=WIDER)
    assert applied[:2] == ["marts.cross_check_hits.claim_amount", "marts.cross_check_hits.payer_name"]
    assert "objects/marts/masked.sql.j2" in applied
    assert migrate(fresh_hub, contract=WIDER) == []

    put_claims(fresh_hub, {"h1": ("张三丰", Decimal("300")), "h2": (None, None)}, TOMORROW)
    first = publish(TOMORROW, fresh_hub, WIDER)
    assert (first.counts["hits_new"], first.counts["hits_changed"]) == (1, 1)
    whole = [("h1", "张三丰", Decimal("300.00")), ("h2", None, None)]
    masked = [("h1", "张**", Decimal("300.00")), ("h2", None, None)]
    assert rows_of(fresh_hub, READ.format("cross_check_hits")) == whole
    assert rows_of(fresh_hub, analyst + READ.format("cross_check_hits_masked")) == masked

    put_claims(fresh_hub, {"h1": ("李四", Decimal("12.5"))}, LATER)
    assert publish(LATER, fresh_hub, WIDER).counts["hits_changed"] == 1
    then = f"cross_check_hits_as_of({first.publication_id})"
    masked_then = f"cross_check_hits_masked_as_of({first.publication_id})"
    assert rows_of(fresh_hub, READ.format(then)) == whole
    assert rows_of(fresh_hub, analyst + READ.format(masked_then)) == masked
    earlier = READ.format(f"cross_check_hits_as_of({before})")
    assert rows_of(fresh_hub, earlier) == [("h1", None, None)], "nobody knew of the column then"

    rollback(first.publication_id, Decision("wang", "a wrong claim"), fresh_hub, WIDER)
    assert rows_of(fresh_hub, READ.format("cross_check_hits")) == whole
    rollback(before, Decision("wang", "no claim at all"), fresh_hub, WIDER)
    assert rows_of(fresh_hub, READ.format("cross_check_hits where is_current")) == [("h1", None, None)]


def test_a_column_of_the_warnings_is_a_change_and_named_in_the_event(fresh_hub: Settings) -> None:
    columns = (*CONTRACT.warnings.columns, Column("note", "text", Role.CONTENT))
    wider = replace(CONTRACT, warnings=replace(CONTRACT.warnings, columns=columns))
    put(fresh_hub, [warning("w1")])
    publish(DAY, fresh_hub)
    migrate(fresh_hub, contract=wider)
    put(fresh_hub, [warning("w1", note="urgent")], day=TOMORROW, contract=wider)
    publish(TOMORROW, fresh_hub, wider)
    assert rows_of(fresh_hub, "select note from marts.warnings_masked") == [("urgent",)]
    changed = "select details -> 'changed' from marts.warning_events where event_type = 'changed'"
    assert rows_of(fresh_hub, changed) == [(["note"],)]


def test_the_new_column_alone_makes_no_row_another_one(fresh_hub: Settings) -> None:
    """Otherwise the first publication after it would keep every row once more."""
    put(fresh_hub, hits=[hit("h1"), hit("h2")])
    publish(DAY, fresh_hub)
    migrate(fresh_hub, contract=WIDER)
    put_claims(fresh_hub, {"h1": (None, None), "h2": (None, None)}, TOMORROW)
    counts = publish(TOMORROW, fresh_hub, WIDER).counts
    assert (counts["hits_changed"], counts["hits_seen"]) == (0, 2)
    kept = "select row_key, count(*) from marts.kept_rows group by 1 order by 1"
    assert rows_of(fresh_hub, kept) == [("h1", 1), ("h2", 1)]


def test_the_column_says_what_it_is_and_analysts_do_not_read_it(fresh_hub: Settings, analyst: str) -> None:
    migrate(fresh_hub, contract=WIDER)
    said = (
        "select col_description(attrelid, attnum) from pg_attribute "
        "where attrelid = 'marts.cross_check_hits'::regclass and attname = 'payer_name'"
    )
    assert rows_of(fresh_hub, said) == [("Who pays it back (缴款人)",)]
    may = "select has_column_privilege('hub_analyst', 'marts.cross_check_hits', %s, 'select')"
    readable = {
        c: rows_of(fresh_hub, may, c)[0][0] for c in ("payer_name", "payer_name_masked", "claim_amount")
    }
    assert readable == {"payer_name": False, "payer_name_masked": True, "claim_amount": True}


def test_a_candidate_without_the_column_is_refused(fresh_hub: Settings) -> None:
    migrate(fresh_hub, contract=WIDER)
    put(fresh_hub, hits=[hit("h1")])
    with pytest.raises(PublicationRefused, match=r"cross_check_hits lacks \['claim_amount', 'payer_name'\]"):
        publish(DAY, fresh_hub, WIDER)


def test_another_type_than_the_table_has_is_refused(fresh_hub: Settings) -> None:
    columns = tuple(
        replace(c, sql_type="date") if c.name == "overpaid_months" else c
        for c in CONTRACT.cross_check_hits.columns
    )
    other = replace(CONTRACT, cross_check_hits=replace(CONTRACT.cross_check_hits, columns=columns))
    with pytest.raises(MigrationError, match=r"overpaid_months is integer, the contract says date"):
        migrate(fresh_hub, contract=other)


def test_a_new_key_is_refused(fresh_hub: Settings) -> None:
    with pytest.raises(
        MigrationError, match=r"no column part_no, which is part of its key: write a migration"
    ):
        migrate(fresh_hub, contract=with_columns(Column("part_no", "text", Role.KEY)))


def test_a_reader_in_the_way_is_named_and_nothing_is_half_done(fresh_hub: Settings) -> None:
    bounds = "update ops.settings set value = %s where name = %s"
    rows_of(fresh_hub, bounds, "0.1", "build_lock_step_seconds")
    rows_of(fresh_hub, bounds, "0.2", "build_lock_wait_seconds")
    with closing(connect(fresh_hub, application="a long report")) as report:
        with report.cursor() as cursor:
            cursor.execute("select count(*) from marts.cross_check_hits")
        with pytest.raises(MigrationError, match=r"marts\.cross_check_hits .*locked by .*a long report"):
            migrate(fresh_hub, contract=WIDER)
    assert migrate(fresh_hub, contract=WIDER)[:2] == [
        "marts.cross_check_hits.claim_amount",
        "marts.cross_check_hits.payer_name",
    ]

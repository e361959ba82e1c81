"""Candidate marts by hand: what dbt would have built."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.support.fakes import DAY, rows_of
from warehouse.publication.contract import CONTRACT, Contract, Mart
from warehouse.settings import Settings

TOMORROW = DAY + timedelta(days=1)
Row = dict[str, Any]


def evidence(row_no: int = 1, **facts: Any) -> str:
    return json.dumps([{"feed_id": "f", "batch_id": f"b{row_no}", "row_no": row_no, **facts}])


def warning(name: str, **values: Any) -> Row:
    return {
        "warning_id": name,
        "rule_id": "death",
        "rule_name_zh": "死亡预警",
        "severity": "red",
        "handler_level": "street",
        "subject_type": "person",
        "subject_id": f"person of {name}",
        "id_number": "210102196001011233",
        "full_name": "张三丰",
        "region_code": "210102003001",
        "sub_type": None,
        "confidence": "confirmed",
        "event_key": "death",
        "due_on": date(2020, 5, 19),
        "evidence": evidence(death_date="2020-05-01"),
        **values,
    }


def hit(name: str, **values: Any) -> Row:
    return {
        "hit_id": name,
        "check_id": "dead",
        "check_name_zh": "已死亡",
        "person_id": "p",
        "id_number": "210102196001011233",
        "full_name": "张三丰",
        "enrolment_id": "e",
        "benefit_type": "dibao",
        "region_code": "210102003001",
        "sub_type": "dead",
        "confidence": "confirmed",
        "overlap_from": date(2020, 3, 2),
        "overlap_until": None,
        "overpaid_months": 1,
        "overpaid_amount": Decimal("300.00"),
        "evidence": evidence(),
        **values,
    }


def unanswered(name: str, **values: Any) -> Row:
    return {
        "person_id": name,
        "id_number": "210102196001011233",
        "full_name": "张三丰",
        "region_code": "210102003001",
        "feed_id": "public_security__household_register",
        "benefit_types": "dibao",
        **values,
    }


def put(
    settings: Settings,
    warnings: Sequence[Row] = (),
    hits: Sequence[Row] = (),
    missing: Sequence[Row] = (),
    day: date = DAY,
    contract: Contract = CONTRACT,
) -> None:
    """Replaces the candidate tables, as a dbt run does; a column that a row does not name is null."""
    made = "; ".join(_create(mart) for mart in contract.marts)
    rows_of(settings, f"drop schema candidate cascade; create schema candidate; {made}")
    for mart, rows in zip(contract.marts, (warnings, hits, missing), strict=True):
        for row in rows:
            full = {**row, "as_of": day}
            marks = ", ".join(["%s"] * len(full))
            rows_of(
                settings,
                f"insert into candidate.{mart.name} ({', '.join(full)}) values ({marks})",
                *full.values(),
            )


def _create(mart: Mart) -> str:
    columns = ", ".join(f"{c.name} {c.sql_type}" for c in mart.candidate_columns)
    return f"create table candidate.{mart.name} ({columns})"

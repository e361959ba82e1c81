"""Candidate marts by hand: what dbt would have built."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.support.fakes import DAY, rows_of
from warehouse.settings import Settings

_CREATE = """
create table candidate.warnings (
    warning_id text, rule_id text, rule_name_zh text, severity text, handler_level text, subject_type text,
    subject_id text, id_number text, full_name text, region_code text, sub_type text, confidence text,
    event_key text, due_on date, evidence jsonb, as_of date);
create table candidate.cross_check_hits (
    hit_id text, check_id text, check_name_zh text, person_id text, id_number text, full_name text,
    enrolment_id text, benefit_type text, region_code text, sub_type text, confidence text,
    overlap_from date, overlap_until date, overpaid_months int, overpaid_amount numeric, evidence jsonb,
    as_of date);
create table candidate.unanswered (
    person_id text, id_number text, full_name text, region_code text, feed_id text, benefit_types text,
    as_of date);
"""
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
) -> None:
    """Replaces the candidate tables, as a dbt run does."""
    rows_of(settings, "drop schema candidate cascade; create schema candidate;" + _CREATE)
    for table, rows in (("warnings", warnings), ("cross_check_hits", hits), ("unanswered", missing)):
        for row in rows:
            full = {**row, "as_of": day}
            marks = ", ".join(["%s"] * len(full))
            rows_of(
                settings,
                f"insert into candidate.{table} ({', '.join(full)}) values ({marks})",
                *full.values(),
            )

"""A hand-made city of a few dozen people, loaded straight into the raw tables.

Each case of ``cases`` adds its rows here and says what must be found. Values are given in our
column names and codes, as decode hands them on; what a case does not say takes a harmless default.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from psycopg2.extras import execute_values

from connectors.catalogue import Feed, Table, load_catalogue

T = date(2020, 5, 12)
REGION = "210102001001"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DEFAULTS = {
    "amount": 100,
    "code": None,
    "date": date(2019, 1, 1),
    "decimal": 0,
    "flag": False,
    "integer": 0,
    "month": date(2019, 1, 1),
    "name": "张三",
    "region": REGION,
    "text": "-",
    "timestamp": "2020-01-01",
}
#: kind of benefit -> (raw table, name of the key column, columns that make it that kind)
BENEFITS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "dibao": ("civil_affairs__dibao", "member_id", {"household_id": "F1"}),
    "tekun": ("civil_affairs__tekun", "case_id", {"person_class": "elderly"}),
    "orphan": ("civil_affairs__orphan", "case_id", {}),
    "low_income": ("civil_affairs__low_income", "member_id", {"household_id": "L1"}),
    "disability_living": ("civil_affairs__disability_allowance", "case_id", {"allowance_type": "living"}),
    "disability_care": ("civil_affairs__disability_allowance", "case_id", {"allowance_type": "care"}),
    "old_age": ("civil_affairs__elder_care__old_age_allowance", "case_id", {}),
}
#: Benefits that ask for proofs of life, each person or one of the family.
PROVING = ("dibao", "tekun", "old_age")


def id_number(birth: date, sequence: int, prefix: str = "210102") -> str:
    """A resident number with a valid check digit; sequence 0..999."""
    digits = f"{prefix}{birth:%Y%m%d}{sequence:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return digits + "10X98765432"[total % 11]


@cache
def tables() -> dict[str, tuple[Feed, Table]]:
    """Feed and table by the name of the raw table."""
    return {f.raw_table(t): (f, t) for f in load_catalogue().values() for t in f.tables}


@dataclass
class World:
    """Rows by (raw table, business date of their batch), and counters that keep keys apart."""

    rows: dict[tuple[str, date], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    people: int = 0
    cases: int = 0

    def person(self, birth: date = date(1970, 6, 15)) -> str:
        self.people += 1
        return id_number(birth, self.people)

    def add(self, table: str, as_of: date = T, **values: Any) -> None:
        """One row; the batch of a feed and date is made up of all rows added for them."""
        declared = tables()[table][1]
        columns = {c.name: c for c in declared.columns}
        derived = {c.name: values.get(c.name) for c in declared.derived}
        unknown = set(values) - set(columns) - set(derived)
        if unknown:
            raise KeyError(f"{table} has no column {sorted(unknown)}")
        row: dict[str, Any] = dict(derived)
        for name, column in columns.items():
            if name in values:
                row[name] = values[name]
            elif name == "operation":
                row[name] = "insert"
            elif column.required and column.codes:
                row[name] = next(iter(column.codes.values()))
            else:
                row[name] = _DEFAULTS.get(column.type) if column.required else None
        self.rows[table, as_of].append(row)

    def register(self, person: str, name: str = "张三", **values: Any) -> None:
        values = {"register_district": "210102000000", "register_status": "normal", **values}
        self.add("public_security__household_register", id_number=person, full_name=name, **values)

    def alive(self, person: str, on: date = T - timedelta(days=20), **values: Any) -> None:
        self.cases += 1
        given = {"confirmation_id": f"L{self.cases}", "confirmed_at": f"{on} 09:30:00", **values}
        self.add("platform__liveness_confirmation", id_number=person, **given)

    def benefit(
        self,
        kind: str,
        person: str,
        name: str = "张三",
        registered: bool = True,
        alive: bool = True,
        **values: Any,
    ) -> str:
        """A running benefit (start 2019-01-01) of a person the register knows, seen alive where the benefit
        asks for it; returns the enrolment id."""
        table, key, shape = BENEFITS[kind]
        self.cases += 1
        given = {
            key: f"C{self.cases}", "start_date": date(2019, 1, 1), "status": "active",
            "region_code": REGION, **shape, **values,
        }  # fmt: skip
        known = any(r["id_number"] == person for r in self.rows["public_security__household_register", T])
        if registered and not known:
            self.register(person, name)
        if alive and kind in PROVING:
            self.alive(person)
        self.add(table, id_number=person, full_name=name, **given)
        return f"{tables()[table][0].feed_id}:{given[key]}"

    def load(self, connection: Any) -> None:
        """Writes ledger and rows; raw tables must exist. A batch holds all tables of its feed and date."""
        batches: dict[tuple[str, date], int] = defaultdict(int)
        with connection, connection.cursor() as cursor:
            for (table, as_of), rows in self.rows.items():
                if not rows:
                    continue
                feed, declared = tables()[table]
                names = [c.name for c in declared.stored]
                batch = str(batch_id(feed.feed_id, as_of))
                batches[feed.feed_id, as_of] += len(rows)
                execute_values(
                    cursor,
                    f"insert into raw.{table} ({', '.join(names)}, batch_id, row_no, row_digest) values %s",
                    [(*(r[n] for n in names), batch, no, str(uuid.uuid4())) for no, r in enumerate(rows, 1)],
                )
            for (feed_id, as_of), count in batches.items():
                write_ledger(cursor, feed_id, as_of, count)


def batch_id(feed_id: str, as_of: date) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{feed_id}|{as_of}")


def write_ledger(cursor: Any, feed_id: str, as_of: date, count: int) -> None:
    until = datetime.combine(as_of + timedelta(days=1), datetime.min.time())
    cursor.execute(
        """insert into ops.feed_batches (batch_id, feed_id, as_of, mode, status, rows_received, rows_loaded,
               rows_duplicate, rows_quarantined, content_sha256, cursor_until, started_at)
           values (%s, %s, %s, %s, 'loaded', %s, %s, 0, 0, %s, %s, now())""",
        (str(batch_id(feed_id, as_of)), feed_id, as_of, load_catalogue()[feed_id].mode, count, count,
         "0" * 64, until),
    )  # fmt: skip

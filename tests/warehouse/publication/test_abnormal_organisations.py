"""The list of abnormal activity: who is on it after the third notice, and who stays on it afterwards."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.candidates import put, warning
from tests.support.fakes import rows_of
from warehouse.publication.publish import publish
from warehouse.settings import Settings

FIRST, DEADLINE = date(2020, 3, 1), date(2020, 5, 31)
#: From the first notice to the third, by the setting.
TWO_MONTHS = timedelta(days=60)
AFTER_THE_THIRD = FIRST + timedelta(days=61)


def owes(severity: str) -> dict[str, Any]:
    return warning(
        "w1", rule_id="soc_org_annual", subject_type="organisation", subject_id="U1", id_number=None,
        severity=severity, sub_type="overdue" if severity == "orange" else "reminder", event_key="2019",
    )  # fmt: skip


def told(settings: Settings, *days: tuple[date, str | None]) -> list[tuple[Any, ...]]:
    """Publishes what is owed on each day; the list as it stands then."""
    for day, severity in days:
        put(settings, [owes(severity)] if severity else [], day=day)
        publish(day, settings)
    return rows_of(
        settings, "select uscc, report_year, listed_on, removed_on from marts.abnormal_organisations"
    )


@pytest.mark.parametrize(
    ("days", "listed_on"),
    [
        # the day of the third notice, and the day after it
        (((FIRST, "orange"), (FIRST + TWO_MONTHS, "orange")), None),
        (((FIRST, "orange"), (AFTER_THE_THIRD, "orange")), AFTER_THE_THIRD),
        # three notices, and the deadline is still to come; it has come
        (((FIRST, "yellow"), (date(2020, 5, 30), "yellow")), None),
        (((FIRST, "yellow"), (DEADLINE, "orange")), None),
        (((FIRST, "yellow"), (DEADLINE, "orange"), (date(2020, 6, 1), "orange")), date(2020, 6, 1)),
        # reported before it came to that
        (((FIRST, "orange"), (FIRST + TWO_MONTHS, None), (date(2020, 9, 1), None)), None),
    ],
)  # fmt: skip
def test_the_list_begins_after_the_third_notice(
    fresh_hub: Settings, days: tuple[tuple[date, str | None], ...], listed_on: date | None
) -> None:
    assert told(fresh_hub, *days) == ([("U1", "2019", listed_on, None)] if listed_on else [])


def test_who_reports_later_stays_on_the_list(fresh_hub: Settings) -> None:
    listed, left = AFTER_THE_THIRD, date(2020, 7, 1)
    assert told(fresh_hub, (FIRST, "orange"), (listed, "orange"), (left, None)) == [
        ("U1", "2019", listed, left)
    ]


def test_an_operator_says_how_far_apart_notices_are(fresh_hub: Settings) -> None:
    rows_of(fresh_hub, "update ops.settings set value = '10' where name = 'organisation_notice_days'")
    last = FIRST + timedelta(days=21)
    assert told(fresh_hub, (FIRST, "orange"), (last, "orange")) == [("U1", "2019", last, None)]

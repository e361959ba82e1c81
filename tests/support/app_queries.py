"""What applications ask most, as ``docs/apps`` tells them to, and the rows they ask about.

Parameters: ``community``, ``district`` (prefixes of the division code), ``subject``, ``person``, ``warning``,
``cursor`` (an event), ``rule``, ``check``, ``household``.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg2.extensions import cursor as Cursor

_OPEN = "status in ('open', 'acknowledged', 'verifying')"
_SHOWN = "warning_id, rule_id, severity, status, full_name, region_code, due_on"
_HIT = "hit_id, person_id, full_name, benefit_type, sub_type, overpaid_amount"

Parameters = dict[str, object]


@dataclass(frozen=True)
class AppQuery:
    """One typical query. ``most`` is how many rows it returns at most; None: all there are."""

    name: str
    sql: str
    most: int | None = None


OF_A_COMMUNITY = AppQuery(
    "open warnings of a community",
    f"select {_SHOWN} from marts.warnings where region_code = %(community)s and {_OPEN} "
    "order by due_on, warning_id limit 50",
    50,
)
OF_A_DISTRICT = AppQuery(
    "open warnings of a district, a page",
    f"select {_SHOWN} from marts.warnings where district_prefix = %(district)s and {_OPEN} "
    "order by due_on, warning_id limit 50",
    50,
)
OF_A_PERSON = AppQuery(
    "warnings of a person", f"select {_SHOWN} from marts.warnings where subject_id = %(subject)s"
)
EVENTS = AppQuery(
    "events since a cursor, 500",
    "select event_seq, event_type, warning_id, as_of, details from marts.warning_events "
    "where event_seq > %(cursor)s order by event_seq limit 500",
    500,
)
HITS_OF_A_PERSON = AppQuery(
    "hits of a person", f"select {_HIT} from marts.cross_check_hits where person_id = %(person)s"
)
REPORT = AppQuery(
    "one household's report", "select * from marts.household_report_of(%(household)s, 'benchmark')"
)
COUNTS = AppQuery(
    "counts by district and rule",
    "select region_prefix, rule_id, sum(warnings) from marts.warning_counts "
    "where level = 'district' group by region_prefix, rule_id",
)
MASKED_OF_A_RULE = AppQuery(
    "masked list of a rule, 100",
    f"select {_SHOWN} from marts.warnings_masked where district_prefix = %(district)s and rule_id = %(rule)s "
    f"and {_OPEN} order by due_on, warning_id limit 100",
    100,
)
ONE_WARNING = AppQuery(
    "one warning with evidence", "select * from marts.warnings where warning_id = %(warning)s"
)
HITS_OF_A_CHECK = AppQuery(
    "hits of a check, 100",
    f"select {_HIT} from marts.cross_check_hits where district_prefix = %(district)s "
    "and check_id = %(check)s and is_current order by hit_id limit 100",
    100,
)
#: In the order of the page.
QUERIES = (
    OF_A_COMMUNITY,
    OF_A_DISTRICT,
    OF_A_PERSON,
    EVENTS,
    HITS_OF_A_PERSON,
    REPORT,
    COUNTS,
    MASKED_OF_A_RULE,
    ONE_WARNING,
    HITS_OF_A_CHECK,
)
#: The same as many applications ask them: with ``like``, or without saying where.
ASKED_OTHERWISE = (
    AppQuery(
        "a district's page, by like",
        f"select {_SHOWN} from marts.warnings where region_code like %(district)s || '%%' and {_OPEN} "
        "order by due_on, warning_id limit 50",
        50,
    ),
    AppQuery(
        "a page of all the login sees",
        f"select {_SHOWN} from marts.warnings where {_OPEN} order by due_on, warning_id limit 50",
        50,
    ),
    AppQuery(
        "the page after a warning",
        f"select {_SHOWN} from marts.warnings where district_prefix = %(district)s and {_OPEN} "
        "and (due_on, warning_id) > (%(due)s, %(warning)s) order by due_on, warning_id limit 50",
        50,
    ),
    AppQuery(
        "masked list of a rule, of all the login sees",
        f"select {_SHOWN} from marts.warnings_masked where rule_id = %(rule)s and {_OPEN} "
        "order by due_on, warning_id limit 100",
        100,
    ),
    AppQuery(
        "hits of a check, of all the login sees",
        f"select {_HIT} from marts.cross_check_hits where check_id = %(check)s and is_current "
        "order by hit_id limit 100",
        100,
    ),
)


def subjects(cursor: Cursor, district: str, number: int = 200) -> list[Parameters]:
    """Returns ``number`` sets of parameters about rows of ``district``; ``cursor`` is the owner's."""
    cursor.execute(
        "select (select max(event_seq) from marts.warning_events), w.warning_id, w.subject_id, "
        "w.region_code, w.due_on, w.rule_id from marts.warnings as w "
        "where w.district_prefix = %s and ops.is_open(w.status) order by md5(w.warning_id) limit %s",
        (district, number),
    )
    warnings = cursor.fetchall()
    cursor.execute(
        "select person_id, check_id from marts.cross_check_hits where district_prefix = %s and is_current "
        "order by md5(hit_id) limit %s",
        (district, number),
    )
    hits = cursor.fetchall()
    return [
        {
            "district": district,
            "community": community,
            "subject": subject,
            "warning": warning,
            "due": due,
            "rule": rule,
            "person": person,
            "check": check,
            "cursor": last - 500,
        }
        for (last, warning, subject, community, due, rule), (person, check) in zip(
            warnings, hits, strict=False
        )
    ]

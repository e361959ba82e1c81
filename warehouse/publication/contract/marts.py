"""The columns of the published marts. A new column stands last in its mart."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.publication.contract.columns import LAST_SEEN_ON, PUBLICATION_ID, Column, Mart, Mask, Role


def _key(name: str) -> Column:
    return Column(name, "text", Role.KEY)


def _fixed(name: str) -> Column:
    return Column(name, "text", Role.FIXED)


def _content(name: str, sql_type: str = "text", mask: Mask = Mask.NONE) -> Column:
    return Column(name, sql_type, Role.CONTENT, mask)


def _run(name: str, sql_type: str = "date") -> Column:
    return Column(name, sql_type, Role.RUN, is_staged=False)


def _work(name: str, sql_type: str = "text") -> Column:
    return Column(name, sql_type, Role.WORK, is_staged=False)


def _first_digits(name: str, digits: int) -> Column:
    expression = f"left(region_code, {digits})"
    return Column(name, "text", Role.COMPUTED, is_staged=False, computed_as=expression)


#: Where a row lies, for readers to ask with ``=``: that alone is an index condition under a row policy.
_AREAS = (_first_digits("district_prefix", 6), _first_digits("street_prefix", 9))
#: Where a piece of evidence was read (batch, row) is another every day: the digest of its facts is compared.
_EVIDENCE = (
    Column("evidence", "jsonb", Role.DECORATION, Mask.EVIDENCE),
    Column("facts_digest", "text", Role.CONTENT, Mask.LEFT_OUT, digest_of="evidence"),
)

WARNINGS = Mart(
    "warnings",
    "warnings",
    (
        _key("warning_id"),
        _fixed("rule_id"),
        _content("rule_name_zh"),
        _content("severity"),
        _content("handler_level"),
        _fixed("subject_type"),
        _fixed("subject_id"),
        _content("id_number", mask=Mask.ID_NUMBER),
        _content("full_name", mask=Mask.NAME),
        _content("region_code"),
        _content("sub_type"),
        _content("confidence"),
        _fixed("event_key"),
        _work("status"),
        _run("opened_on"),
        _run("reopened_on"),
        _run(LAST_SEEN_ON),
        _work("resolved_on", "date"),
        _work("resolution"),
        # proposed by each candidate; publication takes it when the warning opens or becomes graver
        Column("due_on", "date", Role.RUN),
        *_EVIDENCE,
        _run(PUBLICATION_ID, "bigint"),
        _work("withdrawn_cause"),
        *_AREAS,
    ),
)

CROSS_CHECK_HITS = Mart(
    "cross_check_hits",
    "hits",
    (
        _key("hit_id"),
        _fixed("check_id"),
        _content("check_name_zh"),
        _content("person_id"),
        _content("id_number", mask=Mask.ID_NUMBER),
        _content("full_name", mask=Mask.NAME),
        _content("enrolment_id"),
        _content("benefit_type"),
        _content("region_code"),
        _content("confidence"),
        _run("first_seen_on"),
        _run(LAST_SEEN_ON),
        _run("is_current", "boolean"),
        *_EVIDENCE,
        _run(PUBLICATION_ID, "bigint"),
        _content("sub_type"),
        _content("overlap_from", "date"),
        _content("overlap_until", "date"),
        _content("overpaid_months", "integer"),
        _content("overpaid_amount", "numeric(14,2)"),
        *_AREAS,
    ),
)

UNANSWERED = Mart(
    "unanswered",
    "unanswered",
    (
        _key("person_id"),
        _content("id_number", mask=Mask.ID_NUMBER),
        _content("full_name", mask=Mask.NAME),
        _content("region_code"),
        _key("feed_id"),
        _content("benefit_types"),
        _run("first_seen_on"),
        _run(LAST_SEEN_ON),
        _run("is_current", "boolean"),
        _run(PUBLICATION_ID, "bigint"),
    ),
)


@dataclass(frozen=True)
class Contract:
    """The published marts. ``warnings`` have a life of their own; the others are snapshots of today."""

    warnings: Mart = WARNINGS
    cross_check_hits: Mart = CROSS_CHECK_HITS
    unanswered: Mart = UNANSWERED

    @property
    def marts(self) -> tuple[Mart, ...]:
        """Returns all of them, in the order in which they are staged, digested and kept."""
        return (self.warnings, self.cross_check_hits, self.unanswered)

    @property
    def snapshots(self) -> tuple[Mart, ...]:
        """Returns the marts that nobody works on: their rows come, change, are seen again and go."""
        return (self.cross_check_hits, self.unanswered)


CONTRACT = Contract()

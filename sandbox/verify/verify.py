"""Compares what was published with what the sandbox planted, one by one (``make verify``).

The sandbox wrote its truth when it planted a fact; no rule was run to get it. So a rule is exact when nothing
is missed and nothing is wrong, and a wrong confidence is wrong. What a check says of each hit is compared,
too (``checks``); what rests on a probabilistic link is measured separately (``linkage``).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import psycopg2

from connectors.masking import mask_id
from sandbox.settings import CitySettings
from sandbox.verify import amounts, checks, linkage
from sandbox.verify.comparison import Comparison, Fact, TruthDiffers
from warehouse.errors import OperationRefused
from warehouse.publication import state
from warehouse.settings import Settings
from warehouse.store.connect import rows
from warehouse.store.postgres import server
from warehouse.text_table import columns

#: How many differing facts are named per rule.
_SHOWN = 5

_WARNINGS = (
    "select rule_id, case when subject_type = 'person' then id_number else subject_id end, "
    "event_key, confidence "
    f"from marts.warnings where ops.is_open(status) and not ({linkage.BY_LINK})"
)
_SUB_TYPES = _WARNINGS.replace("confidence", "sub_type", 1)
_HITS = (
    "select check_id, id_number, benefit_type, confidence from marts.cross_check_hits "
    f"where is_current and not ({linkage.BY_LINK})"
)

#: Which warnings have run past their limit follows from what was published and when, not from the city.
_PAST_LIMIT = (
    "select rule_id, warning_id, confidence, due_on from marts.warnings "
    f"where ops.is_open(status) and not ({linkage.BY_LINK})"
)
_UNANSWERED = "select '', id_number, '', '' from marts.unanswered where is_current"


def compare(kind: str, expected: Iterable[Fact], found: Iterable[Fact]) -> list[Comparison]:
    """Compares rule by rule, also the rules only one side knows. A warning published twice is wrong."""
    published = Counter(found)
    wanted, got = frozenset(expected), frozenset(published)
    twice = frozenset(fact for fact, times in published.items() if times > 1 and kind == "warning")
    result = []
    for rule in sorted({fact[0] for fact in wanted | got}):
        right = frozenset(f for f in wanted if f[0] == rule)
        seen = frozenset(f for f in got if f[0] == rule)
        wrong = (seen - right) | (seen & twice)
        result.append(Comparison(f"{kind} {rule}", len(right), len(seen), right - seen, wrong))
    return result


def verify(settings: Settings, planted: CitySettings, say: Callable[[str], None]) -> None:
    """Prints the table. Raises ``TruthDiffers`` unless every rule is exact.

    Raises ``OperationRefused`` where nothing ever ran: looking starts no database there.
    """
    city = _city(settings)
    with server.running(settings):
        as_of = _last_published(settings)
        truth = _truth(city, as_of)
        late = _past_their_limit(settings, as_of)
        truth["warning"] += late
        truth["sub-type"] += [(*fact[:3], "warning_overdue") for fact in late]
        result = [
            *compare("warning", truth["warning"], _facts(settings, _WARNINGS)),
            *compare("check", truth["check"], _facts(settings, _HITS)),
            *compare("sub-type", truth["sub-type"], _facts(settings, _SUB_TYPES)),
            *compare("overpaid", *checks.facts(settings, city, as_of)),
        ]
        # nobody was told how sure an answer is that never came, nor of what
        unanswered = {("", subject, "", "") for _, subject, _, _ in truth["unanswered"]}
        result += compare("unanswered", unanswered, _facts(settings, _UNANSWERED))
        result += amounts.compare_with_city(settings, city, as_of)
        linked = linkage.published(settings, city, as_of)
    city_of = f"SEED={planted.seed}, SCALE={settings.scale:g}, CITY_FROM={planted.first_day}"
    say(f"published for {as_of}, {city_of}")
    say(table(result))
    say(str(linked))
    inexact = [c for c in result if not c.exact]
    if inexact:
        raise TruthDiffers("not exact: " + "".join(_differences(c) for c in inexact))
    say("every rule and every amount is exact")


def table(result: list[Comparison]) -> str:
    """Returns the comparisons as a table: rule, expected, found, missed, wrong."""
    lines: list[tuple[str, ...]] = [("rule", "expected", "found", "missed", "wrong")]
    lines += [(c.rule, str(c.expected), str(c.found), str(len(c.missed)), str(len(c.wrong))) for c in result]
    return columns(lines)


def _differences(comparison: Comparison) -> str:
    """Returns a few of the facts that differ, with the subject masked."""
    text = f"\n  {comparison.rule}:"
    for word, facts in (("missed", comparison.missed), ("wrong", comparison.wrong)):
        for _, subject, key, confidence in sorted(facts)[:_SHOWN]:
            text += f"\n    {word} {_masked(subject)} {key} {confidence}"
    return text


def _masked(subject: str) -> str:
    """Masks a subject. Case numbers are not personal data."""
    return subject if len(subject) <= 12 or ":" in subject else mask_id(subject)


def _city(settings: Settings) -> Path:
    """Returns the folder of the city that was served."""
    told = settings.hub_home / "sandbox" / "server.json"
    if not told.exists():
        raise OperationRefused(
            f"there is no stand-in city in {settings.hub_home}, and only its truth can be compared with: "
            "'make run' first, or say the HUB_HOME, SEED, SCALE and CITY_FROM that ran"
        )
    return told.parent / str(json.loads(told.read_text(encoding="utf-8"))["city"])


def _last_published(settings: Settings) -> date:
    try:
        as_of = state.last_published(settings)
    except psycopg2.errors.UndefinedTable:
        as_of = None  # a run that ended before it made the schema
    if as_of is None:
        raise OperationRefused("nothing has been published yet: 'make run' first")
    return as_of


def _truth(city: Path, as_of: date) -> dict[str, list[Fact]]:
    """Returns, by kind, what the city says must be found on ``as_of``."""
    from sandbox.truth import expected

    truth: dict[str, list[Fact]] = {"warning": [], "check": [], "unanswered": [], "sub-type": []}
    columns_wanted = ("kind", "rule_id", "subject_key", "event_key", "confidence", "sub_type")
    for kind, *fact, sub_type in expected(city, as_of).select(columns_wanted).iter_rows():
        truth[kind].append(_fact(*fact))
        if kind == "warning":
            truth["sub-type"].append(_fact(*fact[:3], sub_type))
    return truth


def _past_their_limit(settings: Settings, as_of: date) -> list[Fact]:
    """Returns the published warnings not dealt with in time: each must have an ``overdue_task`` of its
    confidence.
    """
    return [
        ("overdue_task", str(warning), "warning", str(confidence))
        for rule, warning, confidence, due_on in rows(settings, _PAST_LIMIT, ())
        if rule != "overdue_task" and due_on is not None and due_on < as_of
    ]


def _facts(settings: Settings, query: str) -> list[Fact]:
    return [_fact(*row) for row in rows(settings, query, ())]


def _fact(*parts: Any) -> Fact:
    rule, subject, key, confidence = (str(part or "") for part in parts)
    return rule, subject, key, confidence

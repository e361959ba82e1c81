"""The suite is what it claims to be: enough behaviours, each once, for every protocol and every outcome."""

from __future__ import annotations

from connectors.catalogue import load_feed
from tests.hostile.protocol_harness import Loaded, Refused
from tests.hostile.protocols import test_replies, test_rest, test_rest_content, test_sftp, test_soap, test_sql

MODULES = (
    test_replies,
    test_rest,
    test_rest_content,
    test_sftp,
    test_soap,
    test_sql,
)
CASES = [case for module in MODULES for case in module.CASES]


def test_at_least_forty_five_distinct_behaviours() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
    assert len(names) >= 45


def test_every_protocol_and_every_mode_is_attacked() -> None:
    feeds = [load_feed(case.feed_id) for case in CASES]
    assert {feed.protocol for feed in feeds} == {"rest", "soap", "sftp", "sql"}
    assert {feed.mode for feed in feeds} == {"delta", "snapshot", "events", "query_reply"}


def test_every_outcome_occurs() -> None:
    loaded = [case.outcome for case in CASES if isinstance(case.outcome, Loaded)]
    refused = [case.outcome for case in CASES if isinstance(case.outcome, Refused)]
    assert any(outcome.retries for outcome in loaded)
    assert any(outcome.reasons for outcome in loaded)
    assert {outcome.error.__name__ for outcome in refused} == {
        "SourceUnavailable",
        "NotYetDelivered",
        "BatchRejected",
    }

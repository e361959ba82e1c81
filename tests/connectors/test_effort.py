"""Which feed begins first."""

from __future__ import annotations

from connectors.catalogue.effort import (
    AUTHORISATION,
    expected_calls,
    expected_rows,
    expected_seconds,
    longest_first,
    priority,
)
from connectors.catalogue.load import declarations

DECLARED = declarations()


def test_the_feed_that_all_queries_wait_for_begins_before_all() -> None:
    assert longest_first(DECLARED, DECLARED)[0] == AUTHORISATION


def test_queries_of_a_call_per_person_begin_before_larger_feeds_of_one_pull() -> None:
    order = longest_first(DECLARED, DECLARED)
    by_person = [f for f, d in DECLARED.items() if (d.get("request") or {}).get("kind") == "soap"]
    assert by_person
    assert set(order[1 : len(by_person) + 1]) == set(by_person)
    assert order.index("civil_affairs__marriage") < order.index("civil_affairs__cremation")


def test_the_order_is_that_of_the_seconds_and_of_the_name_where_they_are_equal() -> None:
    order = [feed for feed in longest_first(reversed(list(DECLARED)), DECLARED) if feed != AUTHORISATION]
    weights = [priority(DECLARED[feed]) for feed in order]
    assert weights == sorted(weights, reverse=True)
    banks = [feed for feed in order if feed in ("finance__abc", "finance__boc", "finance__icbc")]
    assert banks == sorted(banks)
    assert longest_first(DECLARED, DECLARED) == [AUTHORISATION, *order]


def test_rows_and_calls_are_those_declared() -> None:
    vehicle, stocks = DECLARED["public_security__vehicle"], DECLARED["finance__chinaclear"]
    assert expected_rows(vehicle) == expected_calls(vehicle) == 13_000
    assert (expected_rows(stocks), expected_calls(stocks)) == (13_000, 26)
    assert expected_calls(DECLARED["civil_affairs__marriage"]) == 1
    assert expected_seconds(vehicle) > 10 * expected_seconds(stocks)

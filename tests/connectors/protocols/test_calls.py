"""A query of many calls: its bytes know nothing of who answered first, and a department sees no more than it
allows.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.catalogue.load import load_catalogue, load_feed
from connectors.catalogue.model import Feed
from connectors.delivery import AskedPerson, Delivery, Window
from connectors.errors import SourceUnavailable
from connectors.protocols import pull
from connectors.protocols.calls import ask_in_order
from connectors.protocols.retry import Retry
from tests.connectors.protocols.test_rest import envelope
from tests.connectors.protocols.test_soap import question, result, wrapped, wsdl
from tests.support.protocol_servers import Answer, Asked, HttpServer

SOAP = load_feed("public_security__vehicle")
REST = load_feed("finance__chinaclear")
DAY = date(2020, 5, 12)
PEOPLE = [AskedPerson(n, f"21010219800101{n:04d}", f"张{n}") for n in range(1, 41)]


class Office:
    """A department's server that counts the calls under way, and may be slow or fail for some people."""

    def __init__(self, server: HttpServer) -> None:
        self.asked_about: list[int] = []
        self.most_at_once = 0
        self.slow: Callable[[int], float] = lambda number: 0.002
        self.fails: Callable[[int], bool] = lambda number: False
        self._under_way = 0
        self._lock = threading.Lock()
        server.script = self._answer

    def _answer(self, asked: Asked) -> Answer:
        if asked.method == "GET":
            return Answer(wsdl("queryVehicle"))
        number = int(question(asked)["seq"]) if b"Envelope" in asked.body else _first(asked)
        with self._lock:
            self.asked_about.append(number)
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        time.sleep(self.slow(number))
        with self._lock:
            self._under_way -= 1
        if self.fails(number):
            return Answer(status=403)
        if b"Envelope" in asked.body:
            return Answer(wrapped("queryVehicle", result([f"<ROW><HPHM>{number}</HPHM></ROW>"])))
        return Answer(envelope([{"n": number}], 1))


def _first(asked: Asked) -> int:
    return int(json.loads(asked.body)["persons"][0]["seq"])


@pytest.fixture
def office(http_server: HttpServer) -> Office:
    return Office(http_server)


@pytest.fixture
def take(http_server: HttpServer, retry: Retry, window: Window, tmp_path: Path) -> Callable[..., Delivery]:
    def _take(feed: Feed, place: str = "one", **extra: Any) -> Delivery:
        # one person a call, by REST too
        connection = replace(http_server.connection(), extra={"page_size": 1, **extra})
        return pull(feed, DAY, window, connection, tmp_path / place, PEOPLE, retry=retry)

    return _take


@pytest.mark.parametrize("feed", [SOAP, REST], ids=["soap", "rest"])
def test_the_bytes_do_not_depend_on_the_speed_of_the_answers(
    feed: Feed, office: Office, take: Callable[..., Delivery]
) -> None:
    alone = take(feed, "alone", calls_at_once=1)
    assert office.most_at_once == 1
    for place, slow in (("odd", lambda n: 0.02 * (n % 2)), ("falling", lambda n: 0.04 - n / 1000)):
        office.slow = slow
        together = take(feed, place)
        assert together.sha256 == alone.sha256
        assert together.parts[0].path.read_bytes() == alone.parts[0].path.read_bytes()


@pytest.mark.parametrize("feed", [SOAP, REST], ids=["soap", "rest"])
def test_a_department_sees_no_more_calls_at_once_than_it_allows(
    feed: Feed, office: Office, take: Callable[..., Delivery]
) -> None:
    office.slow = lambda number: 0.01
    take(feed)
    declared = feed.request.calls_at_once if feed.request else 0
    assert 1 < office.most_at_once <= declared == 4
    office.most_at_once = 0
    take(feed, "two", calls_at_once=2)
    assert office.most_at_once == 2


@pytest.mark.parametrize("feed", [SOAP, REST], ids=["soap", "rest"])
def test_one_call_that_fails_for_good_ends_the_query(
    feed: Feed, office: Office, take: Callable[..., Delivery], tmp_path: Path
) -> None:
    office.fails = lambda number: number == 9
    office.slow = lambda number: 0.0 if number == 9 else 0.02
    with pytest.raises(SourceUnavailable, match=r"HTTP 403 .*login and password"):
        take(feed)
    # those under way are answered; nobody else is asked, and nothing is left behind
    assert max(office.asked_about) < 9 + 2 * 4
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_error_is_that_of_the_first_question_that_failed() -> None:
    begun = threading.Event()

    def ask(number: int) -> int:
        if number == 2:
            begun.wait(5)  # fails later than number 3
            raise SourceUnavailable("f", "two")
        if number == 3:
            begun.set()
            raise SourceUnavailable("f", "three")
        return number

    answers = ask_in_order(ask, range(1, 100), at_once=3)
    assert next(answers) == 1
    with pytest.raises(SourceUnavailable, match="two"):
        next(answers)


def test_who_stops_reading_stops_the_asking() -> None:
    asked: list[int] = []

    def ask(number: int) -> int:
        asked.append(number)
        return number

    answers = ask_in_order(ask, range(10_000), at_once=2)
    next(answers)
    answers.close()
    assert len(asked) < 20


def test_two_queries_never_share_the_calls_of_a_connection() -> None:
    """Each pull keeps to the bound by itself, so one connection must not serve two feeds that call."""
    called = [f.connection_id for f in load_catalogue().values() if f.request and f.request.kind != "file"]
    assert len(called) == len(set(called))

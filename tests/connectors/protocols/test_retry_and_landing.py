import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.delivery import AskedPerson, LandedPart
from connectors.errors import SourceUnavailable
from connectors.protocols.landing import LandingFile, delivery_of
from connectors.protocols.retry import Retry, Transient, parse_retry_after


def test_a_passing_failure_is_tried_again_with_growing_pauses(retry: Retry, pauses: list[float]) -> None:
    results = iter([Transient("a"), Transient("b"), "done"])

    def attempt() -> str:
        result = next(results)
        if isinstance(result, Transient):
            raise result
        return result

    assert retry.call("a__b", "reading", attempt) == "done"
    assert pauses == [0.5, 1.0]


def test_it_gives_up_naming_feed_and_cause(retry: Retry, pauses: list[float]) -> None:
    def attempt() -> None:
        raise Transient("HTTP 500")

    with pytest.raises(SourceUnavailable, match=r"a__b: reading: HTTP 500 \(4 attempts\)"):
        retry.call("a__b", "reading", attempt)
    assert len(pauses) == 3


def test_what_the_other_side_asks_for_is_honoured_within_bounds() -> None:
    retry = Retry()
    assert retry.pause(1, 7) == 7
    assert retry.pause(1, 86_400) == retry.longest_pause


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("Tue, 12 May 2020 00:00:09 GMT", 9.0),
        ("Mon, 11 May 2020 00:00:00 GMT", 0.0),
        ("soon", None),
        (None, None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, datetime(2020, 5, 12, tzinfo=UTC)) == seconds


def test_a_landing_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    def interrupted() -> None:
        with LandingFile(tmp_path, "main", ".csv") as landing:
            landing.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []
    with LandingFile(tmp_path, "main", ".csv") as landing:
        landing.write(b"whole")
        kept = landing.keep()
    assert list(tmp_path.iterdir()) == [kept]
    assert kept.name == f"main-{landing.digest[:16]}.csv"


def test_what_a_killed_pull_left_is_cleared_once_it_is_old(tmp_path: Path) -> None:
    young, old = tmp_path / ".main-1.part", tmp_path / ".main-2.part"
    for path in (young, old):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    with LandingFile(tmp_path, "main", ".csv"):
        assert young.exists()
        assert not old.exists()


def test_other_content_never_replaces_the_evidence_of_an_earlier_batch(tmp_path: Path) -> None:
    for content in (b"first", b"second", b"first"):
        with LandingFile(tmp_path, "main", ".csv") as landing:
            landing.write(content)
            landing.keep()
    assert sorted(p.read_bytes() for p in tmp_path.iterdir()) == [b"first", b"second"]


def test_the_delivery_digest_covers_tables_and_order() -> None:
    a = LandedPart("main", Path("a"), "1", None)
    b = LandedPart("member", Path("b"), "2", None)
    day = date(2020, 5, 12)
    digests = {delivery_of("f", day, parts).sha256 for parts in ([a, b], [b, a], [a], [])}
    assert len(digests) == 4
    assert delivery_of("f", day, [a, b]).sha256 == delivery_of("g", day, [a, b]).sha256


def test_a_subject_does_not_show_who_it_is() -> None:
    assert "2101" not in repr(AskedPerson(1, "210102198001011234", "张三"))

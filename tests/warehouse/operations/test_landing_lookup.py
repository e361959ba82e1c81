"""The delivery behind a batch is found by its digests, whatever else lies beside it."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

import pytest

from connectors.catalogue import load_feed
from connectors.delivery import LandedPart
from connectors.protocols.landing import delivery_of
from tests.conftest import make_settings
from tests.support.fakes import DAY
from warehouse.errors import OperationRefused
from warehouse.intake.batches import BatchRow
from warehouse.operations.landing_lookup import landed_delivery

ONE, TWO = "public_security__death_cancellation", "civil_affairs__dibao"


def put(folder: Path, table: str, content: bytes, suffix: str = ".csv") -> LandedPart:
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(content).hexdigest()
    path = folder / f"{table}-{digest[:16]}{suffix}"
    path.write_bytes(content)
    return LandedPart(table, path, digest, None)


def batch_of(feed_id: str, *parts: LandedPart) -> BatchRow:
    sha256 = delivery_of(feed_id, DAY, parts).sha256
    return BatchRow(uuid.uuid4(), feed_id, DAY, "loaded", 1, sha256, "landing/x", None)


def test_each_of_several_deliveries_is_told_from_the_others(tmp_path: Path) -> None:
    settings, folder = make_settings(tmp_path), tmp_path / "landing/x/f/20200512"
    feed = load_feed(TWO)
    names = [table.name for table in feed.tables]
    first = [put(folder, name, f"{name} 1".encode()) for name in names]
    again = [put(folder / "resent-1", name, f"{name} 2".encode()) for name in names]
    for parts in (first, again, [first[0], *again[1:]]):
        found = landed_delivery(feed, batch_of(TWO, *parts), settings)
        assert [(p.table, p.path) for p in found.parts] == [(p.table, p.path) for p in parts]
    assert landed_delivery(feed, batch_of(TWO), settings).parts == ()


def test_a_file_from_an_archive_has_the_archive_s_digest(tmp_path: Path) -> None:
    folder = tmp_path / "landing/x"
    archive = put(folder, "main", b"packed", ".zip")
    inner = folder / f"main-{archive.sha256[:16]}.csv"
    inner.write_bytes(b"what was in it")
    (part,) = landed_delivery(load_feed(ONE), batch_of(ONE, archive), make_settings(tmp_path)).parts
    assert (part.path, part.sha256) == (inner, archive.sha256)


@pytest.mark.parametrize("content", [None, b"changed"])
def test_bytes_that_are_gone_or_changed_are_refused(tmp_path: Path, content: bytes | None) -> None:
    part = put(tmp_path / "landing/x", "main", b"as received")
    part.path.unlink()
    if content:
        part.path.write_bytes(content)
    with pytest.raises(OperationRefused, match="REFRESH=1"):
        landed_delivery(load_feed(ONE), batch_of(ONE, part), make_settings(tmp_path))

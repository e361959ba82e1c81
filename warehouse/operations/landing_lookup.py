"""Finds the delivery behind a batch in the landing area and proves it by its digests."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from connectors.catalogue import Feed
from connectors.delivery import Delivery, LandedPart
from connectors.protocols.landing import delivery_of
from warehouse.errors import OperationRefused
from warehouse.intake.batches import BatchRow
from warehouse.settings import Settings

_NAME = re.compile(r"^(?P<table>[a-z][a-z0-9_]*)-(?P<digest>[0-9a-f]{16})(?P<suffix>\.[^.]+)?$")
_BLOCK = 1 << 20


def landed_delivery(feed: Feed, batch: BatchRow, settings: Settings) -> Delivery:
    """Returns the delivery a batch was made of, from the bytes kept under ``HUB_HOME/landing``.

    Raises ``OperationRefused`` if they are missing or not the ones the ledger names: then only the publisher
    can help.
    """
    folder = settings.hub_home / (batch.landing_path or "")
    candidates = [list(_parts(folder, table.name)) for table in feed.tables]
    # a table can be missing: a query with nobody to ask brings no parts at all
    choices = [[*found, None] for found in candidates]
    for chosen in itertools.product(*choices):
        delivery = delivery_of(feed.feed_id, batch.as_of, (p for p in chosen if p), batch.request_id)
        if delivery.sha256 == batch.content_sha256:
            for part in delivery.parts:
                _prove(feed, part)
            return delivery
    raise OperationRefused(
        f"{feed.feed_id} {batch.as_of}: the bytes of batch {batch.batch_id} are not under {folder} any more; "
        f"ask for them again: make backfill FEED={feed.feed_id} FROM={batch.as_of} TO={batch.as_of} REFRESH=1"
    )


def _parts(folder: Path, table: str) -> Iterator[LandedPart]:
    """Yields one part per digest.

    An archive and the file taken out of it share a digest: the file is yielded.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob(f"{table}-*")) if folder.is_dir() else []:
        match = _NAME.match(path.name)
        if match and match["table"] == table and path.is_file():
            former = found.get(match["digest"])
            if former is None or former.suffix == ".zip":
                found[match["digest"]] = path
    for path in found.values():
        yield LandedPart(table, path, _whole_digest(path), None)


def _whole_digest(path: Path) -> str:
    """Returns the digest with which the part was landed: that of the archive if there is one beside it."""
    archive = path.with_suffix(".zip")
    return _sha256(archive if archive.is_file() else path)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _prove(feed: Feed, part: LandedPart) -> None:
    """Checks a file by its name.

    A file taken out of an archive has no digest of its own; its name says which archive it is from.
    """
    if not part.path.name.startswith(f"{part.table}-{part.sha256[:16]}"):
        raise OperationRefused(f"{feed.feed_id}: {part.path.name} is not the file its name says it is")

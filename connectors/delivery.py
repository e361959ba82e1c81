"""What passes between the steps of one batch: pull -> decode -> load."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import polars as pl


@dataclass(frozen=True)
class Window:
    """The time a delta covers: ``[since, until)``, naive Asia/Shanghai local time.

    ``since`` is None at the first run (everything up to ``until``). ``until`` is fixed before the first byte
    is read, so rows that arrive while paging wait for the next run.

    ``whole``: the source is read to be compared with the rows in force, so every row of it is asked for,
    whatever its change time: a row left out would be taken for deleted. Then ``since`` is None, and ``until``
    is no bound of the question; the loader quarantines what was changed after it.
    """

    since: datetime | None
    until: datetime
    whole: bool = False


@dataclass(frozen=True)
class AskedPerson:
    """A person that a query-reply feed is asked about. ``seq`` counts from 1 within the request."""

    seq: int
    id_number: str
    full_name: str

    def __repr__(self) -> str:
        # a person ends up in tracebacks; its identity must not
        return f"AskedPerson(seq={self.seq})"


@dataclass(frozen=True)
class LandedPart:
    """One table's landing file. ``sha256`` is of the bytes received (for an archive: of the archive).

    ``notes``: what was odd about this table's source; they become notes of the delivery.
    """

    table: str
    path: Path
    sha256: str
    rows_expected: int | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """Everything one pull brought. ``sha256`` is over (table, sha256) of the parts in order.

    ``notes``: what was odd about it without being wrong; the loader records them.
    """

    feed_id: str
    as_of: date
    parts: tuple[LandedPart, ...]
    sha256: str
    request_id: str | None
    notes: tuple[str, ...] = ()


@dataclass
class Observed:
    """What one chunk shows of the delivery's layout, whatever becomes of its rows.

    ``found``: the source columns in the order delivered. ``types``: column, filled, failed (values that are
    not of the declared type), unread (of loaded rows: received, not readable, and therefore null).
    ``codes``: column, code (masked), rows, of codes that are not declared. ``unread_at``: column and row_no
    of each unread value, for whoever sets such a row aside later on.
    """

    found: tuple[str, ...]
    types: pl.DataFrame
    codes: pl.DataFrame
    unread_at: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema={"column": pl.String, "row_no": pl.Int64})
    )


@dataclass
class DecodedChunk:
    """At most 100,000 decoded rows of one table.

    ``good``: the declared columns in order, then row_no (Int64), as_received (String, JSON), extra
    (String, JSON). ``quarantined``: row_no, column_name, reason_code, message, payload.
    ``received`` = len(good) + len(quarantined). ``observed`` is None where nothing was read from bytes.
    """

    table: str
    good: pl.DataFrame
    quarantined: pl.DataFrame
    received: int
    observed: Observed | None = None

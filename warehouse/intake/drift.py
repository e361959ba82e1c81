"""Drift: how a delivery differs from its declaration, and what the hub does about it.

An unknown column is kept (``raw.<feed>.extra``) and reported. A missing optional column, another column order
and an unknown code are reported, too; rows with an unknown code are quarantined. A missing required column
rejects the delivery. A column of another type holds the batch, so the last good data stays. Nothing here
commits.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher

import polars as pl
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed, Table
from connectors.delivery import DecodedChunk
from connectors.errors import ColumnsMissing
from connectors.masking import mask_text
from warehouse.intake import holds
from warehouse.intake import unread_values as unread

#: The most unknown codes of a column that are named, the most frequent first.
_CODES_NAMED = 20
#: Names as similar as this (0 to 1) may be one column under two names.
_SIMILAR = 0.6
#: Layouts whose records name their fields: they may leave out empty fields, and the order does not count.
_RECORDS = frozenset({"xml", "json"})


@dataclass
class Findings:
    """The differences over all tables of a delivery. Names are ``table.column``."""

    added: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    #: (declared, found)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)
    types: list[dict[str, object]] = field(default_factory=list)
    codes: list[dict[str, object]] = field(default_factory=list)

    def message(self) -> str:
        """Returns the differences in one line for people.

        Codes are counted, not named, because the line may leave the hub.
        """
        says = [f"{t['column']}: {t['failed']} of {t['filled']} values found that are no {t['declared']}, "
                f"expected {t['declared']}" for t in self.types]  # fmt: skip
        says += [f"column {m} is missing" for m in self.missing]
        says += [f"column {a} is not declared" for a in self.added]
        says += [f"{d} may now be called {f}" for d, f in self.renamed]
        says += [f"the columns of {t} come in another order" for t in self.reordered]
        for column in dict.fromkeys(str(c["column"]) for c in self.codes):
            rows = sum(int(str(c["rows"])) for c in self.codes if c["column"] == column)
            says.append(f"{column}: {rows} rows with a code that is not declared")
        return "; ".join(says)

    def next_step(self) -> str:
        """Returns what to do about the differences, in one line for people."""
        steps = []
        if self.types or self.missing or self.renamed:
            steps.append("ask the publisher what changed; correct the declaration or have it sent again")
        if self.added:
            steps.append("declare the new column if it is needed (its values are kept in extra)")
        if self.codes:
            steps.append("ask what the code means, declare it, and replay the day")
        return "; ".join(steps) or "nothing: columns are found by their names"


class DriftObserver:
    """Adds up what the chunks of one delivery show of its layout."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self._found: dict[str, dict[str, None]] = {}
        self._types: dict[str, list[pl.DataFrame]] = {}
        self._codes: dict[str, list[pl.DataFrame]] = {}
        self._unread = unread.UnreadCounter(feed)

    def add(self, chunk: DecodedChunk) -> None:
        """Adds what one chunk shows: its columns, the values of another type, and the undeclared codes."""
        seen = chunk.observed
        if seen is None:
            return
        self._found.setdefault(chunk.table, {}).update(dict.fromkeys(seen.found))
        self._types.setdefault(chunk.table, []).append(seen.types)
        self._unread.add(chunk)
        if seen.codes.height:
            self._codes.setdefault(chunk.table, []).append(seen.codes)

    def unread(self, cursor: Cursor, batch: uuid.UUID) -> list[unread.UnreadCount]:
        """Returns, by column, how many received values became null in rows that were kept, over the whole
        delivery.
        """
        return self._unread.counts(cursor, batch)

    def findings(self, share: float, at_least: int) -> Findings:
        """Returns the differences. A column has another type if enough of its values fail.

        ``share`` is the least share of its filled values (0 to 1), ``at_least`` the least number of values.
        """
        result = Findings()
        for name, found in self._found.items():
            table = self.feed.table(name)
            compare(self.feed, table, tuple(found), result)
            declared = {c.name: c.type for c in table.columns}
            counted = pl.concat(self._types[name]).group_by("column", maintain_order=True).sum()
            changed = counted.filter(
                (pl.col("failed") >= at_least) & (pl.col("failed") >= share * pl.col("filled"))
            )
            for column, filled, failed in changed.select("column", "filled", "failed").iter_rows():
                result.types.append(
                    {
                        "column": f"{name}.{column}",
                        "declared": declared[column],
                        "filled": filled,
                        "failed": failed,
                        "share": round(failed / filled, 4),
                    }
                )
            if name in self._codes:
                result.codes += _named_codes(name, self._codes[name])
        return result


def _named_codes(table: str, counted: list[pl.DataFrame]) -> list[dict[str, object]]:
    total = pl.concat(counted).group_by("column", "code").sum()
    total = total.sort(["column", "rows", "code"], descending=[False, True, False])
    named = total.group_by("column", maintain_order=True).head(_CODES_NAMED)
    return [
        {"column": f"{table}.{column}", "code": code, "rows": rows}
        for column, code, rows in named.select("column", "code", "rows").iter_rows()
    ]


def compare(feed: Feed, table: Table, received: Sequence[str], findings: Findings) -> None:
    """Adds to ``findings`` how the columns of a table differ from the declared ones."""
    declared = [c.source for c in table.columns]
    kind = feed.format.kind if feed.format and feed.protocol != "sql" else "sql"
    added = [name for name in received if name not in declared]
    missing = [name for name in declared if name not in received]
    if kind in _RECORDS and not added:
        missing = [c.source for c in table.columns if c.required and c.source not in received]
    for old, new in _renamed(declared, missing, list(received), added):
        findings.renamed.append((f"{table.name}.{old}", f"{table.name}.{mask_text(new)}"))
    findings.added += [f"{table.name}.{mask_text(name)}" for name in added]
    findings.missing += [f"{table.name}.{name}" for name in missing]
    known = [name for name in received if name in declared]
    if kind not in _RECORDS and known != [name for name in declared if name in known]:
        findings.reordered.append(table.name)


def _renamed(
    declared: list[str], missing: Iterable[str], found: list[str], added: list[str]
) -> list[tuple[str, str]]:
    """Pairs missing columns with the new column that stands in their place or has a similar name."""
    left = list(added)
    pairs = []
    for old in missing:
        scores = {
            new: SequenceMatcher(None, old.lower(), new.lower()).ratio()
            + (_before(found, new) == _before(declared, old))
            for new in left
        }
        best = max(scores, key=lambda new: scores[new], default=None)
        if best is not None and scores[best] >= _SIMILAR:
            pairs.append((old, best))
            left.remove(best)
    return pairs


def _before(names: list[str], name: str) -> str | None:
    place = names.index(name)
    return names[place - 1] if place else None


def hold_if_types_changed(
    cursor: Cursor, observer: DriftObserver, as_of: date, batch: uuid.UUID, run: int | None = None
) -> str:
    """Writes the drift report of a batch just filled and holds the batch if a column has another type.

    Returns the status of the batch: ``loaded`` or ``held``.
    """
    cursor.execute("select name, value::float8 from ops.settings where name like 'drift_type_%'")
    policy = dict(cursor.fetchall())
    findings = observer.findings(policy["drift_type_share"], int(policy["drift_type_min_values"]))
    message = findings.message()
    verdict = "held" if findings.types else "reported" if message else "none"
    _record(cursor, observer.feed.feed_id, as_of, findings, verdict, run, batch)
    if verdict != "held":
        return "loaded"
    holds.hold_within(cursor, str(batch), f"{observer.feed.feed_id}: {message}; {findings.next_step()}")
    return "held"


def record_refusal(cursor: Cursor, feed: Feed, error: ColumnsMissing, as_of: date, run: int) -> None:
    """Writes the drift report of a delivery that was rejected for its columns."""
    findings = Findings()
    compare(feed, feed.table(error.table), error.found, findings)
    _record(cursor, feed.feed_id, as_of, findings, "held", run, None)


def _record(
    cursor: Cursor,
    feed_id: str,
    as_of: date,
    findings: Findings,
    verdict: str,
    run: int | None,
    batch: uuid.UUID | None,
) -> None:
    quiet = verdict == "none"
    cursor.execute(
        "insert into ops.drift_reports (feed_id, as_of, run_id, batch_id, verdict, columns_added, "
        "columns_missing, columns_renamed, tables_reordered, types_changed, codes_unknown, message, "
        "next_step) values (%s, %s, %s, %s, %s, %s::text[], %s::text[], %s, %s::text[], %s, %s, %s, %s)",
        (
            feed_id,
            as_of,
            run,
            None if batch is None else str(batch),
            verdict,
            findings.added,
            findings.missing,
            json.dumps(
                [{"declared": old, "found": new} for old, new in findings.renamed], ensure_ascii=False
            ),
            findings.reordered,
            json.dumps(findings.types, ensure_ascii=False),
            json.dumps(findings.codes, ensure_ascii=False),
            findings.message(),
            "" if quiet else findings.next_step(),
        ),
    )

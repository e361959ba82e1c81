"""Decides for a chunk of text rows which are good and which are quarantined, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from connectors.catalogue.column import Column
from connectors.catalogue.model import Table
from connectors.decode import accounts, no_value, rules
from connectors.decode.characters import fold_identifiers
from connectors.decode.drift import observe
from connectors.decode.json_text import json_objects, mask_column, mask_lines
from connectors.decode.raw import RawChunk
from connectors.decode.text import (
    CONTROL,
    EXCEL_ERROR,
    REPLACEMENT,
    Bools,
    Cleaned,
    DecodeContext,
    differs,
    mask_of,
    scatter,
    trim,
)
from connectors.decode.values import clean_column, is_damaged_identifier
from connectors.delivery import DecodedChunk

#: Types whose text is kept as received where cleaning changed it.
_TEXT_TYPES = frozenset({"text", "name", "id_number", "uscc", "certificate_no"})

QUARANTINE_SCHEMA: dict[str, pl.DataType] = {
    "row_no": pl.Int64(),
    "column_name": pl.String(),
    "reason_code": pl.String(),
    "message": pl.String(),
    "payload": pl.String(),
}


@dataclass
class _Verdicts:
    """The first reason against each row: 0 for none, n for ``reasons[n - 1]`` = (column, reason)."""

    of_row: npt.NDArray[np.int32]
    reasons: list[tuple[str, str]] = field(default_factory=list)

    def against(self, rows: Bools, column: str, reason: str) -> None:
        fresh = rows & (self.of_row == 0)
        if fresh.any():
            self.reasons.append((column, reason))
            self.of_row[fresh] = len(self.reasons)


def validate(raw: RawChunk, table: Table, context: DecodeContext) -> DecodedChunk:
    """Returns the typed good rows and the quarantined rows of one chunk; every row of ``raw`` is in one of
    them.

    The first reason against a row counts.
    """
    frame = raw.frame
    received = {c.name: _column(frame, c.source) for c in table.columns}
    texts = {c.name: _prepared(received[c.name], c, table) for c in table.columns}
    errors = _without_errors(texts, table, context)
    cleaned = {c.name: clean_column(texts[c.name], c, context) for c in table.columns}
    _empty_ends(table, cleaned)
    for name, rows in errors.items():
        changed = cleaned[name].changed
        cleaned[name].changed = rows if changed is None else changed | rows

    verdicts = _Verdicts(np.zeros(frame.height, dtype=np.int32))
    _check_test_rows(verdicts, table, cleaned)
    if raw.suspect:
        _check_characters(verdicts, frame, table)
    _check_identifiers(verdicts, table, texts)
    for column in table.columns:
        _check_column(verdicts, column, texts[column.name], cleaned[column.name])
    _check_across_columns(verdicts, table, cleaned)

    is_good = verdicts.of_row == 0
    unread = {
        c.name: is_good & _unread(texts[c.name], cleaned[c.name], errors.get(c.name)) for c in table.columns
    }
    observed = observe(frame, table, texts, cleaned, unread)
    good = _good_rows(frame, table, cleaned, received, texts, is_good, context)
    quarantined = _quarantined_rows(frame, table, verdicts)
    if raw.malformed.height:
        quarantined = pl.concat([quarantined, _malformed_rows(raw.malformed)]).sort("row_no")
    return DecodedChunk(table.name, good, quarantined, good.height + quarantined.height, observed)


def _prepared(received: pl.Series, column: Column, table: Table) -> pl.Series:
    """Returns the text of a column as the cleaners get it."""
    text = trim(received)
    return (
        fold_identifiers(text)
        if column.type == "text" and rules.is_key_or_identifier(column, table)
        else text
    )


def _without_errors(texts: dict[str, pl.Series], table: Table, context: DecodeContext) -> dict[str, Bools]:
    """Empties the cells in which a formula failed and returns them by column, so that the text is kept.

    Outside of workbooks only texts are searched: no other type takes such a cell for a value.
    """
    found = {}
    for column in table.columns:
        if not context.excel and column.type != "text":
            continue
        values = texts[column.name]
        rows = mask_of(values.str.contains(EXCEL_ERROR))
        if rows.any():
            found[column.name] = rows
            texts[column.name] = scatter(values, np.flatnonzero(rows), None)
    return found


def _empty_ends(table: Table, cleaned: dict[str, Cleaned]) -> None:
    """Empties ends on the day at which a database or a spreadsheet begins to count."""
    for column in filter(rules.is_end, table.columns):
        end = cleaned[column.name]
        begun = cleaned.get(rules.start_column_of(column.name) or "")
        rows = no_value.is_first_day(end.values, None if begun is None else begun.values)
        if rows.any():
            end.values = no_value.set_null(end.values, rows)
            end.add_nothing(rows)


def _unread(text: pl.Series, cleaned: Cleaned, errors: Bools | None) -> Bools:
    """Returns the rows in which something was received that does not mean "no value", and became null."""
    lost = mask_of(text.is_not_null() & cleaned.values.is_null())
    if cleaned.nothing is not None:
        lost &= ~cleaned.nothing
    return lost if errors is None else lost | errors


def _column(frame: pl.DataFrame, source: str) -> pl.Series:
    if source in frame.columns:
        return frame[source]
    return pl.Series(source, [None] * frame.height, dtype=pl.String)


def _check_test_rows(verdicts: _Verdicts, table: Table, cleaned: dict[str, Cleaned]) -> None:
    """Finds the known test person and names made up for tests, before the number's own defects are judged."""
    zhang = np.zeros(len(verdicts.of_row), dtype=bool)
    for column in table.columns:
        if column.type == "name":
            names = cleaned[column.name].values
            zhang |= mask_of(names == rules.TEST_NAME)
            made_up = mask_of(names.str.starts_with(rules.TEST_NAME_PREFIX))
            verdicts.against(made_up, column.name, "test_row")
    for column in table.columns:
        if column.type == "id_number" and zhang.any():
            number = mask_of(cleaned[column.name].values == rules.TEST_NUMBER)
            verdicts.against(zhang & number, column.name, "test_row")


def _check_characters(verdicts: _Verdicts, frame: pl.DataFrame, table: Table) -> None:
    names = {c.source: c.name for c in table.columns}
    for source in frame.columns:
        if source == "row_no":
            continue
        values = frame[source]
        name = names.get(source, "*")
        verdicts.against(mask_of(values.str.contains(REPLACEMENT, literal=True)), name, "encoding_invalid")
        verdicts.against(mask_of(values.str.contains(CONTROL)), name, "control_character")


def _check_identifiers(verdicts: _Verdicts, table: Table, texts: dict[str, pl.Series]) -> None:
    for column in table.columns:
        if column.type in ("text", "account") and rules.is_key_or_identifier(column, table):
            identifiers = texts[column.name]
            long = mask_of(identifiers.str.len_chars() > rules.LONGEST_IDENTIFIER)
            verdicts.against(long, column.name, "identifier_too_long")
            verdicts.against(is_damaged_identifier(identifiers), column.name, "encoding_invalid")
            if column.type == "text":
                cut = mask_of(identifiers.str.contains(accounts.CUT_NUMBER))
                verdicts.against(cut, column.name, "digits_lost")


def _check_column(verdicts: _Verdicts, column: Column, text: pl.Series, cleaned: Cleaned) -> None:
    """Judges one column.

    Problems decide in required columns, codes and identity numbers; elsewhere the value becomes null.
    """
    wrong = np.zeros(len(text), dtype=bool)
    decides = column.required or column.type in rules.ALWAYS_DECIDING
    for found, reason in cleaned.problems:
        wrong |= found
        if decides:
            verdicts.against(found, column.name, reason)
    if wrong.any() and not decides:
        cleaned.values = scatter(cleaned.values, np.flatnonzero(wrong), None)
        cleaned.changed = wrong if cleaned.changed is None else cleaned.changed | wrong
    if column.required and cleaned.values.null_count():
        missing = mask_of(cleaned.values.is_null()) & ~wrong
        verdicts.against(missing, column.name, "required_missing")


def _check_across_columns(verdicts: _Verdicts, table: Table, cleaned: dict[str, Cleaned]) -> None:
    types = {c.name: c.type for c in table.columns}
    number = cleaned["id_number"].values if types.get("id_number") == "id_number" else None
    # the register of certificates itself knows who holds one that was issued under another number
    if (
        number is not None
        and types.get("certificate_no") == "certificate_no"
        and "certificate_no" not in table.key
        and table.column("certificate_no").must_be_own
    ):
        inner = cleaned["certificate_no"].values.str.slice(0, 18)
        verdicts.against(mask_of(inner != number), "certificate_no", "certificate_not_owner")
    if number is not None and "death_date" in types:
        born = number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
        early = mask_of(cleaned["death_date"].values < born)
        verdicts.against(early, "death_date", "date_impossible")
    for start, end in rules.PERIODS:
        if start in types and end in types:
            reversed_ = mask_of(cleaned[start].values > cleaned[end].values)
            verdicts.against(reversed_, end, "period_reversed")


def _good_rows(
    frame: pl.DataFrame,
    table: Table,
    cleaned: dict[str, Cleaned],
    received: dict[str, pl.Series],
    texts: dict[str, pl.Series],
    is_good: Bools,
    context: DecodeContext,
) -> pl.DataFrame:
    by_source = {c.source: texts[c.name] for c in table.columns}
    extra = json_objects({s: frame[s] for s in _undeclared(frame, table)}, frame.height)
    good = pl.DataFrame(
        [
            *(cleaned[c.name].values.rename(c.name) for c in table.columns),
            *(accounts.digests(by_source[d.source], context).rename(d.name) for d in table.derived),
            frame["row_no"],
            _as_received(table, cleaned, received, texts).rename("as_received"),
            extra.rename("extra"),
        ]
    )
    return good if is_good.all() else good.filter(pl.Series(is_good))


def _undeclared(frame: pl.DataFrame, table: Table) -> list[str]:
    declared = {c.source for c in table.columns} | {"row_no"}
    return [source for source in frame.columns if source not in declared]


def _as_received(
    table: Table, cleaned: dict[str, Cleaned], received: dict[str, pl.Series], texts: dict[str, pl.Series]
) -> pl.Series:
    """Returns the received text of changed values, one JSON object per row; accounts are never kept whole."""
    changed: dict[str, Bools] = {}
    shown = dict(received)
    for column in table.columns:
        if column.type == "account":
            shown[column.name] = mask_column(texts[column.name], column)
        rows = cleaned[column.name].changed
        if column.type in _TEXT_TYPES:
            stripped = differs(texts[column.name], received[column.name])
            rows = stripped if rows is None else rows | stripped
        if rows is not None and rows.any():
            changed[column.name] = rows
    height = len(next(iter(received.values())))
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, height)
    if not changed:
        return nothing
    touched = np.flatnonzero(np.logical_or.reduce(list(changed.values())))
    members = {
        name: scatter(shown[name].gather(touched), np.flatnonzero(~rows[touched]), None)
        for name, rows in changed.items()
    }
    return scatter(nothing, touched, json_objects(members, len(touched)))


def _quarantined_rows(frame: pl.DataFrame, table: Table, verdicts: _Verdicts) -> pl.DataFrame:
    rows = np.flatnonzero(verdicts.of_row)
    if not len(rows):
        return pl.DataFrame(schema=QUARANTINE_SCHEMA)
    bad = frame[rows]
    by_source = {c.source: c for c in table.columns}
    shown = {s: mask_column(bad[s], by_source.get(s)) for s in bad.columns if s != "row_no"}
    named = {by_source[s].name if s in by_source else s: values for s, values in shown.items()}
    which = verdicts.of_row[rows]
    found = pl.Series([None] * len(rows), dtype=pl.String)
    columns = {c.name: c for c in table.columns}
    parts = [(name, code, rules.expectation_of(code, columns.get(name))) for name, code in verdicts.reasons]
    for number, (name, _, _) in enumerate(parts, start=1):
        here = np.flatnonzero(which == number)
        if name in named:
            found = scatter(found, here, named[name].gather(here))
    lookup = pl.DataFrame(parts, schema=["column_name", "reason_code", "expectation"], orient="row")
    verdict = lookup[which - 1]
    payload = json_objects(named, len(rows)).rename("payload")
    blank = found.fill_null("").str.strip_chars() == ""
    # a message is for people, and no text column of the database takes a NUL
    printable = found.str.replace_all(CONTROL, REPLACEMENT)
    shown_value = pl.when(blank).then(pl.lit("nothing")).otherwise(printable)
    return pl.DataFrame([bad["row_no"], *verdict.get_columns(), payload]).select(
        "row_no",
        "column_name",
        "reason_code",
        pl.format("found {}, expected {}", shown_value, "expectation").alias("message"),
        "payload",
    )


def _malformed_rows(malformed: pl.DataFrame) -> pl.DataFrame:
    payload = json_objects({"line": mask_lines(malformed["text"])}, malformed.height)
    return malformed.select(
        "row_no",
        pl.lit("*").alias("column_name"),
        pl.lit("row_malformed").alias("reason_code"),
        "message",
        payload.alias("payload"),
    )

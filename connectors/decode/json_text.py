"""Builds JSON objects column by column, and masks what is shown of a quarantined row."""

from __future__ import annotations

import json

import polars as pl

from connectors.catalogue.column import Column
from connectors.decode.accounts import mask_accounts
from connectors.decode.text import CONTROL, mask_of
from connectors.masking import HIDDEN, ID_STARS, SHORTEST_ACCOUNT, SHORTEST_ID

_LONGEST_SHOWN = 500
_LONG_NUMBER = r"(\d{6})\d{5,}(\d{3}[\dXxＸｘ])"


def json_objects(columns: dict[str, pl.Series], rows: int) -> pl.Series:
    """Builds one JSON object per row from text columns of ``rows`` values; null values are left out.

    A row without any value gives null.
    """
    if not columns:
        return pl.Series([None] * rows, dtype=pl.String)
    frame = pl.DataFrame({f"c{i}": _printable(values) for i, values in enumerate(columns.values())})
    members = [
        pl.lit(json.dumps(name, ensure_ascii=False) + ':"') + _escaped(pl.col(f"c{i}")) + pl.lit('"')
        for i, name in enumerate(columns)
    ]
    body = pl.concat_str(members, separator=",", ignore_nulls=True)
    whole = pl.when(body != "").then(pl.lit("{") + body + pl.lit("}"))
    return frame.select(whole.alias("json")).to_series()


def _printable(values: pl.Series) -> pl.Series:
    """Replaces control characters: PostgreSQL's JSON takes no NUL."""
    odd = mask_of(values.str.contains(CONTROL))
    return values.str.replace_all(CONTROL, "␀") if odd.any() else values


def _escaped(text: pl.Expr) -> pl.Expr:
    pairs = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    for plain, escaped in pairs.items():
        text = text.str.replace_all(plain, escaped, literal=True)
    return text


def mask_column(values: pl.Series, column: Column | None) -> pl.Series:
    """Masks a column's text by the kind of personal data it holds; ``column`` None is one that is not
    declared.
    """
    kind = column.sensitive if column else None
    if kind == "name":
        return values.str.slice(0, 1) + values.str.slice(1).str.replace_all(r"(?s).", "*")
    if kind == "identity" or (column and column.type in ("id_number", "certificate_no")):
        return _mask_identities(values)
    if kind == "account" or (column and column.type == "account"):
        stars = values.str.replace_all(r"(?s).", "*")
        long = values.str.len_chars() >= SHORTEST_ACCOUNT
        return pl.select(pl.when(long).then(mask_accounts(values)).otherwise(stars)).to_series()
    if kind == "address":
        return values.str.slice(0, 6) + HIDDEN
    if kind == "specific_identity":
        return values.str.replace(r"(?s)^.+$", HIDDEN)
    return mask_texts(values)


def _mask_identities(values: pl.Series) -> pl.Series:
    values = values.str.strip_chars()  # the last four of a padded number are not blanks
    long = values.str.slice(0, 6) + ID_STARS + values.str.slice(-4)
    short = values.str.replace_all(r"(?s).", "*")
    return pl.select(pl.when(values.str.len_chars() >= SHORTEST_ID).then(long).otherwise(short)).to_series()


def mask_texts(values: pl.Series) -> pl.Series:
    """Masks free text: long numbers are starred, the text is cut to a readable length."""
    return values.str.slice(0, _LONGEST_SHOWN).str.replace_all(_LONG_NUMBER, f"$1{ID_STARS}$2")


def mask_lines(values: pl.Series) -> pl.Series:
    """Masks rows that could not be cut into columns: any number and any word may be personal."""
    short = values.str.slice(0, _LONGEST_SHOWN).str.replace_all(r"\d{5,}[Xx]?", "*****")
    return short.str.replace_all(r"(\p{Han})[\p{Han}·]+", "$1*")

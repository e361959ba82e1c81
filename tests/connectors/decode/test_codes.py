"""An unknown code never becomes a declared one: every code column of every declaration."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.catalogue.column import Column
from connectors.catalogue.load import load_catalogue
from connectors.decode.text import DecodeContext, mask_of, trim
from connectors.decode.values import clean_column

CODES = {
    f"{feed.feed_id}.{table.name}.{column.name}": column
    for feed in load_catalogue().values()
    for table in feed.tables
    for column in table.columns
    if column.type == "code"
}
#: Near misses of what is declared are likelier to slip through than noise.
_NEAR = st.sampled_from(["", "0", "9", "其他", "未知", "NULL", "default"])


@pytest.mark.parametrize("name", CODES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_code_is_declared_or_unknown(name: str, data: st.DataObject) -> None:
    column: Column = CODES[name]
    codes = column.codes or {}
    known = st.sampled_from(sorted(codes))
    near = st.tuples(known, _NEAR).map("".join)
    sent = data.draw(st.lists(st.one_of(known, near, _NEAR, st.text(max_size=6)), min_size=1, max_size=8))
    text = trim(pl.Series(sent, dtype=pl.String))
    cleaned = clean_column(text, column, DecodeContext(as_of=date(2020, 5, 12)))
    unknown = [False] * len(sent)
    for rows, reason in cleaned.problems:
        assert reason == "code_unknown"
        unknown = [a or bool(b) for a, b in zip(unknown, rows, strict=True)]
    folded = text.str.normalize("NFKC").str.to_uppercase().str.strip_chars()
    by_fold = {key.upper(): code for key, code in codes.items()}
    none = [False] * len(sent) if cleaned.nothing is None else cleaned.nothing.tolist()
    for value, fold, ours, bad, nothing in zip(text, folded, cleaned.values, unknown, none, strict=True):
        expected = codes.get(value, by_fold.get(fold))
        if value is None or nothing:
            assert ours is None
            assert expected is None
            assert not bad
            continue
        assert ours == expected
        assert bad == (expected is None)
    assert not mask_of(
        cleaned.values.is_null() & text.is_not_null() & ~pl.Series(unknown) & ~pl.Series(none)
    ).any()

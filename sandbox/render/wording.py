"""Turns typed values into the text a department writes: its codes, dates and units."""

from __future__ import annotations

import polars as pl

from connectors.catalogue.column import Column
from connectors.catalogue.model import Feed, Table
from sandbox.render.habits import Spelling, spelling_of
from sandbox.render.served import ASKED, DEFECT, person_column

#: Excel's day 0 for dates after February 1900.
_SERIAL_ZERO = pl.date(1899, 12, 30)
_WHOLE_DISTRICT = "000000"


def word_columns(feed: Feed, table: Table, clean: pl.DataFrame) -> pl.DataFrame:
    """Returns every declared column as text (null stays null), plus ``_defect`` and ``_asked``."""
    spelling = spelling_of(feed)
    person = person_column(table)
    asked = pl.col(person).cast(pl.String) if person else pl.lit(None, dtype=pl.String)
    return clean.select(
        *(_word(column, clean.schema[column.name], spelling).alias(column.name) for column in table.columns),
        pl.col(DEFECT),
        asked.alias(ASKED),
    )


def _word(column: Column, held: pl.DataType, spelling: Spelling) -> pl.Expr:
    value = pl.col(column.name)
    if held == pl.String and column.type != "code":
        # the city keeps it as text already (or the column is all null)
        return _region(value, spelling) if column.type == "region" else value
    if column.type == "code":
        return _code(column, value)
    if column.type == "date":
        return written_date(value.cast(pl.Date), spelling.date)
    if column.type == "month":
        return value.cast(pl.Date).dt.strftime(spelling.month)
    if column.type == "timestamp":
        return value.cast(pl.Datetime("us")).dt.strftime(spelling.timestamp)
    if column.type == "amount":
        return _amount(column, value)
    if column.type == "decimal":
        return value.cast(pl.Decimal(12, 4)).cast(pl.String).str.replace(r"\.?0+$", "")
    if column.type == "flag":
        return pl.when(value.is_null()).then(None).otherwise(_flag(value, spelling))
    return value.cast(pl.String)


def written_date(value: pl.Expr, form: str) -> pl.Expr:
    """Returns a date in the department's form: a strftime form, ``slash`` or ``serial``."""
    if form == "slash":
        year, month, day = (getattr(value.dt, part)().cast(pl.String) for part in ("year", "month", "day"))
        return pl.concat_str(year, month, day, separator="/")
    if form == "serial":
        return (value - _SERIAL_ZERO).dt.total_days().cast(pl.String)
    return value.dt.strftime(form)


def _code(column: Column, value: pl.Expr) -> pl.Expr:
    """Maps our code to the department's. Of two of its codes with one meaning for us it uses the first."""
    theirs: dict[str, str] = {}
    for source, ours in (column.codes or {}).items():
        theirs.setdefault(ours, source)
    return value.cast(pl.String).replace_strict(
        list(theirs), list(theirs.values()), default=value.cast(pl.String), return_dtype=pl.String
    )


def _amount(column: Column, value: pl.Expr) -> pl.Expr:
    exact = value.cast(pl.Decimal(14, 2))
    if column.unit == "fen":
        return exact.cast(pl.String).str.replace(".", "", literal=True).cast(pl.Int64).cast(pl.String)
    return exact.cast(pl.String)


def _flag(value: pl.Expr, spelling: Spelling) -> pl.Expr:
    no, yes = spelling.flags
    return pl.when(value.cast(pl.Boolean)).then(pl.lit(yes)).otherwise(pl.lit(no))


def _region(value: pl.Expr, spelling: Spelling) -> pl.Expr:
    """Returns the region code: police write six digits where a whole district is meant."""
    if not spelling.short_region:
        return value
    whole = (value.str.len_chars() == 12) & value.str.ends_with(_WHOLE_DISTRICT)
    return pl.when(whole).then(value.str.slice(0, 6)).otherwise(value)

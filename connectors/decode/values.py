"""Cleans amounts, numbers, codes, flags, regions and free text, and picks the cleaner of every type."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import polars as pl

from connectors.catalogue.column import Column
from connectors.decode import accounts, dates, identity, names, no_value
from connectors.decode.characters import LOST, fold, is_garbled
from connectors.decode.text import Bools, Cleaned, DecodeContext, differs, mask_of, scatter

AMOUNT = pl.Decimal(14, 2)
DECIMAL = pl.Decimal(12, 4)
_LARGEST_AMOUNT = 10**11
_LARGEST_DECIMAL = 10**8
_PLAIN_AMOUNT = r"^[0-9]{1,11}(\.[0-9]{1,2})?$"
#: ``.5`` is how Oracle writes a half.
_NUMBER = r"^[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})$"
#: A digit behind the second decimal.
_BEYOND_FEN = r"\.[0-9]{2}0*[1-9]"
_WHOLE = r"^[+-]?[0-9]{1,30}(\.0*)?$"
#: No point at all: 715.00 among fen is somebody's yuan.
_FEN = r"^[+-]?[0-9]{1,30}$"
_FLAGS = {
    **dict.fromkeys(("是", "1", "Y", "YES", "TRUE", "T", "有"), "true"),
    **dict.fromkeys(("否", "0", "N", "NO", "FALSE", "F", "无"), "false"),
}
#: Digits in groups of three behind a separator: ``1,50`` is no such number, but somebody's decimal comma.
_GROUPED = r"^[+-]?[0-9]{1,3}([,\s'][0-9]{3})+(\.[0-9]*)?$"
#: A number with an exponent, and the one form that no spreadsheet writes: Java's, which shows all digits.
_EXPONENT = r"^[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})[eE][+-]?[0-9]{1,2}$"
_JAVA_EXPONENT = r"^-?[0-9]\.[0-9]{1,17}E-?[0-9]{1,2}$"
_REGION_DIGITS = 12
_DIVISION = "^(?:[1-9][0-9]|0[1-9])[0-9]+$"

Cleaner = Callable[[pl.Series, Column, DecodeContext], Cleaned]


def clean_column(received: pl.Series, column: Column, context: DecodeContext) -> Cleaned:
    """Reads one column of trimmed text as its declared type. Row order and length are kept.

    Words for "no value" are taken out before the type's cleaner sees the text.
    """
    none = no_value.find_no_value(received, column)
    spoken = no_value.set_null(received, none) if none.any() else received
    cleaned = _CLEANERS[column.type](spoken, column, context)
    cleaned.values = cleaned.values.rename(column.name)
    if none.any():
        cleaned.add_nothing(none)
    return cleaned


def _text(received: pl.Series, column: Column, context: DecodeContext) -> Cleaned:
    """Keeps a text as it is; one that was decoded by a wrong table is a problem."""
    bad = is_garbled(received)
    problems = [(bad, "encoding_invalid")] if bad.any() else []
    return Cleaned(received, problems)


def is_damaged_identifier(texts: pl.Series) -> Bools:
    """Returns the rows whose key or number has a mark in place of a lost character.

    A star does not count: digits may be left out on purpose.
    """
    marks = LOST.replace(r"\*", "")
    return is_garbled(texts) | mask_of(texts.str.contains(f"[{marks}]"))


def _code(received: pl.Series, column: Column, context: DecodeContext) -> Cleaned:
    codes = column.codes or {}
    values = received.replace_strict(codes, default=None, return_dtype=pl.String)
    odd = np.flatnonzero(mask_of(values.is_null() & received.is_not_null()))
    bad = np.zeros(len(received), dtype=bool)
    if len(odd):
        again = fold(received.gather(odd)).str.to_uppercase()
        upper = {key.upper(): code for key, code in codes.items()}
        found = again.replace_strict(upper, default=None, return_dtype=pl.String)
        values = scatter(values, odd, found)
        bad[odd] = mask_of(found.is_null())
    return Cleaned(values, [(bad, "code_unknown")] if len(odd) and bad.any() else [])


def _flag(received: pl.Series, column: Column, context: DecodeContext) -> Cleaned:
    found = fold(received).str.to_uppercase().replace_strict(_FLAGS, default=None, return_dtype=pl.String)
    values = found == "true"
    bad = mask_of(values.is_null() & received.is_not_null())
    return Cleaned(values, [(bad, "flag_invalid")] if bad.any() else [])


def _region(received: pl.Series, column: Column, context: DecodeContext) -> Cleaned:
    """Reads a region code of 6, 9 or 12 digits, filled with zeros to 12: district, street or community."""
    digits = _ascii_digits(received)
    lengths = digits.str.len_bytes()
    shaped = ((lengths == 6) | (lengths == 9) | (lengths == 12)) & digits.str.contains(_DIVISION)
    bad = mask_of(received.is_not_null() & ~shaped)
    values = digits.str.pad_end(_REGION_DIGITS, "0")
    return Cleaned(values, [(bad, "region_invalid")] if bad.any() else [])


def _ascii_digits(received: pl.Series) -> pl.Series:
    """Normalises (NFKC), only where something other than ASCII digits stands."""
    odd = np.flatnonzero(mask_of(~received.str.contains("^[0-9]+$")))
    return scatter(received, odd, fold(received.gather(odd))) if len(odd) else received


def _plain_number(received: pl.Series, context: DecodeContext, *, yuan: bool = True) -> pl.Series:
    """Removes thousand separators, exponent, and the sign or word for yuan where these are meant."""
    plain = fold(received)
    if yuan:
        plain = plain.str.replace(r"^([+-]?)\s*¥\s*", "$1").str.replace(r"\s*元$", "")
    grouped = np.flatnonzero(mask_of(plain.str.contains(_GROUPED)))
    plain = scatter(plain, grouped, plain.gather(grouped).str.replace_all(r"[,\s']", ""))
    form = _EXPONENT if context.exponents else _JAVA_EXPONENT
    raised = np.flatnonzero(mask_of(plain.str.contains(form)))
    if not len(raised):
        return plain
    written_out = [f"{Decimal(text):f}" for text in plain.gather(raised)]
    return scatter(plain, raised, pl.Series(written_out, dtype=pl.String))


def _amount(received: pl.Series, column: Column, context: DecodeContext) -> Cleaned:
    """Reads an amount in yuan with two decimals, from yuan or fen."""
    digits = received
    odd = np.flatnonzero(mask_of(received.is_not_null() & ~received.str.contains(_PLAIN_AMOUNT)))
    if len(odd):
        digits = scatter(
            received, odd, _plain_number(received.gather(odd), context, yuan=column.unit != "fen")
        )
    pattern = _FEN if column.unit == "fen" else _NUMBER
    unread = mask_of(digits.is_not_null() & ~digits.str.contains(pattern))
    wide = pl.Decimal(38, 6)
    numbers = scatter(digits, np.flatnonzero(unread), None).cast(wide, strict=False)
    if column.unit == "fen":
        numbers = numbers.cast(pl.Decimal(38, 0)).cast(pl.Int64, strict=False)
        return _ranged(numbers, digits, unread, _LARGEST_AMOUNT * 100, fen=True)
    return _ranged(numbers, digits, unread, _LARGEST_AMOUNT, fen=False)


def _ranged(numbers: pl.Series, digits: pl.Series, unread: Bools, largest: int, *, fen: bool) -> Cleaned:
    negative = mask_of(numbers < 0)
    overflow = mask_of(numbers.is_null() & digits.is_not_null()) & ~unread
    too_large = overflow | mask_of(numbers > largest)
    unusable = negative | too_large | unread
    numbers = scatter(numbers, np.flatnonzero(unusable), None) if unusable.any() else numbers
    values = _from_fen(numbers) if fen else numbers.cast(AMOUNT)
    problems = [
        (rows, reason)
        for rows, reason in (
            (unread, "number_invalid"),
            (negative, "amount_negative"),
            (too_large, "amount_out_of_range"),
        )
        if rows.any()
    ]
    rounded = None if fen else mask_of(values.is_not_null() & digits.str.contains(_BEYOND_FEN))
    return Cleaned(values, problems, rounded)


def _from_fen(fen: pl.Series) -> pl.Series:
    yuan = fen.cast(pl.Decimal(38, 2)) / pl.Series([100]).cast(pl.Decimal(38, 0))
    return yuan.cast(AMOUNT)


def _decimal(received: pl.Series, column: Column, context: DecodeContext) -> Cleaned:
    digits = _plain_number(received, context)
    bad = mask_of(digits.is_not_null() & ~digits.str.contains(_NUMBER))
    numbers = scatter(digits, np.flatnonzero(bad), None).cast(pl.Decimal(38, 8), strict=False)
    bad |= mask_of(numbers.is_null() & digits.is_not_null()) | mask_of(numbers.abs() >= _LARGEST_DECIMAL)
    numbers = scatter(numbers, np.flatnonzero(bad), None)
    values = numbers.cast(DECIMAL)
    rounded = mask_of(values.cast(pl.Decimal(38, 8)) != numbers)
    return Cleaned(values, [(bad, "number_invalid")] if bad.any() else [], rounded)


def _integer(received: pl.Series, column: Column, context: DecodeContext) -> Cleaned:
    digits = received
    odd = np.flatnonzero(mask_of(~received.str.contains("^[0-9]+$")))
    if len(odd):
        texts = _plain_number(received.gather(odd), context)
        texts = scatter(texts, np.flatnonzero(~mask_of(texts.str.contains(_WHOLE))), None)
        digits = scatter(received, odd, texts.str.replace(r"\.0*$", "").str.replace(r"^\+", ""))
    values = digits.cast(pl.Int32, strict=False)
    bad = mask_of(values.is_null() & received.is_not_null())
    return Cleaned(values, [(bad, "number_invalid")] if bad.any() else [])


def _compared(cleaner: Callable[[pl.Series, DecodeContext], Cleaned]) -> Cleaner:
    return lambda received, column, context: cleaner(received, context)


_CLEANERS: dict[str, Cleaner] = {
    "text": _text,
    "name": _compared(names.clean_name),
    "id_number": _compared(identity.clean_identity),
    "uscc": _compared(identity.clean_uscc),
    "certificate_no": _compared(identity.clean_certificate),
    "account": _compared(accounts.clean_account),
    "region": _region,
    "code": _code,
    "flag": _flag,
    "integer": _integer,
    "decimal": _decimal,
    "amount": _amount,
    "date": _compared(dates.clean_date),
    "month": _compared(dates.clean_month),
    "timestamp": _compared(dates.clean_timestamp),
}
__all__ = ["AMOUNT", "DECIMAL", "clean_column", "differs"]

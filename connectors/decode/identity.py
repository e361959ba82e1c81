"""Cleans resident identity numbers, certificates that embed one, and social credit codes.

Only form, calendar date and check digit are judged (GB 11643, GB 32100). The division is not, because
divisions are abolished and renumbered while the numbers issued under them stay valid.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from connectors.decode.text import (
    Bools,
    Cleaned,
    DecodeContext,
    byte_matrix,
    days_of,
    differs,
    is_calendar_day,
    mask_of,
    number_at,
    scatter,
)

#: ISO 7064 MOD 11-2, as GB 11643 uses it.
_ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
_ID_CHECKS = np.frombuffer(b"10X98765432", dtype=np.uint8)
#: GB 32100: 31 symbols, powers of 3.
_USCC_SYMBOLS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = np.array([pow(3, i, 31) for i in range(17)], dtype=np.int64)

#: Put around numbers by departments: blanks, quotes, hyphens, invisible format characters, Excel's ``=``.
_WRAPPING = r"[\s\p{Cf}\"'`‘’“”＂＇\-‐‑‒–—−]+"
#: Characters written in place of the check character X: multiplication signs, Cyrillic and Greek letters.
_CROSSES = r"^([0-9]{17})[×✕✖✗✘⨯╳ХΧ]"
#: Old programs write a star for X. A star may also hide another character: the 17 digits decide.
_STAR = r"^[0-9]{17}\*"
_EARLIEST_BIRTH = date(1850, 1, 1)
_EPOCH = date(1970, 1, 1)

#: Verdicts of ``_verdicts``, in the order in which they win.
_OK, _LOST, _PLACEHOLDER, _LENGTH, _DATE, _CHECK = range(6)
_REASONS = {
    _LOST: "id_digits_lost",
    _PLACEHOLDER: "id_placeholder",
    _LENGTH: "id_length",
    _DATE: "id_date",
    _CHECK: "id_check_digit",
}


def bare_number(text: pl.Series) -> pl.Series:
    """Folds numbers to NFKC upper case without wrapping; empty becomes null."""
    bare = (
        text.str.normalize("NFKC").str.replace_all(_WRAPPING, "").str.replace(r"^=+", "").str.to_uppercase()
    )
    return scatter(bare, np.flatnonzero(mask_of(bare == "")), None)


def _with_x(numbers: pl.Series) -> pl.Series:
    """Numbers with the letter X where something else was written for it."""
    numbers = numbers.str.replace(_CROSSES, "${1}X")
    starred = np.flatnonzero(mask_of(numbers.str.contains(_STAR)))
    if not len(starred):
        return numbers
    first17 = numbers.gather(starred).str.slice(0, 17)
    is_x = mask_of(check_digits(first17) == "X")
    told = first17.gather(np.flatnonzero(is_x)) + "X" + numbers.gather(starred[is_x]).str.slice(18)
    return scatter(numbers, starred[is_x], told)


def check_digits(first17: pl.Series) -> pl.Series:
    """Computes the check character of each text of 17 digits (ISO 7064 MOD 11-2, GB 11643)."""
    digits = byte_matrix(first17, 17).astype(np.int64) - 48
    found = _ID_CHECKS[(digits @ _ID_WEIGHTS) % 11]
    return pl.Series(first17.name, [chr(c) for c in found], dtype=pl.String)


def clean_identity(received: pl.Series, context: DecodeContext) -> Cleaned:
    """Reads identity numbers as 18 characters. Invalid ones keep their cleaned text beside the reason."""
    values = received
    verdicts = _verdicts(values, context.as_of)
    doubtful = np.flatnonzero((verdicts != _OK) & mask_of(values.is_not_null()))
    if len(doubtful):
        fixed = _upgraded(_with_x(bare_number(values.gather(doubtful))))
        values = scatter(values, doubtful, fixed)
        verdicts[doubtful] = _verdicts(fixed, context.as_of)
    problems = [(verdicts == code, reason) for code, reason in _REASONS.items() if (verdicts == code).any()]
    changed = np.zeros(len(values), dtype=bool)
    if len(doubtful):
        changed[doubtful] = differs(values.gather(doubtful), received.gather(doubtful))
    return Cleaned(values, problems, changed)


def _upgraded(numbers: pl.Series) -> pl.Series:
    """Makes 18 digits of 15: adds the century 19 and a check character."""
    old = np.flatnonzero(mask_of(numbers.str.contains(r"^[0-9]{15}$") & ~_one_digit_only(numbers)))
    if not len(old):
        return numbers
    short = numbers.gather(old)
    first17 = short.str.slice(0, 6) + "19" + short.str.slice(6)
    return scatter(numbers, old, first17 + check_digits(first17))


def _one_digit_only(numbers: pl.Series) -> pl.Series:
    return numbers.str.contains("^(0{6,}|1{6,}|2{6,}|3{6,}|4{6,}|5{6,}|6{6,}|7{6,}|8{6,}|9{6,}|X{6,})$")


def _verdicts(numbers: pl.Series, as_of: date) -> npt.NDArray[np.int8]:
    """Returns one verdict a row. Null passes: whether a value may be missing is a property of the column."""
    verdicts = np.full(len(numbers), _LENGTH, dtype=np.int8)
    verdicts[mask_of(numbers.is_null())] = _OK
    full = np.flatnonzero(mask_of(numbers.str.len_bytes() == 18))
    verdicts[full] = _verdicts_of_18(byte_matrix(numbers.gather(full), 18), as_of)
    rest = np.flatnonzero(verdicts != _OK)
    if len(rest):
        texts = numbers.gather(rest)
        verdicts[rest[mask_of(_one_digit_only(texts))]] = _PLACEHOLDER
        lost = texts.str.contains(r"^[0-9]+(\.[0-9]+)?[Ee]\+?[0-9]+$")
        verdicts[rest[mask_of(lost)]] = _LOST
    return verdicts


def _verdicts_of_18(matrix: npt.NDArray[np.uint8], as_of: date) -> npt.NDArray[np.int8]:
    digits = matrix[:, :17] - np.uint8(48)  # anything that is no digit wraps to a value above 9
    last_ok = ((matrix[:, 17] >= 48) & (matrix[:, 17] <= 57)) | (matrix[:, 17] == ord("X"))
    shaped = (digits <= 9).all(axis=1) & last_ok
    year, month, day = number_at(digits, 6, 10), number_at(digits, 10, 12), number_at(digits, 12, 14)
    real = is_calendar_day(year, month, day)
    born = days_of(year, np.where(real, month, 1), np.where(real, day, 1))
    real &= (born >= (_EARLIEST_BIRTH - _EPOCH).days) & (born <= (as_of - _EPOCH).days)
    agrees = _ID_CHECKS[(digits.astype(np.int64) @ _ID_WEIGHTS) % 11] == matrix[:, 17]
    verdicts = np.where(agrees, _OK, _CHECK)
    verdicts = np.where(real, verdicts, _DATE)
    result: npt.NDArray[np.int8] = np.where(shaped, verdicts, _LENGTH).astype(np.int8)
    return result


def clean_certificate(received: pl.Series, context: DecodeContext) -> Cleaned:
    """Reads disability certificates: an identity number, class 1-7, level 1-4, perhaps a re-issue suffix."""
    values = scatter(received, np.flatnonzero(mask_of(received.is_not_null())), None)
    present = np.flatnonzero(mask_of(received.is_not_null()))
    values = scatter(values, present, _with_x(bare_number(received.gather(present))))
    shaped = mask_of(values.str.contains(r"^[0-9]{17}[0-9X][1-7][1-4](B[0-9]+)?$"))
    inner = values.str.slice(0, 18)
    bad = mask_of(values.is_not_null()) & (~shaped | (_verdicts(inner, context.as_of) != _OK))
    return Cleaned(values, [(bad, "certificate_invalid")] if bad.any() else [], differs(values, received))


def clean_uscc(received: pl.Series, context: DecodeContext) -> Cleaned:
    """Reads unified social credit codes (GB 32100): 18 symbols with a check symbol; any issuing
    department.
    """
    values = bare_number(received)
    bad = mask_of(values.is_not_null())
    full = np.flatnonzero(mask_of(values.str.len_bytes() == 18))
    bad[full] = ~_uscc_valid(byte_matrix(values.gather(full), 18))
    bad |= mask_of(_one_digit_only(values))  # the check symbol of zeros is a zero
    return Cleaned(values, [(bad, "uscc_invalid")] if bad.any() else [], differs(values, received))


def _uscc_valid(matrix: npt.NDArray[np.uint8]) -> Bools:
    table = np.full(256, -1, dtype=np.int64)
    table[np.frombuffer(_USCC_SYMBOLS.encode(), dtype=np.uint8)] = np.arange(31)
    symbols = table[matrix]
    expected = (31 - (symbols[:, :17] @ _USCC_WEIGHTS) % 31) % 31
    result: Bools = (symbols >= 0).all(axis=1) & (expected == symbols[:, 17])
    return result

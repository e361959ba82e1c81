"""Cleans account numbers: keeps their last four digits, and a keyed digest that tells accounts apart.

The hub has no use for a whole account number. It does need to know whether two payments went to one account,
which the last four digits cannot say. The digest can, and nobody without the key can try numbers on it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from connectors.decode import no_value
from connectors.decode.characters import fold
from connectors.decode.text import Bools, Cleaned, DecodeContext, mask_of, scatter
from connectors.masking import ACCOUNT_STARS

#: A long number as a spreadsheet writes it, in exponent form: digits are lost.
CUT_NUMBER = r"^[0-9](?:\.[0-9]+[Ee]\+?|[Ee]\+)[0-9]{1,2}$"
#: An account number that a spreadsheet kept as a number: 15 digits, and zeros in place of three or more.
_CUT_ACCOUNT = r"^[0-9]{15}0{3,5}$"
#: A whole number that a program wrote as one with decimals: they are no digits of the account. Up to 2 to the
#: power of 53 a floating-point number is exact; beyond, nobody knows whether the last digits were rounded.
_ZERO_DECIMALS = r"^([0-9]+)\.0+$"
_ROUNDED_ACCOUNT = r"^(?:9[0-9]{15}|[0-9]{17,})\.0+$"
#: An account number of at least this length counts as complete and is masked.
_FULL_ACCOUNT = r"[0-9A-Za-z]{12,}"
#: Separators between its digits. Stars are kept: they stand for digits that were left out.
_BLANKS = r"\s+"
_BETWEEN_DIGITS = r"[^0-9A-Za-z*]+"

#: A number that can be compared: letters and digits, in groups behind one dash, and no more than any account
#: has. Other marks may stand for digits that were left out (``6222••••1234567``), words for anything.
_SPELLED = r"^[0-9A-Za-z]+(?:[-_\x{2010}-\x{2015}\x{2212}][0-9A-Za-z]+)*$"
_COMPARABLE = r"^[0-9A-Z]{12,34}$"
#: Digits were left out (``6222XXXXXXXX1234``), were lost (``6222021234567E5``), or were never filled in.
_LEFT_OUT = r"[Xx]{2}"
_RAISED = r"^[0-9]+[Ee][0-9]{1,2}$"
_FILLER = "^(?:" + "|".join(f"{digit}+" for digit in "0123456789") + ")$"
#: 128 bit: enough that two accounts never get the same key.
_HEX_DIGITS = 32


@dataclass(frozen=True)
class _Read:
    """Account numbers as read.

    ``spelled``: in plain characters, without blanks and zero decimals; ``bare``: also without anything
    between the digits. ``decimal``: rows that had zero decimals. ``lost``: rows whose digits are not all
    there.
    """

    spelled: pl.Series
    bare: pl.Series
    decimal: npt.NDArray[np.int64]
    lost: Bools


def _read(received: pl.Series) -> _Read:
    text = fold(received).str.replace_all(_BLANKS, "")
    rounded = text.str.contains(_ROUNDED_ACCOUNT)
    decimal = np.flatnonzero(mask_of(text.str.contains(_ZERO_DECIMALS)))
    spelled = scatter(text, decimal, text.gather(decimal).str.replace(_ZERO_DECIMALS, "$1"))
    bare = spelled.str.replace_all(_BETWEEN_DIGITS, "")
    lost = mask_of(text.str.contains(CUT_NUMBER) | rounded | bare.str.contains(_CUT_ACCOUNT))
    return _Read(spelled, bare, decimal, lost)


def clean_account(received: pl.Series, context: DecodeContext) -> Cleaned:
    """Keeps an account as it is, but cuts a whole number down to its last four digits.

    The last four of a number that lost digits belong to nobody: it becomes null with reason ``digits_lost``.
    """
    read = _read(received)
    received = scatter(received, read.decimal, read.spelled.gather(read.decimal))
    whole = np.flatnonzero(mask_of(read.bare.str.contains(_FULL_ACCOUNT)))
    values = scatter(received, whole, mask_accounts(read.bare.gather(whole))) if len(whole) else received
    cut = np.zeros(len(values), dtype=bool)
    cut[read.decimal] = True
    cut[whole] = False  # no whole number is kept as received
    changed = cut if cut.any() else None
    if not read.lost.any():
        return Cleaned(values, changed=changed)
    return Cleaned(no_value.set_null(values, read.lost), [(read.lost, "digits_lost")], changed)


def mask_accounts(accounts: pl.Series) -> pl.Series:
    """Masks each account number: four stars and its last four digits."""
    return ACCOUNT_STARS + accounts.str.slice(-4)


def digests(received: pl.Series, context: DecodeContext) -> pl.Series:
    """Returns a keyed digest of every whole number, the same for all its spellings; null for anything else.

    ``received`` is trimmed text. Without a key all digests are null.
    """
    unknown = pl.Series([None], dtype=pl.String).new_from_index(0, len(received))
    if context.account_key is None:
        return unknown
    numbers = _whole_numbers(received)
    each = numbers.drop_nulls().unique()
    if not len(each):
        return unknown
    return numbers.replace_strict(
        each, pl.Series([_digest(context.account_key, number) for number in each]), default=None
    )


def _whole_numbers(received: pl.Series) -> pl.Series:
    read = _read(received)
    numbers = read.bare.str.to_uppercase()
    sure = mask_of(read.spelled.str.contains(_SPELLED) & numbers.str.contains(_COMPARABLE))
    for doubtful in (_LEFT_OUT, _RAISED):
        sure &= ~mask_of(read.spelled.str.contains(doubtful))
    sure &= ~read.lost & ~mask_of(numbers.str.contains(_FILLER))
    return no_value.set_null(numbers, ~sure)


def _digest(key: bytes, number: str) -> str:
    return hmac.digest(key, number.encode(), "sha256").hex()[:_HEX_DIGITS]

"""Rewrites days and times from the spellings of other programs and of people into the usual one.

It is used only for what the usual forms do not cover. A spelling that can be read two ways (``02/03/2024``, a
year of two digits, ``24:00:00``) is not covered: it stays unread. The result is read like any other text, so
a day that is on no calendar is still refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<m>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_YEAR = r"(?P<y>[0-9]{4})"
_DAY = r"(?P<d>[0-9]{1,2})"
_CLOCK = r"(?P<t>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]+)?)"
_ZONE = r"(?P<z>\s*(?:z|utc|gmt|cst|cdt|(?:utc|gmt)?\s*[+-][0-9:]{1,8}))"

#: Java's and C's texts of a moment, those of JavaScript and of mail headers, of SQL Server's ``convert``, and
#: of Oracle with a whole year; then months alone. All letters are small by now.
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_MONTH} {_DAY} {_CLOCK}(?:{_ZONE})? {_YEAR}",
        rf"{_MONTH} {_DAY},? {_YEAR}(?: {_CLOCK}(?:{_ZONE})?)?",
        rf"{_DAY}[- ]{_MONTH}[- ]{_YEAR}(?: {_CLOCK}(?:{_ZONE})?)?",
        rf"{_YEAR}[- ]{_MONTH}[- ]{_DAY}(?: {_CLOCK}(?:{_ZONE})?)?",
        rf"{_DAY}-(?P<n>1[0-2]|0?[1-9])月-{_YEAR}(?: {_CLOCK}(?:{_ZONE})?)?",
        rf"{_MONTH}[- ]{_YEAR}",
        rf"{_YEAR}[- ]{_MONTH}",
        rf"(?P<n>1[0-2]|0?[1-9])(?:月-|[-/.]){_YEAR}",
    )
)
#: Another order of a day that means "no end", whichever of the two is the month.
_ENDLESS = re.compile(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.](9999)")
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+|\s*(?:星期|周)[一二三四五六日天]\s*")
#: The name of our own zone, and what JavaScript puts behind an offset.
_OUR_ZONE = re.compile(
    r"\s*(?:\[asia/(?:shanghai|chongqing|harbin|urumqi)\]|\(?(?:中国标准时间|北京时间)\)?)"
)
_BEHIND_OFFSET = re.compile(r"([+-][0-9]{2}:?[0-9]{2})\s*(?:\([^()]*\)|\[[a-z/_]+\])$")
_ESCAPE = re.compile(r"^\{(?:ts|d)\s*'([^']*)'\}$")

#: In this order: what is one sign in many shapes, then the words between the numbers.
_TIDIED: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (_ESCAPE, r"\1"),
    (re.compile("[‐‑‒–—―−﹣－]"), "-"),
    (re.compile("[。｡、]"), "."),
    (_WEEKDAY, " "),
    (_BEHIND_OFFSET, r"\1"),
    (_OUR_ZONE, ""),
    (re.compile("[〇零○一二两三四五六七八九十廿卅]+(?=[年月日号时点分秒])"), lambda m: _number(m[0])),
    (re.compile(r"民[国國]\s*([0-9]{1,3})\s*年"), lambda m: f"{int(m[1]) + 1911}年"),
    (re.compile("号|號"), "日"),
    (re.compile("月份"), "月"),
    (re.compile(r"\s*([年月日时時点點分秒/])\s*"), r"\1"),
    (re.compile(r"(?<=[0-9])\s*([-.])\s*(?=[0-9])"), r"\1"),
    (re.compile(r"([0-9]{1,2})[时時点點](?:整$|$)"), r"\1:00:00"),
    (re.compile(r"([0-9]{1,2})[时時点點]([0-9]{1,2})分?(?:([0-9]{1,2})秒)?"), lambda m: _clock(m)),
    (re.compile(r"日(?=[0-9上下])"), "日 "),
    # before noon and after it, in front of the time or behind it
    (re.compile(r"\s*(?P<w>上午|下午|am|pm)\s*(?P<h>[0-9]{1,2})(?P<r>(?::[0-9.]+)*)"), lambda m: _noon(m)),
    (re.compile(r"\s*\b(?P<h>[0-9]{1,2})(?P<r>(?::[0-9.]+)+)\s*(?P<w>上午|下午|am|pm)"), lambda m: _noon(m)),
    # DB2; a fraction behind a colon; a day and a time without signs; whole numbers kept with decimals
    (re.compile(r"^(.{10})-([0-9]{2})\.([0-9]{2})\.([0-9]{2})(?=\.|$)"), r"\1 \2:\3:\4"),
    (re.compile(r"([0-9]:[0-9]{2}:[0-9]{2}):([0-9]{3})$"), r"\1.\2"),
    (re.compile(r"^([0-9]{8})[ t]?([0-9]{2})([0-9]{2})([0-9]{2})(?=\.[0-9]+$|$)"), r"\1 \2:\3:\4"),
    (re.compile(r"^([0-9]{6}|[0-9]{8})\.0+$"), r"\1"),
    (re.compile(r"^([12])\.([0-9]{1,7})e7$"), lambda m: m[1] + m[2].ljust(7, "0")),
    (re.compile(r"\s+"), " "),
)
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_TENS = {"十": 1, "廿": 2, "卅": 3}


def respell(texts: pl.Series) -> pl.Series:
    """Returns each text in the usual spelling; null where it has no other spelling. Expects texts in NFKC."""
    every = texts.unique().drop_nulls()
    respelled = {text: new for text in every if (new := _respelled(text)) is not None}
    return texts.replace_strict(
        list(respelled), list(respelled.values()), default=None, return_dtype=pl.String
    )


def _respelled(text: str) -> str | None:
    if len(text) > 80:
        return None
    tidied = text.lower()
    for pattern, new in _TIDIED:
        tidied = pattern.sub(new, tidied).strip()
    if endless := _ENDLESS.fullmatch(tidied):
        return f"{endless[1]}-12-31"
    for form in _FORMS:
        if found := form.fullmatch(tidied):
            return _usual(found)
    return tidied if tidied != text.lower() else None


def _usual(found: re.Match[str]) -> str:
    parts = found.groupdict()
    month = parts.get("n") or f"{_MONTHS.index(parts['m'][:3]) + 1:02d}"
    day = f"-{parts['d']}" if parts.get("d") else ""
    return f"{parts['y']}-{month}{day} {parts.get('t') or ''}{parts.get('z') or ''}".strip()


def _number(signs: str) -> str:
    """Reads a number of Chinese signs: digit by digit (二〇二四), or with tens (三十一)."""
    for ten, value in _TENS.items():
        if ten in signs:
            before, _, after = signs.partition(ten)
            tens = value * _DIGITS.get(before or "一", 10)
            # anything else than "三十一" is no day and no month; it stays what it is
            plain = len(before) < 2 and len(after) < 2 and after not in _TENS
            return str(tens * 10 + (_DIGITS[after] if after else 0)) if plain else signs
    return "".join(str(_DIGITS[sign]) for sign in signs)


def _clock(found: re.Match[str]) -> str:
    return f"{found[1]}:{found[2]:0>2}:{found[3] or '0':0>2}"


def _noon(found: re.Match[str]) -> str:
    """Reads a time with a.m. or p.m.

    Twelve a.m. is midnight; an impossible hour keeps its word and stays unread.
    """
    hour, after = int(found["h"]), found["w"] in ("下午", "pm")
    if not 1 <= hour <= 12:
        return found[0]
    return f" {hour % 12 + 12 * after:02d}{found['r'] or ':00'}"

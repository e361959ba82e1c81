"""Knows the forms in which departments keep a time as text or number, as far as they sort by time.

A form is written with Y M D h m s f for the parts of a time, each with all its digits, and E or e for seconds
or milliseconds since 1970. Other forms (a month without its zero, a year of two digits) do not sort by time:
no bound can be compared with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_EXAMPLE = datetime.fromisoformat("2020-05-12T08:30:00")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00")
_PARTS = {"Y": 4, "M": 2, "D": 2, "h": 2, "m": 2, "s": 2, "f": 3, "E": 10, "e": 13}
#: Years in which a row may have been changed.
_YEARS = range(1980, 2101)
_DATES = ("Y-M-D", "Y/M/D", "Y.M.D", "Y年M月D日", "YMD")
_CLOCKS = ("", "{}h:m", "{}h:m:s")
_CHINESE = (
    "Y年M月D日h时m分",
    "Y年M月D日 h时m分",
    "Y年M月D日h时m分s秒",
    "Y年M月D日 h时m分s秒",
    "Y年M月D日h:m:s",
)
_COMPACT = ("YMDhm", "YMDhms", "YMDhmsf", "YMDh", "YMD hm", "YMD hms", "YMDThm", "YMDThms", "E", "e")


@dataclass(frozen=True)
class Form:
    """One way to write a time."""

    template: str

    @property
    def step(self) -> timedelta:
        """Returns the smallest difference the form can write."""
        if "e" in self.template or "f" in self.template:
            return timedelta(milliseconds=1)
        if "s" in self.template or "E" in self.template:
            return timedelta(seconds=1)
        return timedelta(minutes=1) if "m" in self.template else self._coarse

    @property
    def _coarse(self) -> timedelta:
        return timedelta(hours=1) if "h" in self.template else timedelta(days=1)

    @property
    def is_number(self) -> bool:
        """Tells whether the form has digits only."""
        return all(letter in _PARTS for letter in self.template)

    @property
    def open_ended(self) -> bool:
        """Tells whether a fraction of a second or an offset may follow."""
        return self.template.endswith("h:m:s")

    @property
    def like(self) -> str:
        """Returns the SQL pattern of its values."""
        pattern = "".join("_" * _PARTS.get(letter, 0) or letter for letter in self.template)
        return pattern + ("%" if self.open_ended else "")

    @property
    def example(self) -> str:
        """Returns an example for a message."""
        return self.write(_EXAMPLE)

    def write(self, moment: datetime, *, up: bool = False) -> str:
        """Writes a local ``moment`` in this form; what the form cannot write is rounded down, or ``up``."""
        left = (moment - _EPOCH) % self.step
        if left:
            moment += (self.step - left) if up else -left
        since_1970 = moment.replace(tzinfo=SHANGHAI).timestamp()
        values = {
            "Y": f"{moment.year:04}",
            "M": f"{moment.month:02}",
            "D": f"{moment.day:02}",
            "h": f"{moment.hour:02}",
            "m": f"{moment.minute:02}",
            "s": f"{moment.second:02}",
            "f": f"{moment.microsecond // 1000:03}",
            "E": f"{int(since_1970):010}",
            "e": f"{round(since_1970 * 1000):013}",
        }
        return "".join(values.get(letter, letter) for letter in self.template)

    def reads(self, text: str) -> bool:
        """Tells whether ``text`` is a time of a likely year in this form."""
        found = self._pattern().fullmatch(text)
        if found is None:
            return False
        try:
            return _moment(found.groupdict()).year in _YEARS
        except (ValueError, OverflowError, OSError):
            return False

    def _pattern(self) -> re.Pattern[str]:
        parts = [
            f"(?P<{letter}>[0-9]{{{_PARTS[letter]}}})" if letter in _PARTS else re.escape(letter)
            for letter in self.template
        ]
        ending = r"(?:[.,][0-9]+)?(?: ?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?))?" if self.open_ended else ""
        return re.compile("".join(parts) + ending)


def _moment(parts: dict[str, str]) -> datetime:
    if "E" in parts or "e" in parts:
        seconds = int(parts["E"]) if "E" in parts else int(parts["e"]) / 1000
        return datetime.fromtimestamp(seconds, SHANGHAI)
    year, month, day = (int(parts[letter]) for letter in "YMD")
    hour, minute, second = (int(parts.get(letter, "0")) for letter in "hms")
    return datetime.combine(date(year, month, day), time(hour, minute, second))


def _all_forms() -> Iterable[Form]:
    for day in _DATES:
        for clock in _CLOCKS:
            for between in (" ", "T") if clock else ("",):
                yield Form(day + clock.format(between))
    yield from map(Form, (*_CHINESE, *_COMPACT))


FORMS = tuple(_all_forms())


def form_of(values: Iterable[str], *, numbers: bool = False) -> Form | None:
    """Returns the first form in which one of ``values`` is a time, or None; with ``numbers`` one of digits
    only.
    """
    forms = [form for form in FORMS if form.is_number or not numbers]
    return next((form for value in values for form in forms if form.reads(value)), None)

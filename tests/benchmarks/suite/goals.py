"""Goals, what was measured, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal

import yaml

GOALS = Path(__file__).with_name("goals.yml")
Verdict = Literal["met", "not met", "not measured"]


@dataclass(frozen=True)
class Goal:
    """One line of the table. Exactly one of ``at_least`` and ``at_most`` is set."""

    line: str
    what: str
    value: str
    reason: str
    idea: str
    at_least: float | None = None
    at_most: float | None = None
    percent: bool = False
    from_scale: float = 0.0

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError(f"goal {self.line}: set at_least or at_most, and not both")

    @property
    def bound(self) -> str:
        """Returns the goal as it is printed."""
        if self.at_least is not None:
            return f"≥ {self.shown(self.at_least)}"
        return f"≤ {self.shown(self.at_most or 0.0)}"

    def shown(self, value: float) -> str:
        """Returns a value of this line as it is printed."""
        if self.percent:
            return f"{value * 100:.1f} %"
        return f"{value:.0f}" if value >= 100 else f"{value:.3g}"

    def is_met(self, value: float) -> bool:
        """Tells whether a measured value meets the goal."""
        if self.at_least is not None:
            return value >= self.at_least
        return value <= (self.at_most or 0.0)

    def headroom(self, value: float) -> float:
        """Returns how far the value is from the goal: 1 meets it exactly, more is better."""
        if self.at_least is not None:
            return value / self.at_least
        return (self.at_most or 0.0) / value if value else float("inf")


@dataclass(frozen=True)
class Result:
    """What one line measured. ``value`` None: ``note`` says why it was not."""

    value: float | None
    note: str = ""
    pairs: int = 1

    @classmethod
    def of_pairs(cls, ratios: Sequence[float], note: str = "") -> Result:
        """Returns the median of ratios that were measured in turn."""
        return cls(median(ratios), note, len(ratios))

    @classmethod
    def missing(cls, why: str) -> Result:
        """Returns the result of a line that could not be measured."""
        return cls(None, why, 0)


@dataclass(frozen=True)
class Line:
    """A goal beside what was measured."""

    goal: Goal
    result: Result

    @property
    def verdict(self) -> Verdict:
        """Returns the verdict."""
        if self.result.value is None:
            return "not measured"
        return "met" if self.goal.is_met(self.result.value) else "not met"

    @property
    def measured(self) -> str:
        """Returns the measured value as it is printed."""
        return "–" if self.result.value is None else self.goal.shown(self.result.value)

    def as_json(self) -> dict[str, Any]:
        """Returns the line as it stands in ``results.json``."""
        return {
            **asdict(self.goal),
            **asdict(self.result),
            "measured": self.result.value,
            "met": self.verdict,
        }


def load_goals(path: Path = GOALS) -> dict[str, Goal]:
    """Returns all goals by line, in the order of the file."""
    given: Mapping[str, Mapping[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {line: Goal(line=line, **fields) for line, fields in given.items()}

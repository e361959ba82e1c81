"""The vocabulary of the gate: checks, the figures they bound, results and the verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from connectors.errors import GateFailed
from connectors.masking import mask_text

Severity = Literal["error", "warning"]
Stage = Literal["feeds", "marts"]


@dataclass(frozen=True)
class Check:
    """A bound on one figure of a profile. ``figure`` is the figure's name, unique within its target.

    ``minimum`` and ``maximum`` are inclusive; None is no bound. ``zh`` and ``en`` say what must hold.
    ``table`` is set for a table of a feed that is not its main one.
    """

    name: str
    figure: str
    severity: Severity
    zh: str
    en: str
    minimum: float | None = None
    maximum: float | None = None
    table: str | None = None

    @property
    def expected(self) -> str:
        """Returns the bound as text: ``at least 5``, ``at most 0``, ``0 to 3``."""
        low, high = _number(self.minimum), _number(self.maximum)
        if self.minimum is None:
            return f"at most {high}"
        return f"at least {low}" if self.maximum is None else f"{low} to {high}"


@dataclass(frozen=True)
class Figure:
    """A measured figure. ``columns`` says which columns make it up: (column, what was found in it).

    ``text`` is what people read in place of the plain number.
    """

    value: float
    columns: tuple[tuple[str, str], ...] = ()
    text: str | None = None

    @property
    def observed(self) -> str:
        """Returns the figure as text."""
        return self.text or _number(self.value)


@dataclass(frozen=True)
class CheckTarget:
    """What one suite checks: a feed with one of its batches, or a candidate mart.

    ``name`` is unique within a run; ``figures`` holds a figure for every check.
    """

    name: str
    feed_id: str
    batch_id: str | None
    checks: tuple[Check, ...]
    figures: dict[str, Figure]


@dataclass(frozen=True)
class CheckResult:
    """One line of ``ops.check_results``. ``feed_id``: the feed, or in stage ``marts`` the candidate mart."""

    stage: Stage
    feed_id: str
    batch_id: str | None
    check: str
    column: str | None
    severity: Severity
    success: bool
    observed: str
    expected: str


@dataclass(frozen=True)
class CheckFailure:
    """A check that does not hold: its line in ``ops.check_results``, and a message for people."""

    stage: Stage
    feed_id: str
    batch_id: str | None
    check: str
    column: str | None
    severity: Severity
    observed: str
    expected: str
    message: str

    def __str__(self) -> str:
        return self.message

    @classmethod
    def of(cls, result: CheckResult, note: str = "") -> CheckFailure:
        """Builds the failure of a result, with ``note`` at the end of its message."""
        where = f"{result.feed_id}: check {result.check}"
        column = f" of {result.column}" if result.column else ""
        batch = f" (batch {result.batch_id})" if result.batch_id else ""
        message = f"{where}{column} failed{batch}: found {result.observed}, expected {result.expected}"
        return cls(
            result.stage,
            result.feed_id,
            result.batch_id,
            result.check,
            result.column,
            result.severity,
            result.observed,
            result.expected,
            mask_text(message + (f"; {note}" if note else "")),
        )


@dataclass(frozen=True)
class GateResult:
    """The verdict. ``ok`` unless a check of severity error failed; ``failures`` holds the warnings, too.

    ``checked``: how many feed batches, feed freshnesses or marts were checked now. ``docs_path``: the page to
    open.
    """

    ok: bool
    failures: list[CheckFailure]
    checked: int
    docs_path: Path

    @classmethod
    def of(cls, failures: Iterable[CheckFailure], checked: int, docs_path: Path) -> GateResult:
        """Builds the verdict of these failures, sorted by severity, feed and check."""
        found = sorted(failures, key=lambda f: (f.severity, f.feed_id, f.check, f.column or ""))
        return cls(all(f.severity != "error" for f in found), found, checked, docs_path)

    @property
    def errors(self) -> list[CheckFailure]:
        """Returns the failures that stop the publication."""
        return [f for f in self.failures if f.severity == "error"]

    @property
    def warnings(self) -> list[CheckFailure]:
        """Returns the failures that are only recorded and shown."""
        return [f for f in self.failures if f.severity == "warning"]

    def raise_if_failed(self) -> None:
        """Raises ``GateFailed`` (exit code 4), which names every feed and check, unless ``ok``."""
        if self.ok:
            return
        lines = "\n".join(f"  {failure.message}" for failure in self.errors)
        raise GateFailed(
            "the gate stopped the publication; what was published last stays as it is\n"
            f"{lines}\n  details: {self.docs_path}"
        )


def _number(value: float | None) -> str:
    if value is None:
        return "none"
    return str(int(value)) if float(value).is_integer() else f"{value:.4f}".rstrip("0")

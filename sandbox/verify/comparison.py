"""Compares what was planted with what was found, for one rule or one kind of amount."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.errors import HubError

#: rule, subject (ID number, application or credit code), event or benefit, confidence;
#: of money: kind, case (stay, home, cremation), month, amount
Fact = tuple[str, str, str, str]


class TruthDiffers(HubError):
    """The published marts differ from what the sandbox planted."""

    exit_code = 1


@dataclass(frozen=True)
class Comparison:
    """The comparison of one rule.

    ``missed``: planted, not found; ``wrong``: found, not planted (or not so).
    """

    rule: str
    expected: int
    found: int
    missed: frozenset[Fact]
    wrong: frozenset[Fact]

    @property
    def exact(self) -> bool:
        """Tells whether nothing is missed and nothing is wrong."""
        return not self.missed and not self.wrong

"""The goals as a picture: a bar for each line, as long as it is near its goal. Plain SVG, no library."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2
from xml.sax.saxutils import escape

from tests.benchmarks.suite.goals import Line

_ROW, _LEFT, _HALF, _RIGHT = 26, 250, 260, 170
#: The picture shows from a thirty-second of the goal to thirty-two times as good.
_STEPS = 5
_COLOURS = {"met": "#2e7d32", "not met": "#c62828", "not measured": "#9e9e9e"}
_TEXT = 'font-family="sans-serif" font-size="12"'


def svg(lines: Sequence[Line], title: str) -> str:
    """Returns the picture. A bar to the right of the middle meets its goal; each step is a factor of two."""
    width, middle = _LEFT + 2 * _HALF + _RIGHT, _LEFT + _HALF
    height = 64 + _ROW * len(lines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        _text(12, 22, title, 'font-weight="bold"'),
        _text(middle, 42, "goal", 'text-anchor="middle"'),
    ]
    for step in range(-_STEPS + 1, _STEPS):
        x = middle + step * _HALF / _STEPS
        colour = "#424242" if step == 0 else "#e0e0e0"
        parts.append(f'<line x1="{x:.1f}" y1="48" x2="{x:.1f}" y2="{height - 10}" stroke="{colour}"/>')
    for number, line in enumerate(lines):
        parts += _bar(line, 52 + _ROW * number, middle)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bar(line: Line, y: int, middle: int) -> list[str]:
    shown = f"{line.measured} (goal {line.goal.bound})"
    found = [
        _text(_LEFT - 10, y + 16, line.goal.line, 'text-anchor="end"'),
        _text(middle + _HALF + 10, y + 16, shown if line.result.value is not None else "not measured"),
    ]
    if line.result.value is None:
        return found
    length = offset(line.goal.headroom(line.result.value)) * _HALF / _STEPS
    x = min(middle, middle + length)
    found.append(
        f'<rect x="{x:.1f}" y="{y + 4}" width="{max(abs(length), 2):.1f}" height="{_ROW - 10}" '
        f'fill="{_COLOURS[line.verdict]}"/>'
    )
    return found


def offset(headroom: float) -> float:
    """Returns how many factors of two a line is from its goal, within the picture."""
    if headroom <= 0:
        return -float(_STEPS)
    return max(-float(_STEPS), min(float(_STEPS), log2(headroom)))


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x}" y="{y}" {_TEXT} {more}>{escape(text)}</text>'

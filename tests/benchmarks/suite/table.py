"""The results as Markdown: the machine, the stages, the goals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.benchmarks.suite.goals import Line

_MB = 1e6
_HEAD = ("what", "measured", "goal", "", "pairs", "how, and what is next")
_STAGES = (
    "stage", "wall s", "CPU s client", "CPU s server", "peak client MiB", "peak server MiB",
    "client MB written", "server MB written", "WAL MB",
)  # fmt: skip
_SERVER = "postgres"


def page(results: dict[str, Any], lines: Sequence[Line]) -> str:
    """Returns the whole page."""
    machine = results["machine"]
    about = (
        f"Scale {results['scale']:g}, seed {results['seed']}, {results['rows']:,} rows received. "
        f"`{results['command']}`, {machine['at']}, commit {machine['commit']}. "
        f"{machine['processors']} processors ({machine['processor']}), {machine['memory_gib']} GiB, "
        f"{machine['file_system']}, {machine['system']}, Python {machine['python']}, "
        f"PostgreSQL {machine['postgres'].get('server_version', '?')}, niceness {machine['niceness']}. "
        f"Load average {_load(results['load_before'])} before, {_load(results['load_after'])} after"
        f"{_busy(results)}."
    )
    parts = [about]
    if results["stages"]:
        parts.append(markdown(_STAGES, [_stage(name, row) for name, row in results["stages"].items()]))
    if lines:
        parts.append(markdown(_HEAD, [_line(line) for line in lines]))
    return "\n\n".join(parts) + "\n"


def _load(values: Sequence[float]) -> str:
    return f"{values[0]:.1f}"


def _busy(results: dict[str, Any]) -> str:
    most = max(results["load_before"][0], results["load_after"][0])
    return ": a busy machine, only ratios count" if most > results["machine"]["processors"] else ""


def _stage(name: str, row: dict[str, Any]) -> tuple[str, ...]:
    if "error" in row:
        return (name, f"not measured: {row['error']}", *[""] * (len(_STAGES) - 2))
    peaks = row["peaks"]
    client = max((v for k, v in peaks.items() if not k.startswith(_SERVER)), default=0.0)
    server = max((v for k, v in peaks.items() if k.startswith(_SERVER)), default=0.0)
    written = [f"{row[key] / _MB:.1f}" for key in ("client_written", "server_written", "wal")]
    seconds = [f"{row[key]:.1f}" for key in ("wall", "client_cpu", "server_cpu")]
    return (name, *seconds, f"{client:.0f}", f"{server:.0f}", *written)


def _line(line: Line) -> tuple[str, ...]:
    goal, result = line.goal, line.result
    value = f"{line.measured} {goal.value}" if result.value is not None else "not measured"
    text = result.note
    if line.verdict == "not met":
        text = (
            f"{text}. Why: {goal.reason}. Next: {goal.idea}"
            if text
            else f"Why: {goal.reason}. Next: {goal.idea}"
        )
    return (f"`{goal.line}` {goal.what}", value, goal.bound, line.verdict, str(result.pairs or "–"), text)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a Markdown table."""
    shown = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in shown)

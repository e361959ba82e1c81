"""The results as tables."""

from __future__ import annotations

from collections.abc import Mapping

from tests.benchmarks.reading.clients import Measured

Results = Mapping[str, Mapping[str, Measured]]


def of_size(size: int, clients: int, results: Results) -> str:
    """Returns the table of one size: p50 and p95 in milliseconds, and their ratios."""
    lines = [
        f"\n{size:,} warnings, p50 / p95 in ms\n",
        f"| query | owner, 1 client | district, 1 client | p50 to the owner's | district, {clients} clients "
        f"| during publication, {clients} clients | p95 to that without |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, found in results.items():
        owner, one, many, published = (found[v] for v in ("owner", "one", "many", "published"))
        lines.append(
            f"| {name} | {_pair(owner)} | {_pair(one)} | {one.p50 / owner.p50:.1f} | {_pair(many)} "
            f"| {_pair(published)} | {published.p95 / many.p95:.1f} |"
        )
    return "\n".join(lines) + "\n"


def of_growth(results: Mapping[int, Results]) -> str:
    """Returns the table of how times grow from the smallest to the largest size."""
    small, large = min(results), max(results)
    lines = [
        f"\nfrom {small:,} to {large:,} warnings, factors\n",
        "| query | p50, 1 client | p95, 1 client | p95, many clients |",
        "| --- | --- | --- | --- |",
    ]
    for name, found in results[large].items():
        before = results[small][name]
        lines.append(
            f"| {name} | {found['one'].p50 / before['one'].p50:.1f} "
            f"| {found['one'].p95 / before['one'].p95:.1f} "
            f"| {found['many'].p95 / before['many'].p95:.1f} |"
        )
    return "\n".join(lines) + "\n"


def _pair(measured: Measured) -> str:
    return f"{measured.p50:.2f} / {measured.p95:.1f}"

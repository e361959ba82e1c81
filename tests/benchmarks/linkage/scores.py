"""Links chosen from scored pairs, and how many of them are right."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

Pair = tuple[str, str]


@dataclass(frozen=True)
class Score:
    right: int
    linked: int
    true: int

    @property
    def precision(self) -> float:
        return self.right / self.linked if self.linked else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def score(linked: set[Pair], truth: set[Pair]) -> Score:
    return Score(len(linked & truth), len(linked), len(truth))


def clear_best(pairs: pd.DataFrame, link_weight: float, margin: float) -> set[Pair]:
    """Of each left record the best right one, if heavy enough and clearly ahead.

    ``pairs``: columns left, right, match_weight (log2 of the odds).
    """
    ordered = pairs.sort_values(["left", "match_weight", "right"], ascending=[True, False, True])
    following = ordered.groupby("left")["match_weight"].shift(-1)
    best = ~ordered.duplicated("left")
    ahead = following.isna() | (ordered["match_weight"] - following >= margin)
    chosen = ordered[best & ahead & (ordered["match_weight"] >= link_weight)]
    return set(zip(chosen["left"], chosen["right"], strict=True))


def above(pairs: pd.DataFrame, link_weight: float) -> set[Pair]:
    """Every pair that is heavy enough, as Splink hands them out."""
    chosen = pairs[pairs["match_weight"] >= link_weight]
    return set(zip(chosen["left"], chosen["right"], strict=True))

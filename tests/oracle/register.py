"""What register and moves say of a person, for the second reading: see ``second_reading``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.oracle.second_reading import Row, Shown


def last_moves(shown: Shown) -> dict[str, Row]:
    """Of each person the move that counts on the day."""
    moves: dict[str, Row] = {}
    for row in shown.rows("public_security__migration"):
        if row["moved_on"] > shown.day:
            continue
        last = moves.get(row["id_number"])
        order = (row["moved_on"], row["direction"] == "in")
        if last is None or order >= (last["moved_on"], last["direction"] == "in"):
            moves[row["id_number"]] = row
    return moves


def has_left(move: Row | None) -> bool:
    return bool(move and move["direction"] == "out" and not str(move["to_district"]).startswith("2101"))


def register_says(answer: Row | None) -> str | None:
    """What speaks against a registration in the city. An answer that leaves the district out says nothing of
    where (the dossier is silent)."""
    if answer is None:
        return None
    if answer["register_status"] in ("not_found", "moved_out"):
        return str(answer["register_status"])
    away = not str(answer["register_district"] or "2101").startswith("2101")
    return "register_non_local" if answer["register_status"] == "normal" and away else None


def hukou_sub_type(answer: Row | None, move: Row | None) -> str | None:
    """A departure says more than the register's answer: it names the day and where to."""
    return "moved_out" if has_left(move) else register_says(answer)

"""The picture of the rooms is true: floors as in the import contract, arrows as the imports are."""

from __future__ import annotations

import re

import pytest

from tools.reference import rooms
from tools.reference.pages import DOCS

Arrow = tuple[str, str]


@pytest.fixture(scope="module")
def imports() -> set[Arrow]:
    return rooms.imports()


def picture() -> str:
    return (DOCS / rooms.PICTURE).read_text(encoding="utf-8")


def arrows_of(svg: str) -> set[Arrow]:
    return set(re.findall(r'data-from="([^"]+)" data-to="([^"]+)"', svg))


def heights_of(svg: str) -> dict[str, int]:
    return {room: int(y) for room, y in re.findall(r'data-room="([^"]+)"><rect x="\d+" y="(\d+)"', svg)}


def reached(arrows: set[Arrow]) -> set[Arrow]:
    """Every pair of rooms of which the second is reached from the first along arrows."""
    found = set(arrows)
    while more := {(a, d) for a, b in found for c, d in arrows if b == c} - found:
        found |= more
    return found


def test_the_rooms_are_those_of_the_contract_on_the_floors_of_the_contract() -> None:
    heights = heights_of(picture())
    contract = rooms.contract_floors()
    assert set(heights) == {room for floor in contract for room in floor} | {"sandbox"}
    drawn = [{heights[room] for room in floor} for floor in contract]
    assert all(len(floor) == 1 for floor in drawn)
    flat = [height for floor in drawn for height in floor]
    assert flat == sorted(flat)
    assert len(set(flat)) == len(flat)


def test_no_arrow_leads_up_or_along_a_floor() -> None:
    heights = heights_of(picture())
    arrows = arrows_of(picture())
    assert len(arrows) > 8
    assert [(start, end) for start, end in arrows if heights[start] >= heights[end]] == []


def test_the_arrows_are_the_imports(imports: set[Arrow]) -> None:
    drawn = arrows_of(picture())
    assert drawn <= imports
    assert reached(drawn) >= imports  # what is not drawn is said by a way over other rooms
    # and no arrow says what others say already
    assert [arrow for arrow in drawn if arrow in reached(drawn - {arrow})] == []


def test_the_table_has_every_arrow(imports: set[Arrow]) -> None:
    text = (DOCS / rooms.PAGE).read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z.]+)` \| [^|]+ \|([^|]*)\|$", text, re.M))
    told = {(room, used) for room, uses in rows.items() for used in re.findall(r"`([a-z.]+)`", uses)}
    assert told == imports


def test_an_arrow_that_is_missing_or_too_much_would_be_seen(imports: set[Arrow]) -> None:
    needed = rooms.needed(imports)
    left_out = needed - {min(needed)}
    assert not reached(left_out) >= imports
    upward = ("connectors", "hub")
    svg = rooms.picture(rooms.floors(), needed | {upward})
    heights = heights_of(svg)
    assert [arrow for arrow in arrows_of(svg) if heights[arrow[0]] >= heights[arrow[1]]] == [upward]


def test_only_the_shortest_ways_are_drawn() -> None:
    assert rooms.needed({("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("a", "d")}) == {
        ("a", "b"),
        ("b", "c"),
        ("c", "d"),
    }

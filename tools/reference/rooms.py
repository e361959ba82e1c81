"""The picture of the rooms: the floors of the import contract, and the arrows that the imports really draw.

The floors are those of ``pyproject.toml``; ``lint-imports`` fails where code leaves them. An arrow stands for
at least one import from a module of one room to a module of another. The picture leaves out an arrow that a
way over other rooms says already; the table lists them all.
"""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.reference import markdown
from warehouse.settings import PROJECT_ROOT

PICTURE = "explain/rooms.svg"
PAGE = "explain/architecture.md"
#: The name of the contract that lists the floors, from the top down.
CONTRACT = "floors of the house: a room uses only rooms below it"
#: The part of the page that this module writes.
_BEGIN, _END = "<!-- rooms: written by `make docs` -->", "<!-- end of rooms -->"


@dataclass(frozen=True)
class Room:
    """What a room is for, and in which column of the picture it stands, from the left."""

    words: str
    column: int


ROOMS: dict[str, Room] = {
    "tools": Room("for who changes the code", 1),
    "dags": Room("what runs when", 1),
    "hub": Room("commands; one machine", 1),
    "sandbox.verify": Room("published against planted", 2),
    "expectations": Room("the gate", 0),
    "warehouse.operations": Room("what a person decides", 1),
    "warehouse.schema": Room("migrations and objects", 1),
    "warehouse.intake": Room("one batch in", 0),
    "warehouse.publication": Room("marts out, in one transaction", 2),
    "warehouse.store": Room("PostgreSQL and its sessions", 1),
    "sandbox": Room("the stand-in city", 3),
    "warehouse.settings": Room("what a person may set, errors", 1),
    "connectors": Room("how departments hand over", 1),
}
#: The stand-in city is no floor of the house: another contract keeps it apart. It is drawn beside this room.
_BESIDE = {"sandbox": "warehouse.store"}
#: The modules at the root of a package count for this room of it.
_ROOT_MODULES = {"warehouse": "warehouse.settings"}
Arrow = tuple[str, str]

_WIDTH, _HEIGHT, _GAP, _ACROSS = 232, 52, 40, 28


def contract_floors(root: Path = PROJECT_ROOT) -> list[list[str]]:
    """Returns the floors of the import contract, the top first; rooms of one floor may not use each other."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["name"] == CONTRACT)
    return [[room.strip() for room in layer.split("|")] for layer in layers]


def floors(root: Path = PROJECT_ROOT) -> list[list[str]]:
    """Returns the floors as they are drawn: those of the contract, and what stands beside them."""
    return [
        floor + [room for room, other in _BESIDE.items() if other in floor] for floor in contract_floors(root)
    ]


def imports() -> set[Arrow]:
    """Returns the arrows between rooms, as the imports of the code draw them. Takes some seconds."""
    import grimp  # a tool of development

    rooms = [room for floor in floors() for room in floor]
    graph = grimp.build_graph(*sorted({room.split(".")[0] for room in rooms}))
    found = {
        (_room(module, rooms), _room(imported, rooms))
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }
    return {(start, end) for start, end in found if start and end and start != end}


def _room(module: str, rooms: list[str]) -> str:
    """The room a module stands in: the longest that its name begins with; empty for a mere door to a room."""
    inside = [room for room in rooms if module == room or module.startswith(f"{room}.")]
    package, _, rest = module.partition(".")
    shared = _ROOT_MODULES.get(package, "") if rest not in ("", "__main__") else ""
    return max(inside, key=len, default=shared)


def needed(arrows: set[Arrow]) -> set[Arrow]:
    """Returns the arrows that no way over other rooms replaces."""

    return {(start, end) for start, end in arrows if end not in _reached(start, arrows - {(start, end)})}


def _reached(start: str, arrows: set[Arrow]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        here = waiting.pop()
        after = {end for begin, end in arrows if begin == here} - found
        found |= after
        waiting.extend(after)
    return found


def pages(docs: Path = PROJECT_ROOT / "docs") -> dict[str, str]:
    """Returns the picture, and the page about it with the table of all arrows made anew."""
    arrows = imports()
    text = (docs / PAGE).read_text(encoding="utf-8")
    between = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.S)
    return {
        PICTURE: picture(floors(), needed(arrows)),
        PAGE: between.sub(lambda _: f"{_BEGIN}\n\n{table(arrows)}\n\n{_END}", text),
    }


def table(arrows: set[Arrow]) -> str:
    """Returns the table of the rooms, the highest floor first, with all that each uses."""
    rows = [
        (
            markdown.code(room),
            ROOMS[room].words,
            ", ".join(markdown.code(end) for start, end in sorted(arrows) if start == room),
        )
        for floor in floors()
        for room in floor
    ]
    return markdown.table(("room", "what it is for", "uses"), rows)


# --- drawing

Cell = tuple[int, int]  # floor, column


def picture(drawn: list[list[str]], arrows: set[Arrow]) -> str:
    """Returns the picture as SVG. Each arrow says in ``data-from`` and ``data-to`` which rooms it joins."""
    cells = {room: (level, ROOMS[room].column) for level, floor in enumerate(drawn) for room in floor}
    width = (max(column for _, column in cells.values()) + 1) * (_WIDTH + _ACROSS) + _ACROSS
    height = len(drawn) * (_HEIGHT + _GAP)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
            ' font-family="system-ui, sans-serif" font-size="14">',
            "<title>The rooms of the hub and what each uses</title>",
            '<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto"><path d="M0 0 8 4 0 8z" fill="#57606a"/></marker></defs>',
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            *(_arrow(arrow, cells) for arrow in sorted(arrows)),
            *(_box(room, cell) for room, cell in cells.items()),
            "</svg>\n",
        ]
    )


def _corner(cell: Cell) -> tuple[int, int]:
    level, column = cell
    return _ACROSS + column * (_WIDTH + _ACROSS), level * (_HEIGHT + _GAP) + _GAP // 2


def _box(room: str, cell: Cell) -> str:
    x, y = _corner(cell)
    middle = x + _WIDTH // 2
    return (
        f'<g data-room="{room}"><rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="6" '
        'fill="#eef2f6" stroke="#57606a"/>'
        f'<text x="{middle}" y="{y + 22}" text-anchor="middle" '
        f'font-weight="600" fill="#1f2328">{room}</text>'
        f'<text x="{middle}" y="{y + 41}" text-anchor="middle" fill="#424a53">'
        f"{html.escape(ROOMS[room].words)}</text></g>"
    )


def _arrow(arrow: Arrow, cells: Mapping[str, Cell]) -> str:
    start, end = cells[arrow[0]], cells[arrow[1]]
    drawn = f'fill="none" stroke="#57606a" marker-end="url(#end)" data-from="{arrow[0]}" data-to="{arrow[1]}"'
    return f'<path d="{_line(start, end, set(cells.values()))}" {drawn}/>'


def _line(start: Cell, end: Cell, taken: set[Cell]) -> str:
    """A straight line to the next floor or down a column, else a corner where no room is in the way."""
    (x, y), (to_x, to_y) = _corner(start), _corner(end)
    middle, to_middle = x + _WIDTH // 2, to_x + _WIDTH // 2
    if start[1] == end[1] or end[0] == start[0] + 1:
        return f"M{middle} {y + _HEIGHT} L{to_middle} {to_y}"
    side = (x, to_x + _WIDTH) if end[1] < start[1] else (x + _WIDTH, to_x)
    across_first = {(start[0], c) for c in _between(start[1], end[1])} | {
        (level, end[1]) for level in range(start[0], end[0])
    }
    if not across_first & taken:
        return f"M{side[0]} {y + _HEIGHT // 2} H{to_middle} V{to_y}"
    return f"M{middle} {y + _HEIGHT} V{to_y + _HEIGHT // 2} H{side[1]}"


def _between(one: int, other: int) -> range:
    return range(min(one, other) + 1, max(one, other))

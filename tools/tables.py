"""Checks which tables each room names in its SQL against what ``pyproject.toml`` lets it name.

    python -m tools.tables            exit 1 and say what differs

An import shows what a room uses of another room's code; a table it reads by name shows nowhere. So each
room declares in ``[tool.house.tables]`` what it names::

    "warehouse.intake" = ["ops.feed_batches", "raw.*"]

A name that is put together at run time counts as far as it is known: ``f"staging.stg_{table}"`` is
``staging.stg_*``, ``sql.Identifier("raw", table)`` is ``raw.*``. Such a name needs a declaration with "*",
and only such a name justifies one. A module belongs to the longest room that its own name begins with.
A name that is not declared is a fault. A declaration that nothing needs is one too: so the list stays short.
Docstrings do not count.

What this cannot see: a name that reaches SQL as a whole from a declaration or another module.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = ("raw", "ops", "staging", "work", "core", "seeds", "candidate", "marts")
#: A schema and a name, not within a path or a longer name; "{" where the rest is known at run time only.
_NAME = re.compile(rf"(?<![\w./])({'|'.join(SCHEMAS)})\.(\w*)(\{{?)")

_UNDECLARED = "ask the room that keeps the table, or add it to [tool.house.tables]"
_UNNEEDED = "take it out of [tool.house.tables], or write the tables it names"


@dataclass(frozen=True, order=True)
class Named:
    """A table as a module names it: ``core.fct_payment``, or ``raw.*``."""

    table: str
    path: Path
    line: int


def named_in(path: Path) -> Iterator[Named]:
    """Yields every table that a string of the module names."""
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    passed_over = _docstrings(tree) | _parts_of_f_strings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in passed_over:
            for schema, name, open_end in _NAME.findall(_text(node)):
                if name or open_end:
                    yield Named(f"{schema}.{name}{'*' if open_end else ''}", path, node.lineno)
        elif isinstance(node, ast.Call):
            yield from (Named(table, path, node.lineno) for table in _identifier(node))


def _docstrings(tree: ast.Module) -> set[int]:
    owners = (n for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef))
    first = (owner.body[0] for owner in owners if owner.body)
    return {id(n.value) for n in first if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)}


def _parts_of_f_strings(tree: ast.Module) -> set[int]:
    whole = (n for n in ast.walk(tree) if isinstance(n, ast.JoinedStr))
    return {id(part) for n in whole for part in n.values}


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    """Returns the string; "{" stands where a value is put in at run time."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(str(p.value) if isinstance(p, ast.Constant) else "{" for p in node.values)


def _identifier(node: ast.Call) -> Iterator[str]:
    """Yields the table that a call of psycopg2's ``sql.Identifier("raw", name)`` names."""
    function = node.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    words = [a.value if isinstance(a, ast.Constant) else None for a in node.args]
    if called == "Identifier" and len(words) == 2 and words[0] in SCHEMAS:
        yield ".".join(str(word or "*") for word in words)


def allowed(table: str, declared: str) -> bool:
    """Returns whether a declaration (a table, or the beginning of one and "*") covers the table."""
    if declared.endswith("*"):
        return table.startswith(declared[:-1])
    return table == declared


def needed(declared: str, table: str) -> bool:
    """Returns whether this table justifies the declaration; a plain name does not justify a "*"."""
    return allowed(table, declared) and table.endswith("*") == declared.endswith("*")


def room_of(path: Path, root: Path, rooms: Iterable[str]) -> str:
    """Returns the longest declared room the module belongs to, else its package."""
    module = ".".join(path.relative_to(root).with_suffix("").parts)
    return max(
        (r for r in rooms if module == r or module.startswith(f"{r}.")), key=len, default=module.split(".")[0]
    )


def faults(root: Path, packages: Sequence[str], declared: Mapping[str, Sequence[str]]) -> list[str]:
    """Returns a line for each table that is named and not declared, or declared and not named."""
    found: dict[str, set[Named]] = {room: set() for room in declared}
    for path in sorted(file for package in packages for file in (root / package).rglob("*.py")):
        for named in named_in(path):
            found.setdefault(room_of(path, root, declared), set()).add(named)
    lines = []
    for room, all_named in sorted(found.items()):
        may = declared.get(room, ())
        for one in sorted(all_named):
            if not any(allowed(one.table, declaration) for declaration in may):
                place = f"{one.path.relative_to(root)}:{one.line}"
                lines.append(f"{place}: {room} names {one.table}, which it does not declare; {_UNDECLARED}")
        for declaration in may:
            if not any(needed(declaration, one.table) for one in all_named):
                lines.append(
                    f"pyproject.toml: {room} declares {declaration}, which it does not name; {_UNNEEDED}"
                )
    return lines


def declared_in(root: Path) -> tuple[list[str], dict[str, list[str]]]:
    """Reads ``pyproject.toml``: the packages of the import contract, and the tables each room declares."""
    tool = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    return tool["importlinter"]["root_packages"], tool["house"]["tables"]


def main() -> int:
    lines = faults(ROOT, *declared_in(ROOT))
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())

"""The page of make targets, from the Makefile."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tools.reference import markdown
from warehouse.settings import PROJECT_ROOT

PAGE = "reference/make-targets.md"
_HEAD = re.compile(r"^([A-Za-z.][\w.-]*):(?!=)([^#\n]*)(?:## (.*))?$")


@dataclass(frozen=True)
class Target:
    """``variables`` are those of the command line that its recipe reads."""

    name: str
    text: str
    variables: tuple[str, ...]


def targets(makefile: Path = PROJECT_ROOT / "Makefile") -> list[Target]:
    """Returns every target of the Makefile, in its order. One without ``##`` has no text."""
    lines = makefile.read_text(encoding="utf-8").splitlines()
    own = {"MAKEFILE_LIST", *re.findall(r"^([A-Z_]+) [:?]?= ", "\n".join(lines), re.M)}
    found = []
    for place, line in enumerate(lines):
        head = _HEAD.match(line)
        if not head or head[1] in (".PHONY", ".DEFAULT_GOAL"):
            continue
        recipe = "\n".join(_recipe(lines[place + 1 :]))
        read = dict.fromkeys(re.findall(r"\$\((?:[a-z]+ )?([A-Z][A-Z_]*)\b", _conditions(recipe)))
        found.append(
            Target(head[1], (head[3] or "").strip(), tuple(name for name in read if name not in own))
        )
    return found


def _recipe(lines: list[str]) -> list[str]:
    """The lines that follow a target and belong to it."""
    end = next((n for n, line in enumerate(lines) if not line.startswith("\t")), len(lines))
    return lines[:end]


def _conditions(recipe: str) -> str:
    """``$(filter 0,$(LANDING))`` reads LANDING: functions of make are opened."""
    return re.sub(r"\$\(filter [^,]*,", "", recipe)


def pages() -> dict[str, str]:
    """Returns the page of make targets."""
    rows = [
        (markdown.code(f"make {t.name}"), markdown.plain(t.text), ", ".join(map(markdown.code, t.variables)))
        for t in targets()
    ]
    return {
        PAGE: markdown.page(
            "make targets",
            "`make` alone lists them. Each makes `.venv` from the hashed lock first, if it is not there. "
            "[Settings](settings.md) apply to all of them.",
            markdown.table(("target", "what it does", "its own variables"), rows),
        )
    }

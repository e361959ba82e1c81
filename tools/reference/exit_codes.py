"""The page of exit codes: what a command ends with, and the errors that end it so."""

from __future__ import annotations

import importlib
from collections import defaultdict
from pathlib import Path

from connectors.errors import HubError
from tools.reference import markdown, source_code
from warehouse.settings import PROJECT_ROOT

PAGE = "reference/exit-codes.md"

#: What each code tells a script, and what it does next.
MEANINGS: dict[int, str] = {
    0: "Done.",
    1: "`verify`: what was published is not exactly what was planted. Elsewhere: an error without a "
    "code of its own.",
    2: "A setting or a declaration is wrong, or what was asked for cannot be done as asked. Nothing "
    "was changed.",
    3: "Feeds could not be taken; nothing was published. The message names each feed and why.",
    4: "A gate refused; the marts published before are untouched. The message names feed and check.",
    5: "Database, Airflow or the stand-in city failed; also a standby, a database that may only be "
    "read, a pooler that shares sessions, or somebody else at work on the same for too long.",
    130: "Stopped by hand.",
    141: "Nobody reads the output any more (`... | head`).",
}


def errors(root: Path = PROJECT_ROOT) -> dict[int, list[type[HubError]]]:
    """Returns the hub's own errors by exit code. Every module that defines one is imported for it."""
    for path in source_code.python_files(root):
        name = source_code.name(path, root)
        # a DAG file is a program of Airflow's, and no module with an error of its own
        if "Error)" in path.read_text(encoding="utf-8") and not name.startswith("dags/"):
            importlib.import_module(name.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    found: dict[int, list[type[HubError]]] = defaultdict(list)
    for error in sorted(_all(HubError), key=lambda error: (error.__module__, error.__name__)):
        found[error.exit_code].append(error)
    return dict(found)


def _all(error: type[HubError]) -> set[type[HubError]]:
    below = {child for child in error.__subclasses__() if child.__module__.split(".")[0] in source_code.ROOMS}
    return below.union(*(_all(child) for child in below))


def pages() -> dict[str, str]:
    """Returns the page of exit codes."""
    by_code = errors()
    rows = [
        (
            markdown.code(error.__name__),
            code,
            markdown.plain(source_code.first_sentence(error.__doc__)),
            _link(error),
        )
        for code, found in sorted(by_code.items())
        for error in found
    ]
    return {
        PAGE: markdown.page(
            "Exit codes",
            "`.venv/bin/python -m warehouse <command>` ends with one of these. Through `make` every "
            "failure is 2, as make has it: a script that wants to know more calls the command itself.",
            markdown.table(
                ("exit code", "meaning"), ((markdown.code(c), text) for c, text in MEANINGS.items())
            ),
            "## Errors",
            "The errors of the code, and the exit code each ends a command with. A message says what "
            "was found, what was expected and what to do next.",
            markdown.table(("error", "exit code", "what it says", "defined in"), rows),
        )
    }


def _link(error: type[HubError]) -> str:
    path = f"{error.__module__.replace('.', '/')}.py"
    return f"[{path}]({markdown.way('docs/' + PAGE, path)})"

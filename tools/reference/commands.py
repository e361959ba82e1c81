"""The page of commands, from the argument parsers; and the modules that can be run by themselves."""

from __future__ import annotations

import argparse
import ast
from pathlib import Path

from hub import __main__ as command_line
from tools.reference import markdown, source_code
from warehouse.settings import PROJECT_ROOT

PAGE = "reference/commands.md"


def commands() -> dict[str, argparse.ArgumentParser]:
    """Returns the hub's commands by name, in the order of its help."""
    for action in command_line._parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    raise LookupError("the hub's parser has no commands")


def modules(root: Path = PROJECT_ROOT) -> dict[str, str]:
    """Returns what else can be run as ``python -m <module>``, and what each says of itself."""
    found = {}
    for path in source_code.python_files(root):
        tree = source_code.tree(path)
        runs = any(isinstance(node, ast.If) and "__main__" in ast.unparse(node.test) for node in tree.body)
        if runs or path.name == "__main__.py":
            module = (
                source_code.name(path, root).removesuffix(".py").removesuffix("/__main__").replace("/", ".")
            )
            found[module] = source_code.first_sentence(ast.get_docstring(tree))
    return found


def pages() -> dict[str, str]:
    """Returns the page of commands."""
    return {
        PAGE: markdown.page(
            "Commands",
            "`.venv/bin/python -m warehouse <command>`, with the [settings](settings.md) in the "
            "environment. Each ends "
            "with an [exit code](exit-codes.md). Most have a [make target](make-targets.md) of the "
            "same name.",
            markdown.table(
                ("command", "what it does"),
                (
                    (f"[`{name}`](#{name})", markdown.plain(_text(found)))
                    for name, found in commands().items()
                ),
            ),
            *(part for name, found in commands().items() for part in _command(name, found)),
            "## Other modules that can be run",
            markdown.table(
                ("module", "what it does"),
                (
                    (markdown.code(f"python -m {name}"), markdown.plain(text))
                    for name, text in modules().items()
                ),
            ),
        )
    }


def _text(parser: argparse.ArgumentParser) -> str:
    text = parser.description or ""
    return text[:1].upper() + text[1:]


def _command(name: str, parser: argparse.ArgumentParser) -> list[str]:
    options = [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]
    rows = (
        (
            _usage(option),
            "yes" if option.required else "",
            _default(option),
            markdown.plain(option.help or ""),
        )
        for option in options
    )
    return [
        f"## {name}",
        markdown.plain(_text(parser)) + ".",
        markdown.table(("option", "required", "default", "what it does"), rows),
    ]


def _usage(option: argparse.Action) -> str:
    words = [*option.option_strings] or [option.dest]
    if option.nargs == 0:
        return markdown.code(words[-1])
    value = option.metavar or ("|".join(map(str, option.choices)) if option.choices else option.dest.upper())
    return markdown.code(f"{words[-1]} {value}" if option.option_strings else value)


def _default(option: argparse.Action) -> str:
    return "" if option.default in (None, False, argparse.SUPPRESS) else markdown.code(option.default)

"""The page of ``feed.yml``: every field a declaration may have, from the model that checks it."""

from __future__ import annotations

import ast
import inspect
import re
import types
import typing
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from connectors.catalogue import model
from tools.reference import markdown, source_code

PAGE = "reference/feed-yml.md"


def parts() -> list[type[BaseModel]]:
    """Returns the models of a declaration, the whole first and every part once, in the order of first use."""
    found: list[type[BaseModel]] = [model.Feed]
    for part in found:
        for field in part.model_fields.values():
            found += [m for m in _models(field.annotation) if m not in found]
    return found


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models(inner)


def said_of_fields() -> dict[tuple[str, str], str]:
    """Returns what the files of the declaration say of each field, by class and field."""
    files = sorted({Path(inspect.getfile(part)) for part in parts()})
    return {field: words for file in files for field, words in comments(file).items()}


def comments(file: Path) -> dict[tuple[str, str], str]:
    """Returns what the ``#:`` lines above a field say, by class and field."""
    lines = file.read_text(encoding="utf-8").splitlines()
    found = {}
    for part in (node for node in source_code.tree(file).body if isinstance(node, ast.ClassDef)):
        for field in part.body:
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                found[part.name, field.target.id] = _above(lines, field.lineno - 1)
    return found


def _above(lines: list[str], place: int) -> str:
    first = place
    while lines[first - 1].strip().startswith("#:"):
        first -= 1
    return " ".join(line.strip().removeprefix("#:").strip() for line in lines[first:place])


def unexplained() -> list[str]:
    """Returns the fields that nobody has explained."""
    said = said_of_fields()
    return [
        f"{part.__name__}.{name}"
        for part in parts()
        for name in part.model_fields
        if not said[part.__name__, name]
    ]


def pages() -> dict[str, str]:
    """Returns the page of ``feed.yml``."""
    said = said_of_fields()
    return {
        PAGE: markdown.page(
            "feed.yml",
            "A declaration says everything the hub knows about a feed: "
            "`connectors/feeds/<domain>/<name>/feed.yml`. Raw table, dbt source, checks, DAG and "
            "catalogue page "
            "derive from it. A field that is not in these tables is an error, and the message names "
            "file and field.",
            *(part for found in parts() for part in _part(found, said)),
        )
    }


def _part(part: type[BaseModel], said: dict[tuple[str, str], str]) -> list[str]:
    rows = (
        (
            markdown.code(field.alias or name),
            _type(field.annotation),
            "yes" if field.is_required() else "",
            _default(field),
            markdown.plain(re.sub(r"(?<!`)`(?!`)", "``", said[part.__name__, name])),
        )
        for name, field in part.model_fields.items()
    )
    own = "pydantic" not in (part.__doc__ or "pydantic")
    return [
        f"## {part.__name__}",
        markdown.plain(source_code.first_sentence(part.__doc__)) if own else "",
        markdown.table(("field", "type", "required", "default", "what it says"), rows),
    ]


def _default(field: FieldInfo) -> str:
    value = None if field.is_required() else field.get_default(call_default_factory=True)
    return (
        ""
        if value in (None, (), {})
        else markdown.code(str(value).lower() if isinstance(value, bool) else value)
    )


def _type(annotation: object) -> str:
    """A type in words: the values of a closed list, the part's link, ``list of``."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return ", ".join(markdown.code(value) for value in inner)
    if origin is typing.Annotated:
        return _type(inner[0])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type(one) for one in inner if one is not type(None))
    if origin is tuple:
        return f"list of {_type(inner[0])}"
    if origin is dict:
        return f"{_type(inner[1])} by {_type(inner[0])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    names = {str: "text", int: "whole number", float: "number", bool: "yes or no"}
    return names.get(annotation, str(annotation)) if isinstance(annotation, type) else str(annotation)

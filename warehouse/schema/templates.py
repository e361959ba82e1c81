"""Object files that are templates: ``*.sql.j2``, for text that repeats what is declared once in Python.

Jinja, as in dbt. A name that is not in the context is an error, not an empty text.
"""

from __future__ import annotations

from collections.abc import Mapping

import jinja2

from warehouse.errors import MigrationError

#: The marts whose rows are kept for each publication, so that they can be read as of it.
_KEPT_MARTS = ("warnings", "cross_check_hits", "unanswered")

_ENGINE = jinja2.Environment(
    undefined=jinja2.StrictUndefined,
    autoescape=False,  # noqa: S701 -- SQL from this repository, no page
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def context() -> dict[str, object]:
    """Returns what a template may name.

    ``kept_marts``: names of tables in schema ``marts``.
    """
    return {"kept_marts": list(_KEPT_MARTS)}


def render(name: str, text: str, values: Mapping[str, object]) -> str:
    """Returns the SQL that the template ``text`` of file ``name`` gives with ``values``.

    Raises ``MigrationError`` that names the file and the line for a name that is missing or a syntax error.
    """
    try:
        return _ENGINE.from_string(text).render(values)
    except jinja2.TemplateSyntaxError as error:
        raise MigrationError(f"{name}, line {error.lineno}: {error.message}") from None
    except jinja2.UndefinedError as error:
        names = ", ".join(sorted(values))
        raise MigrationError(f"{name}: {error.message}; a template may name {names}") from None

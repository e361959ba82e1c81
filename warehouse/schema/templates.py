"""Object files that are templates: ``*.sql.j2``, for text that repeats what is declared once in Python.

Jinja, as in dbt. A name that is not in the context is an error, not an empty text.
"""

from __future__ import annotations

from collections.abc import Mapping

import jinja2

from warehouse.errors import MigrationError
from warehouse.publication.contract import CONTRACT, Contract

_ENGINE = jinja2.Environment(
    undefined=jinja2.StrictUndefined,
    autoescape=False,  # noqa: S701 -- SQL from this repository, no page
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def context(contract: Contract = CONTRACT) -> dict[str, object]:
    """Returns what a template may name.

    ``marts``: the published marts with their columns (``warehouse.publication.contract.Mart``).
    ``masked_names``: the columns of which analysts see a mask, in whatever mart.
    """
    masked = {column.name: column for mart in contract.marts for column in mart.masked}
    return {"marts": contract.marts, "masked_names": list(masked)}


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

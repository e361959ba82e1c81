"""The pages of tables: what others read in ``marts``, ``ops`` and ``core``, and the seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tools.reference import markdown
from tools.reference.database import ANALYST, APP, SCHEMAS, Database, Relation
from tools.reference.manifest import Manifest, Node

FOLDER = "reference/tables"

_ABOUT: dict[str, str] = {
    "marts": "What applications and analysts read. A publication changes all of it in one "
    "transaction. A role sees "
    "the rows of its own area; analysts read the columns marked so, and the `_masked` views for the others.",
    "core": "Persons, households, organisations, enrolments, payments and events, built by dbt "
    "before the rules. The columns are held by an enforced contract.",
    "ops": "The ledgers: what was taken, what was set aside, what was checked, what a person "
    "decided. They belong to the hub; its commands change them.",
    "seeds": "Rules, rates and words that a bureau replaces by its own. Each is a CSV file with "
    "dates, status (`reported`: somebody published it; `proposed`: assumed) and source.",
}


def public_models(manifest: Manifest) -> list[Node]:
    """Returns the models of ``core`` that others may read."""
    return [node for node in manifest.of_kind("model") if node.schema == "core" and node.is_public]


def pages(database: Database, manifest: Manifest) -> dict[str, str]:
    """Returns a page for each schema, and the list of all tables."""
    texts = {schema: _of_database(schema, database, manifest) for schema in SCHEMAS}
    texts["core"] = _of_dbt("core", public_models(manifest), "Model")
    texts["seeds"] = _of_dbt("seeds", manifest.of_kind("seed"), "Rows")
    order = ("marts", "core", "ops", "seeds")
    index = markdown.page(
        "Tables",
        "Every table and view that others read. Their names and columns change only with a version.",
        *(part for schema in order for part in _list(schema, _named(schema, database, manifest))),
        "Raw tables, one for each table a department hands over, are in [the feeds](../feeds/index.md).",
    )
    return {f"{FOLDER}/index.md": index, **{f"{FOLDER}/{schema}.md": texts[schema] for schema in order}}


def undescribed(database: Database, manifest: Manifest) -> list[str]:
    """Returns the tables, columns and functions without a description."""
    nameless = [found.full_name for found in database.relations if not describe(found)]
    nameless += [f"{f.schema}.{f.name}({f.arguments})" for f in database.functions if not f.comment]
    for relation in database.relations:
        said = _column_texts(relation, database, manifest)
        nameless += [f"{relation.full_name}.{c.name}" for c in relation.columns if not said[c.name]]
    for node in public_models(manifest):
        nameless += [node.full_name] if not node.description else []
        nameless += [f"{node.full_name}.{column.name}" for column in node.columns if not column.description]
    return nameless


def describe(relation: Relation) -> str:
    """Returns the comment of a table in the database; a masked view says of which table it is."""
    masked = relation.name.removesuffix("_masked")
    if relation.comment or masked == relation.name:
        return relation.comment
    return f"The rows of `{relation.schema}.{masked}` with names, numbers and evidence masked (脱敏)"


def _named(schema: str, database: Database, manifest: Manifest) -> dict[str, str]:
    """The tables of a schema and their descriptions."""
    if schema in SCHEMAS:
        return {r.full_name: describe(r) for r in database.relations if r.schema == schema}
    nodes = public_models(manifest) if schema == "core" else manifest.of_kind("seed")
    return {node.full_name: node.description for node in nodes}


def _list(schema: str, names: Mapping[str, str]) -> list[str]:
    rows = (
        (f"[`{name}`]({schema}.md#{markdown.anchor(name)})", _words(text)) for name, text in names.items()
    )
    return [f"## [{schema}]({schema}.md)", _ABOUT[schema], markdown.table(("table", "what it holds"), rows)]


def _of_database(schema: str, database: Database, manifest: Manifest) -> str:
    relations = [relation for relation in database.relations if relation.schema == schema]
    functions = [
        (
            markdown.code(f"{f.schema}.{f.name}({f.arguments})"),
            markdown.code(f.result),
            markdown.plain(f.comment),
            ", ".join(map(markdown.code, f.callers)),
        )
        for f in database.functions
        if f.schema == schema
    ]
    return markdown.page(
        f"Tables of {schema}",
        _ABOUT[schema],
        *(part for relation in relations for part in _relation(relation, database, manifest)),
        "## Functions\n\nWhat applications and analysts may call.",
        markdown.table(("function", "returns", "what it does", "called by"), functions),
    )


def _relation(relation: Relation, database: Database, manifest: Manifest) -> Iterable[str]:
    said = _column_texts(relation, database, manifest)
    readers = " and ".join(map(markdown.code, relation.readers)) or "the hub's own user"
    analysts = ANALYST in relation.readers and APP in relation.readers
    heads = ["column", "type", "filled", "what it holds", *(["analysts"] if analysts else [])]
    rows = [
        [
            markdown.code(column.name) + (" (key)" if column.name in relation.key else ""),
            markdown.code(column.type),
            "always" if column.filled else "",
            markdown.plain(said[column.name]),
            *(["yes" if column.for_analysts else "no"] if analysts else []),
        ]
        for column in relation.columns
    ]
    kind = "A view." if relation.is_view else "A table."
    yield f"## {relation.full_name}"
    yield f"{_words(describe(relation))}\n\n{kind} Read by {readers}."
    yield markdown.table(heads, rows)


def _column_texts(relation: Relation, database: Database, manifest: Manifest) -> dict[str, str]:
    """What each column holds: its comment, else what the table behind a view or the model says of it."""
    behind = relation.name.removesuffix("_masked")
    of_table = {
        column.name: column.comment
        for other in database.relations
        if other.schema == relation.schema and other.name == behind
        for column in other.columns
    }
    model = (
        (manifest.model(behind) or manifest.model(f"fct_{behind}")) if relation.schema == "marts" else None
    )
    of_model = {column.name: column.description for column in model.columns} if model else {}
    return {
        column.name: column.comment or of_table.get(column.name) or of_model.get(column.name, "")
        for column in relation.columns
    }


def _words(text: str) -> str:
    """A description; names of tables in single backticks stay code."""
    return markdown.plain(text.replace("`", "``"))


def _of_dbt(schema: str, nodes: list[Node], file: str) -> str:
    parts = []
    for node in nodes:
        link = markdown.way(f"docs/{FOLDER}/{schema}.md", node.path)
        rows = (
            (markdown.code(column.name), markdown.code(column.type), markdown.plain(column.description))
            for column in node.columns
        )
        parts += [
            f"## {node.full_name}",
            markdown.plain(node.description),
            f"{file}: [{node.path}]({link}).",
            markdown.table(("column", "type", "what it holds"), rows),
        ]
    return markdown.page(f"Tables of {schema}", _ABOUT[schema], *parts)

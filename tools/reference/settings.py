"""The page of settings: every variable of the environment that the code reads.

Which variables there are, where each is read and what stands in for it is found in the code. ``MEANINGS``
says what each means. A variable that is read and not explained, or explained and not read, is an error.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.reference import markdown, source_code
from tools.reference.database import OperatorSetting
from warehouse.settings import PROJECT_ROOT

PAGE = "reference/settings.md"


@dataclass(frozen=True)
class Meaning:
    """``default``: in words where the code works it out; ``internal``: the hub sets it itself."""

    text: str
    default: str = ""
    internal: bool = False


MEANINGS: dict[str, Meaning] = {
    "SCALE": Meaning("The share of the full city; 1 is 4.41 million records. Above 0 and up to 10."),
    "SEED": Meaning("Which stand-in city is invented: a whole number from 0 up."),
    "CITY_FROM": Meaning("The first day of the stand-in city, from 2019-12-01 to 2022-12-31."),
    "AS_OF": Meaning(
        "The day everything is computed for; no clock is read.",
        "`CITY_FROM`; without a city today in Shanghai",
    ),
    "HUB_HOME": Meaning("The folder in which all state lives.", "`var/` in the project"),
    "DATABASE_URL": Meaning(
        "An existing PostgreSQL (15 or later): `postgresql://user:password@host:5432/database`.",
        "the embedded server",
    ),
    "HUB_AIRFLOW_DATABASE_URL": Meaning(
        "Where Airflow keeps its own records.", "database `airflow` on the same server"
    ),
    "HUB_PERSON_KEY": Meaning(
        "The key of the person ids and of the digests of accounts: 16 characters or more. Keep it; "
        "all ids depend on it.",
        "made once, kept in `HUB_HOME/secrets.json`",
    ),
    "SANDBOX": Meaning("`0`, `off` or `no`: there is no stand-in city, every feed goes to its department."),
    "HUB_SCHEDULE_UNTIL": Meaning(
        "The last day for which schedules start runs by themselves.",
        "`AS_OF` with the city, otherwise no limit",
    ),
    "HUB_DBT_THREADS": Meaning("How many models dbt builds at the same time."),
    "HUB_DBT_TARGET": Meaning(
        "The output of `dbt_project/profiles.yml`. Another engine is another output there, with a "
        "loader and a publisher of its own."
    ),
    "HUB_ALERT_NOTIFIER": Meaning(
        "The Airflow notifier that hands alerts on: `package.module.Class`.", "nobody outside is told"
    ),
    "HUB_ALERT_NOTIFIER_ARGS": Meaning("Its arguments as JSON; `{{ alerts }}` stands for the text.", "`{}`"),
    "AIRFLOW_CONN_<ID>": Meaning(
        "Where a department is reached and with which login, one variable for each `connection_id` of "
        "[the feeds](feeds/index.md), in upper case. One that is set wins over the stand-in city's.",
        "the stand-in city's, or the connection of that name in Airflow",
    ),
    "PYTHONPATH": Meaning("Handed on to Airflow's processes, after the project itself.", "empty"),
    "PATH": Meaning("Handed on to Airflow's processes, after the virtual environment.", "the system's"),
    "HUB_GATE_EXECUTOR": Meaning(
        "The executor of Airflow that runs the tasks of the gate. The hub on one machine names one that has "
        "imported Great Expectations beforehand.",
        "Airflow's own",
        internal=True,
    ),
    "HUB_PG_EMBEDDED": Meaning("`1`: dbt talks to the hub's own server.", internal=True),
    "HUB_PG_HOST": Meaning("The server dbt connects to.", internal=True),
    "HUB_PG_PORT": Meaning("Its port.", internal=True),
    "HUB_PG_USER": Meaning("The user dbt connects as.", internal=True),
    "HUB_PG_DATABASE": Meaning("The database dbt builds in.", internal=True),
    "DBT_ENV_SECRET_PG_PASSWORD": Meaning(
        "The password dbt connects with; dbt hides it in logs.", internal=True
    ),
    "SANDBOX_FRONTEND_URL": Meaning(
        "The database in which the stand-in city makes the departments' front-end tables.", internal=True
    ),
    "HUB_STACK_MARK": Meaning(
        "Marks the processes of one `HUB_HOME`, so that they can be ended.", internal=True
    ),
}


@dataclass(frozen=True)
class Read:
    """One place that reads a variable; ``default`` is None where the code names none."""

    variable: str
    place: str
    default: str | None


def reads(root: Path = PROJECT_ROOT) -> list[Read]:
    """Returns every place that reads a variable of the environment, in Python and in the dbt project."""
    found = [*_python_reads(root), *_dbt_reads(root), *_makefile_reads(root)]
    return sorted(set(found), key=lambda read: (read.variable, read.place, read.default or ""))


def unexplained(root: Path = PROJECT_ROOT) -> list[str]:
    """Returns the variables that are read without a meaning, and those with a meaning that nobody reads."""
    read = {found.variable for found in reads(root)}
    return sorted(read ^ set(MEANINGS))


def pages(operator_settings: list[OperatorSetting]) -> dict[str, str]:
    """Returns the page of settings."""
    places = reads()
    for_people = [name for name, meaning in MEANINGS.items() if not meaning.internal]
    internal = [name for name, meaning in MEANINGS.items() if meaning.internal]
    heads = ("setting", "default", "what it does", "read in")
    return {
        PAGE: markdown.page(
            "Settings",
            "Set them in the environment, or name them on the command line of `make`, as in `make "
            "run SCALE=0.2`. Variables that belong to one target only, such as `FEED`, are in [make "
            "targets](make-targets.md).",
            "## Variables of the environment",
            markdown.table(heads, (_row(name, places) for name in for_people)),
            "`PG*` variables never reach the embedded server. With `DATABASE_URL`, those about trust "
            "and login count (`PGSSL*`, `PGPASSFILE`, `PGREQUIREAUTH` and the like), and `PGHOST`, `PGPORT`, "
            "`PGUSER`, `PGPASSWORD` where the URL leaves that part out.",
            "## Rows of ops.settings",
            "An operator changes these in the database: "
            "`update ops.settings set value = '60' where name = 'kept_publications'`.",
            markdown.table(
                ("name", "default", "what it does"),
                (
                    (markdown.code(row.name), markdown.code(row.value), markdown.plain(row.meaning))
                    for row in operator_settings
                ),
            ),
            "## Set by the hub for its own processes",
            "Nobody sets these by hand, unless dbt is run by hand.",
            markdown.table(heads, (_row(name, places) for name in internal)),
        )
    }


def _row(name: str, places: list[Read]) -> tuple[str, str, str, str]:
    meaning = MEANINGS[name]
    own = [read for read in places if read.variable == name]
    defaults = sorted({read.default for read in own if read.default})
    default = meaning.default or ", ".join(markdown.code(value) for value in defaults)
    files = sorted({read.place for read in own})
    links = ", ".join(f"[{file}]({markdown.way('docs/' + PAGE, file)})" for file in files)
    return markdown.code(name), default or "none", meaning.text, links


# --- Python


def _python_reads(root: Path) -> Iterator[Read]:
    for path in source_code.python_files(root):
        constants = _constants(source_code.tree(path))
        for node in ast.walk(source_code.tree(path)):
            found = _get(node) or _subscript(node)
            if found is None:
                continue
            key, default = found
            variable = _variable(key, constants)
            if variable:
                yield Read(variable, source_code.name(path, root), default)


def _constants(module: ast.Module) -> dict[str, str]:
    """The module's names for texts: ``NAME = "TEXT"``."""
    return {
        target.id: node.value.value
        for node in ast.walk(module)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def _is_environment(node: ast.AST) -> bool:
    """Whether an expression is the environment: ``os.environ``, ``env``, ``environ``, or one of several."""
    if isinstance(node, ast.IfExp):
        return _is_environment(node.body) or _is_environment(node.orelse)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "environ"  # a process's
    return (isinstance(node, ast.Attribute) and node.attr == "environ") or (
        isinstance(node, ast.Name) and node.id in ("env", "environ")
    )


def _get(node: ast.AST) -> tuple[ast.expr, str | None] | None:
    """The key and the default of ``environ.get(KEY, default)`` or ``os.getenv(KEY, default)``."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
        return None
    gets = node.func.attr == "get" and _is_environment(node.func.value)
    if not gets and node.func.attr != "getenv":
        return None
    default = node.args[1] if len(node.args) > 1 else None
    value = default.value if isinstance(default, ast.Constant) else None
    return node.args[0], value if isinstance(value, str) else None


def _subscript(node: ast.AST) -> tuple[ast.expr, str | None] | None:
    """The key of ``environ[KEY]`` where it is read."""
    reads_it = isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.Subscript) and reads_it and _is_environment(node.value):
        return node.slice, None
    return None


def _variable(key: ast.expr, constants: dict[str, str]) -> str | None:
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return key.value
    if isinstance(key, ast.Name):
        if key.id in constants:
            return constants[key.id]
        return "AIRFLOW_CONN_<ID>" if key.id == "variable" else None
    return None


# --- dbt and make


def _dbt_reads(root: Path) -> Iterator[Read]:
    call = re.compile(r"""env_var\(\s*["']([A-Z_]+)["']\s*(?:,\s*["']([^"']*)["'])?""")
    for path in sorted((root / "dbt_project").rglob("*")):
        if path.suffix not in (".sql", ".yml") or "target" in path.relative_to(root).parts:
            continue
        for variable, default in call.findall(path.read_text(encoding="utf-8")):
            yield Read(variable, source_code.name(path, root), default or None)


def _makefile_reads(root: Path) -> Iterator[Read]:
    """The Makefile's own defaults of what it exports: ``SCALE ?= 0.02``."""
    text = (root / "Makefile").read_text(encoding="utf-8")
    exported = {name for line in re.findall(r"^export (.+)$", text, re.M) for name in line.split()}
    for variable, default in re.findall(r"^([A-Z_]+) \?= (.+)$", text, re.M):
        if variable in exported:
            yield Read(variable, "Makefile", None if "$" in default else default.strip())

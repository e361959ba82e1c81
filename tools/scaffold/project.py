"""The project a scaffold writes into, and the errors it tells."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).resolve().parents[2]
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=False,  # noqa: S701 - YAML and SQL, no HTML
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    # dbt's own {{ }} must come through
    variable_start_string="<<",
    variable_end_string=">>",
    block_start_string="<%",
    block_end_string="%>",
)


class ScaffoldError(Exception):
    """What was asked for cannot be written: the message says what was found, expected, and what to do."""


@dataclass(frozen=True)
class Project:
    """A checkout of the hub; a test names a copy."""

    root: Path = ROOT

    @property
    def feeds(self) -> Path:
        return self.root / "connectors" / "feeds"

    @property
    def models(self) -> Path:
        return self.root / "dbt_project" / "models"

    @property
    def seeds(self) -> Path:
        return self.root / "dbt_project" / "seeds"

    @property
    def built_rules(self) -> Path:
        """Returns the file of the macro that lists the rules."""
        return self.root / "dbt_project" / "macros" / "rules" / "built.sql"

    def seed(self, name: str) -> list[dict[str, str]]:
        """Returns the rows of a seed."""
        with (self.seeds / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def add_row(self, name: str, row: list[str]) -> Path:
        """Adds a row at the end of a seed and returns the seed's path."""
        path = self.seeds / f"{name}.csv"
        with path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(row)
        return path

    def shown(self, path: Path) -> str:
        """The path as a person types it in the project's folder."""
        return path.relative_to(self.root).as_posix()


def rendered(template: str, **values: object) -> str:
    """Fills a template; a value that is missing is an error."""
    return _TEMPLATES.get_template(template).render(**values)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")

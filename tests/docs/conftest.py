"""What dbt and the database say, read once for all tests of the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.reference import database, manifest, pages
from warehouse.settings import Settings


@pytest.fixture(scope="session")
def dbt_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the manifest and the static page of dbt."""
    folder = tmp_path_factory.mktemp("dbt")
    manifest.write(folder)
    return folder


@pytest.fixture(scope="session")
def models(dbt_folder: Path) -> manifest.Manifest:
    return manifest.load(dbt_folder)


@pytest.fixture(scope="module")
def schema(hub_db: Settings) -> database.Database:
    return database.read(hub_db)


@pytest.fixture(scope="module")
def written(schema: database.Database, models: manifest.Manifest) -> dict[str, str]:
    """Every page, as it is written from today's code."""
    return pages.render(schema, models)

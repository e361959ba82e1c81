"""What a backup holds: ``manifest.json``, written last, so that a folder without one is no backup."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from warehouse import secret_store
from warehouse.errors import OperationRefused

FORMAT = 1
NAME = "manifest.json"
DUMP = "database"
LANDING = "landing.tar"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Table:
    """``digest`` is a sum over the rows: the same rows in another order have the same one."""

    rows: int
    digest: str


@dataclass(frozen=True)
class Manifest:
    """``files``: sha256 of every file beside the manifest. ``person_key``: sha256 of the key of the person
    ids, by which a wrong one is known. ``roles``: those that rights are granted to; logins are not here."""

    made_at: str
    server_version: int
    migrations: dict[str, str]
    roles: list[str]
    person_key: str
    tables: dict[str, Table]
    files: dict[str, str]
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        secret_store.write_private(folder / NAME, json.dumps(asdict(self), indent=1, ensure_ascii=False))


def read(folder: Path) -> Manifest:
    """Raises ``OperationRefused`` where there is none, or one this code cannot read."""
    path = folder / NAME
    if not path.exists():
        raise OperationRefused(f"{folder} is no backup: it has no {NAME} (the backup may not have finished)")
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] != FORMAT:
            raise OperationRefused(f"{path}: format {values['format']} is not known to this code")
        tables = {name: Table(**table) for name, table in values.pop("tables").items()}
        return Manifest(**values, tables=tables)
    except (ValueError, KeyError, TypeError) as error:
        raise OperationRefused(f"{path} is damaged ({type(error).__name__}): use another backup") from None


def check_files(manifest: Manifest, folder: Path) -> None:
    """Reads every file of the backup. Raises ``OperationRefused`` naming those that are not as they were."""
    present = set(files_of(folder))
    missing = sorted(manifest.files.keys() - present)
    strange = sorted(present - manifest.files.keys())
    changed = sorted(
        name for name in manifest.files.keys() & present if sha256(folder / name) != manifest.files[name]
    )
    found = [
        f"{what}: {', '.join(names[:5])}{' ...' if len(names) > 5 else ''}"
        for what, names in (("missing", missing), ("changed", changed), ("not of this backup", strange))
        if names
    ]
    if found:
        raise OperationRefused(f"the backup in {folder} is damaged: {'; '.join(found)}; use another one")


def files_of(folder: Path) -> Iterable[str]:
    """Names of all files of a backup but the manifest, relative to it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / NAME:
            yield path.relative_to(folder).as_posix()


def sha256(path: Path) -> str:
    """Reads the file in blocks: it may be larger than the memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def tables_of(cursor: Cursor) -> dict[str, Table]:
    """Every table of the database with its rows counted and digested, as this transaction sees them."""
    cursor.execute(
        "select n.nspname, c.relname from pg_class as c "
        "inner join pg_namespace as n on n.oid = c.relnamespace "
        "where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname <> 'information_schema' "
        "and n.nspname not like 'pg\\_%' order by 1, 2"
    )
    return {f"{schema}.{name}": _table(cursor, schema, name) for schema, name in cursor.fetchall()}


def _table(cursor: Cursor, schema: str, name: str) -> Table:
    cursor.execute(
        sql.SQL(
            "select count(*), coalesce(sum(('x' || left(d, 16))::bit(64)::bigint::numeric), 0)::text || '/' "
            "|| coalesce(sum(('x' || right(d, 16))::bit(64)::bigint::numeric), 0)::text "
            "from (select md5(t::text) as d from {} as t) as digests"
        ).format(sql.Identifier(schema, name))
    )
    rows, digest = cursor.fetchone() or (0, "")
    return Table(int(rows), str(digest))

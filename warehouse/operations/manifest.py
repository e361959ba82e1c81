"""Reads and writes ``manifest.json`` of a backup. It is written last: a folder without it is no backup."""

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
    """Rows and digest of one table.

    ``digest`` is a sum over the rows, so the order of the rows does not matter.
    """

    rows: int
    digest: str


@dataclass(frozen=True)
class Manifest:
    """``files``: sha256 of every file beside the manifest.

    ``person_key``: sha256 of the key of the person ids, which identifies a wrong key. ``roles``: the roles
    that have rights, without logins.
    """

    made_at: str
    server_version: int
    migrations: dict[str, str]
    roles: list[str]
    person_key: str
    tables: dict[str, Table]
    files: dict[str, str]
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Writes the manifest into the backup's folder."""
        secret_store.write_private(folder / NAME, json.dumps(asdict(self), indent=1, ensure_ascii=False))


def read_manifest(folder: Path) -> Manifest:
    """Reads the manifest. Raises ``OperationRefused`` if it is missing or cannot be read by this code."""
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
    """Reads every file of the backup.

    Raises ``OperationRefused``, which names the files that changed, are missing or are new.
    """
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
    """Yields the names of all files of a backup except the manifest, relative to its folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / NAME:
            yield path.relative_to(folder).as_posix()


def sha256(path: Path) -> str:
    """Returns the digest of a file, read in blocks: it may be larger than the memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def tables_of(cursor: Cursor) -> dict[str, Table]:
    """Counts and digests the rows of every table of the database, as this transaction sees them."""
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

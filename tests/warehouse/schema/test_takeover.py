"""A database that older code made becomes the one that today's code makes from nothing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.support.fakes import rows_of
from tests.warehouse.security.logins import login
from warehouse.operations import postgres_tools
from warehouse.schema.migrate import MIGRATIONS, migrate, read_migrations
from warehouse.settings import Settings
from warehouse.store.postgres import server

pytestmark = pytest.mark.slow
#: The last migration of the code that had functions, views, triggers and policies in its migrations.
_LAST_OF_OLD = 113
#: Made by object files since then; everything else must be what those migrations had made. Whoever changes
#: what an object does names it here.
CHANGED_SINCE = {
    "function ops.is_open",
    "function ops.keep_publication",
    "function ops.mask_account",
    "function ops.mask_whole",
    "schema core",  # analysts may look into it: for its masked views
    # a page is read by an index under row security, and what is open is counted
    "function ops.region_patterns",
    "function ops.count_warnings",
    "function ops.move_warning_count",
    "function marts.take_step",
    "relation marts.warning_counts",
    # what a build was made of
    "relation ops.built_relations",
    *(
        f"column ops.built_relations.{name}"
        for name in ("node", "relation", "relation_oid", "fingerprint", "built_at")
    ),
    *(
        f"column marts.warning_counts.{name}"
        for name in ("level", "region_prefix", "rule_id", "status", "warnings")
    ),
    *(f"relation marts.{mart}_masked" for mart in ("warnings", "cross_check_hits")),
    *(
        f"column marts.{mart}{masked}.{prefix}_prefix"
        for mart in ("warnings", "cross_check_hits")
        for masked in ("", "_masked")
        for prefix in ("district", "street")
    ),
    *(
        f"policy {table} {policy}"
        for table in (
            "warnings",
            "cross_check_hits",
            "unanswered",
            "warning_events",
            "kept_rows",
            "warning_counts",
        )
        for policy in ("own_region", "own_region_masked")
    ),
}
#: These had no comment and have one since; nothing else of them is another.
COMMENTED_SINCE = {
    "function ops.household_report_masked_rows",
    "function ops.household_report_rows",
    "function ops.reader",
    "function ops.rows_as_of",
    "relation ops.check_results",
    "relation ops.schema_migrations",
}
_SCHEMAS = "('ops', 'core', 'marts')"
_RIGHTS = "(select string_agg(a::text, ' ' order by a::text) from aclexplode({}) as a)"
#: What is there, as (name, all that can be said of it); rights sorted, whoever granted them first.
STATE = {
    "function": f"""
        select p.oid::regprocedure::text, concat_ws(' | ', pg_get_functiondef(p.oid),
            obj_description(p.oid, 'pg_proc'), p.proowner::regrole,
            {_RIGHTS.format("coalesce(p.proacl, acldefault('f', p.proowner))")})
        from pg_proc as p where p.pronamespace::regnamespace::text in {_SCHEMAS}
    """,
    "relation": f"""
        select c.oid::regclass::text, concat_ws(' | ', c.relkind, c.relrowsecurity, c.reloptions,
            c.relowner::regrole, case c.relkind when 'v' then pg_get_viewdef(c.oid) end,
            obj_description(c.oid, 'pg_class'),
            {_RIGHTS.format("coalesce(c.relacl, acldefault('r', c.relowner))")})
        from pg_class as c where c.relkind in ('r', 'v') and c.relnamespace::regnamespace::text in {_SCHEMAS}
    """,
    "column": f"""
        select r.oid::regclass || '.' || c.attname, concat_ws(' | ', format_type(c.atttypid, c.atttypmod),
            {_RIGHTS.format("c.attacl")})
        from pg_attribute as c inner join pg_class as r on r.oid = c.attrelid
        where c.attnum > 0 and r.relkind in ('r', 'v') and r.relnamespace::regnamespace::text in {_SCHEMAS}
    """,
    "policy": "select tablename || ' ' || policyname, pg_policies::text from pg_policies",
    "trigger": """
        select tgrelid::regclass || ' ' || tgname, pg_get_triggerdef(oid) from pg_trigger
        where not tgisinternal
    """,
    "schema": f"select nspname::text, nspacl::text from pg_namespace where nspname in {_SCHEMAS}",
}
OF_AN_ADMINISTRATOR = """
    grant usage on schema marts to takeover_reader;
    grant select on marts.warnings_masked to takeover_reader;
    grant select (status) on marts.warnings to takeover_reader;
    grant execute on function ops.died(timestamptz) to takeover_reader;
    create policy of_the_desk on marts.warnings for select to takeover_reader using (true)
"""
TAKEN_BACK = """
    drop policy of_the_desk on marts.warnings;
    revoke all on function ops.died(timestamptz) from takeover_reader;
    revoke all on marts.warnings, marts.warnings_masked from takeover_reader;
    revoke all on schema marts from takeover_reader
"""


def state(hub: Settings) -> dict[str, str]:
    """Everything of ``STATE`` by ``kind name``; comments within functions and blanks do not count."""
    found = {}
    for kind, query in STATE.items():
        for name, text in rows_of(hub, query):
            found[f"{kind} {name}"] = " ".join(re.sub(r"--[^\n]*\n", "\n", text or "").split())
    return found


def cut(folder: Path, last: int) -> Path:
    """A copy of the migrations up to ``last``."""
    shutil.copytree(MIGRATIONS, folder)
    for migration in read_migrations():
        if migration.version > last:
            (folder / migration.name).unlink()
    return folder


def schema_of(hub: Settings, file: Path) -> str:
    """``pg_dump --schema-only``, without ``raw``.

    Its tables are made from the declarations of today, by whatever run comes first; a migration that finds
    them there adds an index they have already.
    """
    where = server.info(hub)
    postgres_tools.run_program(
        "pg_dump",
        where.url,
        ["--schema-only", "--exclude-schema=raw", f"--file={file}"],
        embedded=where.embedded,
    )
    lines = file.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith(("\\restrict", "\\unrestrict")))


def database(hub_server: Settings, name: str) -> Settings:
    return hub_server.with_database(server.ensure_database(name, hub_server))


def test_from_nothing_and_step_by_step_are_the_same(hub_server: Settings, tmp_path: Path) -> None:
    from_nothing, by_steps = (database(hub_server, name) for name in ("from_nothing", "by_steps"))
    migrate(from_nothing)
    for migration in read_migrations():
        folder = cut(tmp_path / f"{migration.version}", migration.version)
        assert migrate(by_steps, folder, objects=None) == [migration.name]
    assert rows_of(by_steps, "select count(*) from ops.schema_objects") == [(0,)]
    assert len(migrate(by_steps)) > 40
    one, other = (schema_of(hub, tmp_path / "dump.sql") for hub in (from_nothing, by_steps))
    assert one.count("CREATE FUNCTION") > 40
    assert one == other


def test_an_old_hub_has_the_same_functions_views_policies_and_rights(
    hub_server: Settings, tmp_path: Path
) -> None:
    """Also what an administrator granted is still granted."""
    hub = database(hub_server, "old_hub")
    migrate(hub, cut(tmp_path / "migrations", _LAST_OF_OLD), objects=None)
    with login(hub, "takeover_reader"):
        rows_of(hub, OF_AN_ADMINISTRATOR)
        before = state(hub)
        migrate(hub)
        after = state(hub)
        rows_of(hub, TAKEN_BACK)
    assert "policy warnings of_the_desk" in before
    new = {name for name in after if name not in before and "ops.schema_objects" not in name}
    differing = {name for name in before if after.get(name) != before[name]}
    assert {name.split("(")[0] for name in new | differing} == CHANGED_SINCE | COMMENTED_SINCE
    commented = [name for name in differing if name.split("(")[0] in COMMENTED_SINCE]
    assert [name for name in commented if not _only_commented(before[name], after[name])] == []


def _only_commented(before: str, after: str) -> bool:
    """Whether ``after`` says one thing more than ``before``, and else the same in the same order."""
    old, new = before.split(" | "), after.split(" | ")
    return len(new) == len(old) + 1 and any(
        new[:place] + new[place + 1 :] == old for place in range(len(new))
    )

"""Closes what PostgreSQL leaves open to every login; runs after each migration and each restore.

A restored database is a new one: a right revoked on the former is everybody's again. So this is not a
migration, it is checked anew each time. Nothing here fails for lack of a right: ``findings`` says what is
still open.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

#: ``pg_temp`` last: where it is not named, types are looked for there before anywhere else.
DEFINER_PATH = "search_path=pg_catalog, pg_temp"
_ROLES_OF_READERS = ("hub_app", "hub_analyst")

_OURS = (
    "from pg_catalog.pg_proc as p inner join pg_catalog.pg_namespace as n on n.oid = p.pronamespace "
    "where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and not exists (select from "
    "pg_catalog.pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')"
)
_UNPINNED = (
    "select p.oid::regprocedure::text, p.proowner::regrole::text, pg_has_role(p.proowner, 'usage') "
    f"{_OURS} and p.prosecdef and not coalesce('{DEFINER_PATH}' = any (p.proconfig), false) order by 1"
)
_OPEN_ROUTINES = (
    "select p.oid::regprocedure::text "
    f"{_OURS} and n.nspname in ('ops', 'core', 'raw', 'staging', 'seeds', 'candidate', 'marts') "
    "and pg_has_role(p.proowner, 'usage') and exists (select from "
    "aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a where a.grantee = 0) order by 1"
)
_OPEN_DATABASE = (
    "select a.privilege_type from pg_catalog.pg_database as d, "
    "aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as a "
    "where d.datname = current_database() and a.grantee = 0 order by 1"
)
_OPEN_PUBLIC = (
    "select 1 from pg_catalog.pg_namespace as n, "
    "aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) as a "
    "where n.nspname = 'public' and a.grantee = 0 and a.privilege_type = 'CREATE'"
)
#: Functions that run as their owner and that everybody may execute.
_FOR_EVERYBODY = (
    "select p.oid::regprocedure::text, p.proowner::regrole::text "
    f"{_OURS} and p.prosecdef and exists (select from "
    "aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a where a.grantee = 0) order by 1"
)
#: Functions that take an advisory lock and may still be executed by everybody.
OPEN_LOCKS = """
    select p.oid::regprocedure::text from pg_catalog.pg_proc as p
    where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ '^pg_(try_)?advisory_(xact_)?lock'
        and exists (
            select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a where a.grantee = 0)
"""
#: A limit of a session, the row of ``ops.settings`` with what a login gets that has none, and its unit.
_BOUNDS = (
    ("idle_in_transaction_session_timeout", "login_idle_seconds", "s"),
    ("statement_timeout", "login_statement_seconds", "s"),
    ("temp_file_limit", "login_temp_file_mb", "MB"),
)
#: Logins of applications and analysts, through however many roles; what an administrator limited for each,
#: also by a setting of the database, which one of the role would go before.
_LOGINS = (
    "select r.rolname::text, r.rolconnlimit, array("
    "select split_part(c, '=', 1) from pg_catalog.pg_db_role_setting as s, unnest(s.setconfig) as c "
    "where s.setrole in (0, r.oid) and s.setdatabase in (0, ("
    "select d.oid from pg_catalog.pg_database as d where d.datname = current_database()))), "
    "pg_has_role(r.oid, 'hub_app', 'usage') and pg_has_role(r.oid, 'hub_analyst', 'usage') "
    "from pg_catalog.pg_roles as r where r.rolcanlogin and not r.rolsuper and not r.rolcreaterole "
    "and r.rolname <> current_user "
    "and (pg_has_role(r.oid, 'hub_app', 'member') or pg_has_role(r.oid, 'hub_analyst', 'member')) order by 1"
)


def secure(connection: Connection) -> None:
    """Closes what is ours to close. ``connection`` is the owner's, in no transaction."""
    with connection, connection.cursor() as cursor:
        _close_routines(cursor)
        _close_database(cursor)
        _limit_logins(cursor)


def findings(cursor: Cursor) -> Iterator[str]:
    """Yields what is still open and who can close it, one line each."""
    cursor.execute(_UNPINNED)
    for routine, owner, _ in cursor.fetchall():
        yield f"function {routine} of {owner} has no pinned search_path: alter it, or drop it"
    cursor.execute(_OPEN_DATABASE)
    if rights := [row[0].lower() for row in cursor.fetchall()]:
        words = " and ".join(rights)
        yield f"every login has {words} here: 'make migrate' as the database's owner ends that"
    cursor.execute(_FOR_EVERYBODY)
    for routine, owner in cursor.fetchall():
        yield (
            f"function {routine} runs with the rights of {owner} for every login: "
            f"revoke execute on routine {routine} from public, and grant it to those it is meant for"
        )
    cursor.execute(OPEN_LOCKS)
    if cursor.fetchall():
        yield (
            "every login may take advisory locks, and without end they fill the lock table of the whole "
            "server, so that nobody can work or connect: a superuser revokes execute on pg_advisory_lock and "
            "its kind from public here, and grants it to the hub's user (docs/operate/logins.md)"
        )
    is_unbounded = _is_unbounded(cursor)
    cursor.execute(_LOGINS)
    for name, connections, limited, is_both in cursor.fetchall():
        if is_both:
            yield f"login {name} is both hub_app and hub_analyst, so it sees nothing: leave it one of the two"
        if connections < 0:
            yield f"login {name} may open any number of connections: alter role {name} connection limit 20"
        if is_unbounded and "temp_file_limit" not in limited:
            yield (
                f"login {name} may fill the disk with temporary files: a superuser says alter role {name} "
                "set temp_file_limit = '1GB', or grants set on parameter temp_file_limit to the hub's user"
            )


def _close_routines(cursor: Cursor) -> None:
    cursor.execute(_UNPINNED)
    for routine, _, is_ours in cursor.fetchall():
        if is_ours:
            cursor.execute(f"alter routine {routine} set search_path = pg_catalog, pg_temp")
    cursor.execute(_OPEN_ROUTINES)
    for (routine,) in cursor.fetchall():
        cursor.execute(f"revoke execute on routine {routine} from public")


def _close_database(cursor: Cursor) -> None:
    """Revokes everybody's rights on the database, where we own it; elsewhere PostgreSQL only warns and
    ``findings`` reports it.
    """
    cursor.execute("select current_database()")
    ((name,),) = cursor.fetchall()
    database = sql.Identifier(name)
    cursor.execute(_OPEN_DATABASE)
    if cursor.fetchall():
        closed = sql.SQL("revoke connect, create, temporary on database {} from public")
        cursor.execute(closed.format(database))
        readers = sql.SQL(", ").join(map(sql.Identifier, _ROLES_OF_READERS))
        cursor.execute(sql.SQL("grant connect on database {} to {}").format(database, readers))
    cursor.execute(_OPEN_PUBLIC)
    if cursor.fetchall():
        cursor.execute("revoke create on schema public from public")


def _limit_logins(cursor: Cursor) -> None:
    """Gives limits to logins that have none: otherwise one application could keep all others and the hub
    out.
    """
    cursor.execute("select to_regclass('ops.settings') is not null")
    if cursor.fetchall() != [(True,)]:
        return
    cursor.execute("select name, value::integer from ops.settings where name like 'login\\_%'")
    bounds = dict(cursor.fetchall())
    cursor.execute(_LOGINS)
    for name, connections, limited, _ in cursor.fetchall():
        role = sql.Identifier(name)
        if connections < 0 and (most := bounds.get("login_most_connections")):
            _alter(cursor, sql.SQL("alter role {} connection limit {}").format(role, sql.Literal(most)))
        for setting, row, unit in _BOUNDS:
            if setting not in limited and (bound := bounds.get(row)):
                change = sql.SQL("alter role {} set {} = {}")
                value = sql.Literal(f"{bound}{unit}")
                _alter(cursor, change.format(role, sql.Identifier(setting), value))


def _is_unbounded(cursor: Cursor) -> bool:
    """Tells whether the server leaves temporary files unbounded and we may not set a bound (``secure``
    would).

    Our own session's limit says nothing about others if it was set for our role.
    """
    cursor.execute(
        "select setting = '-1' and source in ('default', 'configuration file') "
        "and not has_parameter_privilege('temp_file_limit', 'set') "
        "from pg_catalog.pg_settings where name = 'temp_file_limit'"
    )
    return cursor.fetchall() == [(True,)]


def _alter(cursor: Cursor, statement: sql.Composed) -> None:
    cursor.execute("savepoint alter_role")
    try:
        cursor.execute(statement)
    except (psycopg2.errors.InsufficientPrivilege, psycopg2.errors.InternalError_):
        # another administrator's login, or altered by another database's migration at this moment
        cursor.execute("rollback to savepoint alter_role")

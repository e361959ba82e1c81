"""Front-end databases, misbehaving: their tables change, their sessions die, their values cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.errors import BatchRejected, SourceUnavailable
from tests.hostile.protocol_harness import Case, Hub, Loaded, Refused, id_of, names
from tests.hostile.sql_world import DELTA, PARTITION, ROWS, SNAPSHOT, SqlWorld
from warehouse.intake.load_feed import load_feed

pytestmark = pytest.mark.slow

ALL = (ROWS, ROWS, 0, 0)
HUGE = 2_000_000


def _killed(times: int) -> Any:
    return lambda world: world.during(world.patch, world.kill_readers, times)


def _changed_while_read(world: SqlWorld) -> None:
    def change() -> None:
        world.die(ROWS)
        world.deaths(f"delete from {{}} where \"GMSFHM\" = '{id_of(ROWS - 1)}'")

    world.during(world.patch, change)


def _dropped_while_read(world: SqlWorld) -> None:
    """A department rebuilds its table; our read holds it until it is through."""
    world.run("set lock_timeout = '1ms'")

    def drop() -> None:
        with pytest.raises(Exception, match="lock timeout"):
            world.deaths("drop table {}")

    world.during(world.patch, drop)


def _locked(world: SqlWorld) -> None:
    world.connect(0.2)
    world.lock()


def _view_fails(world: SqlWorld) -> None:
    """A view that breaks in the middle of its rows."""
    world.deaths('alter table {} rename to "BASE"')
    world.run(
        'create view "GA_FRONT"."SW_ZX" as select "GMSFHM", "XM", "SWRQ", "ZXRQ", (1 / case when '
        f'"GMSFHM" = \'{id_of(6)}\' then 0 else 1 end)::text as "ZXYY", "PCSDM", "CZLX", "GXSJ" '
        'from "GA_FRONT"."BASE"'
    )
    world.run('grant select on "GA_FRONT"."SW_ZX" to hostile_reader')


def _deaths(change: str) -> Any:
    return lambda world: world.deaths(change)


def _cursor(kind: str, form: str, then: str = "") -> Any:
    """The deaths' cursor is kept as ``kind`` in that form; ``then`` may spoil one of the rows."""

    def behave(world: SqlWorld) -> None:
        written = f'to_char("GXSJ", $${form}$$)::{kind}'
        world.deaths(f'alter table {{}} alter "GXSJ" type {kind} using {written}')
        if then:
            world.deaths(f"update {{}} set {then} where \"GMSFHM\" = '{id_of(3)}'")

    return behave


def _pensions(change: str) -> Any:
    return lambda world: world.pensions(change)


def _cell(column: str, value: object) -> Any:
    """One pension of nine has this value."""

    def behave(world: SqlWorld) -> None:
        database = world.use_sqlite()
        database.execute(f'update "JMYL" set "{column}" = ? where "GMSFHM" = ?', (value, id_of(3)))
        database.commit()
        database.close()

    return behave


def _delta(name: str, behave: Any, outcome: Loaded | Refused) -> Case:
    return Case(f"sql-{name}", DELTA, behave, outcome)


def _snapshot(name: str, behave: Any, outcome: Loaded | Refused) -> Case:
    return Case(f"sql-{name}", SNAPSHOT, behave, outcome)


def _aside(count: int, *reasons: str) -> Loaded:
    return Loaded((ROWS, ROWS - count, 0, count), reasons=frozenset(reasons))


def _kept(value: str) -> Loaded:
    """All rows are loaded; the one amount that cannot be is empty, and kept as it was received."""
    return Loaded(ALL, one_row=f"basic_pension is null and as_received->>'basic_pension' = '{value}'")


DENIED = Refused(SourceUnavailable, "InsufficientPrivilege.*login of ga_hukou may read")
DEAD = r"OperationalError|AdminShutdown|InterfaceError|DatabaseError"
CASES = [
    _delta("session-killed-once", _killed(1), Loaded(ALL, retries=1)),
    _delta("session-killed-always", _killed(99), Refused(SourceUnavailable, DEAD, 3)),
    _delta("rows-change-while-read", _changed_while_read, Loaded(ALL)),
    _delta("table-dropped-while-read", _dropped_while_read, Loaded(ALL)),
    _delta("table-locked", _locked, Refused(SourceUnavailable, "QueryCanceled.*table is locked", 3)),
    _delta("view-fails-midway", _view_fails, Refused(SourceUnavailable, "DivisionByZero")),
    _delta("select-denied", _deaths("revoke select on {} from hostile_reader"), DENIED),
    _delta(
        "schema-denied",
        lambda world: world.run('revoke usage on schema "GA_FRONT" from hostile_reader'),
        DENIED,
    ),
    _delta(
        "port-nobody-listens-on",
        lambda world: world.connect(5, host="127.0.0.1", port=1),
        Refused(SourceUnavailable, r"check host, port and login of ga_hukou.*\(4 attempts\)", 3),
    ),
    _delta(
        "host-name-unknown",
        lambda world: world.connect(5, host="nobody.invalid", port=1),
        Refused(SourceUnavailable, r"check host, port and login of ga_hukou", 3),
    ),
    _delta(
        "database-missing",
        lambda world: world.connect(5, database="no_such_database"),
        Refused(SourceUnavailable, "knows no such database or login; check schema and login of ga_hukou"),
    ),
    _delta(
        "login-refused",
        lambda world: world.connect(5, password="wrong"),
        Refused(SourceUnavailable, "login refused; check login and password of ga_hukou"),
    ),
    _delta("table-missing", _deaths("drop table {}"), Refused(BatchRejected, "SW_ZX does not exist")),
    _delta(
        "column-dropped",
        _deaths('alter table {} drop column "ZXYY"'),
        Refused(BatchRejected, "no column ZXYY"),
    ),
    _delta(
        "column-renamed",
        _deaths('alter table {} rename column "XM" to "XINGMING"'),
        Refused(BatchRejected, "no column XM; it has .*XINGMING.* Ask the publisher"),
    ),
    _delta(
        "key-dropped",
        _deaths('alter table {} drop column "GMSFHM"'),
        Refused(BatchRejected, "no column GMSFHM"),
    ),
    _delta("column-added", _deaths("alter table {} add column \"BZ\" text default '新'"), Loaded(ALL)),
    _delta("columns-lower-case", _deaths('alter table {} rename column "XM" to xm'), Loaded(ALL)),
    _delta(
        "date-became-text",
        _deaths("alter table {} alter \"SWRQ\" type text using '去年'"),
        _aside(ROWS, "date_invalid"),
    ),
    _delta(
        "text-became-number",
        _deaths('alter table {} alter "PCSDM" type bigint using "PCSDM"::bigint'),
        Loaded(ALL),
    ),
    _delta(
        "cursor-became-number",
        _cursor("bigint", "YYYYMMDD"),
        Loaded(ALL),
    ),
    _delta("cursor-with-slashes", _cursor("text", "YYYY/MM/DD"), Loaded(ALL)),
    _delta("cursor-of-digits", _cursor("char(30)", "YYYYMMDDHH24MISS"), Loaded(ALL)),
    _delta("cursor-in-chinese", _cursor("text", 'YYYY"年"MM"月"DD"日"'), Loaded(ALL)),
    _delta("cursor-with-t", _cursor("text", 'YYYY-MM-DD"T"HH24:MI:SS'), Loaded(ALL)),
    _delta(
        "cursor-without-zeros",
        _cursor("text", 'YYYY"年"FMMM"月"FMDD"日"'),
        Refused(BatchRejected, r"SW_ZX\.GXSJ is kept in a form that does not sort by time.* Ask"),
    ),
    _delta(
        "cursor-in-two-forms",
        _cursor("text", "YYYY-MM-DD", "\"GXSJ\" = replace(\"GXSJ\", '-', '/')"),
        Refused(
            BatchRejected,
            r"is kept in several forms: 1 of 9 values are not like 2020|8 of 9 values are not like 2020",
        ),
    ),
    _delta(
        "date-without-end",
        _deaths("update {} set \"ZXRQ\" = 'infinity'"),
        _aside(ROWS, "required_missing"),
    ),
    _delta(
        "date-beyond-calendars",
        _deaths("update {} set \"ZXRQ\" = '20200-05-12'"),
        _aside(ROWS, "date_invalid"),
    ),
    _delta("all-null", _deaths('update {} set "XM" = null'), _aside(ROWS, "required_missing")),
    _snapshot(
        "number-not-a-number",
        _pensions(f"update {{}} set \"JCYLJ\" = 'NaN' where \"GMSFHM\" = '{id_of(3)}'"),
        _kept("NaN"),
    ),
    _snapshot(
        "bytes-in-place-of-text",
        _pensions("alter table {} alter \"XM\" type bytea using '\\xd5c5'::bytea"),
        Loaded(ALL),
    ),
    _snapshot("nul-in-a-name", _cell("XM", "张\0三"), _aside(1, "control_character")),
    _snapshot(
        "bytes-of-another-encoding",
        SqlWorld.use_bytes_without_encoding,
        Refused(BatchRejected, "database's own encoding; ask"),
    ),
    _snapshot(
        "huge-text", _cell("JFDC", "级" * HUGE), Loaded(ALL, one_row=f"length(contribution_grade) = {HUGE}")
    ),
    _snapshot(
        "value-of-fifty-lines",
        _cell("JFDC", "\n".join(['一"二'] * 50)),
        Loaded(ALL, one_row="length(contribution_grade) = 199"),
    ),
    _snapshot(
        "huge-text-of-two-lines",
        _cell("JFDC", "级" * HUGE + "\n级"),
        Loaded(ALL, one_row=f"length(contribution_grade) = {HUGE + 2}"),
    ),
    _snapshot("line-breaks-and-quotes", _cell("JFDC", '一"二\r\n,三\\N'), Loaded(ALL)),
    _snapshot("negative-amount", _cell("JCYLJ", -1), _kept("-1")),
    _snapshot("amount-beyond-measure", _cell("JCYLJ", 10**18), _kept("1000000000000000000")),
    _snapshot(
        "rows-doubled", _pensions("insert into {0} select * from {0}"), Loaded((2 * ROWS, ROWS, ROWS, 0))
    ),
    _snapshot("rows-all-gone", _pensions("delete from {}"), Loaded((0, 0, 0, 0))),
]


@pytest.fixture(scope="module")
def front(hub: Hub, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlWorld]:
    found = SqlWorld(hub, database_url, tmp_path_factory.mktemp("front"))
    yield found
    found.close()


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_it_has_its_named_outcome(
    case: Case,
    hub: Hub,
    front: SqlWorld,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("connectors.protocols.sql.pull.PARTITION", PARTITION)
    front.patch = monkeypatch
    hub.prove(case, front, caplog)


def test_a_cursor_that_became_null_is_told_and_deletes_nobody(hub: Hub, front: SqlWorld) -> None:
    """No window would ever hold such a row; whoever reads everything must not take it for gone."""
    front.begin(hub.next_day())
    assert load_feed(DELTA, hub.day, hub.settings).quarantined == 0
    front.deaths(f'update {{}} set "GXSJ" = null where "GMSFHM" = \'{id_of(3)}\'')
    result = load_feed(DELTA, hub.day, hub.settings, whole=True)
    assert (result.received, result.quarantined) == (ROWS, 1)
    assert result.received == result.loaded + result.duplicate + result.quarantined
    with hub.session.cursor() as cursor:
        cursor.execute("select reason_code from ops.quarantine where batch_id = %s", (str(result.batch_id),))
        assert cursor.fetchall() == [("required_missing",)]
        cursor.execute(
            "select count(*) from raw.public_security__death_cancellation "
            "where id_number = %s and operation = 'delete'",
            (id_of(3),),
        )
        assert cursor.fetchall() == [(0,)]

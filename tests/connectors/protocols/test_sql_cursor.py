"""Cursors in other forms than a timestamp: the rows of the window come, or the read is refused."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.catalogue.load import load_feed
from connectors.connections import Connection
from connectors.delivery import Delivery, Window
from connectors.errors import BatchRejected
from connectors.protocols import pull
from connectors.protocols.retry import Retry
from connectors.protocols.sql.time_forms import FORMS, Form

DAY = date(2020, 5, 12)
FEED = load_feed("public_security__death_cancellation")
TABLE = FEED.tables[0]
CURSOR = TABLE.column("updated_at").source
KEY = TABLE.column("id_number").source
OTHERS = [c.source for c in TABLE.columns if c.source not in (CURSOR, KEY)]
#: Before, at the start of, within, at the end of and behind the window; of a later year.
TIMES = {
    "1 before": datetime(2020, 5, 9, 23, 0),
    "2 start": datetime(2020, 5, 10),
    "3 within": datetime(2020, 5, 12, 8, 30, 15),
    "4 last": datetime(2020, 5, 12, 23, 0),
    "5 end": datetime(2020, 5, 13),
    "6 far": datetime(2029, 12, 31, 23, 0),
}
WITHIN = ["2 start", "3 within", "4 last"]
Values = Sequence[tuple[str, Any]]


@pytest.fixture
def take(tmp_path: Path, retry: Retry, window: Window, landing: Path) -> Callable[..., Delivery]:
    """Reads a table of these keys and times; ``kind`` is the column's type in SQLite."""

    def _take(values: Values, bounds: Window | None = None, kind: str = "TEXT") -> Delivery:
        path = tmp_path / "front.db"
        path.unlink(missing_ok=True)
        columns = ", ".join(f'"{c}" TEXT' for c in [*OTHERS, KEY])
        with sqlite3.connect(path) as db:
            db.execute(f'create table "{TABLE.source.table}" ({columns}, "{CURSOR}" {kind})')
            rows = [(*["甲"] * len(OTHERS), key, moment) for key, moment in values]
            marks = ",".join("?" * (len(OTHERS) + 2))
            db.executemany(f'insert into "{TABLE.source.table}" values ({marks})', rows)
        return pull(FEED, DAY, bounds or window, Connection("sqlite", str(path)), landing, retry=retry)

    return _take


def keys(delivery: Delivery) -> list[str]:
    with delivery.parts[0].path.open(encoding="utf-8", newline="") as file:
        return [row[KEY] for row in csv.DictReader(file)]


@pytest.mark.parametrize("form", FORMS, ids=[form.template for form in FORMS])
def test_the_rows_of_the_window_come_in_every_form(take: Callable[..., Delivery], form: Form) -> None:
    assert keys(take([(key, form.write(moment)) for key, moment in TIMES.items()])) == WITHIN


@pytest.mark.parametrize("ending", ["", ".5", ".123456", "+08:00", "+0800", "+08", " +08:00", ".5+08:00"])
@pytest.mark.parametrize("between", [" ", "T"])
def test_fractions_and_our_own_offset_may_follow(
    take: Callable[..., Delivery], ending: str, between: str
) -> None:
    values = [(key, moment.isoformat(between) + ending) for key, moment in TIMES.items()]
    assert keys(take(values)) == WITHIN


@pytest.mark.parametrize("ending", ["Z", ".000Z", ".5Z"])
def test_times_in_utc_are_compared_in_utc(take: Callable[..., Delivery], ending: str) -> None:
    values = [(key, (moment - timedelta(hours=8)).isoformat() + ending) for key, moment in TIMES.items()]
    assert keys(take(values)) == WITHIN


@pytest.mark.parametrize("blanks", ["", "          "])
def test_blanks_behind_a_padded_value_do_not_count(take: Callable[..., Delivery], blanks: str) -> None:
    assert keys(take([(key, f"{moment:%Y/%m/%d}{blanks}") for key, moment in TIMES.items()])) == WITHIN


@pytest.mark.parametrize("kind", ["INTEGER", "TIMESTAMP", "NUMERIC"])
@pytest.mark.parametrize("pattern", ["%Y%m%d", "%Y%m%d%H%M%S"])
def test_numbers_are_compared_as_numbers(take: Callable[..., Delivery], kind: str, pattern: str) -> None:
    values = [(key, int(moment.strftime(pattern))) for key, moment in TIMES.items()]
    assert keys(take(values, kind=kind)) == WITHIN


@pytest.mark.parametrize(
    "values",
    [
        ["2020年5月13日", "2020年5月9日"],
        ["2020/5/13", "2020/5/9"],
        ["13-MAY-20"],
        ["05/13/2020"],
        ["二〇二〇年五月十三日"],
        ["昨天"],
        ["43964"],
    ],
)
def test_a_form_that_does_not_sort_is_refused_and_never_an_empty_delta(
    take: Callable[..., Delivery], pauses: list[float], values: list[Any]
) -> None:
    with pytest.raises(
        BatchRejected,
        match=rf"cursor {TABLE.source.table}\.{CURSOR} is kept in a form that does not sort .* Ask the pub",
    ) as caught:
        take([(str(n), value) for n, value in enumerate(values)])
    assert not any(value in str(caught.value) for value in values)
    assert pauses == []


@pytest.mark.parametrize(
    ("odd", "rest"),
    [
        ("2020/05/12", "2020-05-12"),
        ("2020-05-12 08:00:00", "2020-05-12"),
        ("2020-05-12", "2020-05-12 08:00:00"),
        ("20200512", "2020-05-12"),
        ("2020-05-12T08:00:00", "2020-05-12 08:00:00"),
        ("2020-05-12T08:00:00Z", "2020-05-12T08:00:00"),
        ("2020-05-12T08:00:00", "2020-05-12T08:00:00Z"),
        ("2020-05-12 08:00:00-05:00", "2020-05-12 08:00:00"),
        ("2020-05-12 08:00:00+09:00", "2020-05-12 08:00:00+08:00"),
        ("1589299200", "1589299200000"),
        ("2020-5-12", "2020-05-12"),
        (" 2020-05-12", "2020-05-12"),
        ("?", "2020-05-12"),
    ],
)
@pytest.mark.parametrize("place", [0, 99], ids=["first", "last"])
def test_one_value_of_another_form_refuses_the_read(
    take: Callable[..., Delivery], odd: str, rest: str, place: int
) -> None:
    values = [(f"{n:03}", odd if n == place else rest) for n in range(100)]
    with pytest.raises(BatchRejected, match=r"is kept in several forms: \d+ of 100 values are not like"):
        take(values)


def test_nothing_is_no_form_of_its_own_and_comes_with_everything(
    take: Callable[..., Delivery], window: Window
) -> None:
    values = [("1", None), ("2", ""), ("3", "0"), ("4", "2020/05/12")]
    delivery = take(values)
    assert keys(delivery) == ["4"]
    assert "3 rows of SW_ZX.GXSJ have no time of change" in delivery.notes[0]
    assert keys(take(values, Window(None, window.until))) == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    "never", [None, "", " ", "0", "0000-00-00 00:00:00", "0001-01-01 00:00:00", "1900-01-01 00:00:00"]
)
def test_a_row_that_no_delta_can_bring_is_told(take: Callable[..., Delivery], never: str | None) -> None:
    delivery = take([("1", never), ("2", "2020-05-12 08:00:00"), ("3", "1980-01-01 00:00:00")])
    assert keys(delivery) == ["2"]
    (note,) = delivery.notes
    assert note.startswith("1 rows of SW_ZX.GXSJ have no time of change, or one before 1980")


@pytest.mark.parametrize("number", [20200512080000, 1589241600, 1589241600000, 20200512])
def test_a_zero_for_no_time_is_told(take: Callable[..., Delivery], number: int) -> None:
    (note,) = take([("1", 0), ("2", number)], kind="INTEGER").notes
    assert note.startswith("1 rows of SW_ZX.GXSJ have no time of change")


def test_a_table_of_no_times_is_empty_or_whole(take: Callable[..., Delivery], window: Window) -> None:
    assert keys(take([])) == []
    assert keys(take([("1", None)])) == []
    assert keys(take([("1", None)], Window(None, window.until))) == ["1"]


def test_a_bound_within_a_day_leaves_no_row_of_that_day_out(take: Callable[..., Delivery]) -> None:
    values = [(f"{n}", f"2020-05-{n}") for n in range(10, 14)]
    bounds = Window(datetime(2020, 5, 11, 9), datetime(2020, 5, 12, 9))
    assert keys(take(values, bounds)) == ["11", "12"]


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d", "%Y%m%d"])
def test_who_compares_the_whole_gets_every_row_whatever_its_time(
    take: Callable[..., Delivery], window: Window, form: str
) -> None:
    values = [("0 none", None), *((key, moment.strftime(form)) for key, moment in TIMES.items())]
    whole = Window(None, window.until, whole=True)
    assert keys(take(values, whole)) == ["0 none", *TIMES]


def test_the_whole_is_read_even_in_a_form_that_does_not_sort(
    take: Callable[..., Delivery], window: Window
) -> None:
    assert keys(take([("1", "2020年5月13日")], Window(None, window.until, whole=True))) == ["1"]


@pytest.mark.parametrize("since", [None, datetime(2020, 5, 10)])
def test_rows_of_later_years_are_left_out_and_told(
    take: Callable[..., Delivery], window: Window, since: datetime | None
) -> None:
    values = [(key, str(moment)) for key, moment in TIMES.items()]
    delivery = take(values, Window(since, window.until))
    assert "6 far" not in keys(delivery)
    (note,) = delivery.notes
    assert note.startswith("1 rows of SW_ZX.GXSJ are said to have been changed on 2020-05-14 or later")


def test_rows_of_this_morning_are_no_news(take: Callable[..., Delivery]) -> None:
    assert take([("1", "2020-05-13 07:00:00"), ("2", "2020-05-13 23:59:59")]).notes == ()


# --- a real engine: types, padding and the session's zone


@pytest.fixture
def front(database_url: str, retry: Retry, landing: Path) -> Any:
    """A PostgreSQL table whose cursor is of that type; the reader's session is in another zone."""
    url = sa.make_url(database_url).set(drivername="postgresql+psycopg2")
    engine = sa.create_engine(url)
    schema, name = f'"{TABLE.source.schema_name}"', f'"{TABLE.source.schema_name}"."{TABLE.source.table}"'
    columns = ", ".join(f'"{c}" text' for c in [*OTHERS, KEY])
    written = url.update_query_dict({"options": "-c timezone=America/New_York"})
    connection = Connection(
        "postgres", extra={"sqlalchemy_url": written.render_as_string(hide_password=False)}
    )

    def _take(kind: str, values: Values, bounds: Window) -> Delivery:
        with engine.begin() as db:
            db.exec_driver_sql(f"drop schema if exists {schema} cascade; create schema {schema}")
            db.exec_driver_sql(f"create domain {schema}.changed as timestamp")
            db.exec_driver_sql(f'create table {name} ({columns}, "{CURSOR}" {kind})')
            marks = ", ".join(["'甲'"] * len(OTHERS))
            for key, moment in values:
                db.exec_driver_sql(f"insert into {name} values ({marks}, %s, %s)", (key, moment))
        return pull(FEED, DAY, bounds, connection, landing, retry=retry)

    yield _take
    with engine.begin() as db:
        db.exec_driver_sql(f"drop schema if exists {schema} cascade")
    engine.dispose()


def _as(pattern: str) -> Callable[[datetime], Any]:
    return lambda moment: moment.strftime(pattern)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "write"),
    [
        ("timestamp", str),
        ("timestamptz", lambda moment: f"{moment}+08:00"),
        ("date", str),
        (f'"{TABLE.source.schema_name}".changed', str),
        ("text", _as("%Y/%m/%d")),
        ("varchar(19)", _as("%Y/%m/%d %H:%M:%S")),
        ("char(30)", _as("%Y-%m-%dT%H:%M:%S")),
        ("char(30)", _as("%Y%m%d")),
        ("text", _as("%Y%m%d%H%M%S")),
        ("text", _as("%Y年%m月%d日")),
        ("integer", lambda moment: int(moment.strftime("%Y%m%d"))),
        ("bigint", lambda moment: int(moment.strftime("%Y%m%d%H%M%S"))),
        ("numeric(20)", lambda moment: int(moment.strftime("%Y%m%d%H%M%S"))),
        ("bigint", lambda moment: int((moment - datetime(1970, 1, 1)).total_seconds()) - 8 * 3600),
    ],
)
def test_every_type_of_a_real_engine_gives_the_rows_of_the_window(
    front: Callable[[str, Values, Window], Delivery],
    window: Window,
    kind: str,
    write: type[str] | Callable[..., Any],
) -> None:
    delivery = front(kind, [(key, write(moment)) for key, moment in TIMES.items()], window)
    assert keys(delivery) == WITHIN
    assert len(delivery.notes) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("time", "08:00"),
        ("boolean", "true"),
        ("jsonb", "{}"),
        ("numeric(10, 2)", 20200512),
        ("integer", 43964),
    ],
)
def test_a_type_that_is_no_time_is_refused(
    front: Callable[[str, Values, Window], Delivery],
    window: Window,
    pauses: list[float],
    kind: str,
    value: str | int,
) -> None:
    with pytest.raises(BatchRejected, match=r"is of type .*, which is no time|does not sort by time"):
        front(kind, [("1", value)], window)
    assert pauses == []

"""Writes the bounds of a delta in the form of its cursor column, or refuses to read by it.

A bound in another form than the column's compares as text does, and an empty delta looks like a quiet day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.engine import Connection as Session
from sqlalchemy.sql.elements import ColumnClause

from connectors.delivery import Window
from connectors.errors import BatchRejected
from connectors.protocols.sql.time_forms import SHANGHAI, Form, form_of

#: Values looked at to find a column's form; all others are then counted against it.
_SAMPLE = 50
#: Changed so long after the window's end, a row is told: it is no row of the morning on which we read.
_LATER = timedelta(days=1)
#: Nothing was changed before: an empty text, 0, 0000-00-00 and 1900-01-01 all sort before it.
_NEVER_BEFORE = datetime(1980, 1, 1)  # noqa: DTZ001 -- as local as the bounds of a window
_EAST = ("+08:00", "+0800", "+08")


@dataclass(frozen=True)
class CursorColumn:
    """One cursor column of one table; ``name`` is its name in messages."""

    feed_id: str
    name: str
    column: ColumnClause[Any]
    kind: Any
    source: sa.FromClause
    session: Session

    def condition(self, window: Window) -> sa.ColumnElement[bool]:
        """Returns the condition for the rows of the window.

        A read from the beginning includes rows without a change time.
        """
        bounds = self._bounds
        until = bounds.compared < bounds.write(window.until, up=True)
        if window.since is None:
            return sa.or_(until, self.column.is_(None))
        return sa.and_(until, bounds.compared >= bounds.write(window.since, up=False))

    def notes(self, window: Window) -> tuple[str, ...]:
        """Returns notes about rows that this window leaves out and that no later one may bring."""
        bounds = self._bounds
        end = window.until + _LATER
        unknown = sa.or_(self.column.is_(None), bounds.compared < bounds.write(_NEVER_BEFORE, up=False))
        later, none = self.session.execute(
            sa.select(_count(bounds.compared >= bounds.write(end, up=True)), _count(unknown)).select_from(
                self.source
            )
        ).one()
        notes = []
        if later:
            notes.append(
                f"{later} rows of {self.name} are said to have been changed on {end:%Y-%m-%d} or later: they "
                "wait for that day, or for a comparison with the whole source; ask the publisher"
            )
        if none and window.since is not None:
            notes.append(
                f"{none} rows of {self.name} have no time of change, or one before {_NEVER_BEFORE:%Y}: only "
                "a comparison with the whole source brings them; ask the publisher"
            )
        return tuple(notes)

    @cached_property
    def _bounds(self) -> _Bounds:
        kind = self.kind.data_type if isinstance(self.kind, DOMAIN) else self.kind
        if self.session.dialect.name == "sqlite":  # it keeps what it is given, whatever the type's name
            written = sa.cast(self.column, sa.String(40))
            return _Text(written, *self._form(sa.func.rtrim(written)))
        if isinstance(kind, sa.Date):
            return _Day(self.column)
        if isinstance(kind, sa.DateTime):
            return _Moment(self.column, bool(kind.timezone))
        if isinstance(kind, sa.Integer | sa.Numeric):
            form, _ = self._form(sa.cast(self.column, sa.String(40)), numbers=True)
            return _Number(self.column, form)
        if isinstance(kind, sa.String):
            return _Text(self.column, *self._form(sa.func.rtrim(self.column)))
        raise self._refused(f"is of type {kind}, which is no time")

    def _form(self, written: sa.ColumnElement[str], *, numbers: bool = False) -> tuple[Form, bool]:
        """Returns the one form of all values, and whether they are in UTC.

        Raises ``BatchRejected`` without one.
        """
        filled = sa.and_(self.column.is_not(None), sa.func.char_length(written) > 0, written != "0")
        some = self.session.execute(
            sa.select(written).select_from(self.source).where(filled).limit(_SAMPLE)
        ).scalars()
        sample = [str(value) for value in some]
        if not sample:
            return Form("Y-M-D h:m:s" if not numbers else "YMD"), False
        form = form_of(sample, numbers=numbers)
        if form is None:
            raise self._refused("is kept in a form that does not sort by time")
        like = form.like
        suffixes = [f"{like}Z", *(f"{like}{east}" for east in _EAST)] if form.open_ended else []
        offsets = sa.or_(written.like(f"{like}+%"), written.like(f"{like}-%"))
        total, fit, zulu, east, offset = self.session.execute(
            sa.select(
                sa.func.count(),
                _count(written.like(like)),
                _count(written.like(suffixes[0]) if suffixes else sa.false()),
                _count(sa.or_(*(written.like(s) for s in suffixes[1:])) if suffixes else sa.false()),
                _count(offsets if suffixes else sa.false()),
            )
            .select_from(self.source)
            .where(filled)
        ).one()
        if fit != total or offset != east or zulu not in (0, total):
            odd = max(total - fit, offset - east, min(zulu, total - zulu))
            raise self._refused(
                f"is kept in several forms: {odd} of {total} values are not like {form.example}"
            )
        return form, bool(zulu)

    def _refused(self, why: str) -> BatchRejected:
        return BatchRejected(
            self.feed_id,
            f"the cursor {self.name} {why}, so that rows of a window cannot be told from others; nothing was "
            "loaded. Ask the publisher for a column of type timestamp, or for one form such as "
            "2020-05-12 08:00:00",
        )


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


@dataclass(frozen=True)
class _Bounds:
    """The value compared, and how its bound is written. ``up``: rounded up so that no row is left out."""

    compared: sa.ColumnElement[Any]

    def write(self, moment: datetime, *, up: bool) -> sa.ColumnElement[Any]:
        raise NotImplementedError


@dataclass(frozen=True)
class _Moment(_Bounds):
    with_zone: bool

    def write(self, moment: datetime, *, up: bool) -> sa.ColumnElement[Any]:
        # a bound without a zone would be taken for one of the session's, wherever the server stands
        aware = moment.replace(tzinfo=SHANGHAI) if self.with_zone else moment
        return sa.literal(aware, sa.DateTime(timezone=self.with_zone))


class _Day(_Bounds):
    def write(self, moment: datetime, *, up: bool) -> sa.ColumnElement[Any]:
        day = moment.date()
        return sa.literal(day + timedelta(days=1) if up and moment.time() != time() else day, sa.Date())


@dataclass(frozen=True)
class _Number(_Bounds):
    form: Form

    def write(self, moment: datetime, *, up: bool) -> sa.ColumnElement[Any]:
        return sa.literal(int(self.form.write(moment, up=up)), sa.BigInteger())


@dataclass(frozen=True)
class _Text(_Bounds):
    form: Form
    in_utc: bool

    def write(self, moment: datetime, *, up: bool) -> sa.ColumnElement[Any]:
        local = moment - timedelta(hours=8) if self.in_utc else moment
        return sa.literal(self.form.write(local, up=up), sa.String())

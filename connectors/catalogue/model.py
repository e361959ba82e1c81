"""The typed schema of a feed declaration.

A declaration says everything the hub knows about a feed. Raw tables, dbt sources, source
expectations, the DAG entry, the sandbox endpoint and the catalogue page derive from it, so
nothing about a feed is written down a second time.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

ColumnType = Literal[
    "text",
    "name",
    "id_number",
    "uscc",
    "certificate_no",
    "account",
    "region",
    "code",
    "flag",
    "integer",
    "decimal",
    "amount",
    "date",
    "month",
    "timestamp",
]
Sensitivity = Literal["identity", "name", "account", "address", "specific_identity"]
Protocol = Literal["sql", "rest", "soap", "sftp"]
Mode = Literal["snapshot", "delta", "events", "query_reply"]
Cadence = Literal["daily", "weekly", "monthly", "quarterly"]

#: The PostgreSQL type each declared column type is stored in.
SQL_TYPES: dict[str, str] = {
    "text": "text",
    "name": "text",
    "id_number": "text",
    "uscc": "text",
    "certificate_no": "text",
    "account": "text",
    "region": "text",
    "code": "text",
    "flag": "boolean",
    "integer": "integer",
    "decimal": "numeric(12,4)",
    "amount": "numeric(14,2)",
    "date": "date",
    "month": "date",
    "timestamp": "timestamp",
}

_IDENTIFIER = re.compile(r"^[a-z][a-z0-9_]*$")
Identifier = Annotated[str, Field(pattern=_IDENTIFIER.pattern)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(_Strict):
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Format(_Strict):
    """How the bytes are laid out. Database feeds have none."""

    kind: Literal["csv", "pipe", "fixed_width", "xlsx", "xml", "json"]
    delimiter: str | None = None
    header: bool | None = None
    archive: Literal["zip_aes"] | None = None
    flag_suffix: str | None = None
    digest_suffix: str | None = None
    trailer_total: str | None = None
    record: str | None = None
    code: str | None = None
    #: Bounds of the process that reads a file whose library is not trusted (``connectors.decode.apart``).
    reader_memory_mb: int = Field(default=4096, gt=0)
    reader_seconds: int = Field(default=600, gt=0, le=86_400)


class Cursor(_Strict):
    """The column a delta is read by, and how many days of it are read again."""

    column: Identifier
    overlap_days: int = Field(ge=0)
    #: Day of the month on which the whole source is read and compared; null: only when somebody asks for it.
    reconcile_day: int | None = Field(default=1, ge=1, le=28)


class Request(_Strict):
    """How a query-reply feed is asked: by a file, a REST batch or a SOAP call per person."""

    kind: Literal["file", "rest", "soap"]
    path: str | None = None


class Freshness(_Strict):
    warn_days: int = Field(gt=0)
    error_days: int = Field(gt=0)


class Share(_Strict):
    """A share of rows: above ``warn_share`` a warning, above ``error_share`` of at least ``error_min_rows``
    rows an error.
    """

    warn_share: float = Field(ge=0, le=1)
    error_share: float = Field(ge=0, le=1)
    error_min_rows: int = Field(ge=0)

    @model_validator(mode="after")
    def _warns_before_it_stops(self) -> Share:
        if self.warn_share > self.error_share:
            raise ValueError("'warn_share' is above 'error_share': it would stop before it warns")
        return self


class Gone(_Strict):
    """How many keys of the former snapshot may be gone from a new one: ``share`` of them, or ``always`` this
    many.
    """

    share: float = Field(ge=0, le=1)
    always: int = Field(ge=0)


class Volume(_Strict):
    """Rows of the current state at the full city (SCALE=1): a minimum stops, a maximum warns."""

    expected: int = Field(ge=0)
    min: int = Field(ge=0)
    max: int = Field(gt=0)


class Source(_Strict):
    """Where a table comes from; which fields are set depends on the protocol."""

    schema_name: str | None = Field(default=None, alias="schema")
    table: str | None = None
    path: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    operation: str | None = None


class Column(_Strict):
    name: Identifier
    source: str = Field(min_length=1)
    type: ColumnType
    label_zh: str = Field(min_length=1)
    required: bool = False
    codes: dict[str, str] | None = None
    sensitive: Sensitivity | None = None
    unit: Literal["yuan", "fen"] = "yuan"
    width: int | None = Field(default=None, gt=0)
    unread_budget: Share | None = None
    #: Whether a row with another person's certificate is set aside; false where a rule has to see it.
    must_be_own: bool = True
    #: The department's own words for "no value" and, in day columns, for "no end"; the hub adds its own.
    nothing: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    open_end: tuple[Annotated[str, Field(min_length=1)], ...] = ()

    @property
    def sql_type(self) -> str:
        """Returns the PostgreSQL type in which the column is stored."""
        return SQL_TYPES[self.type]

    @model_validator(mode="after")
    def _codes_belong_to_codes(self) -> Column:
        if (self.type == "code") != (self.codes is not None):
            raise ValueError(f"column {self.name}: 'codes' goes with type 'code', and only with it")
        return self

    @model_validator(mode="after")
    def _words_mean_one_thing(self) -> Column:
        if self.open_end and self.type not in ("date", "month", "timestamp"):
            raise ValueError(f"column {self.name}: 'open_end' goes with a date, a month or a timestamp")
        twice = set(self.nothing) & {*self.open_end, *(self.codes or {})}
        if twice:
            raise ValueError(f"column {self.name}: {sorted(twice)} is both a value and 'nothing'")
        return self


class Derived(_Strict):
    """A column the hub works out itself from a received one and stores beside it.

    ``account_digest``: what tells two whole account numbers apart, and tells nothing of either
    (``connectors.decode.accounts``).
    """

    name: Identifier
    #: The ``source`` of the received column it is worked out from.
    source: str = Field(min_length=1)
    type: Literal["account_digest"]
    label_zh: str = Field(min_length=1)

    @property
    def sql_type(self) -> str:
        """Returns the PostgreSQL type in which the column is stored."""
        return "text"


#: The column in which a delta says what happened to a row: insert, update or delete.
OPERATION = "operation"
#: The type a received column must have, by the kind of column derived from it.
_DERIVED_FROM = {"account_digest": "account"}


class Table(_Strict):
    name: Identifier
    source: Source
    key: tuple[Identifier, ...] = Field(min_length=1)
    volume: Volume
    fill_rate: dict[str, float] = Field(default_factory=dict)
    most_gone: Gone | None = None
    unread_budget: Share | None = None
    #: What the department sends: one column for each ``source``.
    columns: tuple[Column, ...] = Field(min_length=1)
    #: Columns the hub adds. No delivery has them, so reading, showing and checking ignore them.
    derived: tuple[Derived, ...] = ()

    @property
    def stored(self) -> tuple[Column | Derived, ...]:
        """Returns the columns of the raw table: those received, then those derived from them."""
        return (*self.columns, *self.derived)

    @property
    def marks_deletions(self) -> bool:
        """Tells whether a row says in ``operation`` that its key was deleted."""
        return any(c.name == OPERATION for c in self.columns)

    def column(self, name: str) -> Column:
        """Returns the received column of that name. Raises ``StopIteration`` if there is none."""
        return next(c for c in self.columns if c.name == name)

    @model_validator(mode="after")
    def _names_agree(self) -> Table:
        names = [c.name for c in self.columns]
        sources = [c.source for c in self.columns]
        for kind, values in (("column", names), ("source column", sources)):
            twice = sorted({v for v in values if values.count(v) > 1})
            if twice:
                raise ValueError(f"table {self.name}: {kind} declared twice: {twice}")
        self._check_derived()
        unknown = [n for n in (*self.key, *self.fill_rate) if n not in names]
        if unknown:
            raise ValueError(f"table {self.name}: key or fill_rate names no column: {unknown}")
        return self

    def _check_derived(self) -> None:
        taken = {c.name for c in self.columns}
        kinds = {c.source: c.type for c in self.columns}
        used: set[tuple[str, str]] = set()
        for column in self.derived:
            if column.name in taken:
                raise ValueError(f"table {self.name}: column declared twice: {[column.name]}")
            if (column.source, column.type) in used:
                raise ValueError(
                    f"table {self.name}: derived column {column.name}: {column.source} has one of type "
                    f"{column.type} already"
                )
            wanted = _DERIVED_FROM[column.type]
            if kinds.get(column.source) != wanted:
                raise ValueError(
                    f"table {self.name}: derived column {column.name}: its source {column.source} is no "
                    f"declared column of type {wanted}"
                )
            taken.add(column.name)
            used.add((column.source, column.type))


class Feed(_Strict):
    feed_id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*__[a-z][a-z0-9_]*$")]
    department_code: str
    kind: Literal["department", "registry", "platform"]
    name: Label
    publisher: Label
    owner: str
    legal_basis: tuple[str, ...] = Field(min_length=1)
    protocol: Protocol
    connection_id: Identifier
    format: Format | None = None
    encoding: str
    cadence: Cadence
    schedule: str
    mode: Mode
    cursor: Cursor | None = None
    request: Request | None = None
    reply_within_working_days: int | None = None
    freshness: Freshness
    reject_budget: Share | None = None
    #: Whether this department's deliveries regularly repeat the same content day after day.
    may_repeat: bool = False
    tables: tuple[Table, ...] = Field(min_length=1)

    @property
    def domain(self) -> str:
        """Returns the first part of the feed id, e.g. ``finance``."""
        return self.feed_id.split("__", 1)[0]

    def table(self, name: str) -> Table:
        """Returns the table of that name. Raises ``StopIteration`` if there is none."""
        return next(t for t in self.tables if t.name == name)

    def raw_table(self, table: Table) -> str:
        """Returns the name of the table in schema ``raw``: the feed id, with the table's name unless it is
        ``main``.
        """
        return self.feed_id if table.name == "main" else f"{self.feed_id}__{table.name}"

    @model_validator(mode="after")
    def _parts_agree(self) -> Feed:
        if (self.mode == "delta") != (self.cursor is not None):
            raise ValueError("'cursor' goes with mode 'delta', and only with it")
        if (self.mode == "query_reply") != (self.request is not None):
            raise ValueError("'request' goes with mode 'query_reply', and only with it")
        if (self.protocol == "sql") == (self.format is not None):
            raise ValueError("'format' is needed for every protocol but sql")
        if self.cursor:
            for table in self.tables:
                table.column(self.cursor.column)
        if self.format and self.format.kind == "fixed_width":
            missing = [c.name for t in self.tables for c in t.columns if c.width is None]
            if missing:
                raise ValueError(f"fixed-width columns without a width: {missing}")
        return self

"""The typed schema of a feed declaration.

A declaration says everything the hub knows about a feed. Raw tables, dbt sources, source
expectations, the DAG entry, the sandbox endpoint and the catalogue page derive from it, so
nothing about a feed is written down a second time.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from connectors.catalogue.column import Column, Derived, Identifier, Share, Strict

Protocol = Literal["sql", "rest", "soap", "sftp"]
Mode = Literal["snapshot", "delta", "events", "query_reply"]
Cadence = Literal["daily", "weekly", "monthly", "quarterly"]


class Label(Strict):
    #: The Chinese text.
    zh: str = Field(min_length=1)
    #: The English text.
    en: str = Field(min_length=1)


class Format(Strict):
    """How the bytes are laid out. Database feeds have none."""

    #: The layout of the file or of the answer's body.
    kind: Literal["csv", "pipe", "fixed_width", "xlsx", "xml", "json"]
    #: What stands between two fields of a delimited file.
    delimiter: str | None = None
    #: Whether the first record names the columns.
    header: bool | None = None
    #: The file lies in a zip archive encrypted with AES; the password is in the connection.
    archive: Literal["zip_aes"] | None = None
    #: A file of the same name with this ending says that the delivery is complete.
    flag_suffix: str | None = None
    #: A file of the same name with this ending holds the digest of the delivery.
    digest_suffix: str | None = None
    #: The column whose total the last record of a fixed-width file gives.
    trailer_total: str | None = None
    #: The XML element that is one row; `item` unless said.
    record: str | None = None
    #: The XML element that holds the answer's result code; `CODE` unless said.
    code: str | None = None
    #: The memory of the process that reads a file whose library is not trusted (``connectors.decode.apart``).
    reader_memory_mb: int = Field(default=4096, gt=0)
    #: How long that process may read.
    reader_seconds: int = Field(default=600, gt=0, le=86_400)


class Cursor(Strict):
    """The column a delta is read by, and how many days of it are read again."""

    #: The column that grows when a row changes.
    column: Identifier
    #: So many days before the last one are read again, for rows that arrived late.
    overlap_days: int = Field(ge=0)
    #: Day of the month on which the whole source is read and compared; null: only when somebody asks for it.
    reconcile_day: int | None = Field(default=1, ge=1, le=28)


class Request(Strict):
    """How a query-reply feed is asked: by a file, a REST batch or a SOAP call per person."""

    #: How the persons asked about are handed over.
    kind: Literal["file", "rest", "soap"]
    #: Where the request file goes; `{yyyymmdd}` is the day.
    path: str | None = None
    #: So many calls (rest, soap) are under way at once at most; `extra.calls_at_once` of the connection wins.
    calls_at_once: int = Field(default=4, ge=1, le=32)


class Freshness(Strict):
    #: Older data than this is told.
    warn_days: int = Field(gt=0)
    #: Older data than this stops the publication.
    error_days: int = Field(gt=0)


class Gone(Strict):
    """How many keys of the former snapshot may be gone from a new one: ``share`` of them, or ``always`` this
    many.
    """

    #: The share of the keys that may be gone, 0 to 1.
    share: float = Field(ge=0, le=1)
    #: So many keys may be gone whatever their share.
    always: int = Field(ge=0)


class Volume(Strict):
    """Rows of the current state at the full city (SCALE=1): a minimum stops, a maximum warns."""

    #: The rows of the full city.
    expected: int = Field(ge=0)
    #: Fewer rows stop the publication.
    min: int = Field(ge=0)
    #: More rows are told.
    max: int = Field(gt=0)


class Source(Strict):
    """Where a table comes from; which fields are set depends on the protocol."""

    #: The schema of the table (protocol sql).
    schema_name: str | None = Field(default=None, alias="schema")
    #: The table (protocol sql).
    table: str | None = None
    #: The path on the department's side (sftp, rest); `{yyyymmdd}` is the day.
    path: str | None = None
    #: The sheet of a workbook.
    sheet: str | None = None
    #: The row of the sheet that names the columns, counted from 1.
    header_row: int | None = None
    #: The operation of the service (soap).
    operation: str | None = None


#: The column in which a delta says what happened to a row: insert, update or delete.
OPERATION = "operation"
#: The type a received column must have, by the kind of column derived from it.
_DERIVED_FROM = {"account_digest": "account"}


class Table(Strict):
    #: `main`, or a name of its own if the feed has several.
    name: Identifier
    #: Where it comes from.
    source: Source
    #: The columns that name a row.
    key: tuple[Identifier, ...] = Field(min_length=1)
    #: How many rows are plausible.
    volume: Volume
    #: The least share of filled values, by column.
    fill_rate: dict[str, float] = Field(default_factory=dict)
    #: What a snapshot may lack of the one before it; otherwise as `ops.settings` says.
    most_gone: Gone | None = None
    #: How many values of a column may be unreadable; otherwise as `expectations/defaults.yml` says.
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


class Feed(Strict):
    #: `<domain>__<name>`, as its folders are called. It never changes.
    feed_id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*__[a-z][a-z0-9_]*$")]
    #: The department's code in file names and requests.
    department_code: str
    #: Who it comes from: a department, a registry of civil affairs, or the platform itself.
    kind: Literal["department", "registry", "platform"]
    #: What it is called.
    name: Label
    #: Who hands it over.
    publisher: Label
    #: The desk that answers for it; alerts name it.
    owner: str
    #: The law or agreement it may be used under.
    legal_basis: tuple[str, ...] = Field(min_length=1)
    #: How it is reached.
    protocol: Protocol
    #: The connection: `AIRFLOW_CONN_<ID>` in upper case.
    connection_id: Identifier
    #: How the bytes are laid out; every protocol but sql needs it.
    format: Format | None = None
    #: The character set as agreed.
    encoding: str
    #: How often it comes, in a word.
    cadence: Cadence
    #: When it is pulled: five cron fields, time of Shanghai.
    schedule: str
    #: What one delivery is: everything, what changed, events, or answers to our questions.
    mode: Mode
    #: What a delta is read by; with mode `delta` only.
    cursor: Cursor | None = None
    #: How it is asked; with mode `query_reply` only.
    request: Request | None = None
    #: The agreed time for an answer.
    reply_within_working_days: int | None = None
    #: How old its newest data may be.
    freshness: Freshness
    #: How many rows may be set aside; otherwise as `expectations/defaults.yml` says.
    reject_budget: Share | None = None
    #: Whether this department's deliveries regularly repeat the same content day after day.
    may_repeat: bool = False
    #: The tables it hands over.
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

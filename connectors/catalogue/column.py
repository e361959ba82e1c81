"""The typed schema of a column declaration: what it holds, how it is named, what must be masked in it."""

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


class Strict(BaseModel):
    """The base of every part of a declaration: no unknown field, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Share(Strict):
    """A share of rows: above ``warn_share`` a warning, above ``error_share`` of at least ``error_min_rows``
    rows an error.
    """

    #: Above this share it is told.
    warn_share: float = Field(ge=0, le=1)
    #: Above this share the batch is held.
    error_share: float = Field(ge=0, le=1)
    #: A batch of fewer rows is never held for its share.
    error_min_rows: int = Field(ge=0)

    @model_validator(mode="after")
    def _warns_before_it_stops(self) -> Share:
        if self.warn_share > self.error_share:
            raise ValueError("'warn_share' is above 'error_share': it would stop before it warns")
        return self


class Column(Strict):
    #: The column's name in the raw table.
    name: Identifier
    #: Its name at the department.
    source: str = Field(min_length=1)
    #: What it holds; decides how it is read, cleaned and checked.
    type: ColumnType
    #: Its meaning in Chinese.
    label_zh: str = Field(min_length=1)
    #: A row without a value is set aside.
    required: bool = False
    #: The department's code -> our word. A code that is not listed sets the row aside.
    codes: dict[str, str] | None = None
    #: What must be masked in it, and why.
    sensitive: Sensitivity | None = None
    #: The unit of an amount as received; amounts are stored in yuan.
    unit: Literal["yuan", "fen"] = "yuan"
    #: Bytes of the field in a fixed-width file.
    width: int | None = Field(default=None, gt=0)
    #: How many of its values may be unreadable.
    unread_budget: Share | None = None
    #: Whether a row with another person's certificate is set aside; false where a rule has to see it.
    must_be_own: bool = True
    #: The department's own words for "no value", beside those of the hub.
    nothing: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    #: The department's own words for "no end" of a date, beside those of the hub.
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


class Derived(Strict):
    """A column the hub works out itself from a received one and stores beside it.

    ``account_digest``: what tells two whole account numbers apart, and tells nothing of either
    (``connectors.decode.accounts``).
    """

    #: The column's name in the raw table.
    name: Identifier
    #: The ``source`` of the received column it is worked out from.
    source: str = Field(min_length=1)
    #: How it is worked out.
    type: Literal["account_digest"]
    #: Its meaning in Chinese.
    label_zh: str = Field(min_length=1)

    @property
    def sql_type(self) -> str:
        """Returns the PostgreSQL type in which the column is stored."""
        return "text"

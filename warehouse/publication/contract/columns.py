"""What can be said of a column of a published mart, and the lists of columns that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

#: The day a candidate was built for: every candidate has it, no mart does.
AS_OF = "as_of"
#: The publication that wrote the row last.
PUBLICATION_ID = "publication_id"
#: The day of the last publication that still found the row. Moves every day, and is no change.
LAST_SEEN_ON = "last_seen_on"


class Role(Enum):
    """What a column is for.

    ``KEY``, ``FIXED``, ``CONTENT`` and ``DECORATION`` are taken from the candidate as they are.
    """

    #: Identifies the row.
    KEY = "key"
    #: Follows from the key: written when the row is new, never again.
    FIXED = "fixed"
    #: Compared with what is published: another value is a change.
    CONTENT = "content"
    #: Carried along: written whenever the content is, never compared, and alone left out of the digest.
    DECORATION = "decoration"
    #: Written by publication itself. A rollback restores it.
    RUN = "run"
    #: What people do with the row, and how it ended. A rollback leaves it where a person has set it.
    WORK = "work"
    #: Computed by the database from another column (``computed_as``): publication never writes it.
    COMPUTED = "computed"


class Mask(Enum):
    """What an analyst sees in place of a value; the value of each is the SQL function that makes it."""

    #: The value itself.
    NONE = None
    ID_NUMBER = "ops.mask_id"
    NAME = "ops.mask_name"
    EVIDENCE = "ops.mask_evidence"
    #: Not in the masked view: it says nothing to an analyst. It is no secret (``marts.kept_rows`` shows it).
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Column:
    """One column of a published mart.

    ``sql_type``        type in ``marts`` and, where the column comes from a candidate, there too.
    ``is_staged``       publication reads it from the candidate, or computes it from the candidate.
    ``digest_of``       the JSON column whose facts this one is the digest of; events name that column.
    ``comment``         said in the database when ``migrate`` adds the column.
    ``computed_as``     the SQL expression of a column that the database computes; a migration adds it.
    """

    name: str
    sql_type: str
    role: Role
    mask: Mask = Mask.NONE
    is_staged: bool = True
    digest_of: str | None = None
    comment: str | None = None
    computed_as: str | None = None

    @property
    def is_masked(self) -> bool:
        """Says whether analysts see a mask in place of the value."""
        return self.mask not in (Mask.NONE, Mask.LEFT_OUT)

    @property
    def masked_name(self) -> str:
        """Returns the column of the same table that holds what analysts see."""
        return f"{self.name}_masked" if self.is_masked else self.name

    @property
    def staged_as(self) -> str:
        """Returns the SQL expression that stages the column, over a row of the candidate."""
        if self.digest_of:
            return f"ops.evidence_facts({self.digest_of}::jsonb)"
        return f"{self.name}::{self.sql_type}"


@dataclass(frozen=True)
class Mart:
    """A published table ``marts.<name>``, built as ``candidate.<name>``.

    ``short``   begins the names of what a publication counts (``hits_new``), and of its temporary tables.
    ``columns`` in the order in which the masked view has them: a new one stands last, because PostgreSQL
                lets a view grow at its end only.
    """

    name: str
    short: str
    columns: tuple[Column, ...]

    def names(self, *roles: Role) -> tuple[str, ...]:
        """Returns the names of the columns with one of ``roles``, in order."""
        return tuple(c.name for c in self.columns if c.role in roles)

    @property
    def key(self) -> tuple[str, ...]:
        """Returns the columns of the primary key."""
        return self.names(Role.KEY)

    @property
    def row_key(self) -> str:
        """Returns the SQL expression, over alias ``t``, by which ``marts.kept_rows`` knows a row."""
        if len(self.key) == 1:
            return f"t.{self.key[0]}"
        return f"jsonb_build_array({', '.join(f't.{name}' for name in self.key)})::text"

    @property
    def content(self) -> tuple[str, ...]:
        """Returns the columns whose values are compared with what is published."""
        return self.names(Role.CONTENT)

    @property
    def rewritten(self) -> tuple[str, ...]:
        """Returns the columns that are written anew when the content of a row is another."""
        return (*self.content, *self.names(Role.DECORATION))

    @property
    def restored(self) -> tuple[str, ...]:
        """Returns the columns that a rollback compares and restores as they are."""
        kept_apart = {PUBLICATION_ID, LAST_SEEN_ON}
        found = self.names(Role.CONTENT, Role.DECORATION, Role.RUN)
        return tuple(name for name in found if name not in kept_apart)

    @property
    def staged(self) -> tuple[Column, ...]:
        """Returns the columns that publication reads from the candidate."""
        return tuple(c for c in self.columns if c.is_staged)

    @property
    def candidate_columns(self) -> tuple[Column, ...]:
        """Returns the columns that the candidate model has to have."""
        own = tuple(c for c in self.staged if c.digest_of is None)
        return (*own, Column(AS_OF, "date", Role.RUN))

    @property
    def masked(self) -> tuple[Column, ...]:
        """Returns the columns of which analysts see a mask."""
        return tuple(c for c in self.columns if c.is_masked)

    @property
    def shown_to_analysts(self) -> tuple[Column, ...]:
        """Returns the columns of the masked view, in its order."""
        return tuple(c for c in self.columns if c.mask is not Mask.LEFT_OUT)

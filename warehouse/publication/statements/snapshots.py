"""Publishes the marts nobody works on: their rows come, change, are seen again and go."""

from __future__ import annotations

from warehouse.publication.contract import Mart
from warehouse.publication.statements import lists
from warehouse.publication.statements.temporary import new_rows

#: What publication itself writes into a new row.
_OF_A_NEW_ROW = {
    "first_seen_on": "%(as_of)s",
    "last_seen_on": "%(as_of)s",
    "is_current": "true",
    "publication_id": "%(publication)s",
}


def write(mart: Mart) -> dict[str, str]:
    """Returns the statements that make ``marts.<mart>`` say what ``new_<mart>`` says.

    A row that is no longer found stays, and is no longer current.
    """
    return {
        f"{mart.short}_new": _insert(mart),
        f"{mart.short}_changed": _change(mart),
        f"{mart.short}_seen": _see_again(mart),
        f"{mart.short}_gone": _end(mart),
    }


def _insert(mart: Mart) -> str:
    staged = [c.name for c in mart.staged]
    return f"""
        insert into marts.{mart.name} (
            {", ".join([*staged, *_OF_A_NEW_ROW])})
        select
            {lists.of("n", staged)},
            {", ".join(_OF_A_NEW_ROW.values())}
        from {new_rows(mart)} as n
        where not exists (select 1 from marts.{mart.name} as t where {_same_key(mart)})
        order by {lists.ordered("n", mart.key)}
    """


def _change(mart: Mart) -> str:
    return f"""
        update marts.{mart.name} as t
        set {lists.assign(mart.rewritten, "n")},
            is_current = true, last_seen_on = %(as_of)s, publication_id = %(publication)s
        from {new_rows(mart)} as n
        where {_same_key(mart)} and not (t.is_current and {lists.same("t", "n", mart.content)})
    """


def _see_again(mart: Mart) -> str:
    return f"""
        update marts.{mart.name} as t set last_seen_on = %(as_of)s
        from {new_rows(mart)} as n
        where {_same_key(mart)} and t.last_seen_on <> %(as_of)s
    """


def _end(mart: Mart) -> str:
    return f"""
        update marts.{mart.name} as t set is_current = false, publication_id = %(publication)s
        where t.is_current and not exists (select 1 from {new_rows(mart)} as n where {_same_key(mart)})
    """


def _same_key(mart: Mart) -> str:
    return lists.equal("n", "t", mart.key)

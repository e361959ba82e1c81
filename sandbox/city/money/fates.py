"""Plants what happens to payments: whose are wrong, how, and what only looks wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from sandbox.city.answers.checked_families import take_pairs
from sandbox.city.ground.book import Book
from sandbox.city.ground.clock import COMPLETE, last_complete_month
from sandbox.city.ground.fill import number_codes
from sandbox.city.ground.names import other_name
from sandbox.city.registries.registries import add_allowances

#: Paid on the ninth.
PAY_DAY = 9
_EVER = date(2000, 1, 1)
#: Paid every month to everybody from this one on; the others are still paid by some counties' own systems.
MONTHLY = {"dibao": _EVER, "tekun": _EVER, "orphan": _EVER, "old_age": date(2021, 7, 1)}


@dataclass(frozen=True)
class Fate:
    """What is wrong with one payment of these people in a month: the last complete one, or one before it."""

    people: pl.DataFrame
    benefit: str
    sub_type: str | None = None
    ago: int = 0
    result: str = "paid"
    more: float = 0
    day: int = PAY_DAY
    payee: pl.Series | None = None
    #: whole account numbers; the platform sends all others masked
    account: pl.Series | None = None
    missing: bool = False
    #: days after the epoch on which it is paid after all: late by then
    mended: int | None = None
    confidence: str = "confirmed"
    #: what befalls the payments of the whole family; of which these are the heads
    of_family: bool = False
    #: members whose part is sent under the case of these, in their order
    with_parts_of: pl.Series | None = None


def plant_fates(book: Book) -> list[Fate]:
    """Plants about 150 payments at the full city. Call it while there are people left to take."""
    n = book.city.n
    old_age_is_monthly = last_complete_month(book.epoch) >= MONTHLY["old_age"]

    def some(full: int, cohort: str = "dibao_head") -> pl.DataFrame:
        return book.take_people(cohort, n(full))

    strange, late = some(10), some(4)
    heads, children = take_pairs_unasked(book, 8)
    one_sum, others = take_pairs_unasked(book, 8)
    short, parts = take_pairs_unasked(book, 3)
    homes, homeless = _in_central_support(book, n(6)), _in_central_support(book, n(3))
    return [
        Fate(some(15), "dibao", "not_paid", missing=True, of_family=True),
        Fate(some(8), "dibao", "not_paid", result="pending", of_family=True),
        Fate(some(15), "dibao", "returned", result="returned"),
        Fate(some(4, "tekun"), "tekun", "returned", result="returned"),
        Fate(some(6), "dibao", "returned", result="returned", mended=4),
        Fate(some(10), "dibao", "late", ago=1, day=COMPLETE + 1),
        Fate(some(8), "dibao", ago=1, day=COMPLETE),
        Fate(some(12), "dibao", "amount_differs", more=-10),
        Fate(some(8), "dibao", "amount_differs", more=50),
        Fate(some(3), "dibao", "amount_differs", more=-0.01),
        Fate(some(2, "orphan"), "orphan", "amount_differs", more=-100),
        Fate(some(4, "tekun"), "tekun", "amount_differs", more=1),
        Fate(some(4, "old_age"), "old_age", "not_paid" if old_age_is_monthly else None, missing=True),
        Fate(strange, "dibao", "wrong_payee", payee=other_name(strange["full_name"]), confidence="suspected"),
        Fate(late, "dibao", "wrong_payee", ago=1, day=COMPLETE + 1, payee=other_name(late["full_name"]),
             confidence="suspected"),
        Fate(children, "dibao", payee=heads["full_name"]),
        Fate(one_sum, "dibao", with_parts_of=others["id_number"]),
        Fate(short, "dibao", "amount_differs", more=-1, with_parts_of=parts["id_number"]),
        Fate(homes, "tekun", payee=homes["institution_name"], account=_of_institutions(homes)),
        Fate(homeless, "tekun", "wrong_payee", payee=homeless["institution_name"] + "分院",
             confidence="suspected"),
        _children_with_allowance(book),
        *_accounts(book),
    ]  # fmt: skip


def _accounts(book: Book) -> list[Fate]:
    """Plants one account for families that have nobody in common, and decoys that only look so."""
    n = book.city.n

    def heads(full: int) -> pl.DataFrame:
        return book.take_people("dibao_head", n(full))

    ones, others, ones_late, others_late = heads(5), heads(5), heads(2), heads(2)
    shared, shared_late = _numbers(1, ones.height), _numbers(2, ones_late.height)
    parents, children = take_pairs_unasked(book, 3)
    of_families = _numbers(3, parents.height)
    wards = _wards_of_one_guardian(book, n(3))
    masked = heads(4)
    alike = pl.repeat("*" * 12 + "0001", masked.height, dtype=pl.String, eager=True)
    return [
        *(
            Fate(people, "dibao", "shared_account", account=account, confidence="suspected")
            for people, account in ((ones, shared), (others, _in_groups(shared)))
        ),
        *(
            Fate(people, "dibao", "shared_account", ago=1, day=COMPLETE + 1, account=shared_late,
                 confidence="suspected")
            for people in (ones_late, others_late)
        ),
        Fate(parents, "dibao", account=of_families),
        Fate(children, "dibao", account=_in_groups(of_families)),
        Fate(wards, "orphan", payee=wards["guardian_name"], account=wards["account"]),
        Fate(masked, "dibao", account=alike),
    ]  # fmt: skip


def _numbers(group: int, n: int) -> pl.Series:
    """Makes ``n`` complete account numbers."""
    return number_codes(f"6222023{group:02d}", n, width=10)


def _in_groups(accounts: pl.Series) -> pl.Series:
    """Writes the same numbers as people do, in groups of four."""
    return accounts.str.replace_all(r"(.{4})", "${1} ").str.strip_chars()


def _of_institutions(homes: pl.DataFrame) -> pl.Series:
    """Gives all who live in a home one account."""
    places = homes["institution_name"].rank("dense")
    return pl.select(pl.format("622202390{}", places.cast(pl.String).str.zfill(10))).to_series()


def _wards_of_one_guardian(book: Book, guardians: int) -> pl.DataFrame:
    """Takes two orphans each of at most so many guardians, with the guardian's name and account."""
    rows = pl.concat(book.rows[("civil_affairs__orphan", "main")]).filter(
        pl.col("status") == "active",
        pl.col("guardian_name").is_not_null(),
        pl.col("id_number").is_in(book.people_left("orphan")["id_number"].implode()),
    )
    rows = rows.unique("id_number", keep="none", maintain_order=True)
    rows = rows.filter(pl.int_range(pl.len()).over("guardian_id_number") < 2)
    rows = rows.filter(pl.len().over("guardian_id_number") == 2)
    chosen = rows.sort("guardian_id_number", maintain_order=True).head(2 * guardians)
    fitting = pl.col("id_number").is_in(chosen["id_number"].implode())
    people = book.take_people("orphan", chosen.height, where=fitting)
    place = pl.col("guardian_id_number").rank("dense").cast(pl.String).str.zfill(10)
    return people.join(
        chosen.select("id_number", "guardian_name", account=pl.format("622202380{}", place)),
        on="id_number",
        how="left",
        maintain_order="left",
    )


def _in_central_support(book: Book, n: int) -> pl.DataFrame:
    """Takes people on support for the destitute in an institution, with its name."""
    rows = pl.concat(book.rows[("civil_affairs__tekun", "main")]).filter(pl.col("status") == "active")
    homes = rows.filter(pl.col("support_form") == "central")
    homes = homes.unique("id_number", keep="none", maintain_order=True)
    people = book.take_people("tekun", n, where=pl.col("id_number").is_in(homes["id_number"].implode()))
    return people.join(
        homes.select("id_number", "institution_name"), on="id_number", how="left", maintain_order="left"
    )


def _children_with_allowance(book: Book) -> Fate:
    """Takes children on dibao whose living allowance goes to the account of the head of the family."""
    heads, children = take_pairs_unasked(book, 6)
    rows = pl.concat(book.rows[("civil_affairs__dibao", "main")])
    places = rows.select("id_number", "region_code").unique("id_number", keep="last", maintain_order=True)
    people = children.join(places, on="id_number", how="left", maintain_order="left")
    add_allowances(book, book.city.rng("allowances of children"), people, "living", "CJK")
    return Fate(children, "disability_living", payee=heads["full_name"])


def take_pairs_unasked(book: Book, full: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Takes families of two whose means need no check."""
    before = len(book.checked_households)
    found = take_pairs(book, full)
    del book.checked_households[before:]
    return found

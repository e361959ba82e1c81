"""Plants families whose review falls due, and people without a proof of life."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Unpack

import polars as pl

from sandbox.city.ground.book import ALWAYS, Book, Span
from sandbox.city.ground.fill import draw_times, number_codes
from sandbox.city.ground.later_versions import change_rows, stop_benefits
from sandbox.city.registries.kinship import without_family
from sandbox.city.registries.platform import LIVENESS, PROVING
from sandbox.city.registries.registries import ELDER_CARE, OLD_AGE_TABLE, TEKUN

DIBAO = "civil_affairs__dibao"
_RULE, _LIVENESS = "review_due", "liveness_missing"
#: Days: a family is told this long before its review; a proof of life, or a new benefit, is good for so long.
_NOTICE, _GOOD_FOR = 30, 180
#: When the registry entered what is planted here: after every enrolment, before the first day it is asked.
_ENTERED = -28


def plant_cases(book: Book, dead: pl.DataFrame) -> pl.Series:
    """Plants about 160 families and 170 people at the full city.

    Returns the numbers of the people of whom the platform must confirm nothing more.
    """
    _reviews(book)
    _without_head(book)
    _died(book, dead)
    return pl.concat([dead["id_number"], *_proofs(book), *_proofs_of_families(book), *_beginners(book)])


def _reviews(book: Book) -> None:
    """Plants reviews due soon, overdue, becoming one or the other in the next days, and two ways to end."""
    for full, first, last, done in (
        (60, 9, 30, None),
        (40, -25, -1, None),
        (20, 31, 38, None),
        (20, 0, 7, None),
        (8, -20, 2, 4),
        (7, 8, 25, 4),
    ):
        heads = book.take_people("dibao_head", book.city.n(full, 2), is_undisturbed(book))
        due = pl.Series([book.day(first + i % (last - first + 1)) for i in range(heads.height)])
        homes = homes_of(book, heads)
        _enter(book, homes, due)
        if done is not None:
            day = book.day(done)
            change_rows(book, DIBAO, homes, day, last_review_on=day, review_due_on=book.day(200))
        _expect_review(book, heads, due, until=book.day(done) if done else None)


def _without_head(book: Book) -> None:
    """Ends the head's benefit two days after the epoch: the warning is then about the next member entered."""
    free = book.people_left("dibao_head").filter(is_undisturbed(book))["house"].implode()
    spouses = book.take_people("dibao_spouse", book.city.n(6, 2), pl.col("house").is_in(free)).sort("house")
    house = pl.col("house").is_in(spouses["house"].implode())
    heads = book.take_people("dibao_head", spouses.height, house).sort("house")
    due = pl.Series([book.day(-1 + 8 * (i % 3)) for i in range(heads.height)])
    _enter(book, homes_of(book, heads), due)
    stop_benefits(book, DIBAO, heads["id_number"], book.day(2))
    _expect_review(book, heads, due, until=book.day(2))
    _expect_review(book, spouses, due, since=book.day(2))


def is_undisturbed(book: Book) -> pl.Expr:
    """Returns the condition for heads of families whose registry rows do not change after the epoch.

    A row entered now would repeat what the registry only says then.
    """
    rows = pl.concat(book.rows[(DIBAO, "main")])
    later = rows.filter(pl.col("updated_at").dt.date() > book.epoch)["household_id"]
    numbers = rows.filter(pl.col("household_id").is_in(later.implode()))["id_number"]
    return ~pl.col("id_number").is_in(numbers.implode())


def homes_of(book: Book, heads: pl.DataFrame) -> pl.Series:
    """Returns the household of each head."""
    rows = pl.concat(book.rows[(DIBAO, "main")]).unique("id_number", keep="last", maintain_order=True)
    joined = heads.select("id_number").join(rows, on="id_number", how="left", maintain_order="left")
    return joined["household_id"]


def _enter(book: Book, homes: pl.Series, due: pl.Series) -> None:
    """Writes the day for all members of each family: the registry keeps one for the family."""
    days = pl.col("household_id").replace_strict(homes, due, return_dtype=pl.Date)
    change_rows(book, DIBAO, homes, book.day(_ENTERED), review_due_on=days)


def _expect_review(
    book: Book, people: pl.DataFrame, due: pl.Series, since: date = ALWAYS, until: date | None = None
) -> None:
    event = pl.concat_str(pl.lit("review:"), due.dt.strftime("%Y-%m-%d"))
    rows = people.select("id_number", event.alias("event"), pl.lit(until, dtype=pl.Date).alias("until"))
    over, first = due + timedelta(days=1), pl.lit(since)
    soon = rows.with_columns(
        pl.max_horizontal(due - timedelta(days=_NOTICE), first).alias("since"),
        pl.min_horizontal(over, "until").alias("until"),
    )
    for sub_type, found in (
        ("review_soon", soon),
        ("review_overdue", rows.with_columns(pl.max_horizontal(over, first).alias("since"))),
    ):
        found = found.filter(pl.col("until").is_null() | (pl.col("since") < pl.col("until")))
        book.expect(
            *(_RULE, found["id_number"], found["event"], sub_type),
            since=found["since"],
            until=found["until"],
        )


def _expect_proof(book: Book, people: pl.DataFrame, **when: Unpack[Span]) -> None:
    book.expect(_RULE, people["id_number"], "liveness", _LIVENESS, **when)


def _died(book: Book, dead: pl.DataFrame) -> None:
    """Plants people long unseen who died.

    The death is another warning; this one ends only with the benefit.
    """
    owing = book.enrolments(*PROVING)["id_number"]
    gone = dead.filter(pl.col("id_number").is_in(owing.implode()))
    _expect_proof(book, gone, until=gone["stopped_on"])
    # on dibao somebody else of the family is seen; who was alone was last seen the day before
    rows = pl.concat(book.rows[(DIBAO, "main")]).filter(pl.col("status") == "active")
    is_dead = pl.col("id_number").is_in(dead["id_number"].implode())
    left = rows.filter(~is_dead)["household_id"]
    alone = rows.filter(is_dead & ~pl.col("household_id").is_in(left.implode()))["id_number"].implode()
    last = dead.filter(pl.col("id_number").is_in(alone) & ~pl.col("id_number").is_in(owing.implode()))
    seen = last["died"] - timedelta(days=1)
    _confirmed(book, last, seen)
    due = last.with_columns((seen + timedelta(days=_GOOD_FOR)).alias("due"))
    due = due.filter(pl.col("stopped_on").is_null() | (pl.col("due") < pl.col("stopped_on")))
    _expect_proof(book, due, since=due["due"], until=due["stopped_on"])


def _some(book: Book, full: int) -> pl.DataFrame:
    """Takes people, half of them on tekun, half on the allowance for the aged."""
    n = book.city.n(full, 2)
    return pl.concat([book.take_people("tekun", n - n // 2), book.take_people("old_age", n // 2)])


def _confirmed(
    book: Book, people: pl.DataFrame, on: date | pl.Series, deleted: date | None = None
) -> pl.DataFrame:
    """Adds proofs that these people are alive; ``deleted``: the day the platform takes the record back."""
    n, first = people.height, book.height(LIVENESS)
    rng = book.city.rng(f"planted liveness {first}")
    days = on if isinstance(on, pl.Series) else pl.repeat(on, n, dtype=pl.Date, eager=True)
    when = draw_times(rng, days)
    rows = people.select("id_number", "full_name").with_columns(
        number_codes("RDP", n, start=first + 1).alias("confirmation_id"),
        when.alias("confirmed_at"),
        when.alias("updated_at"),
    )
    book.add(LIVENESS, rows)
    if deleted:
        gone = draw_times(rng, pl.repeat(deleted, n, dtype=pl.Date, eager=True))
        book.add(LIVENESS, rows.with_columns(gone.alias("updated_at"), pl.lit("delete").alias("operation")))
    return people


def _ahead(book: Book, n: int) -> pl.Series:
    """Returns the days after the epoch, one to eight, in turn."""
    return pl.Series([book.day(1 + i % 8) for i in range(n)])


def _proofs(book: Book) -> list[pl.Series]:
    """Plants proofs missing, good until yesterday, good for some days, made up for, and taken back; then
    decoys.
    """
    day, long_ago = book.day, book.day(-_GOOD_FOR)
    never, old = _some(book, 30), _confirmed(book, _some(book, 10), day(-400))
    back = _confirmed(book, _some(book, 5), day(-20), deleted=day(-10))
    for people in (never, old, back):
        _expect_proof(book, people)
    today = _confirmed(book, _some(book, 30), long_ago)
    _expect_proof(book, today, since=book.epoch)
    ending = _some(book, 20)
    until = _ahead(book, ending.height)
    _confirmed(book, ending, until - timedelta(days=_GOOD_FOR))
    _expect_proof(book, ending, since=until)
    seen = _confirmed(book, _some(book, 10), day(5))
    _expect_proof(book, seen, until=day(5))
    back_later = _confirmed(book, _some(book, 5), day(-20), deleted=day(3))
    _expect_proof(book, back_later, since=day(3))
    # good for all of the days the city is asked; an old proof and a new one
    good = _confirmed(book, _some(book, 20), day(32 - _GOOD_FOR))
    renewed = _confirmed(book, _confirmed(book, _some(book, 10), day(-300)), day(-30))
    groups = (never, old, back, today, ending, seen, back_later, good, renewed)
    return [people["id_number"] for people in groups]


def _proofs_of_families(book: Book) -> list[pl.Series]:
    """Plants the same for people alone on dibao. Of other families one member is seen: see ``platform``."""
    never, old = _head(book, 10), _confirmed(book, _head(book, 5), book.day(-400))
    for people in (never, old):
        _expect_proof(book, people)
    ending = _head(book, 8)
    until = _ahead(book, ending.height)
    _confirmed(book, ending, until - timedelta(days=_GOOD_FOR))
    _expect_proof(book, ending, since=until)
    seen = _confirmed(book, _head(book, 5), book.day(5))
    _expect_proof(book, seen, until=book.day(5))
    begun = _head(book, 6)
    since = _ahead(book, begun.height)
    _begin(book, begun, DIBAO, "main", since - timedelta(days=_GOOD_FOR))
    _expect_proof(book, begun, since=since)
    return [people["id_number"] for people in (never, old, ending, seen, begun)]


def _head(book: Book, full: int) -> pl.DataFrame:
    return book.take_people("dibao_head", book.city.n(full), without_family(book) & is_undisturbed(book))


def _beginners(book: Book) -> list[pl.Series]:
    """Plants people without a proof whose benefit completes half a year in one to eight days; decoys:
    later.
    """
    numbers = []
    for cohort, feed_id, table in (("tekun", TEKUN, "main"), ("old_age", ELDER_CARE, OLD_AGE_TABLE)):
        people = book.take_people(cohort, book.city.n(10, 2))
        since = _ahead(book, people.height)
        _begin(book, people, feed_id, table, since - timedelta(days=_GOOD_FOR))
        _expect_proof(book, people, since=since)
        decoys = book.take_people(cohort, book.city.n(5))
        rng = book.city.rng(f"beginners {cohort}")
        _begin(book, decoys, feed_id, table, book.dates(rng, decoys.height, 32 - _GOOD_FOR, -60))
        numbers += [people["id_number"], decoys["id_number"]]
    return numbers


def _begin(book: Book, people: pl.DataFrame, feed_id: str, table: str, on: pl.Series) -> None:
    """Corrects the day on which the benefit began."""
    days = pl.col("id_number").replace_strict(people["id_number"], on, return_dtype=pl.Date)
    change_rows(book, feed_id, people["id_number"], book.day(_ENTERED), table, start_date=days)

"""Plants deaths: of people whose benefit still runs, of others, and notices that must not be believed."""

from __future__ import annotations

from datetime import timedelta
from typing import Unpack

import numpy as np
import polars as pl

from sandbox.city.ground.book import Book, Span, split
from sandbox.city.ground.clock import last_complete_month, month_before
from sandbox.city.ground.fill import draw_times, number_codes
from sandbox.city.ground.later_versions import stop_benefits
from sandbox.city.ground.names import other_name

POLICE, FUNERAL = "public_security__death_cancellation", "civil_affairs__cremation"
_COHORTS = {
    "dibao_head": 0.55,
    "dibao_spouse": 0.05,
    "dibao_parent": 0.1,
    "tekun": 0.1,
    "care": 0.11,
    "old_age": 0.05,
    "low_income": 0.04,
}
#: For so many months the first of them were paid on: in the month of death only, one, and several.
_PAID_FOR = (0, 1, 5)
#: Where the death of somebody planted is known (dossier, section 8); "renamed" is funeral only.
_SOURCES = {"both": 0.825, "funeral": 0.121, "police": 0.05, "renamed": 0.004}


def take_mixed(book: Book, n: int, weights: dict[str, float]) -> pl.DataFrame:
    """Takes ``n`` people from several cohorts by weight."""
    return pl.concat([book.take_people(c, k) for c, k in split(n, weights).items() if k])


def add_police_notices(
    book: Book, people: pl.DataFrame, died: pl.Series, known: pl.Series, operation: str = "insert"
) -> None:
    """Adds notices of death of the police, entered on ``known``."""
    rng = book.city.rng(f"police {book.height(POLICE)}")
    book.add(
        POLICE,
        people.select("id_number", "full_name").with_columns(
            died.alias("death_date"),
            known.alias("cancelled_on"),
            draw_times(rng, known).alias("updated_at"),
            pl.lit(operation).alias("operation"),
        ),
    )


def sex_column() -> pl.Expr:
    """Returns the column ``sex`` as the funeral homes write it."""
    return pl.when("male").then(pl.lit("male")).otherwise(pl.lit("female")).alias("sex")


def add_cremations(book: Book, people: pl.DataFrame, died: pl.Series, known: pl.Series, prefix: str) -> None:
    """Adds cremations, entered on ``known``, with invented applicants and a few subsidies."""
    rng = book.city.rng(f"funeral {book.height(FUNERAL)}")
    n = people.height
    kin = book.city.cohort("other")
    kin = kin[rng.integers(0, kin.height, n)]
    aided = pl.Series(rng.random(n) < 0.1)
    book.add(
        FUNERAL,
        people.select("id_number", "full_name", "birth_date", sex_column()).with_columns(
            number_codes(prefix, n).alias("cremation_no"),
            died.alias("death_date"),
            pl.min_horizontal(died + timedelta(days=2), known).alias("cremated_on"),
            draw_times(rng, known).alias("updated_at"),
            kin["id_number"].alias("applicant_id_number"),
            kin["full_name"].alias("applicant_name"),
            pl.when(aided).then(pl.lit("eco_burial")).otherwise(pl.lit("none")).alias("subsidy_class"),
            pl.when(aided).then(1000).otherwise(0).alias("subsidy_amount"),
            pl.when(aided).then(pl.lit("tree_burial")).otherwise(pl.lit("cemetery")).alias("urn_disposition"),
        ),
    )


def _expect(book: Book, people: pl.DataFrame, **when: Unpack[Span]) -> None:
    ids, died = people["id_number"], people["died"]
    book.expect("death", ids, "death", "dead", **when)
    book.expect_check("dead", ids, "dead", undue_from=died, **when)


def _known_after(book: Book, rng: np.random.Generator, died: pl.Series, median: float) -> pl.Series:
    """Returns the day a notice was entered: some days after the death, on the epoch at the latest."""
    delay = np.minimum(rng.exponential(median / np.log(2), len(died)), 200).astype(np.int64)
    later = pl.select((died.cast(pl.Int32) + pl.Series(delay).cast(pl.Int32)).cast(pl.Date)).to_series()
    return pl.select(pl.min_horizontal(later, pl.lit(book.epoch))).to_series()


def _sources(n: int) -> pl.Series:
    shares = split(n, _SOURCES)
    for rare in ("funeral", "police", "renamed"):  # each occurs, however small the city
        least = 2 if rare == "police" else 1
        if shares[rare] < least:
            shares["both"] -= least - shares[rare]
            shares[rare] = least
    return pl.Series([s for s, k in shares.items() for _ in range(k)])


def plant_positives(book: Book) -> pl.DataFrame:
    """Plants 1,227 deaths at the full city, with those of renumbered people.

    82.5 % are known to both sources, 12.5 % to a funeral home only, 5 % to the police only.
    """
    rng = book.city.rng("planted deaths")
    n = max(book.city.n(1227) - book.warnings_planted("death"), 8)
    people = _some_first(take_mixed(book, n, _COHORTS)[rng.permutation(n)])
    lately = pl.Series(
        [month_before(last_complete_month(book.epoch), k) + timedelta(days=2) for k in _PAID_FOR]
    )
    died = pl.concat([lately, book.dates(rng, n, -210, -1).slice(len(lately))])
    notices = pl.DataFrame({"source": _sources(n), "died": died}).with_columns(
        _known_after(book, rng, died, 20).alias("police"), _known_after(book, rng, died, 5).alias("funeral")
    )
    frame = people.hstack(notices)
    told = frame.with_columns(
        pl.when(pl.col("source") == "renamed")
        .then(other_name(frame["full_name"]))
        .otherwise("full_name")
        .alias("full_name")
    )
    by_police = told.filter(pl.col("source").is_in(["both", "police"]))
    by_funeral = told.filter(pl.col("source") != "police")
    add_police_notices(book, by_police, by_police["died"], by_police["police"])
    add_cremations(book, by_funeral, by_funeral["died"], by_funeral["funeral"], "HHA")
    ends = _ends(book, frame)
    frame = frame.join(ends, on="id_number", how="left", maintain_order="left").with_columns(
        pl.when(pl.col("source") == "renamed")
        .then(pl.lit("suspected"))
        .otherwise(pl.lit("confirmed"))
        .alias("confidence"),
        pl.when(pl.col("source") == "police")
        .then("police")
        .when(pl.col("source") == "both")
        .then(pl.min_horizontal("police", "funeral"))
        .otherwise("funeral")
        .alias("known"),
    )
    _expect(book, frame, confidence=frame["confidence"], since=frame["known"], until=frame["until"])
    return frame


def _some_first(people: pl.DataFrame) -> pl.DataFrame:
    """Keeps the order but moves some heads of dibao families to the front: they are paid every month."""
    head = people["cohort"].cast(pl.String) == "dibao_head"
    first = head & (head.cum_sum() <= len(_PAID_FOR))
    return pl.concat([people.filter(first), people.filter(~first)])


def _ends(book: Book, frame: pl.DataFrame) -> pl.DataFrame:
    """Notices withdrawn three days after the epoch, and benefits stopped two days after it."""
    police = frame.filter(pl.col("source") == "police")
    mistaken = police.head(min(book.city.n(12), police.height - 1))
    day = pl.repeat(book.day(3), mistaken.height, eager=True)
    add_police_notices(book, mistaken, mistaken["died"], day, "delete")
    both = frame.filter(pl.col("source") == "both")
    tekun = both.filter(pl.col("cohort").cast(pl.String) == "tekun").head(book.city.n(20))
    stop_benefits(book, "civil_affairs__tekun", tekun["id_number"], book.day(2))
    ids = pl.concat([mistaken["id_number"], tekun["id_number"]])
    until = [book.day(3)] * mistaken.height + [book.day(2)] * tekun.height
    stopped_on = [None] * mistaken.height + [book.day(2)] * tekun.height
    return pl.DataFrame(
        {
            "id_number": ids,
            "until": pl.Series(until, dtype=pl.Date),
            "stopped_on": pl.Series(stopped_on, dtype=pl.Date),
        }
    )


def plant_after_epoch(book: Book) -> None:
    """Plants deaths that the police, or a funeral home, enter one to twenty days after the epoch."""
    people = take_mixed(book, book.city.n(100, 6), {"dibao_head": 0.7, "low_income": 0.2, "care": 0.1})
    known = pl.Series([book.day(1 + i % 20) for i in range(people.height)])
    people = people.with_columns(known.alias("known"), (known - timedelta(days=2)).alias("died"))
    cut = people.height // 3
    by_funeral, by_police = people.head(cut), people.slice(cut)
    add_cremations(book, by_funeral, by_funeral["died"], by_funeral["known"], "HHL")
    add_police_notices(book, by_police, by_police["died"], by_police["known"])
    _expect(book, people, since=people["known"])


def plant_near_misses(book: Book) -> None:
    """Plants benefits stopped before the death, withdrawn notices, and namesakes with another number."""
    rng = book.city.rng("death decoys")
    gone = book.take_people("dibao_closed", book.city.n(2500, 10))
    died = book.dates(rng, gone.height, -44, -3)
    add_police_notices(book, gone, died, _known_after(book, rng, died, 3))
    add_cremations(book, gone, died, _known_after(book, rng, died, 2), "HHD")
    alive = book.take_people("dibao_head", book.city.n(60, 3))
    died = book.dates(rng, alive.height, -90, -40)
    entered = pl.select(died + timedelta(days=10)).to_series()
    add_police_notices(book, alive, died, entered)
    add_police_notices(book, alive, died, pl.select(died + timedelta(days=15)).to_series(), "delete")
    namesakes = book.take_people("deceased", book.city.n(300, 5))
    living = book.city.cohort("dibao_head").head(namesakes.height)
    namesakes = namesakes.with_columns(living["full_name"])
    died = book.dates(rng, namesakes.height, -200, -5)
    add_police_notices(book, namesakes, died, _known_after(book, rng, died, 10))
    add_cremations(book, namesakes, died, _known_after(book, rng, died, 4), "HHN")


def fill_up(book: Book) -> None:
    """Adds the other dead of the city; the police know those of the last year and a half."""
    rng = book.city.rng("background deaths")
    people = book.people_left("deceased")
    some = people.head(book.missing(FUNERAL))
    # the newest first, so that the police, who are asked about recent deaths, know most of them too
    ago = np.sort(rng.integers(4, 2900, some.height))
    died = pl.Series(np.datetime64(book.epoch, "D") - ago.astype("timedelta64[D]")).cast(pl.Date)
    add_cremations(book, some, died, _known_after(book, rng, died, 5), "HHZ")
    wanted = book.missing(POLICE)
    only_police = people.slice(some.height).head(wanted // 18)
    known_too = some.head(wanted - only_police.height)
    died = died.head(known_too.height)
    add_police_notices(book, known_too, died, _known_after(book, rng, died, 20))
    died = book.dates(rng, only_police.height, -540, -4)
    add_police_notices(book, only_police, died, _known_after(book, rng, died, 20))

"""Deaths: those whose benefit still runs, those nobody pays, and the notices that must not be believed."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from connectors.sandbox.city.book import ALWAYS, Book, split
from connectors.sandbox.city.fill import at_times, numbered
from connectors.sandbox.city.names import other_name

POLICE, FUNERAL = "public_security__death_cancellation", "civil_affairs__cremation"
_COHORTS = {
    "dibao_head": 0.62,
    "dibao_parent": 0.1,
    "tekun": 0.08,
    "care": 0.12,
    "old_age": 0.05,
    "low_income": 0.03,
}


def take_mixed(book: Book, n: int, weights: dict[str, float]) -> pl.DataFrame:
    return pl.concat([book.take(c, k) for c, k in split(n, weights).items() if k])


def police_rows(
    book: Book, people: pl.DataFrame, died: pl.Series, known: pl.Series, operation: str = "insert"
) -> None:
    rng = book.city.rng(f"police {book.height(POLICE)}")
    book.add(
        POLICE,
        people.select("id_number", "full_name").with_columns(
            died.alias("death_date"),
            known.alias("cancelled_on"),
            at_times(rng, known).alias("updated_at"),
            pl.lit("死亡").alias("cause"),
            pl.lit(operation).alias("operation"),
        ),
    )


def funeral_rows(book: Book, people: pl.DataFrame, died: pl.Series, known: pl.Series, prefix: str) -> None:
    rng = book.city.rng(f"funeral {book.height(FUNERAL)}")
    home = pl.Series([f"第{c}殡仪馆" for c in "一二三四五六七八九"]).gather(rng.integers(0, 9, people.height))
    book.add(
        FUNERAL,
        people.select("id_number", "full_name").with_columns(
            numbered(prefix, people.height).alias("cremation_no"),
            died.alias("death_date"),
            pl.min_horizontal(died + timedelta(days=2), known).alias("cremated_on"),
            at_times(rng, known).alias("updated_at"),
            home.alias("funeral_home"),
            pl.lit(None, dtype=pl.String).alias("applicant_id_number"),
            pl.lit(None, dtype=pl.String).alias("applicant_name"),
            pl.lit("none").alias("subsidy_class"),
            pl.lit(0).alias("subsidy_amount"),
        ),
    )


def _expect(book: Book, people: pl.DataFrame, **when: object) -> None:
    book.expect("death", people["id_number"], "death", **when)  # type: ignore[arg-type]
    book.expect_check("dead", people["id_number"], **when)  # type: ignore[arg-type]


def _known_after(book: Book, rng: np.random.Generator, died: pl.Series, median: float) -> pl.Series:
    """The day a notice was entered: some days after the death, on the epoch at the latest."""
    delay = np.minimum(rng.exponential(median, len(died)), 200).astype(np.int64)
    later = pl.select((died.cast(pl.Int32) + pl.Series(delay).cast(pl.Int32)).cast(pl.Date)).to_series()
    return pl.select(pl.min_horizontal(later, pl.lit(book.epoch))).to_series()


def planted(book: Book) -> pl.DataFrame:
    """1,227 deaths at the full city; 82.5 % in both sources, 12.5 % funeral only, 5 % police only."""
    rng = book.city.rng("planted deaths")
    n = book.city.n(1227, 6)
    shares = split(n, {"both": 0.825, "funeral": 0.12, "police": 0.05, "renamed": 0.005})
    for rare in ("funeral", "police", "renamed"):  # each occurs, however small the city
        if not shares[rare]:
            shares[rare], shares["both"] = 1, shares["both"] - 1
    withdrawn_later, stopped_later = book.city.n(12), book.city.n(20)
    people = take_mixed(book, n, _COHORTS)
    people = people[rng.permutation(n)]
    died = book.dates(rng, n, -210, -1)
    source = pl.Series([s for s, k in shares.items() for _ in range(k)])
    frame = people.with_columns(died.alias("died"), source.alias("source"))
    both, police = (frame.filter(pl.col("source") == s) for s in ("both", "police"))
    funeral = frame.filter(pl.col("source").is_in(["funeral", "renamed"]))
    funeral = funeral.with_columns(
        pl.when(pl.col("source") == "renamed")
        .then(other_name(funeral["full_name"]))
        .otherwise("full_name")
        .alias("full_name")
    )
    for part in (both, police):
        police_rows(book, part, part["died"], _known_after(book, rng, part["died"], 20))
    for part, prefix in ((both, "HHA"), (funeral, "HHB")):
        funeral_rows(book, part, part["died"], _known_after(book, rng, part["died"], 5), prefix)
    mistaken = police.head(min(withdrawn_later, police.height))
    police_rows(
        book, mistaken, mistaken["died"], pl.repeat(book.day(3), mistaken.height, eager=True), "delete"
    )
    stopped = both.filter(pl.col("cohort").cast(pl.String) == "tekun").head(stopped_later)
    _stop_tekun(book, stopped)
    ends = pl.DataFrame({"id_number": pl.concat([mistaken["id_number"], stopped["id_number"]])}).with_columns(
        pl.Series("until", [book.day(3)] * mistaken.height + [book.day(2)] * stopped.height, dtype=pl.Date)
    )
    frame = frame.join(ends, on="id_number", how="left", maintain_order="left")
    frame = frame.with_columns(
        pl.when(pl.col("source") == "renamed")
        .then(pl.lit("suspected"))
        .otherwise(pl.lit("confirmed"))
        .alias("confidence")
    )
    _expect(book, frame, confidence=frame["confidence"], since=ALWAYS, until=frame["until"])
    return frame


def _stop_tekun(book: Book, people: pl.DataFrame) -> None:
    """The registry ends the benefit two days after the epoch, and the warning goes away by itself."""
    cases = pl.concat(book.rows[("civil_affairs__tekun", "main")]).join(
        people.select("id_number"), on="id_number"
    )
    declared = [c for c in cases.columns if not c.startswith("_")]
    rng = book.city.rng("stopped tekun")
    stop = pl.repeat(book.day(2), cases.height, eager=True)
    book.add(
        "civil_affairs__tekun",
        cases.select(declared).with_columns(
            pl.lit("stopped").alias("status"),
            pl.lit("update").alias("operation"),
            pl.lit(book.day(2)).alias("stop_date"),
            at_times(rng, stop).alias("updated_at"),
        ),
    )


def later(book: Book) -> None:
    """Deaths the police enter one to twenty days after the epoch."""
    people = take_mixed(book, book.city.n(100, 4), {"dibao_head": 0.8, "low_income": 0.2})
    known = pl.Series([book.day(1 + i % 20) for i in range(people.height)])
    died = pl.select(known - timedelta(days=2)).to_series()
    police_rows(book, people, died, known)
    _expect(book, people, since=known)


def decoys(book: Book) -> None:
    """Stopped before the death; notice withdrawn; same name, other number."""
    rng = book.city.rng("death decoys")
    gone = book.take("dibao_closed", book.city.n(2500, 10))
    died = book.dates(rng, gone.height, -44, -3)
    police_rows(book, gone, died, _known_after(book, rng, died, 3))
    funeral_rows(book, gone, died, _known_after(book, rng, died, 2), "HHD")
    alive = book.take("dibao_head", book.city.n(60, 3))
    died = book.dates(rng, alive.height, -90, -40)
    entered = pl.select(died + timedelta(days=10)).to_series()
    police_rows(book, alive, died, entered)
    police_rows(book, alive, died, pl.select(died + timedelta(days=15)).to_series(), "delete")
    namesakes = book.take("deceased", book.city.n(300, 5))
    living = book.city.cohort("dibao_head").head(namesakes.height)
    namesakes = namesakes.with_columns(living["full_name"])
    died = book.dates(rng, namesakes.height, -200, -5)
    police_rows(book, namesakes, died, _known_after(book, rng, died, 10))
    funeral_rows(book, namesakes, died, _known_after(book, rng, died, 4), "HHN")


def background(book: Book) -> None:
    """The other dead of the city; many in both sources."""
    rng = book.city.rng("background deaths")
    for feed_id, far in ((FUNERAL, -2900), (POLICE, -700)):
        people = book.rest("deceased").head(book.missing(feed_id))
        died = book.dates(rng, people.height, far, -4)
        known = _known_after(book, rng, died, 12)
        if feed_id == FUNERAL:
            funeral_rows(book, people, died, known, "HHZ")
        else:
            police_rows(book, people, died, known)

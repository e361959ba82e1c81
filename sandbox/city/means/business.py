"""Plants owners of businesses, owners of closed ones, and people who only work in one."""

from __future__ import annotations

from typing import Unpack

import numpy as np
import polars as pl

from sandbox.city.ground.book import Book, Span
from sandbox.city.ground.fill import draw_times
from sandbox.city.ground.ids import credit_codes
from sandbox.city.ground.later_versions import change_rows

ENTERPRISE = "market_regulation__enterprise"
INDIVIDUAL = "market_regulation__individual_business"
COOPERATIVE = "market_regulation__farmer_cooperative"
_PLACES = ["盛京", "浑河", "北陵", "铁西", "辽中", "新民", "法库", "康平", "中街", "太原街"]
_TRADES = {
    ENTERPRISE: ["商贸", "机械", "物流", "餐饮管理", "建筑工程", "电子科技"],
    INDIVIDUAL: ["食杂店", "小吃部", "理发店", "修理部", "服装店", "早餐店", "菜店"],
    COOPERATIVE: ["水稻种植", "蔬菜种植", "生猪养殖", "肉鸡养殖", "农机服务"],
}
_CLASS = {ENTERPRISE: "91", INDIVIDUAL: "92", COOPERATIVE: "93"}


class Codes:
    """Hands out credit codes so that no two organisations share one."""

    def __init__(self, book: Book) -> None:
        self._pool = {
            feed: credit_codes(book.city.rng("codes " + feed), book.city.n(90_000, 400), prefix)
            for feed, prefix in _CLASS.items()
        }
        self._next = dict.fromkeys(_CLASS, 0)

    def some(self, feed: str, n: int) -> pl.Series:
        """Returns ``n`` credit codes of the feed's class that nobody has yet."""
        first = self._next[feed]
        self._next[feed] += n
        return self._pool[feed].slice(first, n)


def _rows(
    book: Book,
    codes: Codes,
    feed: str,
    people: pl.DataFrame,
    status: str,
    established: pl.Series | None = None,
    **given: object,
) -> pl.Series:
    """Adds one organisation for each person; returns the credit codes."""
    n = people.height
    rng = book.city.rng(f"business {feed} {book.height(feed)}")
    uscc = codes.some(feed, n)
    began = established if established is not None else book.dates(rng, n, -2800, -520)
    ended = status in ("cancelled", "revoked")
    over = book.dates(rng, n, -500, -40) if ended else pl.repeat(None, n, dtype=pl.Date, eager=True)
    frame = people.select("id_number", "full_name").with_columns(
        uscc.alias("uscc"),
        _names(rng, feed, people["full_name"]).alias("organisation_name"),
        pl.lit(status).alias("registration_status"),
        began.alias("established_on"),
        *(pl.lit(v).alias(k) for k, v in given.items()),
    )
    if feed == COOPERATIVE:
        frame = frame.with_columns(began.alias("_published_on"))
    else:
        frame = frame.with_columns(
            over.alias("cancelled_on"), draw_times(rng, over if ended else began).alias("updated_at")
        )
    book.add(feed, frame)
    return uscc


def _names(rng: np.random.Generator, feed: str, owners: pl.Series) -> pl.Series:
    n = len(owners)
    ends = {ENTERPRISE: "有限公司", INDIVIDUAL: "", COOPERATIVE: "农民专业合作社"}[feed]
    trades = pl.Series(_TRADES[feed]).gather(rng.integers(0, len(_TRADES[feed]), n))
    place = pl.Series(_PLACES).gather(rng.integers(0, len(_PLACES), n))
    number = pl.Series(rng.integers(1, 9999, n)).cast(pl.String)
    return pl.select(pl.concat_str(place, number, trades, pl.lit(ends))).to_series()


def _expect(book: Book, ids: pl.Series, uscc: pl.Series, sub_type: str, **when: Unpack[Span]) -> None:
    book.expect("business_owner", ids, uscc, sub_type, **when)
    rows = [
        frame.select("uscc", "established_on")
        for feed in _CLASS
        for frame in book.rows.get((feed, "main"), [])
    ]
    began = pl.concat(rows).unique("uscc", maintain_order=True)
    began = uscc.to_frame("uscc").join(began, on="uscc", how="left", maintain_order="left")
    since = began["established_on"]
    book.expect_check("business_owner", ids, sub_type, undue_from=since, **when)


def plant_positives(book: Book, codes: Codes) -> None:
    """Plants 900 owners at the full city."""
    n = book.city.n
    for cohort, feed, full, sub_type, given in (
        ("dibao_head", ENTERPRISE, 200, "enterprise", {"role": "legal_representative"}),
        ("dibao_head", ENTERPRISE, 140, "enterprise", {"role": "shareholder"}),
        ("dibao_spouse", INDIVIDUAL, 230, "individual_business", {"employee_count": 3}),
        ("low_income", INDIVIDUAL, 120, "small_family_shop", {"employee_count": 0}),
        ("tekun", INDIVIDUAL, 60, "small_family_shop", {"employee_count": 0}),
        ("dibao_head", COOPERATIVE, 120, "cooperative", {}),
    ):
        people = book.take_people(cohort, n(full))
        status = "active" if full % 40 else "operating"
        uscc = _rows(book, codes, feed, people, status, **given)
        _expect(book, people["id_number"], uscc, sub_type)
        if (feed, given.get("role")) == (ENTERPRISE, "legal_representative"):
            _also_shareholder(book, uscc.head(n(60)))
    # closed four days after the epoch
    closing = book.take_people("dibao_head", n(30))
    uscc = _rows(book, codes, INDIVIDUAL, closing, "active", employee_count=2)
    change_rows(
        book, INDIVIDUAL, uscc, book.day(4), registration_status="cancelled", cancelled_on=book.day(4)
    )
    _expect(book, closing["id_number"], uscc, "individual_business", until=book.day(4))


def _also_shareholder(book: Book, uscc: pl.Series) -> None:
    """Plants one person twice in one company: one warning."""
    rows = book.rows[(ENTERPRISE, "main")][-1].filter(pl.col("uscc").is_in(uscc.implode()))
    declared = rows.select(c for c in rows.columns if not c.startswith("_"))
    book.add(ENTERPRISE, declared.with_columns(pl.lit("shareholder").alias("role")))


def plant_under_former_numbers(book: Book, codes: Codes, owners: pl.DataFrame) -> None:
    """Plants shops registered under a number the owner no longer has; ``present`` is that of the benefit."""
    uscc = _rows(book, codes, INDIVIDUAL, owners, "active", employee_count=2)
    _expect(book, owners["present"], uscc, "individual_business", confidence="suspected")


def plant_after_epoch(book: Book, codes: Codes) -> None:
    """Plants shops that open one to eight days after the epoch."""
    people = book.take_people("dibao_head", book.city.n(40, 2))
    opened = pl.Series([book.day(1 + i % 8) for i in range(people.height)])
    uscc = _rows(book, codes, INDIVIDUAL, people, "active", established=opened, employee_count=0)
    _expect(book, people["id_number"], uscc, "small_family_shop", since=opened)


def plant_near_misses(book: Book, codes: Codes) -> None:
    """Plants closed businesses, people who only work in one, and owners who left the benefit."""
    n = book.city.n
    _rows(
        book,
        codes,
        ENTERPRISE,
        book.take_people("dibao_head", n(200, 3)),
        "cancelled",
        role="legal_representative",
    )
    _rows(book, codes, ENTERPRISE, book.take_people("dibao_head", n(100, 2)), "revoked", role="shareholder")
    _rows(book, codes, ENTERPRISE, book.take_people("dibao_head", n(100, 3)), "active", role="officer")
    _rows(book, codes, INDIVIDUAL, book.take_people("low_income", n(150, 2)), "cancelled", employee_count=1)
    _rows(book, codes, COOPERATIVE, book.take_people("dibao_head", n(40, 2)), "cancelled")
    _rows(book, codes, INDIVIDUAL, book.take_people("dibao_closed", n(300, 3)), "active", employee_count=2)
    # the check looks at dibao, low-income and tekun only
    _rows(book, codes, INDIVIDUAL, book.take_people("care", n(100, 2)), "active", employee_count=1)


def fill_up(book: Book, codes: Codes) -> None:
    """Adds businesses of people without a benefit, up to the declared size."""
    others = book.city.cohort("other")
    first = 0
    for feed, given in (
        (ENTERPRISE, {"role": "shareholder"}),
        (INDIVIDUAL, {"employee_count": 2}),
        (COOPERATIVE, {}),
    ):
        people = others.slice(first, book.missing(feed))
        first += people.height
        _rows(book, codes, feed, people, "active", **given)

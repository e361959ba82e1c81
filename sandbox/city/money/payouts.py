"""Invents what the payment platform paid: every case what it is due, except where something is planted."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from sandbox.city.ground.book import Book
from sandbox.city.ground.clock import COMPLETE, last_complete_month, month_before
from sandbox.city.ground.fill import draw_times, number_codes
from sandbox.city.ground.later_versions import change_rows
from sandbox.city.money.entitled import entitled_cases
from sandbox.city.money.fates import MONTHLY, PAY_DAY, Fate

PAYMENT = "platform__payment_result"
_RULE = "payment_anomaly"
_DAYS_SERVED = 31


def fill_payments(book: Book, wrong: list[Fate]) -> None:
    """Adds the payments of the last two complete months and of those paid while the city is served.

    People whom a check finds also get every month since nothing was due to them.
    """
    epoch, last = book.epoch, last_complete_month(book.epoch)
    before, due = month_before(last, 1), {}
    for month in (month_before(last, k) for k in (1, 0, -1, -2)):
        pay_day = month + timedelta(days=PAY_DAY - 1)
        if pay_day <= book.day(_DAYS_SERVED):
            due[month] = _owed(book, month, max(pay_day, epoch))
    monthly = [
        frame.filter(is_monthly("benefit", month) | _is_of_fates(wrong)) for month, frame in due.items()
    ]
    rows = pl.concat([_ran_on(book, before), *monthly]).with_columns(
        payee=pl.col("full_name"), result=pl.lit("paid"), day=pl.lit(PAY_DAY), mended=pl.lit(None, pl.Int64),
        account=pl.lit(None, pl.String),
    )  # fmt: skip
    rows = rows.with_columns(pl.col("amount").cast(pl.Decimal(14, 2)))
    for fate in (*wrong, _ended(book)):
        rows = _struck(book, rows, fate, month_before(last, fate.ago))
    others = due[before].filter(~is_monthly("benefit", before) & ~_is_of_fates(wrong))
    today = rows.filter(pl.col("pay_month") <= epoch).height
    room = book.missing(PAYMENT) - today
    others = others.head(max(10, room)).with_columns(
        pl.col("amount").cast(pl.Decimal(14, 2)),
        payee=pl.col("full_name"), result=pl.lit("paid"), day=pl.lit(PAY_DAY), mended=pl.lit(None, pl.Int64),
        account=pl.lit(None, pl.String),
    )  # fmt: skip
    _add(book, pl.concat([rows, others.select(rows.columns)]))
    _sent_back(book, month_before(last, 3), book.day(4))
    _sent_back(book, month_before(last, 2), book.day(-20))


def is_monthly(benefit: str, month: date) -> pl.Expr:
    """Tells, for rows with the column ``benefit``, whether everybody on it is paid for the month."""
    return pl.col(benefit).is_in([name for name, since in MONTHLY.items() if since <= month])


def _is_of_fates(wrong: list[Fate]) -> pl.Expr:
    """Selects payments of one of the fates, whether or not the benefit is paid every month."""
    told = [
        pl.col("benefit").eq(f.benefit) & pl.col("id_number").is_in(f.people["id_number"].implode())
        for f in wrong
    ]
    return pl.any_horizontal(told)


def _owed(book: Book, month: date, seen_on: date) -> pl.DataFrame:
    """Returns what is to be paid; zero amounts are left out."""
    due = entitled_cases(book, month, seen_on).drop("feed_id", "reason")
    return due.filter(pl.col("amount") > 0).with_columns(pay_month=month)


def _ran_on(book: Book, before: date) -> pl.DataFrame:
    """Returns what people without entitlement were paid in the months before those everybody is paid for."""
    checks = pl.concat(book.truth).filter(pl.col("kind") == "check")
    undue = checks.select("undue_from", id_number="subject_key")
    parts = []
    for k in range(1, 7):
        month = month_before(before, k)
        people = undue.filter(pl.col("undue_from").dt.month_start() < month).select("id_number").unique()
        parts.append(_owed(book, month, book.epoch).join(people, on="id_number", maintain_order="left"))
    return pl.concat(parts)


def _sent_back(book: Book, month: date, day: date) -> None:
    """Returns some of the payments for a long past month to the dead, as sent back on ``day``."""
    checks = pl.concat(book.truth).filter(pl.col("kind") == "check", pl.col("rule_id") == "dead")
    rows = pl.concat(book.rows[(PAYMENT, "main")]).filter(
        pl.col("pay_month") == month,
        pl.col("benefit_type") == "dibao",
        pl.col("id_number").is_in(checks["subject_key"].implode()),
    )
    change_rows(book, PAYMENT, rows["payment_id"].head(book.city.n(20)), day, result="returned")


def _struck(book: Book, rows: pl.DataFrame, fate: Fate, month: date) -> pl.DataFrame:
    """Returns the payments with one fate applied, and adds its truth."""
    ids = fate.people["id_number"]
    if fate.sub_type == "not_due":
        rows = rows.vstack(_undue(book, fate, month).select(rows.columns))
    if fate.with_parts_of is not None:
        rows = _in_one_sum(rows, fate, month)
    if fate.of_family:
        ids = _families_of(book, ids)
    hit = (pl.col("id_number").is_in(ids.implode())) & (pl.col("benefit") == fate.benefit)
    hit = hit & (pl.col("pay_month") == month)
    if fate.missing:
        rows = rows.filter(~hit)
    else:
        told = {"_payee": fate.payee, "_account": fate.account}
        payee = pl.DataFrame({"id_number": ids, **{k: ids if v is None else v for k, v in told.items()}})
        named, known = hit & pl.lit(fate.payee is not None), hit & pl.lit(fate.account is not None)
        rows = rows.join(payee, on="id_number", how="left", maintain_order="left").with_columns(
            pl.when(hit).then(pl.lit(fate.result)).otherwise("result").alias("result"),
            pl.when(hit).then(pl.lit(fate.day)).otherwise("day").alias("day"),
            pl.when(named).then("_payee").otherwise("payee").alias("payee"),
            pl.when(known).then("_account").otherwise("account").alias("account"),
            pl.when(hit).then(pl.lit(fate.mended)).otherwise("mended").alias("mended"),
            (pl.col("amount") + pl.when(hit).then(pl.lit(str(fate.more))).otherwise(pl.lit("0"))
             .cast(pl.Decimal(14, 2))).cast(pl.Decimal(14, 2)).alias("amount"),
        ).drop("_payee", "_account")  # fmt: skip
    _expect(book, fate, month)
    return rows


def _families_of(book: Book, heads: pl.Series) -> pl.Series:
    rows = pl.concat(book.rows[("civil_affairs__dibao", "main")]).select("id_number", "household_id").unique()
    homes = rows.filter(pl.col("id_number").is_in(heads.implode()))["household_id"]
    return rows.filter(pl.col("household_id").is_in(homes.implode()))["id_number"].unique(maintain_order=True)


def _in_one_sum(rows: pl.DataFrame, fate: Fate, month: date) -> pl.DataFrame:
    """Pays what is due to members under the head's case."""
    of_month = (pl.col("benefit") == fate.benefit) & (pl.col("pay_month") == month)
    parts = pl.DataFrame({"id_number": fate.people["id_number"], "_member": fate.with_parts_of})
    sent = rows.filter(of_month).select("amount", _member="id_number").rename({"amount": "_part"})
    parts = parts.join(sent, on="_member", how="left", maintain_order="left").drop("_member")
    rows = rows.filter(~(of_month & pl.col("id_number").is_in(fate.with_parts_of.implode())))  # type: ignore[union-attr]
    rows = rows.join(parts, on="id_number", how="left", maintain_order="left")
    more = pl.when(of_month).then(pl.col("_part").fill_null(0)).otherwise(0)
    return rows.with_columns((pl.col("amount") + more).cast(pl.Decimal(14, 2)).alias("amount")).drop("_part")


def _ended(book: Book) -> Fate:
    """Pays benefits that ended long ago."""
    rows = pl.concat(book.rows[("civil_affairs__dibao", "main")]).filter(pl.col("status") == "stopped")
    over = rows.filter(pl.col("updated_at") < book.epoch)["id_number"].implode()
    return Fate(
        book.take_people("dibao_closed", book.city.n(10), pl.col("id_number").is_in(over)), "dibao", "not_due"
    )


def _undue(book: Book, fate: Fate, month: date) -> pl.DataFrame:
    rows = pl.concat(book.rows[("civil_affairs__dibao", "main")])
    ended = rows.filter(pl.col("id_number").is_in(fate.people["id_number"].implode()))
    ended = ended.unique("member_id", keep="last", maintain_order=True)
    return ended.select("id_number", "full_name", case_id="member_id").with_columns(
        pl.col("full_name").alias("payee"),
        pl.lit(300).cast(pl.Decimal(14, 2)).alias("amount"),
        pl.lit(PAY_DAY).alias("day"),
        pl.lit(None, dtype=pl.Int64).alias("mended"),
        pl.lit(None, dtype=pl.String).alias("account"),
        pl.lit(month).alias("pay_month"),
        benefit=pl.lit("dibao"),
        result=pl.lit("paid"),
    )


def _expect(book: Book, fate: Fate, month: date) -> None:
    """Expects a finding until two later months are complete: the rule looks at two complete months."""
    if fate.sub_type is None:
        return
    event, ids = f"pay:{month:%Y-%m}:{fate.benefit}", fate.people["id_number"]
    over = month_before(month, -2) + timedelta(days=COMPLETE)
    mended = book.day(fate.mended) if fate.mended else None
    unsure = _reviewed_since(book, fate, month)
    for people, confidence in ((ids.filter(~unsure), fate.confidence), (ids.filter(unsure), "suspected")):
        book.expect(_RULE, people, event, fate.sub_type, confidence=confidence, until=mended or over)
    if mended:
        book.expect(_RULE, ids, event, "late", since=mended, until=over)


def _reviewed_since(book: Book, fate: Fate, month: date) -> pl.Series:
    """Tells whose amount rests on an income found after the month had begun."""
    ids = fate.people["id_number"]
    if (fate.sub_type, fate.benefit) != ("amount_differs", "dibao"):
        return pl.repeat(False, len(ids), eager=True)
    rows = pl.concat(book.rows[("civil_affairs__dibao", "main")])
    later = rows.filter(pl.col("last_review_on").is_between(month, book.epoch, closed="right"))
    return ids.is_in(later["id_number"].implode())


def _add(book: Book, rows: pl.DataFrame) -> None:
    n = rows.height
    rng = book.city.rng("payments")
    on = rows.select(pl.col("pay_month") + pl.duration(days=pl.col("day") - 1)).to_series()
    tail = (rows["id_number"].str.slice(8, 9).cast(pl.Int64) % 10_000).cast(pl.String).str.zfill(4)
    frame = rows.select(
        "id_number",
        "case_id",
        "amount",
        "pay_month",
        "result",
        "mended",
        "account",
        pl.col("payee").alias("payee_name"),
        pl.col("benefit").alias("benefit_type"),
    ).with_columns(
        number_codes("FF", n).alias("payment_id"),
        pl.coalesce("account", pl.concat_str(pl.lit("*" * 12), tail)).alias("account_no"),
        on.cast(pl.Date).alias("paid_on"),
        draw_times(rng, on.cast(pl.Date)).alias("updated_at"),
    )
    frame = frame.drop("account")
    book.add(PAYMENT, frame.drop("mended"))
    mended = frame.filter(pl.col("mended").is_not_null())
    if mended.height:
        day = mended.select(pl.lit(book.epoch) + pl.duration(days="mended")).to_series().cast(pl.Date)
        book.add(
            PAYMENT,
            mended.drop("mended").with_columns(
                pl.lit("paid").alias("result"),
                pl.lit("update").alias("operation"),
                day.alias("paid_on"),
                draw_times(np.random.default_rng(book.city.seed), day).alias("updated_at"),
            ),
            purpose="mended",
        )

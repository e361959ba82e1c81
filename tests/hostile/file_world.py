"""One SFTP box from which files of every layout are pulled; a case says what is wrong with the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np

from connectors.catalogue import load_feed
from connectors.connections import Connection
from sandbox.city.ground.ids import credit_codes
from tests.hostile.protocol_harness import SURNAME, Case, Loaded, Refused, id_of
from tests.hostile.sftp_world import SftpWorld

CSV = "market_regulation__farmer_cooperative"
PIPE = "provident_fund__provincial_branch"
XLSX = "public_security__detention"
ZIP = "public_security__prison"
FIXED = "finance__boc"
XML = "finance__bocom"
FEEDS = (CSV, PIPE, XLSX, ZIP, FIXED, XML)
ROWS = 3
ALL = Loaded((ROWS, ROWS, 0, 0))
PASSWORD = "archive-password-01"
HEAD = ("统一社会信用代码", "合作社名称", "成员姓名", "证件号码", "出资额", "登记状态", "成立日期")
_CODES = credit_codes(np.random.default_rng(1), 10, "93")


class FileWorld(SftpWorld):
    """Serves one file a case, under the name the feed's declaration gives it."""

    connections = frozenset(load_feed(feed_id).connection_id for feed_id in FEEDS)

    def connect(
        self, connection: Connection, timeout: float = 5, transfer_timeout: float | None = None
    ) -> None:
        connection.extra["archive_password"] = PASSWORD
        super().connect(connection, timeout, transfer_timeout)

    def put(self, feed_id: str, content: bytes) -> None:
        """The file, and the flag where the feed waits for one."""
        feed = load_feed(feed_id)
        path = str(feed.tables[0].source.path).replace("{yyyymmdd}", f"{self.day:%Y%m%d}")
        self.server.put(path, content)
        if feed.format and feed.format.flag_suffix:
            self.server.put(path + feed.format.flag_suffix, b"")


def row(number: int, **changed: str) -> dict[str, str]:
    """A good row of ``CSV``; keys are the names of ``HEAD``."""
    values = (
        _CODES[number],
        f"第{number}合作社",
        f"{SURNAME}文",
        id_of(number),
        "1000.00",
        "存续",
        "2015-03-02",
    )
    return dict(zip(HEAD, values, strict=True)) | changed


def rows() -> list[dict[str, str]]:
    return [row(n) for n in range(ROWS)]


def lines(table: Sequence[dict[str, str]]) -> list[str]:
    """Header and rows, each without its line end; nothing is quoted."""
    return [",".join(HEAD), *(",".join(r[name] for name in HEAD) for r in table)]


def csv_bytes(text: Sequence[str], end: str = "\n") -> bytes:
    return "".join(line + end for line in text).encode("gb18030")


def served(feed_id: str, content: Callable[[date], bytes]) -> Callable[[Any], None]:
    return lambda world: world.put(feed_id, content(world.day))


def csv_case(name: str, damage: Callable[[list[str]], list[str] | bytes], outcome: Loaded | Refused) -> Case:
    """``damage`` takes header and three good rows and gives other lines, or the whole file's bytes."""

    def content(_: date) -> bytes:
        damaged = damage(lines(rows()))
        return damaged if isinstance(damaged, bytes) else csv_bytes(damaged)

    return Case(f"csv-{name}", CSV, served(CSV, content), outcome)


def cell_case(name: str, column: str, value: str, outcome: Loaded) -> Case:
    """One cell of the first of three rows is another."""
    table = [row(0, **{column: value}), *rows()[1:]]
    return Case(f"cell-{name}", CSV, served(CSV, lambda _: csv_bytes(lines(table))), outcome)


def aside(reason: str, count: int = 1, duplicate: int = 0) -> Loaded:
    """So many of the three rows are set aside for that reason."""
    return Loaded((ROWS, ROWS - count - duplicate, duplicate, count), reasons=frozenset({reason}))


def one(condition: str) -> Loaded:
    """All rows are loaded, one of them as the condition says."""
    return Loaded((ROWS, ROWS, 0, 0), one_row=condition)

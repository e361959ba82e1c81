"""The SFTP boxes of three departments on one server: plain files, flagged files, and a bank that is asked."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Collection, Sequence
from datetime import date
from pathlib import Path

import asyncssh

from connectors.connections import Connection
from tests.hostile.people import PEOPLE
from tests.hostile.protocol_harness import SURNAME, Hub, id_of
from tests.support.protocol_servers import SftpServer

PLAIN = "public_security__migration"
FLAGGED = "provident_fund__provincial_branch"
BANK = "finance__icbc"
ROWS = 3


class SftpWorld:
    """Serves what ``put_*`` placed; ``server.sftp_class`` is how a case makes it lie."""

    #: Ids of the connections that lead here.
    connections: Collection[str] = ("ga_sftp", "gjj_sftp", "bank_sftp")

    def __init__(self, hub: Hub, root: Path) -> None:
        self.hub = hub
        self.root = root
        root.mkdir()
        self.server = SftpServer(root)

    def begin(self, day: date) -> None:
        self.day = day
        self.server.sftp_class = asyncssh.SFTPServer
        self.server.logins = 0
        self.server.passwords, self.server.known_keys = True, []
        for left in self.root.iterdir():
            shutil.rmtree(left)
        self.connect(self.server.connection())

    def connect(
        self, connection: Connection, timeout: float = 5, transfer_timeout: float | None = None
    ) -> None:
        connection.extra["timeout"] = timeout
        if transfer_timeout is not None:
            connection.extra["transfer_timeout"] = transfer_timeout
        for connection_id in self.connections:
            self.hub.connect(connection_id, connection)

    def plain_path(self) -> str:
        return f"/ga/migration/{self.day:%Y%m%d}/QYXX_{self.day:%Y%m%d}.csv"

    def flagged_path(self) -> str:
        return f"/gjj/prov/{self.day:%Y%m%d}/GJJ_{self.day:%Y%m%d}.txt"

    def reply_path(self) -> str:
        return f"/bk_icbc/reply/{self.day:%Y%m%d}/RSP_{self.day:%Y%m%d}.txt"

    def plain(self, rows: int = ROWS) -> bytes:
        head = "公民身份号码,姓名,迁移类型,迁移日期,原区划代码,现区划代码,居住证号\n"
        lines = (f"{id_of(n)},{SURNAME}文,迁入,{self.day},,,P{n}\n" for n in range(rows))
        return (head + "".join(lines)).encode("gb18030")

    def flagged(self) -> bytes:
        head = "IDNO|NAME|ACCT|BASE|BAL|STAT\n"
        lines = (f"{id_of(n)}|{SURNAME}文|A{n}|1000.00|2000.00|A\n" for n in range(ROWS))
        return (head + "".join(lines)).encode("gbk")

    def put_plain(self) -> None:
        self.server.put(self.plain_path(), self.plain())

    def put_flagged(self) -> None:
        self.server.put(self.flagged_path(), self.flagged())
        self.server.put(self.flagged_path() + ".ok", b"")

    def lie(self, **methods: Callable[..., object]) -> None:
        """Replaces methods of the server's side of a session."""
        self.server.sftp_class = type("Lies", (asyncssh.SFTPServer,), methods)

    def account(self, seq: int, *, request: str | None = None, who: int | None = None) -> str:
        """A line of the bank's reply about the person of that number."""
        number = id_of(seq if who is None else who)
        asked = request or f"bk_icbc-{self.day:%Y%m%d}"
        return (
            f"{asked}|{seq}|{SURNAME}文|1|{number}|和平支行|102221000012|1|6222********4000|"
            "715.00|0.00|0.00|0000|2020/5/6\n"
        )

    def accounts(self) -> list[str]:
        return [self.account(seq) for seq in range(1, PEOPLE + 1)]

    def reply(self, lines: Sequence[str], digest: str | None = None) -> None:
        content = "".join(lines).encode("gbk")
        self.server.put(self.reply_path(), content)
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest() if digest is None else digest
        self.server.put(self.reply_path() + ".md5", md5.encode())
        self.server.put(self.reply_path() + ".ok", b"")

    def close(self) -> None:
        self.server.close()

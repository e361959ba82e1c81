"""The exchange platform of one department, which answers well until a case spoils it."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from connectors.connections import Connection
from tests.hostile.protocol_harness import LOGIN, PASSWORD, SURNAME, Hub, id_of
from tests.support.protocol_servers import Answer, Asked, HttpServer

DELTA = "social_security__employment_register"
CONNECTION = "rs_employ"
#: Rows of a page, set in place of 500; the source has seven rows, on three pages.
PAGE = 3
ROWS = 7
Row = dict[str, Any]
#: Given the request, its number within the case (from 1) and the good answer.
Spoil = Callable[[Asked, int, Answer], Answer]


def envelope(rows: list[Row], total: int, page: int | None, code: str = "0000", msg: str = "") -> bytes:
    data = {"total": total, "pageNo": page, "rows": rows}
    return json.dumps({"code": code, "msg": msg, "data": data}, ensure_ascii=False).encode()


class RestWorld:
    """Seven rows of the day; ``spoil`` is what a case does to the answers."""

    def __init__(self, hub: Hub, folder: Path) -> None:
        self.hub = hub
        self.server = HttpServer()
        self.server.script = self._answer
        self.pretender = HttpServer()
        self.pretender.speak_tls(folder)

    def begin(self, day: date) -> None:
        self.rows = [self.row(day, n) for n in range(ROWS)]
        self.server.asked.clear()
        self.spoil: Spoil = lambda asked, number, good: good
        self.connect()

    def connect(self, **changed: Any) -> None:
        endpoint = Connection("http", "127.0.0.1", self.server.port, LOGIN, PASSWORD, "http", {"timeout": 5})
        self.hub.connect(CONNECTION, replace(endpoint, **changed))

    @staticmethod
    def row(day: date, number: int) -> Row:
        return {
            "djbh": f"D{day:%Y%m%d}-{number}",
            "gmsfhm": id_of(number),
            "xm": f"{SURNAME}文",
            "dwmc": "某某公司",
            "jyrq": "2020-05-01",
            "ygz": "3000.00",
            "gxsj": f"{day} 08:00:0{number}",
        }

    def page(self, number: int, rows: list[Row] | None = None) -> bytes:
        rows = self.rows if rows is None else rows
        return envelope(rows[(number - 1) * PAGE : number * PAGE], len(rows), number)

    def _answer(self, asked: Asked) -> Answer:
        if not _signed(asked):
            return Answer(envelope([], 0, 1, "4001", f"签名错误 {asked.headers['sign']}"))
        return self.spoil(asked, len(self.server.asked), Answer(self.page(int(asked.params["pageNo"]))))

    def pretend(self) -> None:
        """The feed's connection leads to somebody with a certificate of his own making."""
        self.pretender.asked.clear()
        self.connect(schema="https", port=self.pretender.port)

    def on(self, number: int, answer: Answer) -> None:
        """Spoil only the answer of that number."""
        self.spoil = lambda asked, n, good: answer if n == number else good

    def always(self, answer: Answer) -> None:
        self.spoil = lambda asked, n, good: answer

    def close(self) -> None:
        self.server.close()
        self.pretender.close()


def _signed(asked: Asked) -> bool:
    fields = {**asked.params, **{k: asked.headers[k.lower()] for k in ("appKey", "timestamp", "nonce")}}
    text = "&".join(f"{k}={v}" for k, v in sorted(fields.items()))
    return asked.headers["sign"] == hmac.new(PASSWORD.encode(), text.encode(), hashlib.sha256).hexdigest()


def packed(body: bytes, encoding: str = "gzip") -> Answer:
    """The body packed as often as ``encoding`` says."""
    for _ in encoding.split(","):
        body = gzip.compress(body, mtime=0)
    return Answer(body, headers={"Content-Encoding": encoding})

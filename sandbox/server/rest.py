"""Serves the exchange platform: signed, paged JSON; HTTP says 200 and the body says what is wrong."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import zlib
from collections import OrderedDict
from datetime import date, datetime
from threading import Lock
from typing import Any

import polars as pl
from starlette.responses import Response

from connectors.catalogue.model import Feed, Table
from sandbox.render.sheet import Sheet, answers, sheet_of
from sandbox.server.key_store import Keys
from sandbox.server.store import Store

MOST_ROWS = 500
#: How far a caller's clock may be off (seconds).
SKEW = 300
_AUTH = ("appKey", "timestamp", "nonce", "sign")
_KEPT_NONCES = 100_000


class Refusal(Exception):
    """A business error: its code and the platform's message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Platform:
    """Answers for every REST feed. Blocking; called from worker threads."""

    def __init__(self, store: Store, keys: Keys) -> None:
        self._store = store
        self._keys = keys
        self._nonces: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()
        self.endpoints: dict[str, tuple[Feed, Table]] = {
            table.source.path or "": (feed, table)
            for feed in store.catalogue.values()
            if feed.protocol == "rest"
            for table in feed.tables
        }

    def answer(
        self, path: str, method: str, params: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Response:
        """Answers one request: checks the signature, then returns a page or the answer to a question."""
        feed, table = self.endpoints[path]
        if self._store.first_call(feed.feed_id):
            habit = _first_call_habit(feed.feed_id)
            if habit is not None:
                return habit
        try:
            self._check_signature(feed, params, headers, body if method == "POST" else None)
            query = {k: v for k, v in params.items() if k not in _AUTH}
            data = self._asked(feed, table, body) if method == "POST" else self._page(feed, table, query)
        except Refusal as refusal:
            return _envelope(refusal.code, refusal.message, None)
        whole = _envelope("0000", "", data)
        if "truncated_file" in self._store.habits(feed.feed_id):
            return Response(bytes(whole.body)[: len(whole.body) // 2], media_type="application/json")
        return whole

    def _check_signature(
        self, feed: Feed, params: dict[str, str], headers: dict[str, str], body: bytes | None
    ) -> None:
        auth = {name: headers.get(name.lower()) or params.get(name, "") for name in _AUTH}
        given = {k: v for k, v in params.items() if k not in _AUTH} | {
            k: v for k, v in auth.items() if k != "sign"
        }
        if body is not None:
            given["bodySha256"] = hashlib.sha256(body).hexdigest()
        text = "&".join(f"{name}={given[name]}" for name in sorted(given))
        secret = self._keys.password(feed.connection_id)
        expected = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        known = auth["appKey"] == self._keys.login(feed.connection_id)
        if not known or not hmac.compare_digest(expected.encode(), auth["sign"].encode()):
            raise Refusal("4001", "签名错误")
        if not auth["timestamp"].isdecimal() or abs(int(auth["timestamp"]) / 1000 - time.time()) > SKEW:
            raise Refusal("4002", "请求时间戳已过期")
        self._use_nonce(auth["nonce"])

    def _use_nonce(self, nonce: str) -> None:
        with self._lock:
            if not nonce or nonce in self._nonces:
                raise Refusal("4003", "请求随机数重复")
            self._nonces[nonce] = None
            while len(self._nonces) > _KEPT_NONCES:
                self._nonces.popitem(last=False)

    def _page(self, feed: Feed, table: Table, query: dict[str, str]) -> dict[str, Any]:
        if feed.request:
            raise Refusal("4005", "该接口仅支持POST批量查询")
        try:
            day = date.fromisoformat(query["asOf"])
            number, size = int(query.get("pageNo", "1")), int(query.get("pageSize", str(MOST_ROWS)))
            since, until = (_moment(query.get(name)) for name in ("since", "until"))
        except (KeyError, ValueError) as error:
            raise Refusal("4004", "请求参数错误") from error
        if not 1 <= size <= MOST_ROWS or number < 1:
            raise Refusal("4004", f"pageSize不得超过{MOST_ROWS}")
        day = min(day, self._store.as_of)
        sheet = self._sheet(feed, table, self._store.text(feed, table, day, since, until), day)
        rows = sheet.rows.slice((number - 1) * size, size)
        return {"total": sheet.rows.height, "pageNo": number, "rows": self._rows(feed, rows)}

    def _asked(self, feed: Feed, table: Table, body: bytes) -> dict[str, Any]:
        if feed.request is None:
            raise Refusal("4005", "该接口仅支持GET分页查询")
        try:
            question = json.loads(body)
            day = date.fromisoformat(question["asOf"])
            persons = [(int(p["seq"]), str(p["idNumber"])) for p in question["persons"]]
            request_id = str(question["requestId"])
        except (KeyError, TypeError, ValueError) as error:
            raise Refusal("4004", "请求参数错误") from error
        if len(persons) > MOST_ROWS:
            raise Refusal("4004", f"单次查询不得超过{MOST_ROWS}人")
        day = min(day, self._store.as_of)
        text = answers(table, self._store.text(feed, table, day), request_id, persons)
        sheet = self._sheet(feed, table, text, day)
        return {"total": sheet.rows.height, "pageNo": 1, "rows": self._rows(feed, sheet.rows)}

    def _sheet(self, feed: Feed, table: Table, text: pl.DataFrame, day: date) -> Sheet:
        return sheet_of(feed, table, text, day, self._store.habits(feed.feed_id))

    def _rows(self, feed: Feed, rows: pl.DataFrame) -> list[dict[str, Any]]:
        found = rows.to_dicts()
        return found[:-1] if "partial_page" in self._store.habits(feed.feed_id) else found


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _envelope(code: str, message: str, data: dict[str, Any] | None) -> Response:
    body = json.dumps({"code": code, "msg": message, "data": data}, ensure_ascii=False, separators=(",", ":"))
    return Response(body.encode("utf-8", errors="replace"), media_type="application/json")


def _first_call_habit(feed_id: str) -> Response | None:
    """Makes some interfaces fail on the first call after a restart; the feed's name decides which and how."""
    kind = zlib.crc32(feed_id.encode()) % 4
    if kind == 0:
        return Response("Internal Server Error", status_code=500)
    if kind == 1:
        return Response("Too Many Requests", status_code=429, headers={"Retry-After": "0"})
    if kind == 2:
        return _envelope("5001", "系统繁忙，请稍后重试", None)
    return None

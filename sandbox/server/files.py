"""Lays out the departments' files: made when somebody looks for them, replies only once they were asked."""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from connectors.catalogue.model import Feed, Table
from sandbox.render.files import companions, content_of
from sandbox.render.sheet import answers, sheet_of
from sandbox.server.key_store import Keys
from sandbox.server.store import Store

_DAY = "{yyyymmdd}"


@dataclass(frozen=True)
class _Served:
    feed: Feed
    table: Table
    pattern: re.Pattern[str]
    folder: re.Pattern[str]

    @property
    def template(self) -> str:
        return self.table.source.path or ""

    def path(self, day: date) -> str:
        return self.template.replace(_DAY, f"{day:%Y%m%d}")


class Files:
    """One folder per connection id, which is the whole world of that login."""

    def __init__(self, root: Path, store: Store, keys: Keys) -> None:
        self._root = root
        self._store = store
        self._keys = keys
        # what an earlier process left may be of another city or habit
        shutil.rmtree(root, ignore_errors=True)
        self._made: dict[Path, str] = {}
        self._served: dict[str, list[_Served]] = {}
        for feed in store.catalogue.values():
            if feed.protocol == "sftp":
                found = self._served.setdefault(feed.connection_id, [])
                found.extend(_served(feed, table) for table in feed.tables)
        for connection_id in self._served:
            self.folder(connection_id).mkdir(parents=True)
        store.on_change(self._forget)

    @property
    def connection_ids(self) -> list[str]:
        """Returns the connection ids that have files."""
        return sorted(self._served)

    def folder(self, connection_id: str) -> Path:
        """Returns the folder of a connection."""
        return self._root / connection_id

    def may_write(self, path: str) -> bool:
        """Tells whether a login may write to a path: departments take in questions and nothing else."""
        return "request" in posixpath.dirname(path).split("/")

    def prepare(self, connection_id: str, path: str) -> None:
        """Makes the file(s) behind ``path`` if the department has them at its clock's date."""
        for served in self._served.get(connection_id, []):
            found = served.pattern.fullmatch(path)
            if found:
                self._lay_out(served, connection_id, _day(found["day"]))

    def prepare_folder(self, connection_id: str, path: str) -> None:
        """Makes, before a folder is listed, the files of its own day, or of the clock's day further down."""
        for served in self._served.get(connection_id, []):
            found = served.folder.fullmatch(path)
            day = _day(found["day"]) if found else self._store.as_of
            if found or posixpath.dirname(served.template).startswith(path.rstrip("/") + "/"):
                self._lay_out(served, connection_id, day)

    def _lay_out(self, served: _Served, connection_id: str, day: date | None) -> None:
        if day is None or day > self._store.as_of:
            return
        feed = served.feed
        target = self.folder(connection_id) / served.path(day).lstrip("/")
        with self._store.feed_lock(feed.feed_id):
            question = self._question(feed, connection_id, day)
            if feed.request and question is None:
                return
            made_from = hashlib.sha256(question or b"").hexdigest()
            if self._made.get(target) == made_from:
                return
            content = self._content(served, day, question)
            target.parent.mkdir(parents=True, exist_ok=True)
            _put(target, content, day)
            extra = companions(feed, target.name, content, self._store.habits(feed.feed_id))
            for suffix in sorted(extra, reverse=True):  # the flag (.ok) comes last
                _put(target.with_name(target.name + suffix), extra[suffix], day)
            self._made[target] = made_from

    def _question(self, feed: Feed, connection_id: str, day: date) -> bytes | None:
        if feed.request is None or feed.request.path is None:
            return None
        path = self.folder(connection_id) / feed.request.path.replace(_DAY, f"{day:%Y%m%d}").lstrip("/")
        return path.read_bytes() if path.is_file() else None

    def _content(self, served: _Served, day: date, question: bytes | None) -> bytes:
        feed, table = served.feed, served.table
        text = self._store.text(feed, table, day)
        if question is not None:
            request_id, asked = read_question(question, feed.encoding)
            text = answers(table, text, request_id, asked)
        habits = self._store.habits(feed.feed_id)
        sheet = sheet_of(feed, table, text, day, habits)
        return content_of(
            feed, table, sheet, day, habits, self._keys.password(f"archive:{feed.connection_id}")
        )

    def _forget(self, feed_id: str | None) -> None:
        """Removes files, so that they are made anew."""
        for connection_id, served in self._served.items():
            for one in served:
                if feed_id is None or one.feed.feed_id == feed_id:
                    self._remove(connection_id, one)

    def _remove(self, connection_id: str, served: _Served) -> None:
        folder = self.folder(connection_id)
        with self._store.feed_lock(served.feed.feed_id):
            for target in list(self._made):
                path = "/" + target.relative_to(self._root).as_posix().partition("/")[2]
                if target.is_relative_to(folder) and served.pattern.fullmatch(path):
                    for file in target.parent.glob(f"{target.name}*"):
                        file.unlink(missing_ok=True)
                    del self._made[target]


def read_question(question: bytes, encoding: str) -> tuple[str, list[tuple[int, str]]]:
    """Reads the request id and (seq, number) of each well-formed line ``request_id|seq|name|idtype|id``."""
    request_id, asked = "", []
    codec = "utf-8" if encoding == "utf-8-sig" else encoding
    for line in question.decode(codec, errors="replace").splitlines():
        fields = line.split("|")
        if len(fields) == 5 and fields[1].isdecimal():
            request_id = fields[0]
            asked.append((int(fields[1]), fields[4].strip()))
    return request_id, asked


def _served(feed: Feed, table: Table) -> _Served:
    template = table.source.path or ""
    suffixes = [re.escape(s) for s in _suffixes(feed)]
    tail = f"(?:{'|'.join(suffixes)})?" if suffixes else ""
    return _Served(feed, table, _pattern(template, tail), _pattern(posixpath.dirname(template), "/?"))


def _suffixes(feed: Feed) -> list[str]:
    form = feed.format
    return [s for s in (form.flag_suffix, form.digest_suffix) if s] if form else []


def _pattern(template: str, tail: str) -> re.Pattern[str]:
    first, *rest = template.split(_DAY)
    same_day = "(?P=day)".join(re.escape(part) for part in rest)
    day = f"(?P<day>[0-9]{{8}}){same_day}" if rest else "(?P<day>)"
    return re.compile(re.escape(first) + day + tail)


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def _put(path: Path, content: bytes, day: date) -> None:
    """Writes a file under its final name only when it is whole, dated the morning of its day."""
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_bytes(content)
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    os.utime(temporary, (moment, moment))
    temporary.replace(path)

"""Replies to a request: the bank's file over SFTP and the depository's answer over REST."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from connectors.connections import Connection
from connectors.errors import BatchRejected, NotYetDelivered, SourceUnavailable
from tests.hostile.people import PEOPLE, authorise
from tests.hostile.protocol_harness import LOGIN, PASSWORD, Case, Hub, Loaded, Refused, id_of, names
from tests.hostile.rest_world import envelope
from tests.hostile.sftp_world import BANK, SftpWorld
from tests.support.protocol_servers import Answer, Asked, HttpServer
from warehouse.intake.load_feed import load_feed

pytestmark = pytest.mark.slow

REST = "finance__chinaclear"
ALL = (PEOPLE, PEOPLE, 0, 0)
ANSWERED = {"answered": PEOPLE}
Rows = list[dict[str, Any]]


class ReplyWorld(SftpWorld):
    """The bank's box, and beside it the depository, whose answers ``spoil`` changes."""

    def open_depository(self) -> None:
        self.http = HttpServer()
        self.http.script = self._answer

    def begin(self, day: date) -> None:
        super().begin(day)
        self.http.asked.clear()
        self.spoil: Callable[[Rows], Answer] = _good
        endpoint = Connection("http", "127.0.0.1", self.http.port, LOGIN, PASSWORD, "http", {"timeout": 5})
        self.hub.connect("sec_chinaclear", endpoint)

    def _answer(self, asked: Asked) -> Answer:
        question = json.loads(asked.body)
        return self.spoil(
            [
                {
                    "qqbh": question["requestId"],
                    "zjhm": person["idNumber"],
                    "xm": person["name"],
                    "ymth": f"6222********400{person['seq']}",
                    "zqsz": "10.00",
                    "fkm": "0000",
                }
                for person in question["persons"]
            ]
        )

    def close(self) -> None:
        self.http.close()
        super().close()


def _good(rows: Rows) -> Answer:
    return Answer(envelope(rows, len(rows), None))


def _rest(change: Callable[[Rows], Rows]) -> Any:
    def behave(world: ReplyWorld) -> None:
        world.spoil = lambda rows: _good(change(rows))

    return behave


def _first_is(**changed: str) -> Any:
    return _rest(lambda rows: [{**rows[0], **changed}, *rows[1:]])


def _shorter_than_said(world: ReplyWorld) -> None:
    world.spoil = lambda rows: Answer(envelope(rows[:-1], len(rows), None))


def _refused_with_names(world: ReplyWorld) -> None:
    def spoil(rows: Rows) -> Answer:
        return Answer(envelope([], 0, None, "4006", f"{rows[0]['xm']} {rows[0]['zjhm']} 未授权"))

    world.spoil = spoil


def _reply(lines: Callable[[SftpWorld], list[str]]) -> Any:
    return lambda world: world.reply(lines(world))


def _without_flag(world: SftpWorld) -> None:
    world.reply(world.accounts())
    (world.root / (world.reply_path() + ".ok").lstrip("/")).unlink()


def _without_digest(world: SftpWorld) -> None:
    world.reply(world.accounts())
    (world.root / (world.reply_path() + ".md5").lstrip("/")).unlink()


def _digest(text: str) -> Any:
    """The digest file as another tool writes it."""

    def behave(world: SftpWorld) -> None:
        content = "".join(world.accounts()).encode("gbk")
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        world.reply(world.accounts(), digest=text.format(name="RSP.txt", md5=md5))

    return behave


def _digest_of_former_file(world: SftpWorld) -> None:
    world.reply(world.accounts(), digest="f" * 32)


def _cut_in_the_row(world: SftpWorld) -> None:
    world.reply([*world.accounts()[:-1], world.accounts()[-1][:30]])


def _late(world: SftpWorld) -> None:
    """The first look is in vain, the reply comes afterwards; the request stays the same."""
    with pytest.raises(NotYetDelivered):
        load_feed(BANK, world.day, world.hub.settings)
    world.reply(world.accounts())


def _request_denied(world: SftpWorld) -> None:
    world.reply(world.accounts())

    def mkdir(self: Any, *args: object) -> None:
        raise PermissionError(13, "no")

    world.lie(mkdir=mkdir)


def _bank(name: str, behave: Any, outcome: Loaded | Refused) -> Case:
    return Case(f"reply-file-{name}", BANK, behave, outcome)


def _depository(name: str, behave: Any, outcome: Loaded | Refused) -> Case:
    return Case(f"reply-rest-{name}", REST, behave, outcome)


def _aside(count: int, reason: str, **answers: int) -> Loaded:
    return Loaded((PEOPLE, PEOPLE - count, 0, count), reasons=frozenset({reason}), answers=answers)


PARTIAL = Loaded((3, 3, 0, 0), answers={"answered": 3, "no_answer": 2})
CASES = [
    _bank("never-answered", lambda world: None, Refused(NotYetDelivered, r"the flag file .*\.ok is not")),
    _bank("late", _late, Loaded(ALL, answers=ANSWERED)),
    _bank("without-flag", _without_flag, Refused(NotYetDelivered, "the flag file")),
    _bank("without-digest", _without_digest, Refused(NotYetDelivered, "the digest file")),
    _bank("digest-by-openssl", _digest("MD5({name})= {md5}\n"), Loaded(ALL, answers=ANSWERED)),
    _bank(
        "digest-by-certutil", _digest("\ufeffMD5 hash of {name}:\r\n{md5}\r\n"), Loaded(ALL, answers=ANSWERED)
    ),
    _bank(
        "digest-of-two-files",
        _digest("{md5}  {name}\n" + "f" * 32 + "  other\n"),
        Refused(BatchRejected, "2 different groups of 32 hex digits"),
    ),
    _bank(
        "digest-is-a-sha256",
        _digest("f" * 64),
        Refused(BatchRejected, r"holds no md5 \(32 hex digits\); it holds a sha256 \(64 digits\) or an sm3"),
    ),
    _bank("digest-mismatch", _digest_of_former_file, Refused(BatchRejected, "md5 .* announced; ask")),
    _bank(
        "under-another-request",
        _reply(lambda world: [world.account(n, request="bk_icbc-20200101") for n in range(1, PEOPLE + 1)]),
        _aside(PEOPLE, "reply_other_request", no_answer=PEOPLE),
    ),
    _bank(
        "about-somebody-not-asked",
        _reply(lambda world: [*world.accounts()[:-1], world.account(5, who=99)]),
        _aside(1, "reply_not_asked", answered=4, no_answer=1),
    ),
    _bank(
        "doubled",
        _reply(lambda world: world.accounts() * 2),
        Loaded((2 * PEOPLE, PEOPLE, PEOPLE, 0), answers=ANSWERED),
    ),
    _bank("partial", _reply(lambda world: world.accounts()[:3]), PARTIAL),
    _bank("cut-in-the-row", _cut_in_the_row, _aside(1, "row_malformed", answered=4, no_answer=1)),
    _bank("request-folder-denied", _request_denied, Refused(SourceUnavailable, "denies access")),
    _depository(
        "under-another-request",
        _first_is(qqbh="x"),
        _aside(1, "reply_other_request", answered=4, no_answer=1),
    ),
    _depository(
        "about-somebody-not-asked",
        _first_is(zjhm=id_of(99)),
        _aside(1, "reply_not_asked", answered=4, no_answer=1),
    ),
    _depository("nothing-on-record", _first_is(fkm="0001"), Loaded(ALL, answers={"answered": 4, "none": 1})),
    _depository("partial", _rest(lambda rows: rows[:3]), PARTIAL),
    _depository("nobody-answered", _rest(lambda rows: []), Loaded((0, 0, 0, 0), answers={"no_answer": 5})),
    _depository(
        "doubled", _rest(lambda rows: rows * 2), Loaded((2 * PEOPLE, PEOPLE, PEOPLE, 0), answers=ANSWERED)
    ),
    _depository("shorter-than-said", _shorter_than_said, Refused(BatchRejected, "4 rows but says total 5")),
    _depository(
        "refusal-quotes-a-person", _refused_with_names, Refused(SourceUnavailable, r"4006 \(\*\*\* 2101")
    ),
]


@pytest.fixture(scope="module")
def world(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplyWorld]:
    authorise(hub)
    found = ReplyWorld(hub, tmp_path_factory.mktemp("replies") / "served")
    found.open_depository()
    yield found
    found.close()


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_it_has_its_named_outcome(
    case: Case, hub: Hub, world: ReplyWorld, caplog: pytest.LogCaptureFixture
) -> None:
    hub.prove(case, world, caplog)
    assert world.server.logins + len(world.http.asked) <= 4

"""Answers of a REST interface that parse, and yet hold what no text, number or object should."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.errors import BatchRejected, SourceUnavailable
from tests.hostile.protocol_harness import Case, Hub, Loaded, Refused, names
from tests.hostile.rest_world import DELTA, PAGE, ROWS, RestWorld, envelope
from tests.support.protocol_servers import Answer

pytestmark = pytest.mark.slow

ALL = (ROWS, ROWS, 0, 0)
ROW_NO = Loaded(ALL, one_row="extra::jsonb ->> 'row_no*' = 'x' and row_no = 1")
RETRIED = Loaded(ALL, retries=1)


def _says(world: RestWorld, code: str, msg: str) -> None:
    world.always(Answer(envelope([], 0, 1, code, msg)))


def _named(world: RestWorld, name: str) -> None:
    """The first page's rows have another field."""
    rows = [{**row, name: "x"} for row in world.rows[:PAGE]]
    data = {"total": ROWS, "pageNo": 1, "rows": rows}
    world.on(1, Answer(json.dumps({"code": "0000", "msg": "", "data": data}).encode()))


def _employer(world: RestWorld, inside: bytes, *, between: bytes = b"") -> None:
    """The second page's first employer has ``inside`` its name; ``between`` stands between all tokens."""
    page = world.page(2).replace("某某公司".encode(), "某某".encode() + inside + "公司".encode(), 1)
    world.on(2, Answer(page.replace(b", ", b"," + between) if between else page))


def _always(**answer: Any) -> Any:
    return lambda world: world.always(Answer(**answer))


def _once(**answer: Any) -> Any:
    return lambda world: world.on(2, Answer(**answer))


def _case(name: str, behave: Any, outcome: Loaded | Refused) -> Case:
    return Case(f"rest-{name}", DELTA, behave, outcome)


CASES = [
    _case("429-with-a-power-to-wait", _once(status=429, headers={"Retry-After": "²"}), RETRIED),
    _case(
        "429-until-the-end-of-time",
        _once(status=429, headers={"Retry-After": f"Tue, 12 May 2020 00:00:00 +{'9' * 15}"}),
        RETRIED,
    ),
    _case(
        "nul-in-the-message",
        lambda world: _says(world, "4005", "无\0权限"),
        Refused(SourceUnavailable, "code 4005"),
    ),
    _case(
        "half-a-character-in-the-message",
        _always(body=b'{"code":"4005","msg":"\\ud800","data":null}'),
        Refused(SourceUnavailable, "code 4005"),
    ),
    _case(
        "nul-and-half-a-character-in-the-code",
        _always(body=b'{"code":"9\\u0000\\ud800","msg":"","data":null}'),
        Refused(SourceUnavailable, "code 9"),
    ),
    _case("field-named-like-ours", lambda world: _named(world, "row_no"), ROW_NO),
    _case("nul-in-the-name-of-a-field", lambda world: _named(world, "b\0z"), Loaded(ALL)),
    _case("half-a-character-in-the-name-of-a-field", lambda world: _named(world, "b\ud800z"), Loaded(ALL)),
    _case(
        "field-twice-in-a-row",
        lambda world: world.on(2, Answer(world.page(2).replace(b'{"', b'{"xm": "\xe5\xbc\xa0", "', 4))),
        Refused(BatchRejected, "names a field twice"),
    ),
    _case(
        "raw-line-end-in-a-text",
        lambda world: _employer(world, b"\n"),
        Loaded(ALL, one_row="employer_name = E'某某\\n公司'"),
    ),
    _case(
        "raw-line-end-of-windows-in-a-text-of-many-lines",
        lambda world: _employer(world, b"\r\n", between=b"\r\n\t"),
        Loaded(ALL, one_row="employer_name = E'某某\\r\\n公司'"),
    ),
    _case(
        "raw-tab-in-a-text",
        lambda world: _employer(world, b"\t"),
        Loaded(ALL, one_row="employer_name = E'某某\\t公司'"),
    ),
    _case(
        "escaped-quote-before-a-raw-line-end",
        lambda world: _employer(world, b'\\"\n\\\\'),
        Loaded(ALL, one_row="employer_name = E'某某\"\\n\\\\公司'"),
    ),
    _case(
        "rows-twice-in-the-envelope",
        lambda world: world.on(2, Answer(world.page(2).replace(b'"rows":', b'"rows": [], "rows":', 1))),
        Refused(BatchRejected, "names a field twice"),
    ),
]


@pytest.fixture(scope="module")
def world(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestWorld]:
    hub.environ.setattr("connectors.protocols.rest.pull.PAGE_SIZE", PAGE)
    found = RestWorld(hub, tmp_path_factory.mktemp("tls"))
    yield found
    found.close()


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_it_has_its_named_outcome(
    case: Case, hub: Hub, world: RestWorld, caplog: pytest.LogCaptureFixture
) -> None:
    hub.prove(case, world, caplog)

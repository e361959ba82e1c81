"""Delimited files as departments break them: lines, quotes, headers, encodings."""

# ruff: noqa: E501 -- one case a line: damage and outcome side by side

from __future__ import annotations

from datetime import date

import pytest

from connectors.errors import BatchRejected, ColumnsMissing
from tests.hostile.file_world import (
    ALL,
    CSV,
    PIPE,
    ROWS,
    FileWorld,
    aside,
    csv_bytes,
    csv_case,
    lines,
    one,
    row,
    rows,
    served,
)
from tests.hostile.protocol_harness import SURNAME, Case, Hub, Loaded, Refused, id_of, names

pytestmark = pytest.mark.slow
_MISSING = Refused(ColumnsMissing, "required columns .* are missing")
_UTF8 = Refused(BatchRejected, "is UTF-8, the declaration says gb")
_MALFORMED = aside("row_malformed")


def _swap(text: list[str]) -> list[str]:
    return [",".join(reversed(line.split(","))) for line in text]


def _without(column: int) -> list[str]:
    return [",".join(v for i, v in enumerate(line.split(",")) if i != column) for line in lines(rows())]


def _quoted(text: list[str]) -> list[str]:
    return [",".join(f'"{value}"' for value in line.split(",")) for line in text]


def _first(changed: str, name: str = "合作社名称") -> list[str]:
    return lines([row(0, **{name: changed}), *rows()[1:]])


def _name_last(table: list[dict[str, str]]) -> list[str]:
    """The cooperative's name is the last column."""
    moved = [line.split(",") for line in lines(table)]
    return [",".join([*fields[:1], *fields[2:], fields[1]]) for fields in moved]


def _raw(old: str, new: bytes) -> bytes:
    """The file with the bytes of one text replaced."""
    return csv_bytes(lines(rows())).replace(old.encode("gb18030"), new, 1)


def _pipe(name: str, head: str, body: str, outcome: Loaded | Refused, encoding: str = "gbk") -> Case:
    content = (head + body).encode(encoding)
    return Case(f"pipe-{name}", PIPE, served(PIPE, lambda _: content), outcome)


_PIPE_HEAD = "IDNO|NAME|ACCT|BASE|BAL|STAT\n"
_PIPE_ROWS = [f"{id_of(n)}|{SURNAME}文|A{n}|1000.00|2000.00|A\n" for n in range(ROWS)]
_PIPE_BODY = "".join(_PIPE_ROWS)
_REST = "".join(_PIPE_ROWS[1:])


def _one_more(reason: str) -> Loaded:
    """All three rows, and a line that is none."""
    return Loaded((4, 3, 0, 1), reasons=frozenset({reason}))


def _nothing(day: date) -> bytes:
    return b""


CASES = [
    csv_case("columns-reordered", _swap, ALL),
    csv_case(
        "column-added",
        lambda text: [text[0] + ",备注", text[1] + ",新", *(line + "," for line in text[2:])],
        one("extra::jsonb ->> '备注' = '新'"),
    ),
    csv_case("column-named-like-ours", lambda text: [text[0] + ",row_no", *(f"{line},{7 + n}" for n, line in enumerate(text[1:]))], one("extra::jsonb ->> 'row_no*' = '7' and row_no = 1")),
    csv_case("optional-column-dropped", lambda _: _without(4), ALL),
    csv_case("nul-in-the-name-of-an-added-column", lambda text: [text[0] + ",备\0注", *(line + ",x" for line in text[1:])], ALL),
    csv_case("nul-in-the-name-of-a-required-column", lambda text: [text[0].replace("证件号码", "证件\0号码"), *text[1:]], _MISSING),
    csv_case("required-column-dropped", lambda _: _without(3), _MISSING),
    csv_case("column-renamed", lambda text: [text[0].replace("证件号码", "身份证号"), *text[1:]], _MISSING),
    csv_case(
        "column-twice",
        lambda text: [text[0].replace("出资额", "成员姓名"), *text[1:]],
        Refused(BatchRejected, "names a column twice"),
    ),
    csv_case("header-padded", lambda text: [text[0].replace(",", " ,\u3000"), *text[1:]], ALL),
    csv_case("header-quoted", lambda text: [_quoted(text[:1])[0], *text[1:]], ALL),
    csv_case("header-lost", lambda text: text[1:], _MISSING),
    csv_case("header-twice", lambda text: [text[0], *text], _one_more("row_malformed")),
    csv_case("header-after-a-title", lambda text: ["沈阳市合作社名单", *text], _MISSING),
    Case("csv-empty", CSV, served(CSV, _nothing), Refused(BatchRejected, "no header line")),
    Case("csv-only-blank-lines", CSV, served(CSV, lambda _: b"\n\n\n"), Refused(BatchRejected, "no header line")),
    csv_case("header-only", lambda text: text[:1], Loaded((0, 0, 0, 0))),
    csv_case("blank-lines-between", lambda text: ["", text[0], "", *text[1:3], "", text[3], ""], ALL),
    csv_case("field-too-many", lambda text: [text[0], text[1] + ",x", *text[2:]], _MALFORMED),
    csv_case("field-too-few", lambda text: [text[0], text[1].rpartition(",")[0], *text[2:]], _MALFORMED),
    csv_case("cut-in-the-last-row", lambda text: csv_bytes(text)[:-30], _MALFORMED),
    csv_case("semicolons", lambda text: [line.replace(",", ";") for line in text], _MISSING),
    csv_case("tabs", lambda text: [line.replace(",", "\t") for line in text], _MISSING),
    csv_case("line-ends-of-windows", lambda text: csv_bytes(text, "\r\n"), ALL),
    csv_case("line-ends-of-old-macs", lambda text: csv_bytes(text, "\r"), _MISSING),
    csv_case("no-last-line-end", lambda text: csv_bytes(text)[:-1], ALL),
    csv_case("everything-quoted", _quoted, ALL),
    csv_case(
        "line-end-in-a-quoted-value",
        lambda _: _first('"第一\n合作社"'),
        one("organisation_name = E'第一\\n合作社'"),
    ),
    csv_case("quote-never-closed", lambda _: _first('"第一合作社'), _MALFORMED),
    csv_case(
        "line-separator-where-quotes-mislead",
        lambda _: _name_last([row(0, 成员姓名='欧"阳', 合作社名称='"第一'), row(1, 合作社名称="第一\u2028合作社"), row(2)]),
        Loaded((3, 2, 0, 1), reasons=frozenset({"row_malformed"}), one_row="organisation_name = E'第一\\u2028合作社'"),
    ),
    csv_case("long-value-of-two-lines", lambda _: _first('"' + "社" * 200_000 + '\n社"'), one("length(organisation_name) = 200002")),
    csv_case("quote-inside-a-value", lambda _: _first('第"一"合作社'), one("organisation_name = '第\"一\"合作社'")),
    csv_case("comma-in-a-value", lambda _: _first("第一,合作社"), _MALFORMED),
    csv_case("doubled-quotes", lambda _: _first('"第""一""合作社"'), one("organisation_name = '第\"一\"合作社'")),
    csv_case(
        "row-of-ten-megabytes",
        lambda _: _first("社" * 5_000_000),
        one("length(organisation_name) = 5000000"),
    ),
    csv_case(
        "no-line-end-in-33-megabytes",
        lambda text: csv_bytes(text[:1]) + b"x" * (33 << 20),
        Refused(BatchRejected, "no line end within"),
    ),
    csv_case("utf-8-instead", lambda text: "\n".join(text).encode(), _UTF8),
    csv_case("utf-8-with-mark", lambda text: "\n".join(text).encode("utf-8-sig"), Refused(BatchRejected, "byte order mark")),
    csv_case("utf-16", lambda text: "\n".join(text).encode("utf-16"), _MISSING),
    csv_case("one-value-in-utf-8", lambda _: _raw(f"{SURNAME}文", f"{SURNAME}文".encode()), aside("encoding_invalid")),
    csv_case("byte-of-no-character", lambda _: _raw("第0合", b"\xff0\xba\xcf"), aside("encoding_invalid")),
    csv_case("character-cut-in-two", lambda _: _raw(f"{SURNAME}文,", f"{SURNAME}文".encode("gb18030")[:-1] + b","), aside("encoding_invalid")),
    csv_case("replacement-character", lambda _: _first("第\ufffd社"), aside("encoding_invalid")),
    csv_case("rare-character", lambda _: _first("𠀀㐀䶮合作社"), one("organisation_name = '𠀀㐀䶮合作社'")),
    csv_case("nul", lambda _: _first("第\0社"), aside("control_character")),
    csv_case("escape", lambda _: _first("第\x1b[31m社"), aside("control_character")),
    csv_case("delete", lambda _: _first("第\x7f社"), aside("control_character")),
    csv_case("next-line", lambda _: _first("第\x85社"), aside("control_character")),
    csv_case("end-of-file-of-dos", lambda text: csv_bytes(text) + b"\x1a", ALL),
    csv_case("carriage-return-in-a-value", lambda _: _first("第\r社"), aside("control_character")),
    csv_case("page-of-a-proxy", lambda _: b"<html><body>login</body></html>\n", _MISSING),
    csv_case("duplicate-row", lambda text: [*text[:3], text[2]], Loaded((3, 2, 1, 0))),
    csv_case("same-key-other-content", lambda _: lines([row(0), row(1), row(1, 出资额="2000.00")]), aside("key_conflict", 1)),
    csv_case("same-row-a-hundred-times", lambda text: [*text[:2], *text[2:3] * 100], Loaded((101, 2, 99, 0))),
    csv_case("total-line-at-the-end", lambda text: [*text, "合计,,,,3000.00,,"], _one_more("uscc_invalid")),
    _pipe("header-renamed", _PIPE_HEAD.replace("STAT", "STATUS"), _PIPE_BODY, _MISSING),
    _pipe("column-added", _PIPE_HEAD.replace("STAT", "STAT|NEW"), _PIPE_BODY.replace("|A\n", "|A|n\n"), Loaded((3, 3, 0, 0))),
    _pipe("account-of-nine-thousand-characters", _PIPE_HEAD, _PIPE_ROWS[0].replace("A0", "".join(map(chr, range(0x4E00, 0x4E00 + 9000)))) + _REST, aside("identifier_too_long")),
    _pipe("field-too-many", _PIPE_HEAD, _PIPE_ROWS[0].replace("\n", "|\n") + _REST, _MALFORMED),
    _pipe("quote-at-the-beginning", _PIPE_HEAD, _PIPE_ROWS[0].replace("A0", '"A0') + _REST, one("account_no = '\"A0'")),
    _pipe("pipe-byte-in-a-character", _PIPE_HEAD, _PIPE_ROWS[0].replace("文", "鈢") + _REST, one(f"full_name = '{SURNAME}鈢'")),
    _pipe("gb18030-instead-of-gbk", _PIPE_HEAD, _PIPE_ROWS[0].replace("文", "䶮") + _REST, _MALFORMED, "gb18030"),
    _pipe("utf-8-instead", _PIPE_HEAD, _PIPE_BODY, _UTF8, "utf-8"),
    _pipe("gbk-that-could-be-utf-8", _PIPE_HEAD, _PIPE_BODY.replace(f"{SURNAME}文", "隆隆"), one("full_name = '隆隆' and row_no = 1")),
    _pipe("blank-padded", _PIPE_HEAD, _PIPE_ROWS[0].replace("|", "   |   ") + _REST, one("account_no = 'A0' and full_name is not null")),
    _pipe("flag-without-file", "", "", Refused(BatchRejected, "no header line")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_damage_has_its_named_outcome(
    hub: Hub, world: FileWorld, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    hub.prove(case, world, caplog)

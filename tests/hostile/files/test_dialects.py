"""Delimited files of other dialects: what can be read in one way is read, the rest is set aside or refused."""

# ruff: noqa: E501 -- one case a line: damage and outcome side by side

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.errors import ColumnsMissing
from tests.hostile.file_world import (
    ALL,
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
_MALFORMED = aside("row_malformed")
_HEADER_AGAIN = Loaded((ROWS + 1, ROWS, 0, 1), reasons=frozenset({"row_malformed"}))
_PIPE_HEAD = "IDNO|NAME|ACCT|BASE|BAL|STAT"
_PIPE_ROWS = [f"{id_of(n)}|{SURNAME}文|A{n}|1000.00|2000.00|A" for n in range(ROWS)]


def _missing(cause: str) -> Refused:
    return Refused(ColumnsMissing, f"required columns .* are missing.*{cause}")


def _first(name: str) -> list[str]:
    """The first cooperative's name as it stands between two commas."""
    return lines([row(0, 合作社名称=name), *rows()[1:]])


def _head(change: Callable[[str], str]) -> Callable[[list[str]], list[str]]:
    return lambda text: [change(text[0]), *text[1:]]


def _each(text: list[str], end: str) -> list[str]:
    return [line + end for line in text]


def _pipe(name: str, content: list[str], outcome: Loaded | Refused) -> Case:
    data = "".join(line + "\n" for line in content).encode("gbk")
    return Case(f"pipe-{name}", PIPE, served(PIPE, lambda _: data), outcome)


def _quoted(line: str, delimiter: str = ",") -> str:
    return delimiter.join(f'"{value}"' for value in line.split(delimiter))


CASES = [
    # columns without a name and without a value
    csv_case("one-empty-column-behind", lambda text: _each(text, ","), one("extra is null and row_no = 1")),
    csv_case("three-empty-columns-behind", lambda text: _each(text, ",,,"), one("extra is null and row_no = 3")),
    csv_case("three-empty-columns-quoted", lambda text: _each(text, ',"",,""'), ALL),
    csv_case("empty-column-of-blanks", lambda text: _each(text, ", ,\u3000"), ALL),
    csv_case("empty-column-in-the-middle", lambda text: [line.replace(",", ",,", 1) for line in text], ALL),
    csv_case("empty-columns-behind-the-names-only", _head(lambda head: head + ",,,"), ALL),
    csv_case("delimiter-behind-each-row-but-not-the-header", lambda text: [text[0], *_each(text[1:], ",")], ALL),
    csv_case("value-beneath-no-name", lambda text: [text[0] + ",", text[1] + ",新", *_each(text[2:], ",")], one("extra::jsonb ->> '第8列' = '新'")),
    csv_case("values-beneath-no-name-in-two-columns", lambda text: [text[0] + ",,", text[1] + ",新,旧", *_each(text[2:], ",,")], one("extra::jsonb ->> '第9列' = '旧'")),
    # lines in which every field is empty
    csv_case("lines-of-commas-behind", lambda text: [*text, *[",,,,,,"] * 250], ALL),
    csv_case("lines-of-commas-between", lambda text: [*text[:2], ",,,,,,", *text[2:]], one("row_no = 3")),
    csv_case("lines-of-commas-above", lambda text: [",,,,,,", *text], ALL),
    csv_case("lines-of-fewer-commas", lambda text: [*text, ",,", ",", ",,,,,,,,,,"], ALL),
    csv_case("lines-of-quoted-nothing", lambda text: [*text, ",".join(['""'] * 7), '" ",,,"\u3000",,,'], ALL),
    csv_case("lines-of-blanks", lambda text: [*text, "   ", "\t", "\u3000 , ,,,,,"], ALL),
    # quotes
    csv_case("quotes-by-backslash", lambda _: _first('"第\\"一\\"社"'), _MALFORMED),
    csv_case("quotes-by-backslash-at-the-ends", lambda _: _first('"\\"第一\\""'), _MALFORMED),
    csv_case("quote-by-backslash-single", lambda _: _first('"第\\"一社"'), _MALFORMED),
    csv_case("quotes-by-backslash-in-each-row", lambda _: lines([row(n, 合作社名称='"第\\"一\\"社"') for n in range(ROWS)]), aside("row_malformed", ROWS)),
    csv_case("quotes-by-backslash-unquoted", lambda _: _first('第\\"一\\"社'), _MALFORMED),
    csv_case("backslash-and-doubled-quotes", lambda _: _first('"第\\""一\\""社"'), one(r"""organisation_name = '第\"一\"社'""")),
    csv_case("backslash-before-the-end", lambda _: _first('"第一社\\"'), one(r"organisation_name = '第一社\'")),
    csv_case("text-behind-a-closing-quote", lambda _: _first('"第一"合作社'), _MALFORMED),
    csv_case("text-behind-a-closing-quote-after-a-comma", lambda _: _first('"第一,"合作社'), _MALFORMED),
    csv_case("text-behind-an-empty-quote", lambda _: _first('""合作社'), _MALFORMED),
    csv_case("two-quoted-texts-in-one-field", lambda _: _first('"第一""合""作"社""'), _MALFORMED),
    csv_case("blank-before-a-quoted-value", lambda _: _first(' "第一社"'), ALL),
    csv_case("blank-behind-a-quoted-value", lambda _: _first('"第一社" '), ALL),
    csv_case("quote-in-one-row-and-form-in-another", lambda _: lines([row(0, 合作社名称='第"一"社'), row(1, 合作社名称='"第""二""社"'), row(2)]), one("organisation_name = '第\"二\"社'")),
    csv_case("single-inch-mark-beside-a-quoted-value", lambda _: _first('5"管'), one("organisation_name = '5\"管'")),
    # line ends
    csv_case("line-ends-converted-twice", lambda text: csv_bytes(text, "\r\r\n"), ALL),
    csv_case("line-ends-mixed", lambda text: csv_bytes(text[:2], "\r\n") + csv_bytes(text[2:3]) + csv_bytes(text[3:], "\r\r\n"), ALL),
    csv_case("line-ends-of-old-macs-told", lambda text: csv_bytes(text, "\r"), _missing("end with CR alone")),
    csv_case("line-separator-in-a-value", lambda _: _first("第一\u2028社"), one("organisation_name = E'第一\\u2028社'")),
    # headers
    csv_case("header-with-a-line-end-in-a-name", _head(lambda head: head.replace("统一社会信用代码", '"统一社会\n信用代码"')), ALL),
    csv_case("header-with-blanks-in-names", _head(lambda head: head.replace("证件号码", "证件 号码").replace("姓名", "姓\u3000名")), ALL),
    csv_case("header-with-characters-of-no-width", _head(lambda head: head.replace("证件号码", "证件\u200b号码\u200d")), ALL),
    csv_case("header-with-a-mark-in-the-middle", _head(lambda head: head.replace("证件号码", "\ufeff证件号码")), ALL),
    csv_case("header-again-in-the-middle", lambda text: [*text[:3], text[0], text[3]], _HEADER_AGAIN),
    csv_case("header-again-with-a-mark", lambda text: [*text, "\ufeff" + text[0]], _HEADER_AGAIN),
    csv_case("header-again-with-empty-columns", lambda text: _each([*text, text[0]], ",,"), _HEADER_AGAIN),
    csv_case("separator-told", lambda text: ["sep=,", *text], ALL),
    csv_case("separator-told-to-be-another", lambda text: ["sep=;", *(line.replace(",", ";") for line in text)], ALL),
    csv_case("semicolons-told", lambda text: [line.replace(",", ";") for line in text], _missing("semicolons")),
    csv_case("tabs-told", lambda text: [line.replace(",", "\t") for line in text], _missing("tabs")),
    csv_case("utf-16-told", lambda text: "\n".join(text).encode("utf-16"), _missing("UTF-16")),
    csv_case("title-told", lambda text: ["沈阳市合作社名单", *text], _missing("stand in line 2")),
    # replies
    _pipe("names-in-lower-case", [_PIPE_HEAD.lower(), *_PIPE_ROWS], ALL),
    _pipe("names-in-full-width", [_PIPE_HEAD.replace("IDNO", "ＩＤＮＯ"), *_PIPE_ROWS], ALL),
    _pipe("names-and-values-quoted", [_quoted(line, "|") for line in [_PIPE_HEAD, *_PIPE_ROWS]], one("account_no = 'A0'")),
    _pipe("names-quoted-values-not", [_quoted(_PIPE_HEAD, "|"), *_PIPE_ROWS], ALL),
    _pipe("delimiter-behind-each-row", [_PIPE_HEAD, *_each(_PIPE_ROWS, "|")], ALL),
    _pipe("delimiter-behind-each-line", _each([_PIPE_HEAD, *_PIPE_ROWS], "|"), ALL),
    _pipe("lines-of-delimiters", [_PIPE_HEAD, *_PIPE_ROWS, "|||||", " | | | | | ", "||"], ALL),
    _pipe("header-again", [_PIPE_HEAD, *_PIPE_ROWS, _PIPE_HEAD], _HEADER_AGAIN),
    _pipe("commas-told", [line.replace("|", ",") for line in [_PIPE_HEAD, *_PIPE_ROWS]], _missing("commas")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_a_dialect_has_its_named_outcome(
    hub: Hub, world: FileWorld, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    hub.prove(case, world, caplog)

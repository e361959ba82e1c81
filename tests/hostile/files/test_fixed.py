"""Fixed-width replies, cut by GBK bytes, as banks break them: lines, characters, trailers."""

# ruff: noqa: E501 -- one case a line: damage and outcome side by side

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from connectors.catalogue import load_feed
from connectors.errors import BatchRejected
from tests.hostile.file_world import FIXED, FileWorld, served
from tests.hostile.people import PEOPLE, authorise
from tests.hostile.protocol_harness import SURNAME, Case, Hub, Loaded, Refused, id_of, names

pytestmark = pytest.mark.slow
_COLUMNS = load_feed(FIXED).tables[0].columns
_NUMBERS = ("XH", "CKZE", "BNDEZC", "LCJE")
_ANSWERED = {"answered": PEOPLE}
_ALL = Loaded((PEOPLE, PEOPLE, 0, 0), answers=_ANSWERED)
_NO_HEADER = Refused(BatchRejected, "first line is no header")
_NO_TRAILER = Refused(BatchRejected, "no trailer; the file was cut off")
_BAD_TRAILER = Refused(BatchRejected, "trailer is not T")
_WRONG_COUNT = Refused(BatchRejected, r"trailer announces \d+ rows, the file has \d+")
_WRONG_TOTAL = Refused(BatchRejected, r"trailer announces \d+ fen, the rows add up to \d+")
_BEHIND = Refused(BatchRejected, "lines after the trailer")
Lines = list[bytes]


def _detail(day: date, seq: int, **changed: str | bytes) -> bytes:
    """A line; what is changed is padded to the column's bytes, or cut to them."""
    values: dict[str, str | bytes] = {
        "QQBH": f"bk_boc-{day:%Y%m%d}",
        "XH": str(seq),
        "XM": f"{SURNAME}文",
        "ZJLX": "1",
        "ZJHM": id_of(seq),
        "KHYH": "和平支行",
        "YHDM": "102221000012",
        "ZHLX": "1",
        "ZH": "6222********4000",
        "CKZE": "71500",
        "BNDEZC": "0",
        "LCJE": "0",
        "FKM": "0000",
        "CXRQ": "20200506",
    }
    values |= changed
    line = b"D"
    for column in _COLUMNS:
        value = values[column.source]
        content = value if isinstance(value, bytes) else value.encode("gbk")
        width = column.width or 0
        padded = content.rjust(width, b"0") if column.source in _NUMBERS else content.ljust(width)
        line += padded[:width]
    return line


def _file(day: date, **first: str | bytes) -> Lines:
    """Header, details, trailer; ``first`` changes columns of the first detail."""
    details = [_detail(day, n, **(first if n == 1 else {})) for n in range(1, PEOPLE + 1)]
    return [f"H{day:%Y%m%d}bk_boc".encode(), *details, f"T{PEOPLE:010}{71500 * PEOPLE:018}".encode()]


def _case(name: str, damage: Callable[[Lines], Lines | bytes], outcome: Loaded | Refused) -> Case:
    """``damage`` gives other lines, or the file's bytes."""

    def content(day: date) -> bytes:
        damaged = damage(_file(day))
        return damaged if isinstance(damaged, bytes) else b"".join(line + b"\r\n" for line in damaged)

    return Case(f"fixed-{name}", FIXED, served(FIXED, content), outcome)


def _cell(name: str, outcome: Loaded | Refused, **changed: str | bytes) -> Case:
    def content(day: date) -> bytes:
        return b"\r\n".join(_file(day, **changed))

    return Case(f"fixed-{name}", FIXED, served(FIXED, content), outcome)


def _aside(reason: str) -> Loaded:
    """One person's line is set aside, and counts as not answered."""
    rest = PEOPLE - 1
    answers = {"answered": rest, "no_answer": 1}
    return Loaded((PEOPLE, rest, 0, 1), reasons=frozenset({reason}), answers=answers)


def _one(condition: str) -> Loaded:
    return Loaded((PEOPLE, PEOPLE, 0, 0), answers=_ANSWERED, one_row=condition)


def _line(change: Callable[[bytes], bytes]) -> Callable[[Lines], Lines]:
    """The first detail line is another."""
    return lambda lines: [lines[0], change(lines[1]), *lines[2:]]


def _trailer(trailer: bytes) -> Callable[[Lines], Lines]:
    return lambda lines: [*lines[:-1], trailer]


def _count_and_total(count: int, fen: int) -> bytes:
    return f"T{count:010}{fen:018}".encode()


_MALFORMED = _aside("row_malformed")
_TOTAL = 71500 * PEOPLE

CASES = [
    _case("good", lambda lines: lines, _ALL),
    _case("line-ends-of-unix", lambda lines: b"\n".join(lines), _ALL),
    _case("line-ends-of-old-macs", lambda lines: b"\r".join(lines), _NO_TRAILER),
    _case("line-ends-doubled", lambda lines: b"\r\n\r\n".join(lines), _ALL),
    _case("line-ends-missing", lambda lines: b"".join(lines), _NO_TRAILER),
    _case("header-and-first-row-on-a-line", lambda lines: [lines[0] + lines[1], *lines[2:]], _WRONG_COUNT),
    _case("header-lost", lambda lines: lines[1:], _NO_HEADER),
    _case("header-without-a-date", lambda lines: [b"Hbk_boc", *lines[1:]], _NO_HEADER),
    _case("header-twice", lambda lines: [lines[0], *lines], Loaded((6, 5, 0, 1), reasons=frozenset({"row_malformed"}), answers=_ANSWERED)),
    _case("of-no-bytes", lambda _: b"", _NO_TRAILER),
    _case("utf-8-instead", lambda lines: b"\n".join(lines).decode("gbk").encode(), Refused(BatchRejected, "is UTF-8, the declaration says gbk")),
    _case("utf-8-mark", lambda lines: b"\xef\xbb\xbf" + b"\n".join(lines), Refused(BatchRejected, "byte order mark")),
    _case("line-one-byte-short", _line(lambda line: line[:-1]), _MALFORMED),
    _case("line-one-byte-long", _line(lambda line: line + b" "), _MALFORMED),
    _case("line-of-blanks-trimmed", _line(lambda line: line[:60].rstrip()), _MALFORMED),
    _case("two-rows-on-a-line", lambda lines: [lines[0], lines[1] + lines[2], *lines[3:]], _WRONG_COUNT),
    _case("line-of-another-kind", _line(lambda line: b"X" + line[1:]), _WRONG_COUNT),
    _case("widths-counted-in-characters", _line(lambda line: line.replace(f"{SURNAME}文".encode("gbk") + b"   ", f"{SURNAME}文".encode("gbk"), 1)), _MALFORMED),
    _case("columns-shifted-by-a-byte", _line(lambda line: line[:1] + b" " + line[1:-1]), _WRONG_TOTAL),
    _case("line-end-in-a-value", _line(lambda line: line.replace("和平".encode("gbk"), b"\r\n  ", 1)), Loaded((6, 4, 0, 2), reasons=frozenset({"row_malformed"}), answers={"answered": 4, "no_answer": 1})),
    _cell("tab-in-a-value", _one("branch_name = E'和平\\t支行'"), KHYH="和平\t支行"),
    _cell("tab-in-a-name", _one(f"full_name = '{SURNAME}文' and row_no = 1"), XM=f"{SURNAME}\t文"),
    _cell("nul-in-a-value", _aside("control_character"), KHYH="和平\0支行"),
    _cell("padded-with-nul", _aside("control_character"), KHYH=b"\0" * 40),
    _cell("escape-in-a-value", _aside("control_character"), KHYH="和平\x1b[31m支行"),
    _cell("carriage-return-in-a-value", _aside("control_character"), KHYH="和平\r支行"),
    _cell("character-across-a-boundary", _aside("encoding_invalid"), XM=b"a" * 39 + "文".encode("gbk")),
    _cell("character-across-the-last-optional-boundary", _aside("encoding_invalid"), KHYH=b" " * 39 + "行".encode("gbk")),
    _cell("character-cut-in-two", _aside("encoding_invalid"), KHYH=b"\xba\xcd\xc6"),
    _cell("byte-of-no-character", _aside("encoding_invalid"), KHYH=b"\xff\xff"),
    _cell("full-width-blanks", _one("branch_name = '和平支行' and row_no = 1"), KHYH="和平支行　　"),
    _cell("pipe-byte-in-a-character", _one("branch_name = '鈢行'"), KHYH="鈢行"),
    _cell("id-in-scientific-text", _aside("id_digits_lost"), ZJHM="2.10102E+17"),
    _cell("sequence-not-a-number", _aside("number_invalid"), XH="00000x"),
    _cell("about-somebody-not-asked", _aside("reply_not_asked"), ZJHM=id_of(99)),
    _cell("answers-another-request", _aside("reply_other_request"), QQBH="bk_boc-20200101"),
    _cell("answer-unknown", _aside("code_unknown"), FKM="0099"),
    _cell("date-open-end", _aside("required_missing"), CXRQ="99991231"),
    _cell("amount-of-nines", _WRONG_TOTAL, CKZE="9" * 12),
    _cell("amount-in-yuan", _one("balance is null and as_received::jsonb ->> 'balance' = '000000000715.00'"), CKZE="715.00"),
    _cell("amount-with-the-unit-yuan", _one("balance is null"), CKZE="71500元"),
    _cell("amount-empty", _WRONG_TOTAL, CKZE=b" " * 15),
    _case("trailer-missing", lambda lines: lines[:-1], _NO_TRAILER),
    _case("cut-in-the-last-row", lambda lines: b"\r\n".join(lines)[:-60], _NO_TRAILER),
    _case("cut-in-the-trailer", lambda lines: b"\r\n".join(lines)[:-6], _BAD_TRAILER),
    _case("trailer-counts-one-more", _trailer(_count_and_total(PEOPLE + 1, _TOTAL)), _WRONG_COUNT),
    _case("trailer-counts-one-less", _trailer(_count_and_total(PEOPLE - 1, _TOTAL)), _WRONG_COUNT),
    _case("trailer-sums-another-total", _trailer(_count_and_total(PEOPLE, _TOTAL + 1)), _WRONG_TOTAL),
    _case("trailer-in-yuan", _trailer(_count_and_total(PEOPLE, 715 * PEOPLE)), _WRONG_TOTAL),
    _case("trailer-of-words", _trailer("T合计".encode("gbk")), _BAD_TRAILER),
    _case("trailer-twice", lambda lines: [*lines, lines[-1]], _BEHIND),
    _case("rows-after-the-trailer", lambda lines: [*lines, lines[1]], _BEHIND),
    _case("end-of-file-of-dos", lambda lines: b"\r\n".join(lines) + b"\r\n\x1a", _ALL),
    _case("row-lost", lambda lines: [lines[0], *lines[2:]], _WRONG_COUNT),
    _case("row-twice", lambda lines: [lines[0], lines[1], *lines[1:]], _WRONG_COUNT),
    _case("row-twice-and-counted", lambda lines: [lines[0], lines[1], *lines[1:-1], _count_and_total(PEOPLE + 1, _TOTAL + 71500)], Loaded((PEOPLE + 1, PEOPLE, 1, 0), answers=_ANSWERED)),
    _case("no-rows", lambda lines: [lines[0], _count_and_total(0, 0)], Loaded((0, 0, 0, 0), answers={"no_answer": PEOPLE})),
    _case("no-line-end-in-33-megabytes", lambda lines: lines[0] + b"\n" + b"D" * (33 << 20), Refused(BatchRejected, "no line end within")),
]  # fmt: skip


@pytest.fixture(scope="module")
def world(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileWorld]:
    authorise(hub)
    found = FileWorld(hub, tmp_path_factory.mktemp("box") / "root")
    yield found
    found.close()


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_a_reply_has_its_named_outcome(
    hub: Hub, world: FileWorld, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    hub.prove(case, world, caplog)

"""The rows of a sample: good ones in the departments' spellings, odd ones, and bad ones with their reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.support.samples.values import PEOPLE, STRANGER, value

FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@dataclass
class Row:
    """``cells``: source text by our column name (None is null). ``expected``: clean values, if good."""

    cells: dict[str, str | None]
    expected: dict[str, str] | None = None
    problem: tuple[str, str] | None = None  # (column_name, reason_code)
    damage: str | None = None  # done to the bytes: short, bytes, number


@dataclass
class Spelling:
    """How one department writes: date form, encoding, layout."""

    kind: str
    encoding: str
    day: str = "%Y%m%d"
    month: str = "%Y%m"
    notes: list[str] = field(default_factory=list)


def clean_text(kind: str, clean: Any) -> str:
    """A clean value as it stands in expected.csv."""
    if clean is None:
        return ""
    if kind == "flag":
        return "true" if clean else "false"
    if kind == "amount":
        return f"{clean:.2f}"
    if kind == "decimal":
        return f"{clean:.4f}"
    return str(clean)


def source_text(column: Any, clean: Any, spelling: Spelling) -> str | None:
    if clean is None:
        return None
    year, month, day = [*str(clean).split(" ")[0].split("-"), "", "", ""][:3]
    if column.type == "code":
        codes: dict[str, str] = column.codes
        return next(source for source, ours in codes.items() if ours == clean)
    if column.type == "flag":
        return "是" if clean else "否"
    if column.type == "date":
        return {
            "%Y%m%d": f"{year}{month}{day}",
            "iso": f"{year}-{month}-{day}",
            "slash": f"{year}/{int(month)}/{int(day)}",
            "dot": f"{year}.{month}.{day}",
            "zh": f"{year}年{int(month)}月{int(day)}日",
        }[spelling.day]
    if column.type == "month":
        return f"{year}{month}" if spelling.month == "%Y%m" else f"{year}-{month}"
    if column.type == "amount" and column.unit == "fen":
        fen = int(clean * 100)
        return f"{fen:015d}" if spelling.kind == "fixed_width" else str(fen)
    if column.type == "integer" and spelling.kind == "fixed_width":
        return f"{clean:06d}"
    if column.type == "decimal":
        return f"{clean.normalize():f}"
    if column.type == "region" and column.name.endswith("district"):
        return str(clean)[:6]
    return str(clean)


def good_row(feed: Any, table: Any, i: int, spelling: Spelling) -> Row:
    person = PEOPLE[i % len(PEOPLE)]
    clean = {c.name: value(c, person, i, feed) for c in table.columns}
    if "answer" in clean and i == 4:
        clean["answer"] = "none"
        keep = {c.name for c in table.columns if c.required}
        clean = {name: v if name in keep else None for name, v in clean.items()}
    cells = {c.name: source_text(c, clean[c.name], spelling) for c in table.columns}
    expected = {c.name: clean_text(c.type, clean[c.name]) for c in table.columns}
    for c in table.columns:
        if c.type == "region" and c.name.endswith("district"):
            expected[c.name] = str(clean[c.name])[:6] + "000000"
    row = Row(cells, expected)
    _make_odd(row, expected, table, i, spelling)
    _encodable(row, table, spelling)
    return row


def _make_odd(row: Row, expected: dict[str, str], table: Any, i: int, spelling: Spelling) -> None:
    """Harmless habits: the clean value stays, its spelling changes; or "none" written as a value."""
    fixed = spelling.kind == "fixed_width"
    for c in table.columns:
        text = row.cells[c.name]
        if text is None:
            continue
        if c.type == "id_number":
            row.cells[c.name] = _odd_number(text, i, spelling)
        if c.type == "name" and "·" in text:
            row.cells[c.name] = text.replace("·", "．" if spelling.encoding == "gbk" else "•")
        if c.type == "date" and not c.required and i in (1, 2):
            row.cells[c.name] = "00000000" if i == 1 else "99991231"
            expected[c.name] = ""
        if c.name == "id_number" and not c.required and i == 4:
            row.cells[c.name], expected[c.name] = None if spelling.kind == "sql" else "", ""
        if c.type == "amount" and c.unit == "yuan" and i == 3 and spelling.kind in ("csv", "sql", "xml"):
            row.cells[c.name] = f"{Decimal(text):,.2f}"
        if c.type == "account" and i == 3:
            row.cells[c.name], expected[c.name] = "6222021234567894333", "****4333"
        if c.type == "text" and spelling.kind == "sql" and i == 0 and not fixed:
            row.cells[c.name] = text.ljust(len(text) + 6)


def _odd_number(number: str, i: int, spelling: Spelling) -> str:
    fixed = spelling.kind == "fixed_width"
    if i == 1 and number[6:8] == "19":
        return number[:6] + number[8:17]
    if i == 2:
        return number.lower()
    if i == 3 and not fixed:
        return number.translate(FULL_WIDTH) if spelling.kind != "csv" else f'="{number}"'
    if i == 0 and not fixed:
        return "'" + number if spelling.kind in ("csv", "xlsx") else number + "  "
    return number


def _encodable(row: Row, table: Any, spelling: Spelling) -> None:
    """A character GBK does not have arrives as a question mark, and stays one."""
    for name, text in row.cells.items():
        if text is None:
            continue
        arrives = text.encode(spelling.encoding, "replace").decode(spelling.encoding)
        if arrives != text:
            row.cells[name] = arrives
            if row.expected is not None:
                row.expected[name] = row.expected[name].replace("㛃", "?")


def bad_rows(feed: Any, table: Any, spelling: Spelling, first: int, many: int) -> list[Row]:
    """``many`` rows of different kinds, beginning with the ``first``-th of those that apply to the table."""
    makers = [m for m in _BAD if m(feed, table, spelling) is not None]
    made = [makers[(first + k) % len(makers)](feed, table, spelling) for k in range(min(many, len(makers)))]
    return [row for row in made if row is not None]


def _base(feed: Any, table: Any, spelling: Spelling) -> Row:
    clean = {c.name: value(c, STRANGER, 5, feed) for c in table.columns}
    row = Row({c.name: source_text(c, clean[c.name], spelling) for c in table.columns})
    _encodable(row, table, spelling)
    return row


def _first(table: Any, kind: str, *, required: bool = True) -> str | None:
    # whom a row is about may be unknown to the department; a number that is there must be right all the same
    own = "id_number"
    found = [
        c.name for c in table.columns if c.type == kind and (c.required or c.name == own or not required)
    ]
    return found[0] if found else None


def _with(kind: str, text: str | None, reason: str, only: tuple[str, ...] = ()) -> Any:
    def make(feed: Any, table: Any, spelling: Spelling) -> Row | None:
        name = _first(table, kind)
        if name is None or (only and spelling.kind not in only):
            return None
        row = _base(feed, table, spelling)
        row.cells[name] = text
        row.problem = (name, reason)
        return row

    return make


def _check_digit(feed: Any, table: Any, spelling: Spelling) -> Row | None:
    name = _first(table, "id_number")
    if name is None:
        return None
    row = _base(feed, table, spelling)
    right = STRANGER.number
    row.cells[name] = right[:-1] + ("1" if right[-1] != "1" else "2")
    row.problem = (name, "id_check_digit")
    return row


def _test_row(feed: Any, table: Any, spelling: Spelling) -> Row | None:
    number, name = _first(table, "id_number"), _first(table, "name")
    if number is None or name is None:
        return None
    row = _base(feed, table, spelling)
    row.cells[number], row.cells[name] = "210102190001010000", "张三"
    row.problem = (number, "test_row")
    return row


def _reversed(feed: Any, table: Any, spelling: Spelling) -> Row | None:
    pairs = (
        ("start_date", "stop_date"),
        ("sentence_start", "sentence_end"),
        ("custody_start", "custody_end"),
        ("checked_in_on", "checked_out_on"),
        ("authorised_from", "authorised_until"),
        ("established_on", "cancelled_on"),
        ("employed_on", "ended_on"),
    )
    names = {c.name for c in table.columns}
    found = [(s, e) for s, e in pairs if s in names and e in names]
    if not found:
        return None
    row = _base(feed, table, spelling)
    start, end = found[0]
    row.cells[start], row.cells[end] = row.cells[end], row.cells[start]
    row.problem = (end, "period_reversed")
    return row


def _died_before_birth(feed: Any, table: Any, spelling: Spelling) -> Row | None:
    if "death_date" not in {c.name for c in table.columns}:
        return None
    row = _base(feed, table, spelling)
    row.cells["death_date"] = "1950-01-01"
    row.problem = ("death_date", "date_impossible")
    return row


def _not_owner(feed: Any, table: Any, spelling: Spelling) -> Row | None:
    name = _first(table, "certificate_no")
    if name is None or name in table.key or _first(table, "id_number") is None:
        return None
    if not table.column(name).must_be_own:
        return None
    row = _base(feed, table, spelling)
    row.cells[name] = PEOPLE[0].number + "41"
    row.problem = (name, "certificate_not_owner")
    return row


def _damaged(damage: str, reason: str, kinds: tuple[str, ...], encodings: tuple[str, ...] = ()) -> Any:
    def make(feed: Any, table: Any, spelling: Spelling) -> Row | None:
        if spelling.kind not in kinds or (encodings and spelling.encoding not in encodings):
            return None
        name = "*" if damage == "short" else _first(table, "id_number" if damage == "number" else "name")
        if name is None:
            return None
        row = _base(feed, table, spelling)
        row.damage, row.problem = damage, (name, reason)
        return row

    return make


_BAD = (
    _check_digit,
    _with("code", "7F", "code_unknown", ("csv", "pipe", "sql", "xml", "json", "xlsx", "soap")),
    _damaged("short", "row_malformed", ("csv", "pipe", "fixed_width")),
    _test_row,
    _with("date", "20200231", "date_invalid"),
    _with("id_number", "2.10102E+17", "id_digits_lost", ("csv", "pipe", "sql", "json")),
    _damaged("number", "id_digits_lost", ("xlsx",)),
    _damaged("bytes", "encoding_invalid", ("csv", "pipe", "fixed_width", "xml"), ("gbk", "gb18030")),
    _reversed,
    _with("id_number", "000000000000000000", "id_placeholder"),
    _died_before_birth,
    _with("name", None, "required_missing"),
    _not_owner,
    _with("uscc", "91210100MA0P400001", "uscc_invalid"),
    _with("id_number", "210102195513020513", "id_date"),
    _with("month", "202013", "month_invalid"),
    _with("certificate_no", "2101111955010251631", "certificate_invalid"),
    _with("id_number", "21011119550102", "id_length"),
    _with("name", "测试人员", "test_row", ("csv", "sql", "xlsx", "json")),
    _with("timestamp", "昨天上午", "timestamp_invalid"),
)

"""Every declaration is valid; a wrong one names its file and field; the catalogue page shows them all."""

from __future__ import annotations

import copy
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.catalogue import FEEDS_ROOT, feed_ids, load_catalogue, load_feed, page
from connectors.catalogue.load import feed_folder, read_declaration
from connectors.errors import DeclarationError

CATALOGUE = load_catalogue()
FEEDS = list(CATALOGUE.values())
TABLES = [(feed, table) for feed in FEEDS for table in feed.tables]
DELTA, REPLY, FILE = "civil_affairs__tekun", "finance__icbc", "finance__spdb"
FIXED_WIDTH = [f.feed_id for f in FEEDS if f.format and f.format.kind == "fixed_width"]


@pytest.mark.parametrize("feed_id", feed_ids())
def test_each_declaration_is_valid_and_lies_where_its_id_says(feed_id: str) -> None:
    feed = load_feed(feed_id)
    assert feed.feed_id == feed_id
    assert feed_folder(feed_id) == FEEDS_ROOT / feed.domain / feed_id.split("__", 1)[1]
    assert (feed_folder(feed_id) / "feed.yml").is_file()


def test_counts_are_those_of_the_city() -> None:
    assert Counter(feed.kind for feed in FEEDS) == {"department": 41, "registry": 9, "platform": 5}
    departments = Counter(feed.domain for feed in FEEDS if feed.kind == "department")
    assert departments == {
        "public_security": 7,
        "disabled_federation": 2,
        "social_security": 6,
        "housing": 3,
        "market_regulation": 3,
        "provident_fund": 2,
        "finance": 18,
    }
    assert {f.domain for f in FEEDS if f.kind == "registry"} == {"civil_affairs"}
    assert {f.domain for f in FEEDS if f.kind == "platform"} == {"platform"}


def test_department_codes_and_raw_tables_are_unique() -> None:
    codes = Counter(feed.department_code for feed in FEEDS)
    assert [code for code, times in codes.items() if times > 1] == []
    tables = Counter(feed.raw_table(table) for feed, table in TABLES)
    assert [name for name, times in tables.items() if times > 1] == []
    # PostgreSQL cuts longer names without a word
    assert [name for name in tables if len(name) > 63] == []


def test_a_connection_speaks_one_protocol() -> None:
    protocols: dict[str, set[str]] = {}
    for feed in FEEDS:
        protocols.setdefault(feed.connection_id, set()).add(feed.protocol)
    assert {name: found for name, found in protocols.items() if len(found) > 1} == {}
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in protocols)


def test_encodings_are_known_to_python() -> None:
    for feed in FEEDS:
        assert "身份".encode(feed.encoding).decode(feed.encoding) == "身份"


def test_schedules_are_cron_lines_of_their_cadence() -> None:
    for feed in FEEDS:
        minute, hour, day, _, weekday = feed.schedule.split()
        assert int(minute) in range(60), feed.feed_id
        assert int(hour) in range(24), feed.feed_id
        assert (weekday != "*") == (feed.cadence == "weekly"), feed.feed_id
        assert (day != "*") == (feed.cadence in ("monthly", "quarterly")), feed.feed_id


def test_bounds_are_in_order() -> None:
    for feed, table in TABLES:
        assert 0 < table.volume.min < table.volume.expected < table.volume.max, feed.raw_table(table)
        assert all(0 < rate <= 1 for rate in table.fill_rate.values()), feed.raw_table(table)
    assert all(feed.freshness.warn_days < feed.freshness.error_days for feed in FEEDS)


def test_personal_columns_are_marked_sensitive() -> None:
    kinds = {"id_number": "identity", "name": "name", "account": "account"}
    for feed, table in TABLES:
        for column in table.columns:
            if column.type in kinds:
                assert column.sensitive == kinds[column.type], f"{feed.raw_table(table)}.{column.name}"
            if column.name.endswith("address"):
                assert column.sensitive == "address", f"{feed.raw_table(table)}.{column.name}"


def test_each_source_says_where_its_protocol_finds_it() -> None:
    for feed, table in TABLES:
        source, name = table.source, feed.raw_table(table)
        if feed.protocol == "sql":
            assert source.schema_name, name
            assert source.table, name
        elif feed.protocol == "soap":
            assert source.operation, name
        else:
            assert source.path, name


def test_changes_say_which_and_replies_whom() -> None:
    for feed, table in TABLES:
        names = {column.name for column in table.columns}
        if feed.cursor:
            assert table.column(feed.cursor.column).type == "timestamp", feed.raw_table(table)
            assert table.column(feed.cursor.column).required, feed.raw_table(table)
        if feed.mode == "query_reply":
            assert "id_number" in names, feed.raw_table(table)


Change = Callable[[dict[str, Any]], object]


def _column(declaration: dict[str, Any], **values: Any) -> None:
    declaration["tables"][0]["columns"][0].update(values)


def _derived(declaration: dict[str, Any], **values: Any) -> None:
    declaration["tables"][0]["derived"][0].update(values)


PAYMENT = "platform__payment_result"
WRONG: dict[str, tuple[str, Change, str]] = {
    "unknown field": (DELTA, lambda d: d.update(colour="red"), "colour"),
    "missing field": (DELTA, lambda d: d.pop("owner"), "owner"),
    "missing table field": (DELTA, lambda d: d["tables"][0].pop("key"), "tables.0.key"),
    "unknown protocol": (DELTA, lambda d: d.update(protocol="fax"), "protocol"),
    "unknown column type": (DELTA, lambda d: _column(d, type="money"), "tables.0.columns.0.type"),
    "bad column name": (DELTA, lambda d: _column(d, name="Case ID"), "tables.0.columns.0.name"),
    "codes on a text": (DELTA, lambda d: _column(d, codes={"1": "a"}), "case_id: 'codes' goes with type"),
    "code without codes": (DELTA, lambda d: _column(d, type="code"), "case_id: 'codes' goes with type"),
    "unknown sensitivity": (DELTA, lambda d: _column(d, sensitive="very"), "tables.0.columns.0.sensitive"),
    "key without a column": (DELTA, lambda d: d["tables"][0].update(key=["number"]), "number"),
    "fill rate without a column": (DELTA, lambda d: d["tables"][0].update(fill_rate={"hat": 1}), "hat"),
    "column twice": (DELTA, lambda d: _column(d, name="full_name"), "column declared twice: ['full_name']"),
    "source twice": (DELTA, lambda d: _column(d, source="XM"), "source column declared twice: ['XM']"),
    "delta without a cursor": (DELTA, lambda d: d.pop("cursor"), "'cursor' goes with mode 'delta'"),
    "negative overlap": (DELTA, lambda d: d["cursor"].update(overlap_days=-1), "cursor.overlap_days"),
    "negative volume": (DELTA, lambda d: d["tables"][0]["volume"].update(min=-1), "tables.0.volume.min"),
    "format of a database": (DELTA, lambda d: d.update(format={"kind": "csv"}), "'format' is needed"),
    "reply without a request": (REPLY, lambda d: d.pop("request"), "'request' goes with mode 'query_reply'"),
    "file without a format": (FILE, lambda d: d.pop("format"), "'format' is needed"),
    "no freshness": (REPLY, lambda d: d["freshness"].update(warn_days=0), "freshness.warn_days"),
    "a budget that stops before it warns": (
        REPLY,
        lambda d: d.update(reject_budget={"warn_share": 0.5, "error_share": 0.1, "error_min_rows": 0}),
        "reject_budget",
    ),
    "id of another folder": (REPLY, lambda d: d.update(feed_id="finance__abc"), "its folder says"),
    "no legal basis": (REPLY, lambda d: d.update(legal_basis=[]), "legal_basis"),
    "a digest of no column": (PAYMENT, lambda d: _derived(d, source="ZHANGHAO"), "ZHANGHAO is no declared"),
    "a digest of a name": (PAYMENT, lambda d: _derived(d, source="HM"), "no declared column of type account"),
    "a digest with a column's name": (PAYMENT, lambda d: _derived(d, name="account_no"), "declared twice"),
    "a digest that is required": (PAYMENT, lambda d: _derived(d, required=True), "derived.0.required"),
    "a digest of another type": (PAYMENT, lambda d: _derived(d, type="text"), "derived.0.type"),
    "two digests of one account": (
        PAYMENT,
        lambda d: d["tables"][0]["derived"].append({**d["tables"][0]["derived"][0], "name": "again"}),
        "ZH has one of type account_digest",
    ),
    "a digest among what is received": (
        PAYMENT,
        lambda d: d["tables"][0]["columns"].append(d["tables"][0]["derived"][0]),
        "columns.12.type",
    ),
    "a digest as a key": (
        PAYMENT,
        lambda d: d["tables"][0].update(key=["account_digest"]),
        "key or fill_rate names no column",
    ),
    "no width": (FIXED_WIDTH[0], lambda d: d["tables"][0]["columns"][1].pop("width"), "without a width"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_declaration_names_its_file_and_field(case: str, tmp_path: Path) -> None:
    feed_id, change, field = WRONG[case]
    declaration = copy.deepcopy(read_declaration(feed_folder(feed_id) / "feed.yml"))
    change(declaration)
    path = _declare(tmp_path, feed_id, yaml.safe_dump(declaration, allow_unicode=True))
    with pytest.raises(DeclarationError) as error:
        load_catalogue(tmp_path)
    assert str(path) in str(error.value)
    assert field in str(error.value)


def test_broken_yaml_and_a_missing_feed_name_the_file(tmp_path: Path) -> None:
    path = _declare(tmp_path, DELTA, "feed_id: [")
    with pytest.raises(DeclarationError, match=re.escape(str(path))):
        load_feed(DELTA, tmp_path)
    with pytest.raises(DeclarationError, match="no feed 'finance__moon'"):
        load_feed("finance__moon", tmp_path)


@pytest.mark.parametrize("text", ["", "- a list", "just words"])
def test_a_declaration_that_is_no_mapping_is_named(tmp_path: Path, text: str) -> None:
    path = _declare(tmp_path, DELTA, text)
    with pytest.raises(DeclarationError, match=re.escape(str(path))):
        load_feed(DELTA, tmp_path)


def _declare(root: Path, feed_id: str, text: str) -> Path:
    path = feed_folder(feed_id, root) / "feed.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_page_shows_every_feed_and_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert page.main([str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "out" / "index.html")
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    for feed in FEEDS:
        assert f'href="feeds/{feed.feed_id}.html"' in index
        text = (tmp_path / "out" / "feeds" / f"{feed.feed_id}.html").read_text(encoding="utf-8")
        for value in (feed.name.zh, feed.publisher.zh, feed.owner, feed.connection_id, feed.schedule):
            assert value in text
        for table in feed.tables:
            assert f"raw.{feed.raw_table(table)}" in text
            assert str(table.volume.min) in text
            assert all(f"<code>{c.name}</code>" in text and c.label_zh in text for c in table.columns)


def test_the_page_loads_nothing_and_follows_the_declarations(tmp_path: Path) -> None:
    written = page.write(tmp_path)
    assert not [p for p in written if re.search(r"""(src|href)="https?:""", p.read_text(encoding="utf-8"))]
    stale = tmp_path / "feeds" / "finance__moon.html"
    stale.write_text("gone", encoding="utf-8")
    page.write(tmp_path)
    assert not stale.exists()
    # the same declarations give the same pages
    assert page.render(CATALOGUE) == page.render(load_catalogue())


def test_the_page_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert page.main([str(tmp_path / "file" / "out")]) == 1
    assert "choose another folder" in capsys.readouterr().err


def test_words_of_a_declaration_are_escaped(tmp_path: Path) -> None:
    shutil.copytree(feed_folder(DELTA), feed_folder(DELTA, tmp_path))
    path = feed_folder(DELTA, tmp_path) / "feed.yml"
    text = path.read_text(encoding="utf-8").replace("registry-desk", "'<script>alert(1)</script>'")
    path.write_text(text, encoding="utf-8")
    pages = page.render(load_catalogue(tmp_path))
    assert not [name for name, content in pages.items() if "<script>" in content]

"""What an object file makes and needs is read from its text; what is no object is refused by name."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from warehouse.errors import MigrationError
from warehouse.schema.migrate import read_migrations
from warehouse.schema.object_files import OBJECTS, read_objects

_DEFINES = re.compile(
    r"\bcreate\s+(or\s+replace\s+)?(function|procedure|(materialized\s+)?view|policy|(constraint\s+)?trigger)\b"
    r"|\balter\s+(function|routine|policy|view)\b",
    re.IGNORECASE,
)
#: The last one that was written when functions and views stood in migrations.
_LAST_OF_OLD = 113
VIEW = "create or replace view marts.{} as select {} from {};"
FUNCTION = "create or replace function ops.{}() returns int language sql as $$ select {} $$;"


def objects(folder: Path, **texts: str) -> Path:
    """Writes a folder of object files: by name (``__`` for a slash, ``_j2`` at the end for a template)."""
    for name, text in texts.items():
        stem = name.replace("__", "/")
        path = folder / (f"{stem.removesuffix('_j2')}.sql.j2" if stem.endswith("_j2") else f"{stem}.sql")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_each_file_makes_something_and_is_named_after_it() -> None:
    files = [f for f in read_objects() if not f.name.startswith("access/table_grants.sql")]
    assert len(files) > 40
    for file in files:
        stem = Path(file.name).name.split(".")[0]
        assert any(re.search(rf"\b\w*{stem}\b", made) for made in file.makes), (file.name, file.makes)


def test_no_folder_is_a_flat_hall() -> None:
    for folder in [OBJECTS, *(p for p in OBJECTS.rglob("*") if p.is_dir())]:
        assert len(list(folder.iterdir())) <= 20, folder


def test_each_file_says_in_a_comment_what_it_is_for() -> None:
    for file in read_objects():
        assert re.match(r"-- [A-Z].{30,}", file.sql), file.name


def test_functions_with_the_owner_s_rights_pin_their_path() -> None:
    pinned = 0
    for file in read_objects():
        for head in re.findall(r"create or replace function.*?\$\$", file.sql, re.DOTALL):
            if "security definer" in head:
                assert "set search_path = pg_catalog, pg_temp\n" in head, file.name
                pinned += 1
    assert pinned >= 8


def test_every_function_and_view_says_who_may_use_it() -> None:
    for file in read_objects():
        for made in file.makes:
            kind, name, *_ = made.split()
            if kind in ("function", "view"):
                assert re.search(rf"revoke all on (function )?{name}\b.* from public", file.sql), made


def test_new_migrations_define_no_function_view_trigger_or_policy() -> None:
    migrations = read_migrations()
    assert any(_DEFINES.search(m.sql) for m in migrations if m.version <= _LAST_OF_OLD)
    assert [m.name for m in migrations if m.version > _LAST_OF_OLD and _DEFINES.search(m.sql)] == []


def test_what_is_needed_comes_first(tmp_path: Path) -> None:
    folder = objects(
        tmp_path,
        a__top=VIEW.format("top", "x", "marts.middle"),
        b__middle=VIEW.format("middle", "ops.bottom() as x", "ops.t"),
        c__bottom="-- for marts.top\n" + FUNCTION.format("bottom", "1 /* marts.middle */"),
    )
    files = read_objects(folder)
    assert [f.name for f in files] == ["c/bottom.sql", "b/middle.sql", "a/top.sql"]
    assert [f.makes for f in files] == [("function ops.bottom",), ("view marts.middle",), ("view marts.top",)]


def test_files_that_need_each_other_are_named(tmp_path: Path) -> None:
    folder = objects(
        tmp_path,
        one=VIEW.format("one", "x", "marts.two"),
        two=VIEW.format("two", "x", "marts.three"),
        three=VIEW.format("three", "x", "marts.one"),
    )
    with pytest.raises(MigrationError, match="need each other") as raised:
        read_objects(folder)
    circle = re.findall(r"objects/(\w+)\.sql", str(raised.value))
    assert sorted(circle[1:]) == ["one", "three", "two"]
    following = {"one": "two", "two": "three", "three": "one"}
    assert all(following[name] == needed for name, needed in itertools.pairwise(circle))


def test_one_thing_is_made_by_one_file(tmp_path: Path) -> None:
    folder = objects(tmp_path, a=FUNCTION.format("f", "1"), b=FUNCTION.format("f", "2"))
    with pytest.raises(MigrationError, match=r"function ops\.f is made by objects/a\.sql and objects/b\.sql"):
        read_objects(folder)


@pytest.mark.parametrize(
    "text",
    [
        "create table ops.t (a int);",
        "insert into ops.settings values ('a', 'b', 'c');",
        "create function ops.f() returns int language sql as $$ select 1 $$;",
        "do $$ begin end $$;",
        "alter table marts.warnings add column a int;",
        "drop view marts.v;",
    ],
)
def test_what_is_for_a_migration_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(MigrationError, match=r"objects/odd\.sql: .* for a migration"):
        read_objects(objects(tmp_path, odd=text))


def test_words_in_bodies_strings_and_comments_make_nothing(tmp_path: Path) -> None:
    text = "-- create table ops.t;\n" + FUNCTION.format("f", "';' || 'create table ops.t;' -- it's; one")
    (file,) = read_objects(objects(tmp_path, f=text.replace("one $$", "one\n$$")))
    assert file.makes == ("function ops.f",)


def test_a_template_is_rendered(tmp_path: Path) -> None:
    text = "{% for mart in marts %}\n" + VIEW.format("{{ mart }}", "1 as x", "ops.t") + "\n{% endfor %}\n"
    (file,) = read_objects(objects(tmp_path, all_j2=text), {"marts": ["a", "b"]})
    assert file.makes == ("view marts.a", "view marts.b")
    assert "{" not in file.sql


@pytest.mark.parametrize(
    ("text", "said"),
    [("-- {{ marts }}", "'marts' is undefined; a template may name"), ("\n-- {% for %}", "line 2")],
)
def test_a_template_that_does_not_render_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(MigrationError, match=rf"all\.sql\.j2.*{said}"):
        read_objects(objects(tmp_path, all_j2=text), {"kept_marts": []})

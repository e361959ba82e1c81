"""The contract says what the database and the models have: columns, types, masks, rights."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.candidates import evidence, hit, put, unanswered, warning
from tests.support.fakes import DAY, rows_of
from warehouse.publication.contract import CONTRACT, Mart, Mask, Role
from warehouse.publication.publish import publish, publish_candidates
from warehouse.publication.rollback import roll_back_within
from warehouse.publication.statements import temporary
from warehouse.settings import Settings
from warehouse.store.connect import connect
from warehouse.store.decisions import Decision

MODELS = Path(__file__).resolve().parents[3] / "dbt_project" / "models"
#: What dbt calls a type of PostgreSQL.
DBT_TYPES = {"text": "string"}
MADE_NOW = (
    "select relname from pg_class where relnamespace = pg_my_temp_schema() and relkind = 'r' order by oid"
)

each_mart = pytest.mark.parametrize("mart", CONTRACT.marts, ids=lambda mart: mart.name)


def columns_of(settings: Settings, relation: str) -> dict[str, str]:
    """Name and type of each column, in order."""
    found = rows_of(
        settings,
        "select attname, format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
        relation,
    )
    return dict(found)


@each_mart
def test_the_table_has_the_columns_of_the_contract(hub_db: Settings, mart: Mart) -> None:
    wanted = {c.name: c.sql_type for c in mart.columns}
    masks = {c.masked_name: c.sql_type for c in mart.masked}
    assert columns_of(hub_db, f"marts.{mart.name}") == wanted | masks


@each_mart
def test_masks_and_what_is_computed_are_stored_beside_the_values(hub_db: Settings, mart: Mart) -> None:
    found = rows_of(
        hub_db,
        "select a.attname, pg_get_expr(d.adbin, d.adrelid) from pg_attribute as a "
        "inner join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum "
        "where a.attrelid = %s::regclass and a.attgenerated = 's' order by 1",
        f"marts.{mart.name}",
    )
    masks = [(c.masked_name, f"{c.mask.value}({c.name})") for c in mart.masked]
    computed = [(c.name, f'"{c.computed_as[:4]}"{c.computed_as[4:]}') for c in mart.columns if c.computed_as]
    assert found == sorted(masks + computed)


@each_mart
def test_the_key_is_the_primary_key(hub_db: Settings, mart: Mart) -> None:
    found = rows_of(
        hub_db,
        "select a.attname from pg_index as i inner join pg_attribute as a "
        "on a.attrelid = i.indrelid and a.attnum = any(i.indkey) "
        "where i.indrelid = %s::regclass and i.indisprimary order by 1",
        f"marts.{mart.name}",
    )
    assert [name for (name,) in found] == sorted(mart.key)


@each_mart
def test_the_masked_view_has_its_columns_in_their_order(hub_db: Settings, mart: Mart) -> None:
    shown = [(c.name, c.sql_type) for c in mart.columns if c.mask is not Mask.LEFT_OUT]
    assert list(columns_of(hub_db, f"marts.{mart.name}_masked").items()) == shown


@each_mart
def test_analysts_read_no_column_that_is_masked(hub_db: Settings, mart: Mart) -> None:
    relation = f"marts.{mart.name}"
    readable = {
        name
        for name in columns_of(hub_db, relation)
        if rows_of(hub_db, f"select has_column_privilege('hub_analyst', '{relation}', '{name}', 'select')")
        == [(True,)]
    }
    assert readable == {c.masked_name for c in mart.columns if c.mask is not Mask.LEFT_OUT}
    assert not readable & {c.name for c in mart.masked}


def candidate_models() -> dict[str, dict[str, Any]]:
    """What the yml beside the candidate models says of each."""
    names = {mart.name for mart in CONTRACT.marts}
    found = {}
    for path in sorted(MODELS.rglob("*.yml")):
        for model in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", []):
            if model["name"] in names:
                found[model["name"]] = model
    return found


@each_mart
def test_the_candidate_model_promises_the_columns_of_the_contract(mart: Mart) -> None:
    """Descriptions are written in the yml; names and types are written here and there, and are the same."""
    model = candidate_models()[mart.name]
    assert model["config"]["contract"]["enforced"] is True
    promised = {column["name"]: column["data_type"] for column in model["columns"]}
    wanted = {c.name: DBT_TYPES.get(c.sql_type, c.sql_type) for c in mart.candidate_columns}
    assert promised == wanted
    assert all(column["description"].strip() for column in model["columns"])


@each_mart
def test_a_column_has_one_place_in_a_mart(mart: Mart) -> None:
    names = [c.name for c in mart.columns]
    assert len(names) == len(set(names))
    assert mart.key
    assert {c.digest_of for c in mart.columns if c.digest_of} <= set(mart.names(Role.DECORATION))


def test_temporary_tables_are_made_in_the_declared_order(fresh_hub: Settings) -> None:
    put(fresh_hub, [warning("w1"), warning("w2")], [hit("h1")], [unanswered("p1")])
    first = publish(DAY, fresh_hub).publication_id
    put(fresh_hub, [warning("w1", evidence=evidence(fact=2))])
    with closing(connect(fresh_hub)) as connection:
        with connection, connection.cursor() as cursor:
            publish_candidates(cursor, DAY, CONTRACT)
            cursor.execute(MADE_NOW)
            assert tuple(name for (name,) in cursor.fetchall()) == temporary.of_publication(CONTRACT)
        with connection, connection.cursor() as cursor:
            roll_back_within(cursor, first, Decision("wang", "a wrong feed"), CONTRACT)
            cursor.execute(MADE_NOW)
            assert tuple(name for (name,) in cursor.fetchall()) == temporary.of_rollback(CONTRACT)

"""Every rule against a hand-made world: what it finds equals what the cases say, no more and no less."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg2
import pytest
from sqlalchemy.engine import make_url

from hub import day_steps
from hub.errors import StackError
from hub.linkage.model import read_weights
from hub.linkage.train import scores
from tests.dbt.cases import Expected, build
from tests.support.fakes import rows_of
from tests.support.hand_made_world import T
from warehouse.settings import Settings

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"

pytestmark = pytest.mark.slow


def run_dbt(settings: Settings, target: Path, *arguments: str, project: Path = PROJECT) -> None:
    url = make_url(settings.database_url or "")
    env = {
        **os.environ,
        "HUB_PG_HOST": url.host or "",
        "HUB_PG_PORT": str(url.port),
        "HUB_PG_USER": url.username or "",
        "HUB_PG_DATABASE": url.database or "",
        "DBT_ENV_SECRET_PG_PASSWORD": str(url.password or ""),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    done = subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), *arguments, "--project-dir", str(project),
         "--profiles-dir", str(project), "--target-path", str(target), "--log-path", str(target)],
        env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def query(settings: Settings, statement: str) -> set[tuple[Any, ...]]:
    with closing(psycopg2.connect(settings.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return set(cursor.fetchall())


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dbt target")


@pytest.fixture(scope="module")
def built(hub_db: Settings, target: Path) -> tuple[Settings, Expected]:
    world, expected = build()
    with closing(psycopg2.connect(hub_db.database_url)) as connection:
        world.load(connection)
    run_dbt(hub_db, target, "build", "--vars", f"{{as_of: '{T}'}}")
    return hub_db, expected


def test_warnings_are_exactly_those_expected(built: tuple[Settings, Expected]) -> None:
    settings, expected = built
    found = query(
        settings,
        """select rule_id, case when subject_type = 'person' then id_number else subject_id end,
               event_key, sub_type, confidence from candidate.warnings""",
    )
    assert found == expected.warnings


def test_hits_are_exactly_those_expected(built: tuple[Settings, Expected]) -> None:
    settings, expected = built
    found = query(
        settings, "select check_id, id_number, enrolment_id, confidence from candidate.cross_check_hits"
    )
    assert found == expected.hits


def test_people_the_police_have_not_answered_about_are_listed_not_warned(
    built: tuple[Settings, Expected],
) -> None:
    settings, expected = built
    assert query(settings, "select id_number, benefit_types from candidate.unanswered") == expected.unanswered


def test_ids_follow_from_their_parts(built: tuple[Settings, Expected]) -> None:
    settings, _ = built
    assert not query(
        settings,
        """select warning_id from candidate.warnings
           where warning_id <> md5(rule_id || '|' || subject_id || '|' || event_key)
           union all
           select hit_id from candidate.cross_check_hits
           where hit_id <> md5(check_id || '|' || person_id || '|' || benefit_type || '|' || enrolment_id)""",
    )


def test_every_piece_of_evidence_leads_to_its_row(built: tuple[Settings, Expected]) -> None:
    settings, _ = built
    pieces = query(
        settings,
        """select distinct coalesce(piece ->> 'raw_table', piece ->> 'feed_id'), piece ->> 'batch_id',
               cast(piece ->> 'row_no' as bigint)
           from (select evidence from candidate.warnings
                 union all select evidence from candidate.cross_check_hits) as all_evidence,
               jsonb_array_elements(evidence) as piece""",
    )
    assert pieces
    for table in {piece[0] for piece in pieces}:
        rows = {(table, str(b), n) for b, n in query(settings, f"select batch_id, row_no from raw.{table}")}
        assert {piece for piece in pieces if piece[0] == table} <= rows


def test_evidence_says_what_the_row_says(built: tuple[Settings, Expected]) -> None:
    """A field that is called like a column of the row holds what the row holds; the hub's own figures
    bear names of their own."""
    settings, _ = built
    columns = query(
        settings,
        """select table_name::text, column_name::text from information_schema.columns
           where table_schema = 'raw' and column_name not in ('batch_id', 'row_no', 'role')""",
    )
    pieces = query(
        settings,
        """select distinct coalesce(piece ->> 'raw_table', piece ->> 'feed_id'), piece ->> 'batch_id',
               cast(piece ->> 'row_no' as bigint), field.key, field.value #>> '{}'
           from (select evidence from candidate.warnings
                 union all select evidence from candidate.cross_check_hits) as all_evidence,
               jsonb_array_elements(evidence) as piece, jsonb_each(piece) as field""",
    )
    told = {piece for piece in pieces if (piece[0], piece[3]) in columns}
    held = set()
    for table, field in {(table, field) for table, _, _, field, _ in told}:
        rows = query(settings, f"select batch_id, row_no, to_jsonb({field}) #>> '{{}}' from raw.{table}")
        held |= {(table, str(batch), number, field, value) for batch, number, value in rows}
    assert len(told) > 100
    values = {(*row[:4], _number(row[4])) for row in held}
    differing = {piece for piece in told if (*piece[:4], _number(piece[4])) not in values}
    assert {(table, field) for table, _, _, field, _ in differing} == set()


def _number(value: str | None) -> Any:
    try:
        return Decimal(value or "")
    except InvalidOperation:
        return value


def test_evidence_of_a_crowded_home_leads_to_its_residents(built: tuple[Settings, Expected]) -> None:
    settings, _ = built
    found = query(
        settings,
        """select count(*) filter (where piece ->> 'role' = 'fact' and piece ->> 'residents' = '2'),
               count(distinct piece ->> 'stay_id') filter (where piece ->> 'role' = 'resident')
           from candidate.warnings, jsonb_array_elements(evidence) as piece where sub_type = 'over_beds'""",
    )
    assert found == {(1, 2)}


def test_evidence_of_a_payment_lists_all_that_was_found(built: tuple[Settings, Expected]) -> None:
    settings, _ = built
    found = query(
        settings,
        """select distinct sub_type, piece ->> 'findings' from candidate.warnings,
               jsonb_array_elements(evidence) as piece
           where rule_id = 'payment_anomaly' and piece ->> 'role' = 'benefit'""",
    )
    assert ("wrong_payee", "wrong_payee+late") in found
    assert all(str(findings).split("+")[0] == sub_type for sub_type, findings in found)


def test_evidence_of_a_shared_account_names_the_families_and_hides_the_account(
    built: tuple[Settings, Expected],
) -> None:
    settings, _ = built
    found = query(
        settings,
        """select piece ->> 'account', cast(piece ->> 'account_families' as int),
               cardinality(string_to_array(piece ->> 'account_households', ',')),
               cardinality(string_to_array(piece ->> 'account_cases', ','))
           from candidate.warnings, jsonb_array_elements(evidence) as piece
           where piece ->> 'findings' like '%shared_account%' and piece ->> 'role' = 'benefit'""",
    )
    assert found == {("****0001", 4, 4, 4)}
    assert not query(
        settings, "select warning_id from candidate.warnings where evidence::text ~ '\"a[1-6]\"'"
    )
    assert not query(settings, "select 1 from candidate.warnings where evidence::text like '%digest%'")


def test_evidence_holds_no_id_number_and_no_name(built: tuple[Settings, Expected]) -> None:
    settings, _ = built
    assert not query(
        settings,
        """select warning_id from candidate.warnings
           where evidence::text ~ '[0-9]{17}[0-9X]"' or evidence::text like '%张三%'""",
    )


def test_severity_handler_and_due_date(built: tuple[Settings, Expected]) -> None:
    settings, _ = built
    assert query(
        settings,
        """select distinct rule_id, sub_type, severity, handler_level, cast(due_on as text)
           from candidate.warnings
           where rule_id in ('death', 'business_owner', 'soc_org_annual')""",
    ) == {
        ("death", "dead", "red", "street", "2020-05-19"),
        ("death", "linked", "red", "street", "2020-05-19"),
        ("business_owner", "enterprise", "orange", "street", "2020-05-26"),
        ("business_owner", "individual_business", "orange", "street", "2020-05-26"),
        ("business_owner", "cooperative", "orange", "street", "2020-05-26"),
        ("business_owner", "small_family_shop", "yellow", "street", "2020-06-09"),
        ("soc_org_annual", "overdue", "orange", "district", "2020-05-26"),
        ("soc_org_annual", "reminder", "yellow", "district", "2020-06-09"),
        ("soc_org_annual", "reminder", "yellow", "city", "2020-06-09"),
    }


def test_every_pair_of_a_link_weighs_what_splink_says(built: tuple[Settings, Expected]) -> None:
    """Splink's own predict, with the seed's weights: the same pairs, the same weight for each comparison."""
    settings, _ = built
    names = ["unique_id", "full_name", "birth_date", "sex", "region_code"]
    fields = "full_name, birth_date::text, sex, region_code"
    deaths, persons = (
        pd.DataFrame(sorted(query(settings, f"select {key}, {fields} from core.{table}")), columns=names)
        for key, table in (("cremation_no", "int_numberless_death"), ("person_id", "dim_person"))
    )
    found = scores(deaths, persons, read_weights())
    levels = "name_level, birth_date_level, sex_level, region_level"
    ours = {
        (death, person): tuple(told)
        for death, person, *told in query(
            settings, f"select cremation_no, person_id, {levels} from core.int_link_pair"
        )
    }
    splinks = {
        (r.death, r.person): (r.full_name, r.birth_date, r.sex, r.region_code) for r in found.itertuples()
    }
    assert len(ours) > 200
    assert ours == splinks
    weights = {(r.death, r.person): r.match_weight for r in found.itertuples()}
    listed = query(settings, "select cremation_no, person_id, match_weight from core.fct_person_link")
    assert {(death, person) for death, person, _ in listed} == {p for p, w in weights.items() if w >= 0}
    assert all(float(weight) == pytest.approx(weights[d, p], abs=0.001) for d, p, weight in listed)


def test_overpaid_months_are_counted(built: tuple[Settings, Expected]) -> None:
    """Two months after the one of the death were paid on dibao, nothing on the other benefit."""
    settings, _ = built
    assert query(
        settings,
        """select benefit_type, sub_type, overlap_until, overpaid_months, cast(overpaid_amount as text)
           from candidate.cross_check_hits where check_id = 'dead' and overlap_from = '2019-12-20'""",
    ) == {("dibao", "dead", None, 2, "200.00"), ("old_age", "dead", None, 0, "0.00")}
    assert query(
        settings,
        """select piece ->> 'benefit_type', piece ->> 'overpaid_months', piece ->> 'overpaid_amount'
           from candidate.warnings, jsonb_array_elements(evidence) as piece
           where rule_id = 'death' and piece ->> 'role' = 'benefit'
               and evidence @> '[{"death_date": "2019-12-20"}]'""",
    ) == {("dibao", "2", "200.00"), ("old_age", "0", "0.00")}


def test_a_second_run_gives_the_same_and_an_earlier_day_its_own(
    built: tuple[Settings, Expected], target: Path
) -> None:
    settings, _ = built
    statement = """select t::text from candidate.warnings as t
        union all select t::text from candidate.cross_check_hits as t"""
    before = query(settings, statement)
    run_dbt(settings, target, "run", "--vars", f"{{as_of: '{T}'}}")
    assert query(settings, statement) == before
    # only the batches of that day count: nothing but the withdrawn death notice was there yet
    run_dbt(settings, target, "run", "--vars", "{as_of: '2020-05-08'}")
    assert query(settings, "select count(*) from core.fct_enrolment") == {(0,)}
    assert query(settings, "select count(*) from staging.stg_public_security__death_cancellation") == {(1,)}


def test_a_build_that_cannot_get_a_table_ends_and_names_who_reads_it(
    built: tuple[Settings, Expected], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, _ = built
    monkeypatch.setattr(Settings, "from_env", lambda: settings)
    rows_of(settings, "update ops.settings set value = '2' where name = 'build_lock_wait_seconds'")
    before = query(settings, "select * from core.dim_person")
    with closing(psycopg2.connect(settings.database_url, application_name="idle reader")) as reader:
        reader.cursor().execute("select * from core.dim_person")
        with pytest.raises(StackError) as caught:
            day_steps.build(T, ["dim_person"])
        assert query(settings, "select * from core.dim_person") == before
        holder = f"process {reader.get_backend_pid()} (user hub, application idle reader, idle in transaction"
        assert f'"core"."dim_person" is locked by {holder} since 2' in str(caught.value).splitlines()[0]

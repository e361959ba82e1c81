"""Bad habits switched on from outside, and the manners a department insists on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import httpx
import polars as pl
import pytest

from connectors.catalogue.load import feed_ids, load_feed
from connectors.decode import decode
from connectors.delivery import AskedPerson
from connectors.errors import BatchRejected, NotYetDelivered, SourceUnavailable
from connectors.protocols import pull
from connectors.protocols.rest import signing
from tests.sandbox.conftest import Sandbox
from tests.sandbox.server.test_every_feed import RETRY, WINDOW, pulled
from tests.support import small_city
from warehouse.settings import PROJECT_ROOT, Settings
from warehouse.store.postgres import server as database_server

pytestmark = pytest.mark.slow

Switch = Callable[[str, str], None]


@pytest.fixture
def switch(sandbox: Sandbox) -> Iterator[Switch]:
    """Turns a feed's habit on for one test."""
    touched: list[str] = []

    def on(feed_id: str, habit: str) -> None:
        touched.append(feed_id)
        sandbox.post("/control/habit", {"feed_id": feed_id, "habit": habit})

    yield on
    for feed_id in touched:
        sandbox.post("/control/habit", {"feed_id": feed_id, "habit": None})


def taken(sandbox: Sandbox, feed_id: str, folder: Path, as_of: date = small_city.DAY) -> int:
    feed = load_feed(feed_id)
    return sum(chunk.received for chunk in decode(feed, pulled(sandbox, feed, folder, as_of)))


REJECTED = [
    ("finance__boc", "trailer_mismatch"),
    ("finance__bocom", "trailer_mismatch"),
    ("finance__icbc", "digest_mismatch"),
    ("finance__icbc", "truncated_file"),
    ("finance__boc", "truncated_file"),
    ("finance__boc", "empty_file"),
    ("public_security__detention", "truncated_file"),
    ("public_security__prison", "truncated_file"),
    ("market_regulation__farmer_cooperative", "column_renamed"),
    ("public_security__household_register", "column_renamed"),
    ("disabled_federation__disability_certificate", "column_renamed"),
    ("disabled_federation__disability_certificate", "partial_page"),
    ("social_security__unemployment_insurance", "partial_page"),
]


@pytest.mark.parametrize(("feed_id", "habit"), REJECTED)
def test_a_delivery_that_contradicts_itself(
    sandbox: Sandbox, switch: Switch, feed_id: str, habit: str, tmp_path: Path
) -> None:
    switch(feed_id, habit)
    with pytest.raises(BatchRejected):
        taken(sandbox, feed_id, tmp_path)


@pytest.mark.parametrize("habit", ["column_order", "column_added"])
@pytest.mark.parametrize(
    "feed_id",
    ["public_security__migration", "housing__public_rental", "housing__sale_contract", "finance__cmb"],
)
def test_a_layout_the_declaration_can_bear(
    sandbox: Sandbox, switch: Switch, feed_id: str, habit: str, tmp_path: Path
) -> None:
    switch(feed_id, habit)
    assert taken(sandbox, feed_id, tmp_path) == small_city.ROWS


@pytest.mark.parametrize(
    "feed_id",
    ["social_security__public_payroll", "social_security__employee_pension", "civil_affairs__dibao"],
)
def test_a_poisoned_feed_decodes_and_is_too_small(
    sandbox: Sandbox, switch: Switch, feed_id: str, tmp_path: Path
) -> None:
    switch(feed_id, "poison")
    tables = len(load_feed(feed_id).tables)
    assert taken(sandbox, feed_id, tmp_path / "poisoned") == tables * small_city.ROWS // 10
    sandbox.post("/control/habit", {"feed_id": feed_id, "habit": "poison", "on": False})
    assert taken(sandbox, feed_id, tmp_path / "again") == tables * small_city.ROWS


def test_a_missing_flag_means_wait(sandbox: Sandbox, switch: Switch, tmp_path: Path) -> None:
    switch("finance__icbc", "flag_missing")
    with pytest.raises(NotYetDelivered):
        taken(sandbox, "finance__icbc", tmp_path)


def test_tomorrows_file_is_there_tomorrow(sandbox: Sandbox, tmp_path: Path) -> None:
    tomorrow = small_city.DAY + timedelta(days=1)
    with pytest.raises(NotYetDelivered):
        taken(sandbox, "public_security__migration", tmp_path, tomorrow)
    sandbox.post("/control/clock", {"as_of": tomorrow.isoformat()})
    try:
        assert taken(sandbox, "public_security__migration", tmp_path, tomorrow) == small_city.ROWS
    finally:
        sandbox.post("/control/clock", {"as_of": small_city.DAY.isoformat()})


@pytest.mark.parametrize("feed_id", ["finance__cmb", "finance__chinaclear", "public_security__vehicle"])
def test_only_people_known_to_the_department_are_answered(
    sandbox: Sandbox, feed_id: str, tmp_path: Path
) -> None:
    feed = load_feed(feed_id)
    asked = [
        AskedPerson(1, small_city.number_of(3), "甲"),
        AskedPerson(2, small_city.number_of(900), "乙"),
        AskedPerson(3, small_city.number_of(1), "丙"),
    ]
    connection = sandbox.connection(feed.connection_id)
    delivery = pull(feed, small_city.DAY, WINDOW, connection, tmp_path, asked, retry=RETRY)
    good = pl.concat([chunk.good for chunk in decode(feed, delivery)])
    assert good["id_number"].to_list() == [small_city.number_of(3), small_city.number_of(1)]


def test_a_wrong_password_opens_no_door(sandbox: Sandbox, tmp_path: Path) -> None:
    for feed_id in ("public_security__migration", "public_security__vehicle", "finance__chinaclear"):
        feed = load_feed(feed_id)
        connection = replace(sandbox.connection(feed.connection_id), password="wrong")
        asked = [AskedPerson(1, small_city.number_of(0), "甲")] if feed.request else ()
        with pytest.raises(SourceUnavailable):
            pull(feed, small_city.DAY, WINDOW, connection, tmp_path, asked, retry=RETRY)


def _certificates(sandbox: Sandbox, **changed: str) -> str:
    """The business code of one signed call whose authentication or parameters were changed."""
    connection = sandbox.connection("cl_cert")
    params = {"asOf": "2020-05-12", "pageNo": "1", "pageSize": changed.pop("pageSize", "500")}
    auth = {
        "appKey": connection.login or "",
        "timestamp": changed.pop("timestamp", str(int(time.time() * 1000))),
        "nonce": changed.pop("nonce", os.urandom(8).hex()),
    }
    auth["sign"] = changed.pop("sign", signing.sign(connection.password or "", {**params, **auth}))
    url = f"http://{connection.host}:{connection.port}/api/cl/certificates"
    for _ in range(2):  # the first call after a start may fail out of habit
        answer = httpx.get(url, params=params, headers=auth, trust_env=False)
        code = answer.json()["code"] if answer.status_code == 200 else ""
        if code not in ("", "5001"):
            return str(code)
        auth["nonce"] = os.urandom(8).hex()
        auth["sign"] = signing.sign(connection.password or "", {**params, **auth})
    return "none"


def test_the_platform_checks_signature_clock_nonce_and_page_size(sandbox: Sandbox) -> None:
    assert _certificates(sandbox) == "0000"
    assert _certificates(sandbox, sign="0" * 64) == "4001"
    assert _certificates(sandbox, timestamp=str(int((time.time() - 3600) * 1000))) == "4002"
    assert _certificates(sandbox, nonce="once") == "0000"
    assert _certificates(sandbox, nonce="once") == "4003"
    assert _certificates(sandbox, pageSize="501") == "4004"


def test_an_unknown_habit_is_refused(sandbox: Sandbox) -> None:
    answer = httpx.post(
        sandbox.control + "/control/habit",
        json={"feed_id": "finance__boc", "habit": "naughty"},
        trust_env=False,
    )
    assert answer.status_code == 400
    assert "trailer_mismatch" in answer.json()["error"]


def test_a_login_sees_its_own_folder_and_writes_requests_only(sandbox: Sandbox) -> None:
    import paramiko

    connection = sandbox.connection("bank_sftp")
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect(
            "127.0.0.1",
            connection.port or 0,
            connection.login,
            connection.password,
            allow_agent=False,
            look_for_keys=False,
        )
        sftp = client.open_sftp()
        with pytest.raises(FileNotFoundError):
            sftp.stat("/../../../etc/passwd")
        with pytest.raises(PermissionError), sftp.open("/bk_icbc/reply/x.txt", "w"):
            pass


def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path, hub_server: Settings) -> None:
    """The real command: builds a tiny city, announces itself, and ends cleanly on SIGTERM."""
    url = database_server.ensure_database("departments_command", hub_server)
    command = [
        sys.executable, "-m", "sandbox", "serve", "--home", str(tmp_path), "--seed", "5",
        "--scale", "0.002", "--as-of", "2020-05-12", "--epoch", "2020-05-12",
    ]  # fmt: skip
    env_with_url = {**os.environ, "SANDBOX_FRONTEND_URL": url}
    with subprocess.Popen(
        command, cwd=PROJECT_ROOT, env=env_with_url, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert any(" INFO ready:" in line for line in process.stdout)
            env = tmp_path / "sandbox" / "connections.env"
            assert env.stat().st_mode & 0o777 == 0o600
            names = {line.partition("=")[0] for line in env.read_text().splitlines()}
            assert {"AIRFLOW_CONN_BANK_SFTP", "AIRFLOW_CONN_GA_HUKOU", "AIRFLOW_CONN_CL_CERT"} <= names
            told = json.loads((tmp_path / "sandbox" / "server.json").read_text())
            health = httpx.get(told["control"] + "/health", trust_env=False).json()
            assert (health["status"], health["as_of"], health["feeds"]) == (
                "ok",
                "2020-05-12",
                len(feed_ids()),
            )
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert not env.exists()

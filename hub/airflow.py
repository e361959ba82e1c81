"""Runs Airflow on one machine: its settings, its processes, its metadata database.

Each component is started by itself and stopped by its pid, because ``airflow standalone`` leaves children
behind when it is stopped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import psutil
import psycopg2
from sqlalchemy.engine import make_url

from hub import city_process, ports
from hub.airflow_client import AirflowClient
from hub.processes import Child, Processes, python, run_to_end, wait_until
from hub.settings import HubSettings
from warehouse import secret_store
from warehouse.settings import PROJECT_ROOT, Settings
from warehouse.store.postgres import libpq, server

DATABASE = "airflow"
METADATA = "HUB_AIRFLOW_DATABASE_URL"
USER = "admin"
#: Says which version of Airflow migrated which database last.
_MIGRATED = "migrated"
API_SERVER = "airflow-api-server"
SCHEDULER = "airflow-scheduler"
DAG_PROCESSOR = "airflow-dag-processor"
TRIGGERER = "airflow-triggerer"
#: What each component is asked to run, and the name under which Airflow reports its health.
_COMPONENTS = {
    API_SERVER: ("api-server", "metadatabase"),
    SCHEDULER: ("scheduler", "scheduler"),
    DAG_PROCESSOR: ("dag-processor", "dag_processor"),
    TRIGGERER: ("triggerer", "triggerer"),
}
#: A pull waits for its department more than it works: two tasks for each processor, but never fewer than
#: four, nor more than sixteen (connections to the database). Each may take the memory of a load.
_TASKS_PER_PROCESSOR = 2
_LEAST_TASKS, _MOST_TASKS = 4, 16
_TASK_MEMORY = 768 * 1024 * 1024


def parallelism() -> int:
    """Returns how many tasks this machine runs at once."""
    by_processors = _TASKS_PER_PROCESSOR * len(os.sched_getaffinity(0))
    by_memory = int(psutil.virtual_memory().total) // (2 * _TASK_MEMORY)
    return max(_LEAST_TASKS, min(by_processors, by_memory, _MOST_TASKS))


def home(settings: Settings) -> Path:
    """Returns ``AIRFLOW_HOME`` below ``HUB_HOME``."""
    return settings.hub_home / "airflow"


def url(settings: Settings) -> str:
    """Returns the address for the browser."""
    return f"http://127.0.0.1:{ports.reserved_port(settings.hub_home, 'airflow_api')}"


def environment(settings: HubSettings, connections: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment of every Airflow process and, through it, of every task.

    ``connections`` are the ``AIRFLOW_CONN_*`` of the stand-in city. One that is set outside wins, so a single
    feed can be pointed at its real department. Nothing of it is written into a file or a DAG.
    """
    api = ports.reserved_port(settings.hub_home, "airflow_api") or ports.reserve(
        settings.hub_home, "airflow_api"
    )
    own_server = settings.database_url is None and not os.environ.get(METADATA)
    env = {
        key: value
        for key, value in libpq.stripped(libpq.shell_environment(), embedded=own_server).items()
        if key not in ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME")
    }
    for name, value in connections.items():
        env.setdefault(name, value)
    if city_process.is_wanted():
        env.setdefault("HUB_SCHEDULE_UNTIL", settings.as_of.isoformat())
    path = [str(PROJECT_ROOT), *filter(None, [os.environ.get("PYTHONPATH", "")])]
    env.update(
        {
            "PYTHONPATH": os.pathsep.join(path),
            "PATH": os.pathsep.join([str(Path(python()).parent), os.environ.get("PATH", "")]),
            "HUB_HOME": str(settings.hub_home),
            "SCALE": str(settings.scale),
            "SEED": str(settings.city.seed),
            "CITY_FROM": settings.city.first_day.isoformat(),
            "AS_OF": settings.as_of.isoformat(),
            "AIRFLOW_HOME": str(home(settings)),
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "DO_NOT_TRACK": "1",
            "SCARF_NO_ANALYTICS": "true",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "GX_ANALYTICS_ENABLED": "false",
            "HUB_GATE_EXECUTOR": "gate",
            # both of these keep forked task processes from stalling or growing on a small machine
            "OMP_NUM_THREADS": "1",
            "POLARS_MAX_THREADS": "2",
        }
    )
    env.update(_airflow_settings(settings, api))
    return env


def _airflow_settings(settings: Settings, api: int) -> dict[str, str]:
    worker_log = ports.reserved_port(settings.hub_home, "worker_log") or ports.reserve(
        settings.hub_home, "worker_log"
    )
    trigger_log = ports.reserved_port(settings.hub_home, "trigger_log") or ports.reserve(
        settings.hub_home, "trigger_log"
    )
    options = {
        "core": {
            "dags_folder": str(PROJECT_ROOT / "dags"),
            # by name, not by import: what they import takes seconds
            "executor": "hub.executors.WarmExecutor,gate:hub.executors.GateExecutor",
            "load_examples": "False",
            "parallelism": str(parallelism()),
            "max_active_tasks_per_dag": str(parallelism()),
            "default_timezone": "Asia/Shanghai",
            "dags_are_paused_at_creation": "True",
            "dagbag_import_timeout": "60",
            "simple_auth_manager_users": f"{USER}:admin",
            "simple_auth_manager_passwords_file": str(password_file(settings)),
            "execution_api_server_url": f"http://127.0.0.1:{api}/execution/",
            "fernet_key": _fernet_key(settings),
            "min_serialized_dag_update_interval": "5",
        },
        "database": {"sql_alchemy_conn": _metadata_url(settings), "sql_alchemy_pool_size": "10"},
        "api": {
            "host": "127.0.0.1",
            "port": str(api),
            "base_url": f"http://127.0.0.1:{api}",
            "secret_key": secret_store.get_or_create(settings.hub_home, "airflow_api"),
        },
        "api_auth": {"jwt_secret": _jwt_secret(settings)},
        "execution_api": {"jwt_expiration_time": "3600"},
        "workers": {"execution_api_timeout": "30"},
        "scheduler": {
            "scheduler_heartbeat_sec": "2",
            "scheduler_idle_sleep_time": "0.2",
            "max_tis_per_query": "64",
            "max_dagruns_per_loop_to_schedule": "80",
            "max_dagruns_to_create_per_loop": "80",
        },
        "dag_processor": {
            "refresh_interval": "30",
            # for changed declarations: a changed file of the folder itself is read at once
            "min_file_process_interval": "120",
            "stale_dag_threshold": "240",
            "dag_file_processor_timeout": "120",
            "parsing_processes": "2",
        },
        "logging": {
            "base_log_folder": str(settings.hub_home / "logs" / "tasks"),
            "dag_processor_child_process_log_directory": str(settings.hub_home / "logs" / "dag_processor"),
            "worker_log_server_port": str(worker_log),
            "trigger_log_server_port": str(trigger_log),
            "colored_console_log": "False",
        },
    }
    return {f"AIRFLOW__{s.upper()}__{k.upper()}": v for s, part in options.items() for k, v in part.items()}


def start(
    settings: Settings, processes: Processes, env: Mapping[str, str], names: Sequence[str]
) -> dict[str, Child]:
    """Starts the components of these names, and waits for none of them."""
    return {
        name: processes.start(name, [python(), "-m", "airflow", _COMPONENTS[name][0]], env, PROJECT_ROOT)
        for name in names
    }


def wait(settings: Settings, children: Mapping[str, Child]) -> AirflowClient:
    """Waits until each of these components reports that it is healthy. Raises ``StackError``."""
    airflow = client(settings)
    # the others report through it
    for name, child in sorted(children.items(), key=lambda pair: pair[0] != API_SERVER):
        component = _COMPONENTS[name][1]
        wait_until(lambda c=component: airflow.healthy(c), 180, f"Airflow's {component}", child)  # type: ignore[misc]
    return airflow


def client(settings: Settings) -> AirflowClient:
    """Returns a client of the running API server, signed in as the hub's own administrator."""
    password = secret_store.get_or_create(settings.hub_home, "airflow_admin")
    return AirflowClient(url(settings), USER, password)


def component_names() -> list[str]:
    """Returns the names of the components in the order in which they are stopped."""
    return [SCHEDULER, TRIGGERER, DAG_PROCESSOR, API_SERVER]


def prepare(settings: HubSettings, processes: Processes) -> dict[str, str]:
    """Prepares ports, password file and metadata database.

    Returns the environment without the connections.
    """
    for name in ("airflow_api", "worker_log", "trigger_log"):
        ports.reserve(settings.hub_home, name)
    home(settings).mkdir(parents=True, exist_ok=True)
    # written beforehand: Airflow prints a password it has to make up
    password = secret_store.get_or_create(settings.hub_home, "airflow_admin")
    secret_store.write_private(password_file(settings), json.dumps({USER: password}))
    env = environment(settings, {})
    url = _metadata_url(settings)
    if not _is_migrated(settings, url):
        run_to_end(
            "airflow-db-migrate",
            [python(), "-m", "airflow", "db", "migrate"],
            env,
            PROJECT_ROOT,
            processes.log_dir,
        )
        secret_store.write_private(home(settings) / _MIGRATED, _schema_of(url) or "")
    return env


def _is_migrated(settings: Settings, url: str) -> bool:
    """Tells whether this version of Airflow brought this very database up to date before."""
    note = home(settings) / _MIGRATED
    present = _schema_of(url)
    return present is not None and note.exists() and note.read_text(encoding="utf-8") == present


def _schema_of(url: str) -> str | None:
    """Names Airflow's version, the database and the revision its schema says it has; None if it says none."""
    where = make_url(url).set(drivername="postgresql")
    try:
        with (
            closing(psycopg2.connect(where.render_as_string(hide_password=False))) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("select string_agg(version_num, ' ' order by version_num) from alembic_version")
            row = cursor.fetchone()
    except psycopg2.Error:
        return None  # there is no schema yet; else the migration says what is wrong
    return (
        f"{version('apache-airflow')} {row[0]} in {where.host}/{where.database}" if row and row[0] else None
    )


def _metadata_url(settings: Settings) -> str:
    """Returns the URL of database ``airflow`` on the hub's server, or the one in
    ``HUB_AIRFLOW_DATABASE_URL``.
    """
    given = os.environ.get(METADATA) or server.ensure_database(DATABASE, settings)
    # Airflow's settings come through a config parser: a bare % would start an interpolation
    return make_url(given).set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)


def password_file(settings: Settings) -> Path:
    """Returns the file in which SimpleAuthManager finds the administrator's password."""
    return home(settings) / "passwords.json"


def _jwt_secret(settings: Settings) -> str:
    # 64 hex digits each: HS512 wants at least 64 bytes
    parts = (secret_store.get_or_create(settings.hub_home, f"airflow_jwt_{n}") for n in (1, 2))
    return "".join(parts)


def _fernet_key(settings: Settings) -> str:
    import base64

    raw = bytes.fromhex(secret_store.get_or_create(settings.hub_home, "airflow_fernet"))
    return base64.urlsafe_b64encode(raw).decode("ascii")

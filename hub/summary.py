"""Writes the summary that a person reads after a run."""

from __future__ import annotations

from connectors.reasons import REASONS
from hub.airflow import password_file
from hub.stack import Stack
from warehouse.settings import Settings
from warehouse.store.connect import rows
from warehouse.store.postgres import server
from warehouse.text_table import columns

DOMAINS = {
    "civil_affairs": ("民政", "civil affairs registries"),
    "disabled_federation": ("残联", "disabled persons' federation"),
    "finance": ("银行保险", "banks and insurers"),
    "housing": ("房产", "housing"),
    "market_regulation": ("市场监管", "market regulation"),
    "platform": ("业务平台", "own platform"),
    "provident_fund": ("公积金", "provident fund"),
    "public_security": ("公安", "public security"),
    "social_security": ("人社", "social security"),
}
STAGES = {
    "database": "数据库 database",
    "start": "启动 city and Airflow",
    "feeds": "取数 feeds",
    "check_feeds": "来源检查 gate: feeds",
    "build": "建模 dbt build",
    "check_marts": "结果检查 gate: marts",
    "publish": "发布 publication",
}


def text(running: Stack) -> str:
    """Returns the summary of ``AS_OF``, ready to print."""
    settings = running.settings
    parts = [
        _title(settings),
        _table(
            "数据量 Rows by domain",
            ("domain", "feeds", "received", "loaded", "duplicate", "set aside"),
            _domains(settings),
        ),
        _table("剔除原因 Rows set aside by reason", ("reason", "", "rows"), _reasons(settings)),
        _table("预警 Open warnings", ("rule", "", "open"), _warnings(settings)),
        _table("核对命中 Cross-check hits", ("check", "", "hits", "persons"), _checks(settings)),
        _table("用时 Seconds", ("stage", "seconds"), _seconds(running)),
        _where(settings, running.client.url, up=running.keep),
    ]
    return "\n\n".join(part for part in parts if part)


def _title(settings: Settings) -> str:
    total, balanced = rows(
        settings,
        "select count(distinct feed_id), "
        "bool_and(rows_received = rows_loaded + rows_duplicate + rows_quarantined) "
        "from ops.feed_batches where status = 'loaded'",
        (),
    )[0]
    accounts = "every row accounted for" if balanced else "ROWS ARE MISSING"
    return f"== {settings.as_of} 已发布 published: {total} feeds, {accounts} =="


def _domains(settings: Settings) -> list[tuple[str, ...]]:
    query = (
        "select split_part(feed_id, '__', 1), count(distinct feed_id), sum(rows_received), sum(rows_loaded), "
        "sum(rows_duplicate), sum(rows_quarantined) from ops.feed_batches "
        "where status = 'loaded' and as_of = %s group by 1 order by 1"
    )
    found = []
    for domain, *numbers in rows(settings, query, (settings.as_of,)):
        zh, en = DOMAINS.get(domain, (domain, domain))
        found.append((f"{zh} {en}", *(f"{n:,}" for n in numbers)))
    return found


def _reasons(settings: Settings) -> list[tuple[str, ...]]:
    query = (
        "select q.reason_code, count(*) from ops.quarantine as q join ops.feed_batches as b using (batch_id) "
        "left join ops.quarantine_resolutions as r using (quarantine_id) "
        "where b.as_of = %s and b.status = 'loaded' and r.quarantine_id is null group by 1 order by 2 desc, 1"
    )
    return [(code, reason_zh(code), f"{n:,}") for code, n in rows(settings, query, (settings.as_of,))]


def reason_zh(code: str) -> str:
    """Returns the Chinese text of a reason code."""
    reason = REASONS.get(code)
    return str(getattr(reason, "zh", reason or ""))


def _warnings(settings: Settings) -> list[tuple[str, ...]]:
    query = (
        "select rule_id, rule_name_zh, count(*) from marts.warnings "
        "where ops.is_open(status) group by 1, 2 order by 1"
    )
    return [(rule, zh, f"{n:,}") for rule, zh, n in rows(settings, query, ())]


def _checks(settings: Settings) -> list[tuple[str, ...]]:
    query = (
        "select check_id, check_name_zh, count(*), count(distinct person_id) from marts.cross_check_hits "
        "where is_current group by 1, 2 order by 1"
    )
    found = [(c, zh, f"{n:,}", f"{p:,}") for c, zh, n, p in rows(settings, query, ())]
    total = rows(
        settings, "select count(distinct person_id) from marts.cross_check_hits where is_current", ()
    )
    unanswered = rows(settings, "select count(*) from marts.unanswered where is_current", ())
    return [
        *found,
        ("all", "不符合条件人员", "", f"{total[0][0]:,}"),
        ("unanswered", "公安未反馈", "", f"{unanswered[0][0]:,}"),
    ]


def _seconds(running: Stack) -> list[tuple[str, ...]]:
    return [(STAGES[stage], f"{running.seconds[stage]:.1f}") for stage in STAGES if stage in running.seconds]


def _where(settings: Settings, url: str, *, up: bool) -> str:
    home = settings.hub_home
    lines = ["去哪里看 Where to look next"]
    if up:
        where = server.info(settings)
        lines += [
            f"  Airflow       {url}  (user admin, password in {password_file(settings)})",
            f"  database      {where.host}:{where.port}/{where.database}, user {where.user}, schema marts",
        ]
    else:
        lines.append(
            "  make up       keeps database and Airflow running; make verify compares with the truth"
        )
    lines += [
        f"  Data Docs     {home / 'data_docs' / 'index.html'}",
        f"  logs          {home / 'logs'}",
        f"  received      {home / 'landing'}",
        "  set aside     make quarantine",
    ]
    return "\n".join(lines)


def _table(title: str, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return f"{title}\n  none"
    return f"{title}\n" + columns([header, *rows])

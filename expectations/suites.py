"""Runs the checks in Great Expectations: one suite per target, one run for all, one set of pages.

A suite looks at a frame of one row, the profile. Measured for 55 feeds: a suite over the rows themselves
costs several statements per expectation and writes the offending values into the Data Docs. This way the
database reads each table once, and there are no values to hide.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from expectations.checks import Check, CheckResult, CheckTarget, Stage

log = logging.getLogger(__name__)
# great_expectations tells of hundreds of its own functions while it is imported: a task's log would fill
logging.getLogger("great_expectations").setLevel(logging.WARNING)

_SEVERITIES = {"error": "critical", "warning": "warning"}
_SITE = "hub"


def run_suites(targets: Sequence[CheckTarget], stage: Stage, run_name: str, docs: Path) -> list[CheckResult]:
    """Validates every target and writes its pages below ``docs`` (a folder of this run alone); returns the
    results.
    """
    if not targets:
        return []
    # great_expectations prints progress bars, and takes seconds to import: only here
    with contextlib.redirect_stderr(io.StringIO()):
        context = _context(docs)
        # one for all targets: the context writes its whole configuration down for each source and asset
        batch = (
            context.data_sources.add_or_update_pandas("profiles")
            .add_dataframe_asset(stage)
            .add_batch_definition_whole_dataframe("profile")
        )
        results = [r for target in targets for r in _run_target(context, batch, target, stage, run_name)]
        context.build_data_docs(site_names=[_SITE])
    return results


def _context(docs: Path) -> Any:
    """Returns a context in memory with one site of pages and without telemetry."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
    config = DataContextConfig(
        # a context without a configuration would leave a folder in /tmp behind at every run
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        data_docs_sites={_SITE: site},
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def build_suite(target: CheckTarget) -> Any:
    """Builds the Great Expectations suite of a target: one expectation per check, in order."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name=target.name,
        expectations=[_expectation(check, target, index) for index, check in enumerate(target.checks)],
        meta={"feed_id": target.feed_id, "batch_id": target.batch_id},
    )


def _expectation(check: Check, target: CheckTarget, index: int) -> Any:
    import great_expectations.expectations as gxe

    columns = target.figures[check.figure].columns
    found = "; ".join(f"{column}: {words}" for column, words in columns)
    text = f"{check.name} [{check.severity}] {check.zh} / {check.en}"
    return gxe.ExpectColumnMaxToBeBetween(
        column=check.figure,
        min_value=check.minimum,
        max_value=check.maximum,
        severity=_SEVERITIES[check.severity],
        description=f"{text} ({found})" if found else text,
        meta={"check": check.name, "index": index},
    )


def _run_target(
    context: Any, batch: Any, target: CheckTarget, stage: Stage, run_name: str
) -> list[CheckResult]:
    import great_expectations as gx
    import pandas as pd
    from great_expectations.core import RunIdentifier

    suite = context.suites.add(build_suite(target))
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name=target.name, data=batch, suite=suite)
    )
    frame = pd.DataFrame([{name: float(figure.value) for name, figure in target.figures.items()}])
    outcome = definition.run(
        batch_parameters={"dataframe": frame},
        result_format={"result_format": "BASIC"},
        run_id=RunIdentifier(run_name=run_name),
    )
    by_index = {r.expectation_config.meta["index"]: r for r in outcome.results}
    return [
        result
        for index, check in enumerate(target.checks)
        for result in _flatten(stage, target, check, by_index[index])
    ]


def _flatten(stage: Stage, target: CheckTarget, check: Check, outcome: Any) -> list[CheckResult]:
    """Returns one result for a check that holds, and one per offending column for a check that fails."""
    figure = target.figures[check.figure]
    success = bool(outcome.success)
    observed = figure.observed
    raised = (outcome.exception_info or {}).get("raised_exception")
    if raised:
        log.error("%s: %s could not be evaluated", target.name, check.name)
        observed = f"{observed} (the check could not be evaluated)"
    prefix = f"{check.table}." if check.table else ""
    columns: list[tuple[str | None, str]] = [(f"{prefix}{name}", words) for name, words in figure.columns]
    if success or raised or not columns:
        columns = [(check.table, observed)]
    return [
        CheckResult(
            stage, target.feed_id, target.batch_id, check.name, column, check.severity, success, words,
            check.expected,
        )
        for column, words in columns
    ]  # fmt: skip

"""Alarms and dashboards ask for metrics that are exported, and every alarm has its page."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import temporalio.bridge
import yaml
from prometheus_client import REGISTRY, generate_latest

import bank.measures
import edge.replica
import edge.request_metrics
import sagas
from audit.console import measured
from audit.report import AuditReport, Result, Store, Violation
from bank.service import figures as of_bank
from edge import metrics
from edge.figures import Figure
from signer.service import figures as of_signer
from store.operations import figures as of_market

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARDS = sorted((ROOT / "deploy" / "grafana").glob("*.json"))
RUNBOOKS = ROOT / "docs" / "runbooks"
OURS = (bank.measures, edge.replica, edge.request_metrics, sagas)  # importing them declares their counters

METRIC = re.compile(r"\b(?:holdfast|temporal|process)_\w+")
TYPE = re.compile(r"^# TYPE (\w+) (\w+)$", re.MULTILINE)
SUFFIXES = ("_bucket", "_sum", "_count")
# The SDK's own begin with this, and have these endings as the worker sets it up (`tests/devstack/test_metrics.py`).
SDK = "temporal_"
ENDINGS = ("_seconds_bucket", "_seconds_sum", "_seconds_count", "_total", "")


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def expressions() -> list[str]:
    panels = [panel for board in DASHBOARDS for panel in json.loads(board.read_text())["panels"]]
    return [rule["expr"] for rule in rules()] + [target["expr"] for panel in panels for target in panel["targets"]]


def exported() -> set[str]:
    """The names of our own metrics, with what Prometheus adds to those of a histogram."""
    found = {
        figure.name
        for module in (metrics, edge.replica, of_market, of_bank, of_signer)
        for figure in figures_in(module)
    }
    report = AuditReport(datetime.now(UTC), timedelta(0), strict=False, results=())
    for registry in (REGISTRY, measured(report)):
        for name, kind in TYPE.findall(generate_latest(registry).decode()):
            found |= {f"{name}{suffix}" for suffix in SUFFIXES} if kind == "histogram" else {name}
    return found


def figures_in(module: Any) -> list[Figure]:
    of_statements = [figure for figure, _ in getattr(module, "_READ", ())]
    return of_statements + [value for value in vars(module).values() if isinstance(value, Figure)]


def test_every_metric_that_an_alarm_or_a_dashboard_names_is_exported() -> None:
    named = {name for expression in expressions() for name in METRIC.findall(expression)}
    ours = {name for name in named if not name.startswith(SDK)}
    assert ours - exported() == set()
    assert ours


def test_every_metric_of_the_sdk_that_they_name_is_in_the_sdk() -> None:
    library = next(Path(temporalio.bridge.__file__).parent.glob("*.so")).read_bytes()
    named = {name for expression in expressions() for name in METRIC.findall(expression) if name.startswith(SDK)}
    for name in named:
        ending = next(ending for ending in ENDINGS if name.endswith(ending))
        assert name.removeprefix(SDK).removesuffix(ending).encode() in library, name
    assert named


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alarm_has_a_page_that_says_what_to_do(rule: dict[str, Any]) -> None:
    page = ROOT / rule["annotations"]["runbook"]
    said = page.read_text()
    assert "**Look at**" in said and "**Do**" in said
    assert f"| `{rule['alert']}` | {rule['labels']['severity']} |" in (RUNBOOKS / "README.md").read_text()
    assert rule["labels"]["severity"] in {"page", "ticket"}


def test_no_page_is_left_without_its_alarm() -> None:
    pages = {f"docs/runbooks/{page.name}" for page in RUNBOOKS.glob("*.md") if page.name != "README.md"}
    assert pages == {rule["annotations"]["runbook"] for rule in rules()}


def test_the_rules_and_the_configuration_are_valid_for_prometheus() -> None:
    """By its own tool, where it is installed; the names above are compared everywhere."""
    tool = shutil.which("promtool")
    for command in [] if tool is None else [["check", "rules", ALERTS.name], ["check", "config", "prometheus.yml"]]:
        done = subprocess.run([str(tool), *command], cwd=ALERTS.parent, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    scraped = yaml.safe_load((ALERTS.parent / "prometheus.yml").read_text())["scrape_configs"]
    assert {job["job_name"] for job in scraped} == {
        "holdfast-api",
        "holdfast-worker",
        "holdfast-temporal-sdk",
        "holdfast-bank",
        "holdfast-signer",
    }


def test_the_audit_says_how_many_rows_are_wrong_and_when_it_ended() -> None:
    wrong = Result(Store.MARKET, "a check", 1, "A rule.", 10, (Violation("a check", "row 1"),), broken=3)
    report = AuditReport(datetime(2026, 1, 31, tzinfo=UTC), timedelta(0), strict=False, results=(wrong,))
    lines = generate_latest(measured(report)).decode().splitlines()
    assert "holdfast_audit_violations 3.0" in lines
    assert "holdfast_audit_timestamp_seconds 1.7698176e+09" in lines

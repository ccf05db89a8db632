"""The dashboard, the alerts and the documents name metrics and labels that there are, and the documents name all."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.metrics.catalogue import METRICS
from tasks_app.lua import job_script
from tasks_app.metrics import BOUNDS, WAIT
from tests.machine import promtool

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy/prometheus/alerts.yml"
DASHBOARD = ROOT / "deploy/grafana/usher.json"
DOCUMENT = (ROOT / "docs/metrics.md").read_text()
METRIC = re.compile(r"\b(usher_[a-z_]+)(?:\{([^}]*)\})?")
BY = re.compile(r"\b(?:by|without|on) \(([^)]*)\)")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return [one for one in json.loads(DASHBOARD.read_text())["panels"] if one["type"] != "row"]


def expressions() -> Iterator[str]:
    """All PromQL of both files."""
    yield from (rule["expr"] for rule in rules())
    yield from (target["expr"] for panel in panels() for target in panel["targets"])


def metric_of(name: str) -> str:
    """The documented name; a histogram has three kinds of samples."""
    base = re.sub("_(bucket|sum|count)$", "", name)
    return base if base in METRICS and METRICS[base].kind == "histogram" else name


@pytest.mark.parametrize("expression", list(expressions()))
def test_an_expression_names_metrics_and_labels_that_there_are(expression: str) -> None:
    found = METRIC.findall(expression)
    assert found
    assert expression.count("(") == expression.count(")")
    labels = {"le"}
    for name, matchers in found:
        row = METRICS[metric_of(name)]
        assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers)) <= {*row.labels, "le"}, expression
        labels |= {*row.labels}
    for names in BY.findall(expression):
        assert {one.strip() for one in names.split(",") if one.strip()} <= labels, expression


@pytest.mark.parametrize("expression", list(expressions()))
def test_counters_are_read_as_rates_and_nothing_else_is(expression: str) -> None:
    for function, name in re.findall(r"(\w*)\((usher_[a-z_]+)", expression):
        row, is_rate = METRICS[metric_of(name)], function in ("rate", "increase")
        assert is_rate == (row.kind != "gauge"), expression


def test_prometheus_takes_the_rules() -> None:
    path = promtool()
    assert path, "`make test` gets promtool: python -m tests.machine"
    ended = subprocess.run([path, "check", "rules", ALERTS], capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_each_alert_has_a_summary_a_severity_and_a_row_in_the_documents() -> None:
    rows = re.findall(r"^\| `(Usher\w+)` \|", DOCUMENT, re.MULTILINE)
    assert sorted(rows) == sorted(rule["alert"] for rule in rules())
    for rule in rules():
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch(r"[0-9]+m", rule.get("for", "1m"))


def test_the_summary_of_an_alert_names_labels_that_its_expression_keeps() -> None:
    for rule in rules():
        named = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        grouped = BY.findall(rule["expr"])
        kept = {one.strip() for names in grouped for one in names.split(",")}
        if not grouped:
            kept = {label for name, _ in METRIC.findall(rule["expr"]) for label in METRICS[metric_of(name)].labels}
        assert named <= kept, rule["alert"]


def test_the_dashboard_works_with_any_data_source() -> None:
    board = json.loads(DASHBOARD.read_text())
    variables = {one["name"]: one for one in board["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    assert all(one["datasource"] == chosen for one in [*panels(), variables["queue"], variables["type"]])
    assert len({one["id"] for one in board["panels"]}) == len(board["panels"])
    used = {name for expression in expressions() for name in re.findall(r"\$(\w+)", expression)}
    assert used - {"__rate_interval"} <= set(variables)


def test_the_documents_have_a_row_for_each_metric() -> None:
    rows = re.findall(r"^\| `(usher_\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \| [^|]*\|$", DOCUMENT, re.MULTILINE)
    told = {name: (kind, tuple(re.findall(r"`(\w+)`", labels)), meaning) for name, kind, labels, meaning in rows}
    assert told == {name: (row.kind, row.labels, row.meaning) for name, row in METRICS.items()}


def test_names_follow_the_conventions_of_prometheus() -> None:
    for name, row in METRICS.items():
        assert name.endswith("_total") == (row.kind == "counter"), name
        assert not re.search("_(ms|milliseconds|minutes|kb|mb|count|sum|bucket)$", name), name


def test_the_scripts_have_the_bounds_of_the_histogram() -> None:
    found = re.search(r"WAITS_MS = \{([^}]*)\}", job_script("turn", "slot", "settling"))
    assert found
    assert tuple(float(one) / 1000 for one in found[1].split(",")) == BOUNDS[WAIT]

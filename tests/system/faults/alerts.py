"""Alerts: which rules of deploy/prometheus would fire if a fault went on, by Prometheus' own promtool."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.machine import promtool
from tests.system.faults.instruments import Course
from tests.system.processes import ROOT

RULES = ROOT / "deploy/prometheus/alerts.yml"
HEALTHY_MINUTES, FAULTY_MINUTES = 20, 60
LOOKS_MINUTES = (22, 25, 30, 40, 60, 80)  # within 20 and 80: the fault begins in minute 20


USUAL_SECONDS = {
    "usher_census_age_seconds": 300
}  # metric -> how old it becomes in a healthy system; others do not grow


def fire(course: Course, seconds: float, directory: Path) -> list[str]:
    """
    The alerts that fire within an hour: gauges stay as they are, ages grow, and what was counted since the fault
    began happens again every minute. `seconds`: between the last two scrapes.
    """
    series = list(_series(course, seconds))
    names = [rule["alert"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    looks = [
        {"eval_time": f"{minute}m", "alertname": name, "exp_alerts": []} for name in names for minute in LOOKS_MINUTES
    ]
    test: dict[str, Any] = {"interval": "1m", "input_series": series, "alert_rule_test": looks}
    file = directory / "alerts_test.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [test]}))
    path = promtool()
    assert path, "promtool is missing; `make test` gets it"
    ended = subprocess.run([path, "test", "rules", file], capture_output=True, text=True, timeout=60, check=False)
    said = ended.stdout + ended.stderr
    fired = set(re.findall(r"alertname: (\w+), time", said))
    assert (ended.returncode == 0) == (not fired), said
    return [name for name in names if name in fired]


def _series(course: Course, seconds: float) -> Iterator[dict[str, str]]:
    for name, labels in sorted(course.before.values.keys() | course.later.values.keys(), key=str):
        scrapes = (course.before, course.during, course.later)
        first, middle, last = (scrape.values.get((name, labels)) for scrape in scrapes)
        written = ",".join(f'{label}="{value}"' for label, value in sorted(labels))
        healthy = f"{'_' if first is None else first}x{HEALTHY_MINUTES}"
        yield {
            "series": f"{name}{{{written}}}",
            "values": f"{healthy} {_course(name, first, middle, last, seconds)}x{FAULTY_MINUTES}",
        }


def _course(name: str, first: float | None, middle: float | None, last: float | None, seconds: float) -> str:
    """The values of the faulty hour, a minute each, in promtool's notation."""
    if last is None:
        return "_"
    if re.search("_(total|count|sum|bucket)$", name):
        return f"{last}+{max(0, last - (first or 0))}"
    grows = name.endswith("_seconds") and middle is not None and last - middle > seconds / 2
    return f"{last}+{60 if grows and last > USUAL_SECONDS.get(name, 0) else 0}"

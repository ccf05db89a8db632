"""Instruments: what /readyz, /metrics and `usher doctor` say about a running system, in words for a table."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import requests

from tasks_app.jobs import messages
from tests.scrape import Scrape
from tests.system.processes import ROOT
from tests.system.usher import Usher

OLD_SECONDS = 3  # a queued job that nothing hinders does not become so old
FULL_SHARE = 0.9  # of maxmemory
# Counters that stand still unless something is wrong -> the labels that the table names.
TROUBLES = {
    "usher_leases_lost_total": ("type",),
    "usher_jobs_poisoned_total": ("type",),
    "usher_jobs_retried_total": ("type",),
    "usher_jobs_failed_total": ("type",),
    "usher_dead_messages_total": (),
}


def scrape(usher: Usher) -> Scrape:
    """What /metrics says now; nothing if no web process answers."""
    try:
        answer = requests.get(f"{usher.http.url}/metrics", timeout=10)
    except requests.ConnectionError:
        return Scrape("")
    assert answer.status_code == 200, answer.text
    return Scrape(answer.text)


def readiness(usher: Usher) -> str:
    """The status of /readyz, and each check that is not ok."""
    try:
        answer = usher.http("GET", "/readyz", timeout=10)
    except requests.ConnectionError:
        return "no answer"
    found = answer.json()
    checks = {"state": found["state"], "broker": found["broker"]}
    checks |= {queue: one["status"] for queue, one in found["queues"].items()}
    named = [f"{name} {status}" for name, status in checks.items() if status != "ok"]
    dead = [queue for queue, one in found["queues"].items() if one["dead_slots"] and one["status"] != "dead"]
    return ": ".join(
        filter(None, (str(answer.status_code), ", ".join([*named, *(f"{q} has dead slots" for q in dead)])))
    )


@dataclass(frozen=True, slots=True)
class Course:
    """Three scrapes: before the fault, during it, and some seconds later."""

    before: Scrape
    during: Scrape
    later: Scrape

    def told(self) -> list[str]:
        """Each metric that says that something is wrong."""
        if not self.later.values:
            return ["no answer"]
        if not self.later.of("usher_up"):
            return ["`usher_up` 0"]
        return [*self._of_servers(), *self._of_slots(), *self._of_jobs(), *self._of_calls()]

    def _of_servers(self) -> Iterator[str]:
        if not self.later.of("usher_broker_up"):
            yield "`usher_broker_up` 0"
        if not self.later.of("usher_state_writable"):
            yield "`usher_state_writable` 0"
        if len(self._labels("usher_connections", "layout")) > 1:
            yield "`usher_connections` of two layouts"
        limit = self.later.of("usher_redis_memory_limit_bytes")
        if limit and self.later.of("usher_redis_memory_bytes") > FULL_SHARE * limit:
            yield "`usher_redis_memory_bytes` near `usher_redis_memory_limit_bytes`"

    def _of_slots(self) -> Iterator[str]:
        for queue in messages.QUEUES:
            before, during, later = (
                {state: int(one.of("usher_slots", queue=queue, state=state)) for state in ("idle", "busy", "dead")}
                for one in (self.before, self.during, self.later)
            )
            is_silent = self._grows("usher_queue_silent_seconds", queue=queue)
            name = f'`usher_slots{{queue="{queue}"}}`'
            alive = later["idle"] + later["busy"]
            if later["dead"]:
                yield f"{name} {'all' if not alive else 'some'} dead"
            elif not alive:
                yield f"{name} 0"
            elif alive < before["idle"] + before["busy"]:
                yield f"{name} fewer"
            elif is_silent and during["idle"] + later["idle"] == 0:
                yield f"{name} all busy"
            if is_silent:
                yield f'`usher_queue_silent_seconds{{queue="{queue}"}}` grows'

    def _of_jobs(self) -> Iterator[str]:
        for metric in ("usher_jobs_oldest_seconds", "usher_jobs_overdue_seconds"):
            for job_type in self._labels(metric, "type"):
                if self._grows(metric, type=job_type):
                    yield f'`{metric}{{type="{job_type}"}}` grows'
        for job_type in self._labels("usher_jobs_without_worker", "type"):
            if self.later.of("usher_jobs_without_worker", type=job_type):
                yield f'`usher_jobs_without_worker{{type="{job_type}"}}` above 0'
        for metric, labels in TROUBLES.items():
            for label in labels:
                for value in self._labels(metric, label):
                    if self._rises(metric, **{label: value}):
                        yield f'`{metric}{{{label}="{value}"}}` rises'
            if not labels and self._rises(metric):
                yield f"`{metric}` rises"

    def _of_calls(self) -> Iterator[str]:
        for meaning in self._labels("usher_provider_calls_total", "meaning"):
            if meaning != "sent" and self._rises("usher_provider_calls_total", meaning=meaning):
                yield f'`usher_provider_calls_total{{meaning="{meaning}"}}` rises'

    def _labels(self, metric: str, label: str) -> list[str]:
        return sorted({dict(labels)[label] for name, labels in self.later.values if name == metric})

    def _rises(self, metric: str, **labels: str) -> bool:
        return self.later.of(metric, **labels) > self.before.of(metric, **labels)

    def _grows(self, metric: str, **labels: str) -> bool:
        return self.later.of(metric, **labels) > self.during.of(metric, **labels) > OLD_SECONDS


class Doctor:
    """`usher doctor` as a process of its own, beside one system."""

    def __init__(self, usher: Usher) -> None:
        self._environment = os.environ | usher.urls() | {"PYTHONPATH": str(ROOT), "USHER_READY_SECONDS": "20"}
        self._directory = usher.directory
        self._usual = self.findings()

    def findings(self) -> set[tuple[str, str]]:
        """Each check that found something, and how bad that is."""
        ended = subprocess.run(
            [sys.executable, "-m", "usher", "doctor", "--json"],
            cwd=self._directory, env=self._environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        report: dict[str, Any] = json.loads(ended.stdout)
        return {(one["check"], one["level"]) for one in report["findings"]}

    def told(self) -> list[str]:
        """Each check that found something which it did not find in the healthy system on this machine."""
        return [f"`{check}`: {level}" for check, level in sorted(self.findings() - self._usual)]

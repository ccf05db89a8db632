"""The whole running Usher: the tests' requests over HTTP, and its processes, which a test may harm."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests
from pytest_celery import CeleryTestSetup

from tests.deadlines import until
from tests.system.client import Client, Listener
from tests.system.nodes import HttpNode, ValkeyContainer

FINAL = ("complete", "failed", "cancelled")


class Usher:
    """A pytest-celery setup with the web process before it. `setup.backend` is the state's database."""

    def __init__(self, setup: CeleryTestSetup, web: HttpNode, directory: Path) -> None:
        self.setup, self.web, self.directory = setup, web, directory
        self.broker: ValkeyContainer = setup.broker.container
        self.state: ValkeyContainer = setup.backend.container
        self.http = Client(web.container.url.removesuffix("/healthz"))

    def urls(self) -> dict[str, str]:
        """The settings that name the two servers."""
        return {"BROKER_URL": self.broker.url, "REDIS_URL": self.state.url}

    def wait_ready(self, seconds: float = 60) -> None:
        """Wait until every process is up and every queue is consumed."""
        assert self.setup.ready(docker=True)
        self.web.ready()
        until(self.is_ready, seconds, lambda: self.http("GET", "/readyz").text)

    def is_ready(self) -> bool:
        return self.http("GET", "/readyz").status_code == 200

    def close(self) -> None:
        self.http.close()

    # Reservations

    def show(self, show_id: str, seats: int, hold_seconds: float = 600) -> str:
        """A new show with one pool, `floor`; returns the path of its reservations."""
        body = {"id": show_id, "name": show_id, "hold_seconds": hold_seconds, "hold_max_seconds": 7200}
        body["pools"] = [{"name": "floor", "capacity": seats}]
        answer = self.http("POST", "/v1/shows", body, key=show_id, wait_seconds=20)
        assert answer.status_code == 201, answer.text
        return f"/v1/shows/{show_id}/reservations"

    def reserve(self, path: str, key: str | None = None, wait_seconds: int = 0, **options: Any) -> requests.Response:
        """Request one unit of the floor; the answer."""
        return self.http("POST", path, {"lines": [{"pool": "floor"}], **options}, key=key, wait_seconds=wait_seconds)

    def outcome(self, reservation_id: str, seconds: float = 40) -> str:
        """The reservation, once it has an outcome."""
        return str(self._settled(f"/v1/reservations/{reservation_id}", ("queued", "active", "delayed"), seconds))

    def floor(self, show_id: str) -> dict[str, Any]:
        """The numbers of a show's one pool."""
        numbers: dict[str, Any] = self.http.get(f"/v1/shows/{show_id}")["pools"]["floor"]
        return numbers

    def held(self, show_id: str) -> list[str]:
        """The reservation of each hold that was ever made, by the ledger."""
        entries: list[dict[str, Any]] = []
        after = "0"
        while page := self.http.get(f"/v1/shows/{show_id}/ledger?limit=1000&after={after}")["entries"]:
            entries += page
            after = page[-1]["id"]
        return [entry["about"] for entry in entries if entry["event"] == "held"]

    def assert_true_numbers(self, show_id: str) -> None:
        """Every invariant of the show holds."""
        audit = self.http.get(f"/v1/shows/{show_id}/audit")
        assert audit["ok"], audit

    # Jobs

    def submit(self, job_type: str, data: dict[str, Any] | None = None, **options: Any) -> str:
        """Submit one job; returns its id."""
        answer = self.http("POST", "/v1/jobs", {"type": job_type, "data": data or {}, **options})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def notify(self, recipients: Sequence[dict[str, Any]]) -> str:
        """Notify them all with one request, as lines; returns the batch's id."""
        lines = "".join(json.dumps(one) + "\n" for one in recipients)
        kind = {"Content-Type": "application/x-ndjson"}
        answer = requests.post(f"{self.http.url}/v1/notifications", lines, headers=kind, timeout=60)
        assert answer.status_code == 202, answer.text
        assert answer.json()["taken"] == len(recipients)
        return str(answer.json()["id"])

    def counts(self, batch: str) -> Counter[str]:
        """How many jobs of a batch are in which state, without the zeros. They add up at every look."""
        found = self.http.get(f"/v1/batches/{batch}")
        assert sum(found["counts"].values()) == found["total"], found
        return +Counter(found["counts"])

    def told(self, batch: str) -> str:
        """Its counts, and what went wrong how often: the reason of a test that waited in vain."""
        jobs = self.http.get(f"/v1/batches/{batch}/jobs?limit=500")["jobs"]
        wrong = Counter(f"{one['error']['code']}: {one['error']['message']}" for one in jobs if one["error"])
        return f"{self.counts(batch)}; {wrong.most_common(5)}"

    def recipients(self, batch: str) -> dict[str, str]:
        """The address of each job of a batch."""
        found: dict[str, str] = {}
        while page := self.http.get(f"/v1/batches/{batch}/jobs?limit=500&start={len(found)}")["jobs"]:
            found |= {job["id"]: job["data"]["to"] for job in page}
        return found

    def job(self, job_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"/v1/jobs/{job_id}")
        return found

    def finished(self, job_id: str, seconds: float = 40) -> dict[str, Any]:
        """The job, once it is over."""
        self._settled(f"/v1/jobs/{job_id}", ("queued", "active", "delayed"), seconds)
        return self.job(job_id)

    def let_go(self, job_id: str) -> None:
        """Let a job of the type `linger` end."""
        (self.directory / f"go-{job_id}").touch()

    def marks(self, job_id: str) -> list[str]:
        """What the handlers in own_handlers.py did for this job, in order."""
        file = self.directory / "marks"
        lines = file.read_text().splitlines() if file.exists() else []
        return [line.partition(" ")[2] for line in lines if line.startswith(job_id)]

    def listen(self, topic: str, after: str | None = None) -> Listener:
        """Follow the event stream of a topic, from the beginning or from the event with the id `after`."""
        return Listener(self.http, topic, after)

    def _settled(self, path: str, unsettled: tuple[str, ...], seconds: float) -> str:
        state = ""

        def settled() -> bool:
            nonlocal state
            answer = self.http("GET", path)
            state = answer.json()["state"] if answer.ok else answer.text
            return answer.ok and state not in unsettled

        until(settled, seconds, lambda: f"{path}: {state}")
        return state

"""What the tests of the API call: the application in this process, and a real worker that does the accepted jobs."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import redis
from flask.testing import FlaskClient

from tasks_app.configuration import Settings
from tasks_app.jobs.messages import QUEUES
from tasks_app.state import inventory_keys, worker_keys
from tasks_app.usher import Usher
from tests.servers import Valkey

ROOT = Path(__file__).parents[2]
FIND_BY = ("order", "email")
WORKER = ["-A", "tasks_app.celery", "worker", "-Q", ",".join(QUEUES), "-P", "threads", "-c", "4", "-n", "api@test"]


class ApiSystem:
    """A Valkey of its own, so that no other test empties it, and one worker. This process is its web process."""

    def __init__(self, directory: Path) -> None:
        self.log = directory / "worker.log"
        self.valkey = Valkey(directory / "valkey")
        self.valkey.start()
        self.state = self.valkey.client()
        own = {"redis_url_given": self.valkey.url(0), "broker_url_given": self.valkey.url(1), "find_by": FIND_BY}
        self.usher = Usher(Settings.model_construct(**(Settings().model_dump() | own)))
        environment = {**os.environ, "REDIS_URL": self.valkey.url(0), "BROKER_URL": self.valkey.url(1)}
        environment |= {"USHER_HANDLERS": "tests.integration.api_handlers", "USHER_FIND_BY": ",".join(FIND_BY)}
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "celery", *WORKER, "--without-gossip", "--without-mingle"]
            self.worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def ready(self) -> bool:
        assert self.worker.poll() is None, self.log.read_text()
        return self.state.hlen(worker_keys.consumed()) == len(QUEUES) and bool(
            self.state.exists(inventory_keys.seeded())
        )

    def stop(self) -> None:
        self.worker.terminate()
        try:
            self.worker.wait(10)
        except subprocess.TimeoutExpired:
            self.worker.kill()
            self.worker.wait()
        self.valkey.kill()


class Api:
    """A caller of the API: JSON in, JSON out, answers as Flask's test client gives them."""

    def __init__(self, client: FlaskClient, state: redis.Redis) -> None:
        self.client = client
        self.state = state

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Write header names with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        options = {} if body is None else {"json": body}
        return self.client.open(path, method=method, headers=named, **options)  # type: ignore[arg-type]

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("PUT", path, body, **headers)

    def status(self, path: str) -> int:
        """Only the status, of files too."""
        with self.get(path) as answer:
            return int(answer.status_code)

    def show(self, **pools: int) -> str:
        """The id of a new show; ten units of `floor` if no pools are given."""
        named = [{"name": name, "capacity": capacity} for name, capacity in (pools or {"floor": 10}).items()]
        answer = self.post("/v1/shows", {"name": "A show", "pools": named}, Prefer="wait=10")
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])

    def product(self, quantity: int = 10) -> str:
        """The id of a new product."""
        answer = self.post("/v1/products", {"name": "A product", "quantity": quantity}, Prefer="wait=10")
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])

    def hold(self, show: str, quantity: int = 1, **more: Any) -> str:
        """The id of a reservation of some units of `floor` that is held."""
        body = {"lines": [{"pool": "floor", "quantity": quantity}], **more}
        answer = self.post(f"/v1/shows/{show}/reservations", body, Prefer="wait=10")
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])

    def done(self, job_type: str, **options: Any) -> Any:
        """A job of the type that has ended, in any way."""
        answer = self.post("/v1/jobs", {"type": job_type, **options}, Prefer="wait=10")
        assert answer.status_code == 200, answer.text
        return answer.json


def assert_problem(answer: Any, status: int, code: str) -> Any:
    """The answer is problem+json with this status and code; returns its body."""
    assert (answer.status_code, answer.json.get("code")) == (status, code), answer.text
    assert answer.content_type == "application/problem+json"
    body = answer.json
    assert (body["status"], body["type"]) == (status, f"urn:usher:problem:{code}")
    assert body["title"]
    return body

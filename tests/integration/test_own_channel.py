"""A user's own channel is one file: the one in the documents, named in a setting, through real processes."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis

from tests.integration.real_server import ROOT, RealServer
from tests.servers import Valkey

EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)
WORKER = ["-A", "tasks_app.celery", "worker", "-Q", "notifications", "-P", "threads", "-c", "2", "-n", "notifier@test"]


class Loft:
    """A web process and a notifier that know the channel `pigeon`, and the boxes that it fills."""

    def __init__(self, valkey: Valkey, directory: Path) -> None:
        (directory / "loft").mkdir()
        (example,) = EXAMPLE.findall((ROOT / "docs/notifications.md").read_text())
        (directory / "loft/pigeon.py").write_text(example)
        self.boxes = directory / "boxes"
        self.boxes.mkdir()
        own = {"PYTHONPATH": str(directory), "USHER_CHANNELS": "loft.pigeon", "LOFT": str(self.boxes)}
        own |= {"USHER_SEED": "none", "USHER_RATES": "pigeon=100"}
        self.web = RealServer(SimpleNamespace(valkey=valkey), directory / "web.log", **own)  # type: ignore[arg-type]
        servers = {"REDIS_URL": valkey.url(0), "BROKER_URL": valkey.url(1)}
        with (directory / "worker.log").open("wb") as log:
            command = [sys.executable, "-m", "celery", *WORKER, "--without-gossip", "--without-mingle"]
            self.worker = subprocess.Popen(command, cwd=ROOT, env=os.environ | servers | own, stdout=log, stderr=log)

    def ask(self, method: str, path: str, body: Any = None, headers: str = "") -> tuple[int, Any]:
        """Status and JSON of the answer."""
        text = json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}"
        head += f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n" if body is not None else ""
        answer = self.web.send(head.encode() + b"\r\n" + (text if body is not None else b""))
        return int(answer.split(b" ")[1]), json.loads(answer.partition(b"\r\n\r\n")[2])

    def close(self) -> None:
        self.web.stop()
        self.worker.terminate()
        self.worker.wait(20)


@pytest.fixture
def loft(valkey: Valkey, state: redis.Redis, tmp_path: Path) -> Iterator[Loft]:
    loft = Loft(valkey, tmp_path)
    yield loft
    loft.close()


def test_a_users_own_channel_is_one_file(loft: Loft, eventually: Callable[..., None]) -> None:
    # When a notification is sent over it, then its sender was called once, and its outcome is that of its rows
    status, taken = loft.ask("POST", "/v1/notifications", {"channel": "pigeon", "to": "ada", "message": "Moved"})
    assert (status, taken["state"]) == (202, "queued")
    path = f"/v1/notifications/{taken['id']}"
    eventually(lambda: loft.ask("GET", path)[1]["state"] == "sent", 60)
    found = loft.ask("GET", path)[1]
    assert (found["channel"], found["answer"], found["attempts_max"]) == ("pigeon", "put", 3)
    assert (loft.boxes / "ada").read_text() == f"{taken['id']} Moved\n"

    # Its address rule holds for bodies and for lists, and its sender is not called for a listed recipient
    status, problem = loft.ask("POST", "/v1/notifications", {"channel": "pigeon", "to": "a/b", "message": "Moved"})
    assert (status, problem["errors"][0]["field"]) == (422, "to")
    assert problem["detail"] == '`to` is "a/b", which is no box: a box has a name of letters and digits.'
    assert loft.ask("POST", "/v1/suppressions/pigeon", ["a/b"])[1]["code"] == "invalid_address"
    assert loft.ask("POST", "/v1/suppressions/pigeon", ["bob"])[1]["added"] == 1
    body = {"channel": "pigeon", "to": "bob", "message": "Moved"}
    assert loft.ask("POST", "/v1/notifications", body)[1]["state"] == "failed"

    # The documents and the refusal of another name list it
    document = loft.ask("GET", "/docs/openapi.json")[1]
    channels = ["apprise", "console", "pigeon", "webhook", "webpush"]
    assert document["components"]["schemas"]["NotificationBody"]["properties"]["channel"]["enum"] == channels
    detail = loft.ask("POST", "/v1/notifications", {"channel": "owl", "to": "ada", "message": "Hi"})[1]["detail"]
    assert detail.startswith("`channel` is \"owl\", but must be one of 'apprise', 'console', 'pigeon', 'webhook'")

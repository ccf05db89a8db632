"""A web process and Flower before a server of their own, for tests that make keys; no worker runs."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tasks_app.access import ApiKey, KeyStore, Role
from tests.deadlines import deadline_in
from tests.integration.api_system import ROOT
from tests.integration.real_server import RealServer
from tests.servers import Valkey, free_port


class GuardedSite:
    """`url` is what a browser asks. Everything is open until `key` made the first key."""

    def __init__(self, directory: Path, **environment: str) -> None:
        self._directory = directory
        self.valkey = Valkey(directory / "valkey")
        self.valkey.start()
        self._flower_port = free_port()
        self._flower: subprocess.Popen[bytes] | None = None
        system: Any = SimpleNamespace(valkey=self.valkey)
        given = {"FLOWER_PORT": str(self._flower_port), **environment}
        self._web = RealServer(system, directory / "web.log", **given)
        self.port = self._web.port
        self.url = f"http://localhost:{self.port}"

    def start_flower(self, eventually: Callable[..., None]) -> None:
        """Until it answers."""
        names = {"REDIS_URL": self.valkey.url(0), "BROKER_URL": self.valkey.url(1)}
        given = {**os.environ, **names, "FLOWER_PORT": str(self._flower_port)}
        with (self._directory / "flower.log").open("wb") as log:
            command = [sys.executable, "-m", "usher", "flower"]
            self._flower = subprocess.Popen(command, cwd=ROOT, env=given, stdout=log, stderr=log)
        eventually(self._flower_answers, 30, "Flower does not answer")

    def _flower_answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._flower_port}/flower/healthcheck", timeout=2) as got:
                return bool(got.status == 200)
        except OSError:
            return False

    def key(self, owner: str, *roles: Role) -> str:
        """The text of a new key, which the web process knows by the time this returns."""
        token, key = ApiKey.issue(owner, roles)
        with self.valkey.client() as client:
            KeyStore(client).add(key)
        deadline = deadline_in(5)
        while self.ask("/v1/shows", token)[0] != 200:
            assert time.monotonic() < deadline
        return token

    def ask(self, path: str, key: str = "") -> tuple[int, bytes]:
        """Status and body of what a program gets."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            with urllib.request.urlopen(
                urllib.request.Request(f"{self.url}{path}", headers=headers), timeout=10
            ) as got:
                return got.status, got.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    def stop(self) -> None:
        self._web.stop()
        if self._flower:
            self._flower.terminate()
            self._flower.wait(20)
        self.valkey.kill()

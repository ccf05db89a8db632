"""The clients keep to the rate of their key: they wait as `Retry-After` says, and everything they do is done once."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks_app.access import ApiKey, Role
from tests import machine
from tests.integration.real_server import RealServer
from tests.roots import Root
from tests.servers import Valkey
from usher_client import UsherClient

JOBS, RATE, COUNT = 8, "4/s", 4
CLIENT = Path(__file__).parents[2] / "clients" / "javascript" / "usher-client.js"
PROGRAM = """
const [url, apiKey, jobs] = process.argv.slice(1);
const { UsherClient } = await import(process.env.CLIENT);
const usher = new UsherClient(url, { apiKey });
const ids = [];
for (let number = 0; number < jobs; number += 1) {
  ids.push((await usher.submitJob("resize_image", { waitSeconds: 0 })).id);
}
console.log(JSON.stringify(ids));
"""
Client = Callable[[str, str], list[str]]  # (url, key) -> ids of the jobs that it submitted


def python(url: str, token: str) -> list[str]:
    with UsherClient(url, api_key=token) as client:
        return [client.submit_job("resize_image", wait_seconds=0).id for _ in range(JOBS)]


def javascript(url: str, token: str) -> list[str]:
    program = machine.node()
    assert program, "Playwright does not start: `make test` installs what it needs"
    ended = subprocess.run(
        [program, "--input-type=module", "-e", PROGRAM, url, token, str(JOBS)],
        env={**os.environ, "CLIENT": CLIENT.as_uri()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found: list[str] = json.loads(ended.stdout)
    return found


@pytest.fixture
def server(valkey: Valkey, usher: Root, tmp_path: Path) -> Iterator[RealServer]:
    made = RealServer(None, tmp_path / "log", REDIS_URL=valkey.url(0), BROKER_URL=valkey.url(1))
    yield made
    made.stop()


@pytest.mark.parametrize("client", [python, javascript])
def test_a_client_that_is_too_fast_waits_and_does_all_of_it(server: RealServer, usher: Root, client: Client) -> None:
    token, key = ApiKey.issue("shop", (Role.CLIENT,), rate=RATE)
    usher.api_keys.add(key)
    began = time.monotonic()
    ids = client(f"http://127.0.0.1:{server.port}", token)
    assert time.monotonic() - began >= (JOBS - COUNT) / COUNT
    assert len(set(ids)) == JOBS
    assert usher.jobs.counts(["resize_image"])["resize_image"]["queued"] == JOBS

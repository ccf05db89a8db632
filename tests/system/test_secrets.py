"""A whole Usher with a mark in each of its secrets, in good and in bad times: no mark is seen anywhere."""

import base64
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis
import requests

from tests.providers.provider import Provider, Reply
from tests.servers import Valkey
from tests.system.clone import Clone, Running

Eventually = Callable[..., None]

MARKS = {name: f"mark-of-{name}-4711" for name in ("state", "broker", "apprise", "user")}
SIGNER = base64.b64encode(b"mark-of-the-webhooks-secret-4711").decode()
ASKED = ("/healthz", "/readyz", "/metrics", "/v1/products", "/v1/jobs", "/v1/push-key", "/openapi/openapi.json", "/")
FLOWER = tuple(f"/flower/{page}" for page in ("", "workers", "broker", "metrics", "api/workers"))


def server(directory: Path, password: str) -> Valkey:
    made = Valkey(directory)
    made.start()
    with made.client() as client:
        client.config_set("requirepass", password)
    return made


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[dict[str, Valkey]]:
    made = {name: server(tmp_path / name, f"{MARKS[name]}#@/") for name in ("state", "broker")}
    yield made
    for one in made.values():
        one.kill()


def lock_out(one: Valkey, password: str) -> None:
    """Change its password, even for connections that are open."""
    with redis.Redis(port=one.port, password=password) as client:
        client.config_set("requirepass", "another")
        client.client_kill_filter(skipme=False)


def answers(clone: Clone) -> str:
    """The answers of the web process, and of Flower through it and past it, to any caller."""
    said = []
    for port, paths in (("PORT", (*ASKED, *FLOWER)), ("FLOWER_PORT", FLOWER)):
        for path in paths:
            with contextlib.suppress(requests.RequestException):
                answer = requests.get(f"http://127.0.0.1:{clone.ports[port]}{path}", timeout=10)
                said.append(f"{path}: {answer.headers} {answer.text}")
    assert len(said) > len(ASKED)
    return "\n".join(said)


def shown(clone: Clone, run: Running) -> dict[str, str]:
    """Everything that somebody may see: outputs, logs, answers, the list of processes."""
    seen = {"output": run.output(), "answers": answers(clone)}
    for log in (clone.root / "var" / "log").rglob("*"):
        seen[log.name] = log.read_text(errors="replace")
    for process in psutil.Process(run.process.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            seen[f"process {process.pid}"] = f"{process.name()} {process.cmdline()}"
    return seen


@pytest.mark.timeout(180)
def test_no_secret_is_seen_anywhere(
    clone: Clone, servers: dict[str, Valkey], provider: Provider, eventually: Eventually
) -> None:
    # Given an Usher each of whose secrets has a mark, some with characters that a URL escapes
    urls = {
        name: f"redis://:{mark}%23%40%2F@127.0.0.1:{servers[name].port}/0"
        for name, mark in MARKS.items()
        if name in servers
    }
    apprise = f"json://{MARKS['user']}:{MARKS['apprise']}@127.0.0.1:{provider.server_port}/sms/{{to}}"
    run = clone.start(
        "make run",
        REDIS_URL=urls["state"],
        BROKER_URL=urls["broker"],
        USHER_WEBHOOK_SECRETS=f"whsec_{SIGNER}",
        USHER_APPRISE_URL=apprise,
        USHER_ALLOWED_NETWORKS="127.0.0.0/8",
    )
    eventually(lambda: "Usher is up" in run.output(), 60, run.output)

    # When it sends requests that are refused, and its servers refuse it
    provider.default = Reply(500)
    messages = [{"channel": "webhook", "to": provider.url("/hook")}, {"channel": "apprise", "to": "4153518743"}]
    for message in messages:
        url = f"http://127.0.0.1:{clone.ports['PORT']}/v1/notifications"
        assert requests.post(url, json={**message, "message": "Hi"}, timeout=10).status_code == 202
    eventually(lambda: len(provider.received) == len(messages), 30)
    good_times = shown(clone, run)
    for name, one in servers.items():
        lock_out(one, f"{MARKS[name]}#@/")
    ready = f"http://127.0.0.1:{clone.ports['PORT']}/readyz"
    eventually(lambda: requests.get(ready, timeout=10).status_code == 503, 30)
    bad_times = shown(clone, run)
    run.interrupt()

    # Then no mark is seen anywhere, though there was much output
    assert "webhook 500" in str(good_times)
    assert "invalid username-password pair" in str(bad_times)
    assert str(servers["broker"].port) in str(good_times)
    secrets = {*MARKS.values(), SIGNER, "mark-of-the-webhooks"}
    for where, text in [*good_times.items(), *bad_times.items(), ("last words", run.output())]:
        for secret in secrets:
            assert secret not in text, f"{secret} in {where}"

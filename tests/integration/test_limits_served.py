"""The limits of keys over two real web processes: exact over the whole history of answers, also when one is killed."""

import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

import pytest

from tasks_app.access import ApiKey, Role
from tasks_app.access.stream_places import LEASE_SECONDS
from tests.integration.real_server import RealServer
from tests.roots import Root
from tests.servers import Valkey


class Answered(NamedTuple):
    """One request: when it was sent and answered, monotonic seconds, and as how many it counted; 0 = refused."""

    sent: float
    answered: float
    count: int


@pytest.fixture
def two(valkey: Valkey, usher: Root, tmp_path: Path) -> Iterator[list[RealServer]]:
    """Two web processes on one state."""
    names = {"REDIS_URL": valkey.url(0), "BROKER_URL": valkey.url(1)}
    servers = [RealServer(None, tmp_path / f"{number}.log", **names) for number in range(2)]
    yield servers
    for server in servers:
        server.stop()


def key(usher: Root, rate: str = "", streams: str = "") -> dict[str, str]:
    """The header of a new key."""
    token, made = ApiKey.issue("shop", (Role.CLIENT,), rate=rate, streams=streams)
    usher.api_keys.add(made)
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def sent(server: RealServer, headers: dict[str, str], until: float, batch: int, found: list[Answered]) -> None:
    """Ask as fast as it goes."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    body = json.dumps([{"type": "resize_image"}] * batch) if batch > 1 else ""
    while (began := time.monotonic()) < until:
        connection.request("POST" if body else "GET", "/v1/jobs", body or None, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status in (200, 202, 429), answer.status
        found.append(Answered(began, time.monotonic(), 0 if answer.status == 429 else batch))
        if answer.status == 429:
            time.sleep(0.005)  # the two processes share the cores with this one
    connection.close()


def asked(
    two: list[RealServer], headers: dict[str, str], seconds: float, callers: int, batch: int = 1
) -> list[Answered]:
    """Several callers ask both processes for so long."""
    found: list[Answered] = []
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=sent, args=(two[number % 2], headers, until, batch, found)) for number in range(callers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def most_beyond(history: list[Answered], count: int, seconds: float) -> float:
    """
    Over all windows: how many requests that were let in, both sent and answered within, were more than the promise of
    `count` at once and `count / seconds` for each second. Nothing above 0 may come out.
    """
    let_in = [one for one in history if one.count]
    worst = float("-inf")
    for first in let_in:
        total = 0
        for one in sorted((one for one in let_in if one.sent >= first.sent), key=lambda one: one.answered):
            total += one.count
            worst = max(worst, total - count - count * (one.answered - first.sent) / seconds)
    return worst


def test_two_processes_never_let_in_more_than_the_rate_promises_and_most_of_it(
    two: list[RealServer], usher: Root
) -> None:
    headers = key(usher, rate="40/s")
    history = asked(two, headers, seconds=4, callers=6)
    let_in = sum(one.count for one in history)
    assert any(not one.count for one in history)
    assert most_beyond(history, 40, 1) <= 0
    assert let_in >= 40 * 4  # what was lost with unused allowances is less than the burst


def test_batches_that_went_into_debt_keep_to_the_rate_in_the_long_run(two: list[RealServer], usher: Root) -> None:
    # Given batches of twice what may come at once, at both processes
    headers = key(usher, rate="40/s")
    history = asked(two, headers, seconds=6, callers=4, batch=80)
    # Then, after those that came in together at the beginning, each waits until the ones before are made up for
    let_in = [one for one in history if one.count]
    assert len(let_in) >= 2
    together = [one for one in let_in if one.sent < let_in[0].answered]
    debt = 80 * len(together) - 40
    later = [one for one in let_in if one.sent >= let_in[0].answered]
    assert all(one.answered - let_in[0].sent >= debt / 40 - 0.1 for one in later)


def test_a_killed_process_takes_nothing_of_the_rate_with_it_for_long(two: list[RealServer], usher: Root) -> None:
    # Given two busy processes, of which one is killed
    headers = key(usher, rate="40/s")
    history: list[Answered] = []
    asked(two, headers, seconds=1, callers=4)
    os.kill(int(two[0].worker()), signal.SIGKILL)
    # Then the other one soon lets in the whole rate
    history = asked([two[1], two[1]], headers, seconds=3, callers=3)
    assert sum(one.count for one in history if one.sent > history[0].sent + 0.5) >= 0.9 * 40 * 2.5
    assert most_beyond(history, 40, 1) <= 0


class Listener:
    """Opens streams of one key, and keeps those that it gets."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers = headers
        self._kept = ExitStack()

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.close()

    def opens(self, server: RealServer, job: str) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self._kept.callback(connection.close)
        connection.request("GET", f"/v1/stream?topic=job:{job}", headers=self._headers)
        answer = connection.getresponse()
        self._kept.callback(answer.close)
        assert answer.status in (200, 429)
        return answer.status == 200


def test_streams_count_over_both_processes_and_a_killed_one_s_stop_counting(
    two: list[RealServer], usher: Root, eventually: Callable[..., None]
) -> None:
    # Given a key that has its three streams open, two of them at one process
    headers = key(usher, streams="3")
    with closing(http.client.HTTPConnection("127.0.0.1", two[0].port, timeout=30)) as connection:
        connection.request("POST", "/v1/jobs", '{"type": "resize_image"}', headers)
        job = json.loads(connection.getresponse().read())["id"]
    with Listener(headers) as listener:
        assert [listener.opens(two[number % 2], job) for number in range(3)] == [True] * 3
        assert [listener.opens(server, job) for server in two] == [False] * 2
        # When that process is killed, then its two places are free within the lease, and the third stream counts on
        os.kill(int(two[0].worker()), signal.SIGKILL)
        eventually(lambda: listener.opens(two[1], job), LEASE_SECONDS + 3)
        assert [listener.opens(two[1], job) for _ in range(2)] == [True, False]

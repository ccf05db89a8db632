"""How long reservations wait while a caller sends the largest requests, again and again, to the same web process."""

import argparse
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.contestants import USHER
from benchmarks.depth import queued
from benchmarks.load import Load, run_apart
from benchmarks.report import percentile
from benchmarks.systems import CALL_SECONDS, NO_OP, Running, Sizes, started

LARGEST = 10_000  # jobs in a request: as many as it may have
QUEUED = 50_000  # jobs; while there are more, the next request waits, or it would be refused
PER_SECOND, CONNECTIONS, SECONDS = 100, 16, 15


def crowd(_: argparse.Namespace) -> None:
    """Reservations at a rate, alone and then beside the largest requests."""
    with started(USHER, Sizes(web_processes=1)) as one:
        load = Load(one.port, USHER.path, USHER.body, PER_SECOND * SECONDS, CONNECTIONS, PER_SECOND)
        alone = run_apart(load)
        with crowding(one) as answers:
            beside = run_apart(load)
    for name, measured in (("alone", alone), (f"beside requests of {LARGEST:,} jobs", beside)):
        p50, p99 = (percentile(measured.latencies_ms, share) for share in (0.5, 0.99))
        longest = max(measured.latencies_ms)
        print(
            f"reservations at {PER_SECOND} a second {name}: p50 {p50:.1f} ms, p99 {p99:.1f} ms,"
            f" longest {longest:.0f} ms; answers {measured.statuses}"
        )
    took = percentile([seconds for _, seconds in answers], 0.5)
    statuses = dict(Counter(status for status, _ in answers))
    print(f"requests of {LARGEST:,} jobs: {len(answers)} in {SECONDS} s, p50 {took:.2f} s; answers {statuses}")


@contextmanager
def crowding(one: Running) -> Iterator[list[tuple[int, float]]]:
    """One caller sends the largest request as soon as the one before is answered: statuses and seconds."""
    answers: list[tuple[int, float]] = []
    body = json.dumps([{"type": NO_OP, "data": {"number": number}} for number in range(LARGEST)])
    ended = threading.Event()

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", one.port, timeout=CALL_SECONDS)
        while not ended.is_set():
            if queued(one) > QUEUED:
                time.sleep(0.1)
                continue
            begun = time.monotonic()
            connection.request("POST", USHER.many_jobs, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            answers.append((answer.status, time.monotonic() - begun))
        connection.close()

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield answers
    finally:
        ended.set()
        thread.join(CALL_SECONDS)

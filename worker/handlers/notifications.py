"""push_notification: screen the jobs of a message, send many at a time, settle each as its answer comes."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from queue import Empty, SimpleQueue
from typing import Any

from tasks_app import connections, messages
from tasks_app.errors import DeferredError, StateUnavailableError
from tasks_app.recipients import channel_and_address
from tasks_app.settings import settings
from worker import sending, stopping
from worker.active import ActiveJob
from worker.handlers import Answers, gradually
from worker.notices import Notices
from worker.screening import Ready, screened

GATHER_SECONDS = 0.01  # answers are settled in groups; a provider takes longer to answer than they wait
LOOK_SECONDS = 0.5  # so often at least: is the worker to stop?


@cache
def senders() -> ThreadPoolExecutor:
    """The threads of this process that wait for providers; all messages that it works on share them."""
    return ThreadPoolExecutor(settings.sends_in_flight, thread_name_prefix="send")


@cache
def notices() -> Notices:
    """What all notifiers share, on this process's own connections."""
    return Notices(connections.worker_state())


@gradually(messages.PUSH_NOTIFICATION)
def push(jobs: Sequence[ActiveJob]) -> Iterator[Answers]:
    """
    Send one notification per job. Job data: {"channel", "to", "message", "title", "data", "urgency", "ttl_ms",
    "quiet"}, or the course's {"phoneNumber", "message"}; all but address and message optional.

    Results: {"outcome": "sent" | "in_doubt" | "skipped", "channel", "answer"}. What will never arrive fails the job.
    """
    try:
        ready, answered = screened(jobs, notices())
        report(ready, answered)
    except StateUnavailableError as error:
        yield [(job, error) for job in jobs]
        return
    if answered:
        yield answered
    yield from _sent(ready)


def _sent(ready: Sequence[Ready]) -> Iterator[Answers]:
    """
    Hand each to a thread when its moment comes; the answers as they come. When the worker is told to stop, what no
    thread has begun is given back.
    """
    waiting = deque(sorted(ready, key=lambda one: one.not_before))
    under_way: dict[Future[Any], ActiveJob] = {}
    done: SimpleQueue[Future[Any]] = SimpleQueue()
    while waiting or under_way:
        # The moment is awaited here: a thread that slept until then would be missing to others who can send.
        while waiting and waiting[0].not_before <= time.monotonic():
            one = waiting.popleft()
            future = senders().submit(sending.deliver, one, notices())
            under_way[future] = one.job
            future.add_done_callback(done.put)
        until = waiting[0].not_before if waiting else float("inf")
        found = _gathered(done, until, len(under_way))
        if answers := [(under_way.pop(future), _answer(future)) for future in found if future in under_way]:
            yield answers
        if stopping.told():
            unbegun = [one.job for one in waiting] + [under_way.pop(one) for one in list(under_way) if one.cancel()]
            waiting.clear()
            if unbegun:
                yield [(job, DeferredError("its notifier was stopped", 0)) for job in unbegun]


def _gathered(done: "SimpleQueue[Future[Any]]", until: float, most: int) -> list[Future[Any]]:
    """Those that are done next, with what comes shortly after; none if nothing comes until then (time.monotonic)."""
    found: list[Future[Any]] = []
    while len(found) < most or not most:
        rest_seconds = max(0.0, until - time.monotonic())
        try:
            found.append(done.get(timeout=min(rest_seconds, LOOK_SECONDS)))
        except Empty:
            break
        if len(found) == 1:
            until = min(until, time.monotonic() + GATHER_SECONDS)
    return found


def report(ready: Sequence[Ready], answered: Answers) -> None:
    """
    Tell how far these jobs are, in one round trip: looked at, 0; handed on, 50. Those that come back later are not
    begun. One that was lost is found out when it is settled.
    """
    over = [job for job, answer in answered if not isinstance(answer, DeferredError)]
    begun = [one.job for one in ready]
    reports = [
        (job, percent, {"to": channel_and_address(job.data)[1]})
        for job, percent in [*((job, 0) for job in over + begun), *((job, 50) for job in begun)]
    ]
    if reports:
        reports[0][0].report_all(reports)


def _answer(future: Future[Any]) -> Any:
    return future.exception() or future.result()

"""push_notification: screen the jobs of a message, send many at a time, settle each as its answer comes."""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import cache
from typing import Any

from tasks_app import connections, messages
from tasks_app.errors import StateUnavailableError
from tasks_app.recipients import channel_and_address
from tasks_app.settings import settings
from worker import sending
from worker.active import ActiveJob
from worker.handlers import Answers, gradually
from worker.notices import Notices
from worker.screening import screened


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
        report(jobs, 0)
        ready, answered = screened(jobs, notices())
    except StateUnavailableError as error:
        yield [(job, error) for job in jobs]
        return
    if answered:
        yield answered
    if not ready:
        return
    report([one.job for one in ready], 50)
    under_way = {senders().submit(sending.deliver, one, notices()): one for one in ready}
    while under_way:
        done, _ = wait(under_way, return_when=FIRST_COMPLETED)
        yield [(under_way.pop(future).job, _answer(future)) for future in done]


def report(jobs: Sequence[ActiveJob], percent: int) -> None:
    """Tell how far these jobs are, in one round trip. One that was lost is found out when it is settled."""
    if jobs:
        jobs[0].report_all([(job, percent, {"to": channel_and_address(job.data)[1]}) for job in jobs])


def _answer(future: Future[Any]) -> Any:
    return future.exception() or future.result()

"""push_notification: check a message's jobs for eligibility, send many at a time, settle each as its answer comes."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue

from tasks_app.errors import StateUnavailableError
from tasks_app.jobs import groups, messages
from tasks_app.program import own_usher
from worker.jobs import ActiveJob, Answer, Answers, Snooze, answer_to, gradually, stopping
from worker.notifications import delivery
from worker.notifications.eligibility import Ready, check_eligibility
from worker.notifications.notifier import Notifier
from worker.notifications.reports import report

GATHER_SECONDS = 0.01  # answers are settled in groups; a provider takes longer to answer than they wait
LOOK_SECONDS = 0.5  # at least so often: must the worker stop, has a job waited too long?
LANE = groups.of_queue(messages.NOTIFICATIONS)
LOT = 50  # jobs: a notifier works on some lots at once, and small ones spread a batch over several notifiers


@gradually(messages.PUSH_NOTIFICATION, most=LOT)
def push(jobs: Sequence[ActiveJob]) -> Iterator[Answers]:
    """
    Send one notification per job. Job data: {"channel", "to", "message", "title", "data", "urgency", "ttl_ms",
    "quiet"}, or the course's {"phoneNumber", "message"}; all but address and message optional.

    Results: {"outcome": "sent" | "in_doubt" | "skipped" | "sandboxed", "channel", "answer"}, with "sandboxed": true if
    so. A notification that can never arrive fails its job.
    """
    notifier = own_usher().part(Notifier)
    try:
        ready, answered = check_eligibility(jobs, notifier)
        report(ready, answered)
        # Sends that may be repeated need one note per message; each other send is noted on its own, at the last moment.
        if leaving := [one.job for one in ready if _is_noted_early(one)]:
            leaving[0].begin_all(leaving)
    except StateUnavailableError as error:
        yield [(job, answer_to(error, job)) for job in jobs]
        return
    if answered:
        yield answered
    yield from _sent(ready, notifier)


def _is_noted_early(one: Ready) -> bool:
    """In the sandbox nothing goes out that could be in doubt."""
    return not one.is_sandboxed and one.channel.policy != "at_most_once" and one.channel.terms.is_noted


def _sent(ready: Sequence[Ready], notifier: Notifier) -> Iterator[Answers]:
    """
    Hand each to a thread at its moment; yields the answers as they come. A notification goes back into the queue if no
    thread starts it within `patience_seconds`, as its eligibility must not be old when it is sent, or if no thread has
    started it when the worker is told to stop or the batch is paused.
    """
    store, senders = notifier.store, notifier.senders
    waiting = deque(sorted(ready, key=lambda one: one.not_before))
    under_way: dict[Future[Answer], tuple[Ready, float]] = {}  # and when to give it back
    done: SimpleQueue[Future[Answer]] = SimpleQueue()
    try:
        while waiting or under_way:
            # Wait for the moment here: a thread that slept until then would be missing for others that can send.
            refused = []
            while waiting and waiting[0].not_before <= time.monotonic():
                one = waiting.popleft()
                if senders.wait_seconds(one.scope) > senders.patience_seconds:
                    refused.append(one)
                    continue
                future = senders.submit(one.scope, partial(delivery.deliver, one, store, notifier.observe))
                under_way[future] = one, time.monotonic() + senders.patience_seconds
                future.add_done_callback(done.put)
            until = waiting[0].not_before if waiting else float("inf")
            found = [] if refused else _gathered(done, until, len(under_way))
            answers = [_answered(one, under_way.pop(one)[0].job) for one in found if one in under_way]
            if stopping.is_stopping():
                answers += [(one.job, Snooze("its notifier was stopped", 0)) for one in waiting]
                waiting.clear()
            refused += _withdrawn(under_way, notifier)
            answers += [(one.job, _later(one, notifier)) for one in refused]
            if answers:
                yield answers
    finally:  # otherwise nobody would settle them
        for future, (one, _) in under_way.items():
            senders.withdraw(one.scope, future)


def _withdrawn(under_way: dict[Future[Answer], tuple[Ready, float]], notifier: Notifier) -> list[Ready]:
    """The notifications that no thread has started, and none should start any more."""
    now, stops, pauses = time.monotonic(), stopping.is_stopping(), notifier.store.pauses()
    oldest = next(iter(under_way.values()), None)
    if oldest is None or (now < oldest[1] and not stops and not pauses):
        return []  # the usual case, which need not look at each
    unstarted = [
        future
        for future, (one, patience_ends) in under_way.items()
        if (now >= patience_ends or stops or _is_paused(one, pauses)) and not (future.running() or future.done())
    ]
    return [under_way.pop(one)[0] for one in unstarted if notifier.senders.withdraw(under_way[one][0].scope, one)]


def _is_paused(one: Ready, pauses: frozenset[str]) -> bool:
    its = (f"batch:{one.job.batch}", groups.of_type(one.job.type), LANE, groups.of_channel(one.channel.name))
    return bool(pauses) and not pauses.isdisjoint(its)


def _later(one: Ready, notifier: Notifier) -> Snooze:
    """Why it is given back, and for how long."""
    if stopping.is_stopping():
        return Snooze("its notifier was stopped", 0)
    if _is_paused(one, notifier.store.pauses()):
        return Snooze("it is paused", 0)  # the next claim holds it back
    return Snooze("its provider is slow", int(notifier.senders.away_seconds(one.scope) * 1000))


def _gathered(done: "SimpleQueue[Future[Answer]]", until: float, most: int) -> list[Future[Answer]]:
    """The sends that end next, with those shortly after; none if no send ends before `until` (time.monotonic)."""
    found: list[Future[Answer]] = []
    while len(found) < most or not most:
        rest_seconds = max(0.0, until - time.monotonic())
        try:
            found.append(done.get(timeout=min(rest_seconds, LOOK_SECONDS)))
        except Empty:
            break
        if len(found) == 1:
            until = min(until, time.monotonic() + GATHER_SECONDS)
    return found


def _answered(future: Future[Answer], job: ActiveJob) -> tuple[ActiveJob, Answer]:
    error = future.exception()
    return job, future.result() if error is None else answer_to(error, job)

"""The jobs of a message under the rates of their providers: sent now, soon or later, and none holds up another."""

import threading
import time
from dataclasses import replace

import pytest

from tasks_app.jobs.job import NewJob, State
from tasks_app.jobs.messages import PUSH_NOTIFICATION
from tests.jobs import take_in, told
from tests.providers.provider import Reply
from worker.jobs.verdicts import settlement
from worker.notifications import delivery
from worker.notifications.send_pool import SendPool


def test_a_rate_sends_some_now_and_gives_the_rest_back(notifier, provider):
    # Given a rate of 5 a second, and twenty to send
    notifier.pace("webhook", 5, 2)
    ids = [notifier.give(provider.url(f"/{number}"), attempts=1) for number in range(20)]

    # When they come in one message
    began = time.monotonic()
    notifier.work(*ids)
    took_seconds = time.monotonic() - began

    # Then the burst and one second's worth are sent, and the others come back with all their attempts
    sent, jobs = len(provider.received), [notifier.job(one) for one in ids]
    assert 7 <= sent <= 7 + 5 * max(took_seconds - 1, 0)  # the rate goes on while a busy machine sends
    assert [job.state for job in jobs] == [State.COMPLETE] * sent + [State.DELAYED] * (20 - sent)
    assert {job.attempts_made for job in jobs[sent:]} == {0}


def test_a_message_that_has_to_wait_is_not_shown_as_begun(notifier, provider, state):
    # Given a rate that lets one through, and not before long the other
    notifier.pace("webhook", 0.01, 1)
    first, second = (notifier.give(provider.url(f"/{number}")) for number in range(2))
    notifier.work(first, second)

    # Then only the progress of the first is shown
    assert told(state, first) == ["queued", "active", "progress", "progress", "complete"]
    assert told(state, second) == ["queued", "active", "snoozed"]


def test_a_message_that_waits_for_the_rate_keeps_no_thread_from_another_provider(notifier, provider, usher):
    # Given a single thread, and one provider whose next moment is half a second away
    pool = notifier.own.senders = SendPool(1)
    notifier.pace("webhook", 2, 1)
    ids = [notifier.give(provider.url("/1")), notifier.give(provider.url("/2")), notifier.give("4153518780", "apprise")]
    notifier.work(*ids)

    # Then the other one's message does not wait behind it
    assert len(provider.received) == 3
    assert provider.received[-1].path == "/2"
    pool.close()


def test_a_message_that_would_wait_until_it_is_too_late_fails_then(notifier, provider):
    notifier.pace("webhook", 0.01, 1)
    notifier.sent(provider.url("/1"))
    expires_ms = notifier.now_ms() + 5_000
    job = notifier.sent(provider.url("/2"), expires_ms=expires_ms)
    assert job.state is State.DELAYED
    assert job.due_ms <= expires_ms + 100


def test_all_jobs_of_a_message_are_sent_at_once_and_one_that_hangs_holds_up_nobody(notifier, provider, eventually):
    # Given one of twenty to which the provider does not answer
    provider.script("/0", Reply(end="hang"))
    ids = [notifier.give(provider.url(f"/{number}")) for number in range(20)]
    thread = threading.Thread(target=notifier.work, args=ids)
    thread.start()

    # Then the others are settled while it hangs
    eventually(lambda: [notifier.job(one).state for one in ids[1:]] == [State.COMPLETE] * 19)
    assert notifier.job(ids[0]).state is State.ACTIVE
    provider.released.set()
    thread.join(20)
    assert notifier.job(ids[0]).state is State.DELAYED


def test_a_notifier_that_is_told_to_stop_finishes_what_it_began_and_gives_the_rest_back(
    notifier, provider, stop, usher, eventually
):
    # Given two threads that wait for a provider, and three notifications that wait for a thread
    pool = notifier.own.senders = SendPool(2)
    provider.default = Reply(end="hang")
    ids = [notifier.give(provider.url(f"/{number}"), attempts=1) for number in range(5)]
    thread = threading.Thread(target=notifier.work, args=ids)
    thread.start()
    eventually(lambda: len(provider.received) == 2)

    # When the worker is told to stop
    stop()

    # Then the three are given back while the two are still being sent, and cost no attempt
    eventually(lambda: [notifier.job(one).state for one in ids].count(State.DELAYED) == 3)
    assert [notifier.job(one).state for one in ids].count(State.ACTIVE) == 2
    assert {notifier.job(one).attempts_made for one in ids if notifier.job(one).state is State.DELAYED} == {0}

    # And the two come to their end
    provider.released.set()
    thread.join(20)
    assert [notifier.job(one).state for one in ids].count(State.FAILED) == 2
    assert len(provider.received) == 2
    pool.close()


def test_jobs_without_a_thread_are_given_back_and_the_message_goes_on(notifier, provider, usher, eventually):
    # Given a provider that does not answer, and two threads for five notifications
    pool = notifier.own.senders = SendPool(2, patience_seconds=0.2)
    provider.default = Reply(end="hang")
    ids = [notifier.give(provider.url(f"/{number}"), attempts=1) for number in range(5)]
    thread = threading.Thread(target=notifier.work, args=ids)
    thread.start()

    # Then the three come back later, with all their attempts, and say why
    eventually(lambda: [notifier.job(one).state for one in ids].count(State.DELAYED) == 3)
    back = [job for job in map(notifier.job, ids) if job.state is State.DELAYED]
    assert {(job.snoozed, job.attempts_made) for job in back} == {("its provider is slow", 0)}

    # And while it stays so, the next ones are not even tried
    more = notifier.give(provider.url("/more"), attempts=1)
    pool.wait_seconds = lambda _: 5.0
    notifier.work(more)
    assert notifier.job(more).snoozed == "its provider is slow"
    provider.released.set()
    thread.join(20)
    assert len(provider.received) == 2
    pool.close()


def test_a_grant_under_a_rate_that_was_used_too_late_is_lost(notifier, provider, ready):
    # Given a moment that was granted, and a thread that comes to it late
    notifier.pace("webhook", 100, 10)
    (one,) = ready(notifier.give(provider.url("/late"), attempts=1))
    late = replace(one, not_before=time.monotonic() - 1)

    # When it is to send, then it gives the job back
    notifier.store.settle([settlement(one.job.claim, delivery.deliver(late, notifier.notices, notifier.own.observe))])
    job = notifier.job(one.job.id)
    assert (job.state, job.snoozed, job.attempts_made) == (State.DELAYED, "rate limit", 0)
    assert provider.received == []


def test_odd_data_of_one_job_does_not_harm_its_neighbours(notifier, provider):
    # Given one with hours that are none, one with too long an address for a report, and a good one
    odd = notifier.give(provider.url("/odd"), quiet={"from": "never"})
    long = notifier.give("😀" * 2_000, channel_name="console", attempts=1)
    good = notifier.give(provider.url("/good"))
    notifier.work(odd, long, good)

    assert notifier.job(good).result["outcome"] == "sent"
    assert notifier.job(long).result["outcome"] == "sent"
    assert notifier.job(odd).state is State.DELAYED


@pytest.mark.parametrize("group", ["batch:b", "type:push_notification", "channel:webhook", "queue:notifications"])
def test_a_pause_reaches_jobs_that_wait_for_a_thread(notifier, provider, eventually, usher, group):
    # Given a provider that does not answer, and two threads for five notifications of a batch
    pool = notifier.own.senders = SendPool(2)
    provider.default = Reply(end="hang")
    jobs = [NewJob(PUSH_NOTIFICATION, {"to": str(n), "message": "Hi"}, batch="b") for n in range(5)]
    for number, job in enumerate(jobs):
        job.data.update(channel="webhook", to=provider.url(f"/{number}"))
    take_in(notifier.state, *jobs)
    thread = threading.Thread(target=notifier.work, args=[job.id for job in jobs])
    thread.start()
    eventually(lambda: len(provider.received) == 2)

    # When they are paused, then three come back, and are held back at their next claim
    usher.controls.pause(group)
    eventually(lambda: [notifier.job(job.id).snoozed for job in jobs].count("it is paused") == 3)
    back = [job.id for job in jobs if notifier.job(job.id).snoozed]
    notifier.make_due(*back)
    notifier.work(*back)
    assert {notifier.job(one).state for one in back} == {State.QUEUED}
    provider.released.set()
    thread.join(20)
    assert len(provider.received) == 2
    pool.close()

"""Notifications by the real notifier: killed between call and settlement, under failures, paused and restarted."""

import base64
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from tasks_app import keys, messages
from tasks_app.intake import Intake
from tasks_app.jobs import NewJob, fresh_id
from tasks_app.messages import Nudge
from tests.providers.provider import Provider, Received, Reply
from tests.providers.webhooks import genuine
from tests.system.nodes import WorkerNode
from tests.system.usher import Usher, until

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


@pytest.fixture
def default_worker_env(default_worker_env: dict[str, str], provider: Provider) -> dict[str, str]:
    """Every process gets the channels' settings."""
    sms = f"json://127.0.0.1:{provider.server_port}/sms/{{to}}"
    return {**default_worker_env, "USHER_WEBHOOK_SECRETS": SECRET, "USHER_APPRISE_URL": sms}


def take_in(usher: Usher, *jobs: NewJob) -> None:
    """Record and publish, as the web process does."""

    def hand_over(nudges: Iterable[Nudge]) -> None:
        for job_type, level, ids in messages.grouped(nudges):
            usher.setup.app.send_task(job_type, args=(ids,), queue=messages.queue_of(job_type), priority=level)

    with usher.state.server.client() as state:
        intake = Intake(state, hand_over)
        for start in range(0, len(jobs), 500):
            intake.submit(jobs[start : start + 500])


def notification(to: str, channel: str = "webhook", batch: str = "") -> NewJob:
    data = {"channel": channel, "to": to, "message": "The show moved to Friday"}
    return NewJob(messages.PUSH_NOTIFICATION, data, batch=batch, attempts=20)


def submit_all(usher: Usher, addresses: list[str]) -> tuple[str, dict[str, str]]:
    """A batch of webhooks; its id, and the address of each job."""
    batch = fresh_id()
    jobs = [notification(to, batch=batch) for to in addresses]
    take_in(usher, *jobs)
    return batch, {job.id: job.data["to"] for job in jobs}


def counts(usher: Usher, batch: str) -> Counter[str]:
    """How many are in which state; they always add up."""
    found = usher.http.get(f"/v1/batches/{batch}")
    assert sum(found["counts"].values()) == found["total"], found
    return Counter(found["counts"])


def active(usher: Usher) -> set[str]:
    """The jobs that a notifier has, and has not settled."""
    with usher.state.server.client() as state:
        return set(state.zrange(keys.index("push_notification", "active"), 0, -1))


def kill_and_restart(notifier: WorkerNode) -> None:
    notifier.kill("SIGKILL")
    notifier.restart()


def test_a_webhook_whose_notifier_is_killed_is_sent_again_with_the_same_id(
    usher: Usher, notifier: WorkerNode, provider: Provider
) -> None:
    # Given a webhook that has arrived, but is not answered
    provider.script("/hook", Reply(end="hang", delivered=True), Reply(200))
    job = notification(provider.url("/hook"))
    take_in(usher, job)
    until(lambda: provider.calls("/hook"), 20, lambda: f"{usher.job(job.id)}")

    # When the notifier is killed
    kill_and_restart(notifier)

    # Then it is sent again, and its receiver can tell that it is the same
    found = usher.finished(job.id)
    assert (found["state"], found["result"]["outcome"], found["stalls"]) == ("complete", "sent", 1)
    assert [one.id for one in provider.received] == [job.id] * 2
    assert provider.received[0].body == provider.received[1].body
    assert all(genuine(one, SECRET) for one in provider.received)


def test_an_sms_whose_notifier_is_killed_is_in_doubt_and_not_sent_twice(
    usher: Usher, notifier: WorkerNode, provider: Provider
) -> None:
    # Given a message by a channel without ids, that has gone out, but is not answered
    provider.script("/sms/15551234567", Reply(end="hang", delivered=True), Reply(200))
    job = notification("15551234567", "apprise")
    take_in(usher, job)
    until(lambda: provider.received, 20, lambda: f"{usher.job(job.id)}")

    # When the notifier is killed
    kill_and_restart(notifier)

    # Then its end says what is known, and nobody is called twice
    found = usher.finished(job.id)
    assert found["state"] == "complete"
    assert found["result"] == {"outcome": "in_doubt", "channel": "apprise", "answer": "interrupted"}
    assert len(provider.received) == 1


class Moody:
    """Answers of a provider on a bad day: one in ten fails, by chance, but the same way in every run."""

    def __init__(self) -> None:
        self._chance = random.Random(7)

    def __call__(self, _: Received) -> Reply:
        chance = self._chance.random()
        if chance < 0.001:
            return Reply(503, {"Retry-After": "1"})  # quiet, for everybody
        if chance < 0.05:
            return Reply(503 if chance < 0.002 else 500, {} if chance < 0.002 else {"Retry-After": "1"})
        if chance < 0.1:
            return Reply(502, {"Retry-After": "1"}, delivered=True)  # delivered all the same
        return Reply(200, after_seconds=0.02)


def test_two_thousand_recipients_of_a_failing_provider_and_a_killed_notifier_all_get_their_end(
    usher: Usher, notifier: WorkerNode, provider: Provider
) -> None:
    # Given 2 000 recipients: some want none, some are wrong addresses, some are gone
    kinds = {"ok": 1_800, "unwanted": 80, "wrong": 80, "gone": 40}
    addresses = [provider.url(f"/{kind}/{number}") for kind, count in kinds.items() for number in range(count)]
    random.Random(7).shuffle(addresses)
    provider.default = Moody()
    for number in range(80):
        provider.script(f"/wrong/{number}", Reply(404))
        provider.script(f"/gone/{number}", Reply(410))
    with usher.state.server.client() as state:
        for number in range(80):
            entry = json.dumps({"why": "asked for it", "since_ms": 0})
            state.hset(keys.suppressed("webhook"), provider.url(f"/unwanted/{number}"), entry)
    batch, jobs = submit_all(usher, addresses)

    # When a notifier is killed in between, and comes back
    until(lambda: counts(usher, batch)["complete"] > 500, 60, lambda: f"{counts(usher, batch)}")
    notifier.container.pause()
    unsettled = active(usher)
    assert counts(usher, batch)["complete"] < 1_800
    kill_and_restart(notifier)

    # Then everyone gets their end, and the counts add up at every look
    def ended() -> bool:
        found = counts(usher, batch)
        return found["complete"] + found["failed"] == len(addresses)

    until(ended, 120, lambda: f"{counts(usher, batch)}")
    assert +counts(usher, batch) == Counter(complete=1_800, failed=200)

    # Nobody who wants none is called; and who is not to be called again is not, unless nobody knew the answer yet
    calls = Counter(one.path for one in provider.received)
    assert not [path for path in calls if path.startswith("/unwanted")]
    known = {to for job, to in jobs.items() if job not in unsettled}
    for path, count in calls.items():
        if path.startswith(("/wrong", "/gone")):
            assert count == 1 or (count == 2 and provider.url(path) not in known), (path, count)
    # And everything that came is genuine, with the id of its recipient's job
    assert all(genuine(one, SECRET) for one in provider.received)
    assert {(one.id, provider.url(one.path)) for one in provider.received} <= set(jobs.items())
    assert {to for job, to in jobs.items() if provider.deliveries[job]} >= {to for to in addresses if "/ok/" in to}


def test_a_batch_that_is_paused_goes_on_where_it_stopped_after_everything_was_restarted(
    usher: Usher, celery_worker: WorkerNode, second_worker: WorkerNode, notifier: WorkerNode, provider: Provider
) -> None:
    # Given a batch that is paused at about 30 %
    provider.default = Reply(200, after_seconds=0.1)
    batch, jobs = submit_all(usher, [provider.url(f"/{number}") for number in range(1_500)])
    until(lambda: counts(usher, batch)["complete"] > 400, 60, lambda: f"{counts(usher, batch)}")
    usher.http("POST", f"/v1/batches/{batch}/pause")
    until(lambda: not counts(usher, batch)["active"], 60, lambda: f"{counts(usher, batch)}")
    before, called = counts(usher, batch), len(provider.received)
    assert 400 < before["complete"] < 1_400

    # When every process is restarted
    for node in (notifier, celery_worker, second_worker, usher.web):
        node.kill("SIGKILL")
    usher.setup.backend.restart()
    for node in (notifier, celery_worker, second_worker, usher.web):
        node.restart()
    usher.wait_ready()

    # Then it is still paused
    assert usher.http.get(f"/v1/batches/{batch}")["paused"]
    assert counts(usher, batch) == before
    assert len(provider.received) == called

    # And once it is resumed it goes on where it stopped: nobody is called twice
    usher.http("POST", f"/v1/batches/{batch}/resume")
    until(lambda: counts(usher, batch)["complete"] == len(jobs), 60, lambda: f"{counts(usher, batch)}")
    assert Counter(one.id for one in provider.received) == Counter(jobs.keys())

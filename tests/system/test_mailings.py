"""Mailings: thousands of recipients, a provider on a bad day, killed notifiers, a restart of everything in between."""

import random
from collections import Counter
from collections.abc import Iterator

import pytest
from celery import Celery

from tasks_app.state import keys
from tests.deadlines import until
from tests.providers.provider import Provider, Received, Reply
from tests.providers.webhooks import genuine
from tests.system.nodes import NotifierContainer, WorkerNode
from tests.system.stage import SECRET, Stage
from tests.system.usher import Usher

KINDS = {"ok": 9_000, "unwanted": 300, "unwanted-since": 300, "wrong": 300, "gone": 100}
MESSAGE = {"channel": "webhook", "message": "The show moved to Friday", "attempts": 50}
QUICK = {"kind": "fixed", "delay_ms": 100}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


@pytest.fixture
def second_notifier(stage: Stage, default_worker_env: dict[str, str], celery_setup_app: Celery) -> Iterator[WorkerNode]:
    node = WorkerNode(stage.worker(NotifierContainer, default_worker_env), celery_setup_app)
    yield node
    node.teardown()


class Moody:
    """Answers of a provider on a bad day: one in ten fails, at random, but the same ones in every run."""

    def __init__(self) -> None:
        self._chance = random.Random(7)

    def __call__(self, _: Received) -> Reply:
        chance = self._chance.random()
        if chance < 0.0002:
            return Reply(503, {"Retry-After": "1"})  # quiet, for everybody
        if chance < 0.05:
            return Reply(500, {"Retry-After": "1"})
        if chance < 0.1:
            return Reply(502, {"Retry-After": "1"}, delivered=True)  # delivered all the same
        return Reply(200, after_seconds=0.1)  # otherwise all of it is over before the test looks


def unsettled(usher: Usher) -> set[str]:
    """The jobs that a notifier has and has not settled."""
    with usher.state.server.client() as state:
        return set(state.zrange(keys.index("push_notification", "active"), 0, -1))


def is_frozen_at_work(usher: Usher, notifier: WorkerNode) -> bool:
    """Freeze it while it has jobs; while the provider has asked for quiet it has none, and goes on."""
    notifier.container.pause()
    if unsettled(usher):
        return True
    notifier.container.unpause()
    return False


def test_ten_thousand_recipients_of_a_failing_provider_and_a_killed_notifier_all_come_to_an_end(
    usher: Usher, notifier: WorkerNode, second_notifier: WorkerNode, provider: Provider
) -> None:
    # Given 10 000 recipients: some are suppressed, some soon will be, some are wrong addresses, some are gone
    places = [f"/{kind}/{number}" for kind, count in KINDS.items() for number in range(count)]
    random.Random(7).shuffle(places)
    provider.default = Moody()
    for place in places:
        if place.startswith(("/wrong", "/gone")):
            provider.script(place, Reply(404 if place.startswith("/wrong") else 410))
    unwanted = [provider.url(place) for place in places if place.startswith("/unwanted/")]
    assert usher.http("POST", "/v1/suppressions/webhook", unwanted).json()["added"] == 300
    assert usher.http("POST", "/v1/types/push_notification/pause").ok  # otherwise some go out before the test goes on
    batch = usher.notify([{**MESSAGE, "backoff": QUICK, "to": provider.url(place)} for place in places])
    unwanted = [provider.url(place) for place in places if place.startswith("/unwanted-since")]
    assert usher.http("POST", "/v1/suppressions/webhook", unwanted).json()["added"] == 300
    jobs = usher.recipients(batch)

    # When one of two notifiers is killed meanwhile, for good
    assert usher.http("POST", "/v1/types/push_notification/resume").ok
    until(lambda: usher.counts(batch)["complete"] > 500, 60, lambda: usher.told(batch))
    until(lambda: is_frozen_at_work(usher, notifier), 60, lambda: "no moment with work, only the provider's quiet")
    interrupted = unsettled(usher)
    assert usher.counts(batch)["complete"] < 9_000
    notifier.kill("SIGKILL")

    # Then each recipient comes to an end, and the counts add up at every look
    expected = Counter(complete=9_000, failed=1_000)
    until(lambda: usher.counts(batch) == expected, 120, lambda: usher.told(batch))

    # No suppressed recipient is notified; nor is one twice that must not be, unless nobody knew the answer yet
    calls = Counter(one.path for one in provider.received)
    assert not [path for path in calls if path.startswith("/unwanted")]
    known = {to for job, to in jobs.items() if job not in interrupted}
    for path, count in calls.items():
        if path.startswith(("/wrong", "/gone")):
            assert count == 1 or (count == 2 and provider.url(path) not in known), (path, count)
    # And everything that came is genuine, with the id of its recipient's job
    assert all(genuine(one, SECRET) for one in provider.received)
    assert {(one.id, provider.url(one.path)) for one in provider.received} <= set(jobs.items())
    assert {to for job, to in jobs.items() if provider.deliveries[job]} >= {to for to in jobs.values() if "/ok/" in to}


def test_a_batch_paused_at_thirty_per_cent_goes_on_where_it_stopped_after_everything_was_restarted(
    usher: Usher,
    celery_worker: WorkerNode,
    second_worker: WorkerNode,
    seller: WorkerNode,
    notifier: WorkerNode,
    provider: Provider,
) -> None:
    # Given a batch that is paused at about 30 %
    provider.default = Reply(200, after_seconds=0.1)
    batch = usher.notify([{**MESSAGE, "to": provider.url(f"/{number}")} for number in range(4_000)])
    until(lambda: usher.counts(batch)["complete"] > 1_200, 60, lambda: usher.told(batch))
    usher.http("POST", f"/v1/batches/{batch}/pause")
    until(lambda: not usher.counts(batch)["active"], 60, lambda: usher.told(batch))
    before, called = usher.counts(batch)["complete"], len(provider.received)
    assert 1_200 < before < 2_400

    # When every process is restarted
    for node in (notifier, celery_worker, second_worker, seller, usher.web):
        node.kill("SIGKILL")
    usher.setup.backend.restart()
    for node in (notifier, celery_worker, second_worker, seller, usher.web):
        node.restart()
    usher.wait_ready()

    # Then it is still paused
    assert usher.http.get(f"/v1/batches/{batch}")["paused"]
    assert (usher.counts(batch)["complete"], usher.counts(batch)["active"]) == (before, 0)
    assert len(provider.received) == called

    # And once it is resumed it goes on where it stopped: nobody is called twice
    usher.http("POST", f"/v1/batches/{batch}/resume")
    until(lambda: usher.counts(batch) == Counter(complete=4_000), 60, lambda: usher.told(batch))
    assert Counter(one.id for one in provider.received) == Counter(usher.recipients(batch).keys())

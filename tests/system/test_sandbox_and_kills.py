"""The sandbox in a running system: after its answer nothing reaches a provider, whatever happens to the notifier."""

import time
from collections.abc import Iterator

import pytest

from tests.deadlines import CROWDED, until
from tests.providers.provider import Provider, Received, Reply
from tests.system.nodes import WorkerNode
from tests.system.test_mailings import is_frozen_at_work
from tests.system.usher import Usher

RECIPIENTS = 6_000
MESSAGE = {"channel": "webhook", "message": "The show moved to Friday", "attempts": 50}
LATE_SECONDS = CROWDED * 0.5  # a thread that looked before the answer may wait so long for its turn


class Clocked:
    """Answers that everything is well, and notes when each request came."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def __call__(self, _: Received) -> Reply:
        self.times.append(time.monotonic())
        return Reply(200, after_seconds=0.1)


@pytest.fixture
def clocked() -> Clocked:
    return Clocked()


@pytest.fixture
def provider(clocked: Clocked) -> Iterator[Provider]:
    with Provider() as provider:
        provider.default = clocked
        yield provider


def begin(usher: Usher, provider: Provider) -> str:
    """A batch of which some are sent and most are on their way."""
    batch = usher.notify([{**MESSAGE, "to": provider.url(f"/{number}")} for number in range(RECIPIENTS)])
    until(lambda: usher.counts(batch)["complete"] > 300, 60, lambda: usher.told(batch))
    return batch


def switch(usher: Usher, on: bool) -> float:
    """Switch it; returns when that was answered, by time.monotonic."""
    answer = usher.http("PUT", "/v1/sandbox", {"on": on})
    assert (answer.status_code, answer.json()["on"]) == (200, on), answer.text
    return time.monotonic()


def with_outcome(usher: Usher, batch: str, outcome: str) -> list[str]:
    """The ids of a batch's jobs that ended so."""
    found: list[str] = []
    start: int | None = 0
    while start is not None:
        page = usher.http.get(f"/v1/batches/{batch}/jobs?limit=500&start={start}&outcome={outcome}")
        found += [job["id"] for job in page["jobs"]]
        start = page["next"]
    return found


def assert_told_truly(usher: Usher, provider: Provider, batch: str) -> None:
    """All are over; what is called sandboxed never reached the provider, and what is called sent did."""
    until(lambda: usher.counts(batch)["complete"] == RECIPIENTS, 120, lambda: usher.told(batch))
    outcomes = usher.http.get(f"/v1/batches/{batch}")["outcomes"]
    assert sum(outcomes.values()) == RECIPIENTS
    assert outcomes.keys() <= {"sent", "sandboxed", "in_doubt"}
    assert outcomes["sandboxed"] > RECIPIENTS // 10
    sent, sandboxed = (with_outcome(usher, batch, word) for word in ("sent", "sandboxed"))
    assert (len(sent), len(sandboxed)) == (outcomes["sent"], outcomes["sandboxed"])
    assert [job for job in sent if provider.deliveries[job] != 1] == []
    assert [job for job in sandboxed if provider.deliveries[job]] == []


def assert_new_ones_go_out(usher: Usher, provider: Provider) -> None:
    before = len(provider.received)
    switch(usher, on=False)
    batch = usher.notify([{**MESSAGE, "to": provider.url(f"/new/{number}")} for number in range(50)])
    until(lambda: usher.counts(batch)["complete"] == 50, 60, lambda: usher.told(batch))
    assert usher.http.get(f"/v1/batches/{batch}")["outcomes"] == {"sent": 50}
    assert len(provider.received) - before == 50
    assert all(one.path.startswith("/new/") for one in provider.received[before:])


def test_nothing_reaches_the_provider_after_the_answer_though_the_notifier_is_killed(
    usher: Usher, notifier: WorkerNode, provider: Provider, clocked: Clocked
) -> None:
    # Given a batch in flight
    batch = begin(usher, provider)

    # When the sandbox is switched on, and the notifier is killed in the middle of what it writes
    answered = switch(usher, on=True)
    assert usher.counts(batch)["complete"] < RECIPIENTS
    until(lambda: is_frozen_at_work(usher, notifier), 30, lambda: usher.told(batch))
    notifier.kill("SIGKILL")
    notifier.restart()

    # Then nothing reaches the provider any more, each recipient's end is told truly, and new ones go out after its end
    assert_told_truly(usher, provider, batch)
    late = [moment - answered for moment in clocked.times if moment > answered + LATE_SECONDS]
    assert late == []
    assert_new_ones_go_out(usher, provider)


def test_what_a_killed_notifier_had_begun_is_in_doubt_and_not_sandboxed(
    usher: Usher, notifier: WorkerNode, provider: Provider, clocked: Clocked
) -> None:
    # Given a notifier that is frozen while it sends, so it cannot hear of the switch
    batch = begin(usher, provider)
    until(lambda: is_frozen_at_work(usher, notifier), 30, lambda: usher.told(batch))
    answered = switch(usher, on=True)

    # When it is killed, and another takes over
    notifier.kill("SIGKILL")
    notifier.restart()

    # Then the same holds
    assert_told_truly(usher, provider, batch)
    assert [moment for moment in clocked.times if moment > answered + LATE_SECONDS] == []
    doubted = usher.http.get(f"/v1/batches/{batch}")["outcomes"].get("in_doubt", 0)
    assert doubted > 0
    assert_new_ones_go_out(usher, provider)

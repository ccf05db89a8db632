"""Many pages that watch the whole system: one look at the state serves them all, and each hears at once."""

import threading
from collections.abc import Callable, Iterator

import pytest

from api.events import Broadcaster
from api.health import stats_of
from api.stream import messages, overview
from api.stream.overview import SharedOverview
from tasks_app.errors import StateUnavailableError
from tests.integration.api_system import Api
from tests.integration.event_stream import EventStream, Watch
from tests.roots import Root


@pytest.fixture
def shared(usher: Root) -> Iterator[tuple[SharedOverview, Broadcaster]]:
    broadcaster = Broadcaster(usher.events, usher.jobs.counts)
    yield SharedOverview(usher, broadcaster), broadcaster
    broadcaster.close()


def told_of(stream: EventStream, job_type: str) -> None:
    while (message := stream.next(20)) is not None and job_type not in message.data["jobs"]:
        pass
    assert message is not None


def test_a_change_reaches_every_overview_without_a_heartbeat(
    api: Api, watch: Watch, own_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given more pages than are told at once, without heartbeats
    monkeypatch.setattr(messages, "HEARTBEAT_SECONDS", 30.0)
    streams = [watch("overview") for _ in range(25)]
    for stream in streams:
        assert stream.next() is not None

    # When a job comes, then each hears of it
    api.post("/v1/jobs", {"type": own_type, "delay_ms": 600_000})
    for stream in streams:
        told_of(stream, own_type)


def test_one_look_at_the_state_serves_all_who_ask_at_once(
    shared: tuple[SharedOverview, Broadcaster], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[object] = []
    monkeypatch.setattr(overview, "FRESH_SECONDS", 60.0)
    monkeypatch.setattr(overview, "stats_of", lambda its: looks.append(its) or stats_of(its))
    read = {shared[0].read() for _ in range(20)}
    assert (len(read), len(looks)) == (1, 1)


def test_one_attempt_tells_all_that_the_state_is_away(
    shared: tuple[SharedOverview, Broadcaster], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a state that does not answer
    attempts: list[object] = []

    def away(its: object) -> None:
        attempts.append(its)
        raise StateUnavailableError

    monkeypatch.setattr(overview, "FRESH_SECONDS", 60.0)
    monkeypatch.setattr(overview, "stats_of", away)

    # When twenty ask, then all are told, after one attempt
    for _ in range(20):
        with pytest.raises(StateUnavailableError):
            shared[0].read()
    assert len(attempts) == 1


def test_overviews_hear_at_once_that_the_process_stops(shared: tuple[SharedOverview, Broadcaster]) -> None:
    one, broadcaster = shared
    with one.listening() as changed:
        assert changed.wait(20)  # its first message
        changed.clear()
        threading.Timer(0.1, broadcaster.close).start()
        assert changed.wait(2)
        assert broadcaster.closed


def test_after_the_last_listener_left_the_next_is_told_again(
    shared: tuple[SharedOverview, Broadcaster], monkeypatch: pytest.MonkeyPatch, eventually: Callable[..., None]
) -> None:
    monkeypatch.setattr(overview, "LOOK_SECONDS", 0.1)
    for _ in range(2):
        with shared[0].listening() as changed:
            assert changed.wait(20)
        eventually(lambda: shared[1].numbers()["watchers"] == 0)

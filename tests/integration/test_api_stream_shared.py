"""Many pages that watch the whole system: one look at the state serves them all, and each hears at once."""

import threading
from collections.abc import Callable, Iterator

import pytest

from api.events import Broadcaster
from api.stream.overview import SharedOverview
from tasks_app.doctor import CurrentFindings, Report
from tasks_app.errors import StateUnavailableError
from tests.integration.api_system import Api
from tests.integration.event_stream import EventStream, Watch
from tests.roots import Root

Shared = tuple[SharedOverview, Broadcaster]


@pytest.fixture
def share(usher: Root) -> Iterator[Callable[..., Shared]]:
    """Makes an overview that is fresh, and looks, for so long."""
    broadcaster = Broadcaster(usher.events, usher.jobs.counts)
    yield lambda **seconds: (SharedOverview(usher, broadcaster, **seconds), broadcaster)
    broadcaster.close()


class Looked(CurrentFindings):
    """The findings that an overview asks for: counts how often, and may be away."""

    def __init__(self, usher: Root, away: bool = False) -> None:
        super().__init__(usher.settings, usher.connections, usher.jobs, usher.slots)
        self.looks, self._away = 0, away
        vars(usher)["findings"] = self

    def read(self) -> Report:
        self.looks += 1
        if self._away:
            raise StateUnavailableError
        return super().read()


def told_of(stream: EventStream, job_type: str) -> None:
    while (message := stream.next(20)) is not None and job_type not in message.data["jobs"]:
        pass
    assert message is not None


def test_a_change_reaches_every_overview_without_a_heartbeat(
    api: Api, watch: Watch, own_type: str, set_heartbeats: Callable[[float], None]
) -> None:
    # Given more pages than are told at once, without heartbeats
    set_heartbeats(30.0)
    streams = [watch("overview") for _ in range(25)]
    for stream in streams:
        assert stream.next() is not None

    # When a job comes, then each hears of it
    api.post("/v1/jobs", {"type": own_type, "delay_ms": 600_000})
    for stream in streams:
        told_of(stream, own_type)


def test_one_look_at_the_state_serves_all_who_ask_at_once(usher: Root, share: Callable[..., Shared]) -> None:
    found, (overview, _) = Looked(usher), share(fresh_seconds=60.0)
    read = {overview.read() for _ in range(20)}
    assert (len(read), found.looks) == (1, 1)


def test_one_attempt_tells_all_that_the_state_is_away(usher: Root, share: Callable[..., Shared]) -> None:
    # Given a state that does not answer
    found, (overview, _) = Looked(usher, away=True), share(fresh_seconds=60.0)

    # When twenty ask, then all are told, after one attempt
    for _ in range(20):
        with pytest.raises(StateUnavailableError):
            overview.read()
    assert found.looks == 1


def test_overviews_hear_at_once_that_the_process_stops(share: Callable[..., Shared]) -> None:
    one, broadcaster = share()
    with one.listening() as changed:
        assert changed.wait(20)  # its first message
        changed.clear()
        threading.Timer(0.1, broadcaster.close).start()
        assert changed.wait(2)
        assert broadcaster.closed


def test_after_the_last_listener_left_the_next_is_told_again(
    share: Callable[..., Shared], eventually: Callable[..., None]
) -> None:
    overview, broadcaster = share(look_seconds=0.1)
    for _ in range(2):
        with overview.listening() as changed:
            assert changed.wait(20)
        eventually(lambda: broadcaster.numbers()["watchers"] == 0)

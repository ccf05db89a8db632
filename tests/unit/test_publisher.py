"""The publisher's lanes: what order the messages of one process have."""

import threading

import pytest

from tasks_app import publisher
from tasks_app.messages import RESERVE_SEAT, Nudge


def test_a_reservation_overtakes_a_large_batch_of_own_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a broker that is busy with the first of 10 000 jobs that have a message each
    sent: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def send(nudges: list[Nudge]) -> int:
        begun.set()
        assert go_on.wait(10)
        sent.extend(nudge.type for nudge in nudges)
        return len(nudges)

    monkeypatch.setattr(publisher, "publish", send)
    publisher.hand_over(Nudge(str(n), "own", 0) for n in range(10_000))
    assert begun.wait(10)

    # When a reservation comes
    publisher.hand_over([Nudge("seat", RESERVE_SEAT, 0)])
    go_on.set()
    assert publisher.flush(20)

    # Then it is sent before nearly all of them, and none is missing
    assert sent.index(RESERVE_SEAT) <= publisher.ALONE_AT_ONCE
    assert len(sent) == 10_001
